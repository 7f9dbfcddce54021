"""What rules would do with people who are there: counted by rule and by reason, and nothing written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from pydantic import Field

from escuta import clock
from escuta.directory import products
from escuta.directory.model import Contact, Transaction
from escuta.entity import Value
from escuta.outreach import planning, rules
from escuta.outreach.audience import Sought
from escuta.outreach.eligibility import Decision, Send
from escuta.outreach.model import AudienceKind, Deployment, Route, RulesDraft
from escuta.outreach.planning import Subject
from escuta.outreach.rules import Routed

SHOWN = 5  # people of each group that are shown
_TOGETHER = 40


class Example(Value):
    """One person, the visit, and what would happen."""

    contact: Contact
    visit: Transaction | None = None
    outcome: str = ""  # send, skip, defer; "": no route is there
    reason: str = ""
    at: datetime | None = None  # when the message would go out, or when the person could be asked again


class Group(Value):
    """Everybody who falls under one rule."""

    people: int = 0
    outcomes: dict[str, int] = Field(default_factory=dict)  # send, skip, defer
    reasons: dict[str, int] = Field(default_factory=dict)  # why some are skipped or deferred
    first: tuple[Example, ...] = ()


class Preview(Value):
    """What rules would do: `rows` were looked at, which speak of so many `people`, each of whom is counted once."""

    rows: int
    people: int
    routes: dict[str, Group]
    excluded: dict[str, Group]
    nobody: Group


def preview(draft: RulesDraft, sought: Iterable[Sought]) -> Preview:
    """Return what these rules would do with these people, each once and about the latest visit."""
    groups: dict[Routed, list[Example]] = defaultdict(list)
    walk, rows, seen = iter(sought), 0, set[str]()
    while together := list(islice(walk, _TOGETHER)):
        rows += len(together)
        about = [subject for subject in planning.subjects(together) if subject.contact.id not in seen]
        seen.update(subject.contact.id for subject in about)
        for routed, examples in _looked_at(draft, about).items():
            groups[routed] += examples
    return Preview(
        rows=rows,
        people=len(seen),
        routes={route.name: _group(groups[Routed(route=route.name)]) for route in draft.routes},
        excluded={rule.name: _group(groups[Routed(excluded=rule.name)]) for rule in draft.exclude},
        nobody=_group(groups[Routed()]),
    )


def _looked_at(draft: RulesDraft, about: Sequence[Subject]) -> dict[Routed, list[Example]]:
    groups: dict[Routed, list[Subject]] = defaultdict(list)
    known = products.resolve(filter(None, map(_product, about)))
    for subject in about:
        product = known.get(_product(subject))
        path, group = subject.segment.path, product.group if product else ""
        groups[rules.route(draft, rules.facts_of(subject.contact, subject.visit, path, group))].append(subject)
    return {routed: list(_examples(draft.route(routed.route), subjects)) for routed, subjects in groups.items()}


def _product(subject: Subject) -> str:
    return subject.visit.product if subject.visit else subject.contact.product


def _examples(route: Route | None, subjects: Sequence[Subject]) -> Iterator[Example]:
    if route is None:
        yield from (Example(contact=subject.contact, visit=subject.visit) for subject in subjects)
        return
    deployment = _would_be(route)
    facts = planning.facts_of(deployment, subjects)
    for subject in subjects:
        when = subject.when(deployment)
        decision = planning.decide(deployment, subject, facts, when)
        outcome = type(decision).__name__.lower()
        reason = "" if isinstance(decision, Send) else decision.reason
        at = _at(decision, when)
        yield Example(contact=subject.contact, visit=subject.visit, outcome=outcome, reason=reason, at=at)


def _would_be(route: Route) -> Deployment:
    return Deployment(
        id="",
        name=route.name,
        survey=route.survey,
        strategy=route.strategy,
        audience=AudienceKind.FILE,
        send=route.send,
        created_at=clock.now(),
    )


def _at(decision: Decision, when: datetime) -> datetime | None:
    return when if isinstance(decision, Send) else decision.until


def _group(examples: Sequence[Example]) -> Group:
    return Group(
        people=len(examples),
        outcomes=Counter(example.outcome for example in examples if example.outcome),
        reasons=Counter(example.reason for example in examples if example.reason),
        first=tuple(examples[:SHOWN]),
    )
