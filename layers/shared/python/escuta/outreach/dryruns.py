"""Trying out a deployment: the same audience, decisions and letters as the real thing, and only figures are written.

Each page of people leaves one row under a key of its own, so that a page that comes twice counts once. They are summed
when all are there, as if the pages had been planned one after the other: whoever stands in two of them is asked once,
an address that two people share is written to once, and the quota is used up by the first.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from escuta import clock, ids, queues, table
from escuta.config import settings
from escuta.directory.model import Contact
from escuta.errors import ConflictError, NotFoundError
from escuta.outreach import audience, parts, pieces, planning
from escuta.outreach.audience import Sought
from escuta.outreach.eligibility import Decision
from escuta.outreach.letters import Asked
from escuta.outreach.messages import Email
from escuta.outreach.model import (
    KEPT_DAYS,
    Channel,
    Deployment,
    DeploymentDraft,
    DryRun,
    DryRunPage,
    LastAsked,
)
from escuta.outreach.tallies import ASKED, Tally, Total, written

JOB, MANY = "dry_run", "dry_run_parts"
_TOGETHER = 100
_PAGES = 20  # read at once


def start(draft: DeploymentDraft, *, by: str, name: str = "") -> DryRun:
    """Begin to try out a draft, as if it were started now. `name` is its id, where it is to be known beforehand."""
    now, name = clock.now(), name or ids.new()
    deployment = Deployment(id=name, created_at=now, created_by=by, **dict(draft))
    expires = clock.epoch() + KEPT_DAYS * 86_400
    cut = pieces.put_apart(audience.divide(deployment), expires)
    run = DryRun(id=name, deployment=cut, created_at=now, created_by=by, expires=expires)
    stored = table.create(run)
    if not run.deployment.parts:
        return _summed(stored)
    parts.send({"job": JOB, "run": name}, cut.parts, jobs=MANY)
    return stored


def queue_some(run: str, first: int) -> None:
    """Queue a number of parts, from this one on, as far as they are not counted."""
    found = table.find(DryRun, DryRun.at(run), consistent=True)
    if found is not None and not found.finished_at:
        cut = found.deployment.parts
        parts.send_some({"job": JOB, "run": run}, cut, first, done=parts.done(found.key(), cut))


def get(run: str) -> DryRun:
    """Return a dry run as it is now; NotFoundError when there is none (any more)."""
    found = table.load(DryRun, DryRun.at(run), consistent=True)
    if found.expires <= clock.epoch():
        raise NotFoundError("dry_run_not_found")
    return found


def listing(*, limit: int, cursor: str | None = None) -> table.Page[DryRun]:
    """Return dry runs, the newest first."""
    page = table.query(DryRun, "dry_runs", index="g1", limit=limit, newest_first=True, cursor=cursor)
    return table.Page(tuple(found for found in page.items if found.expires > clock.epoch()), page.next)


def done_parts(run: DryRun) -> int:
    """Return how many parts of the audience are counted."""
    if run.finished_at:
        return run.deployment.parts
    return len(parts.done(run.key(), run.deployment.parts))


def work(run: str, part: int, *, asked_of: Callable[[str], Asked], cursor: str = "", number: int = 0) -> None:
    """Count the next people of a part; whoever counts the last page sums them all."""
    found = table.find(DryRun, DryRun.at(run), consistent=True)
    if found is None or found.finished_at:
        return
    reached = audience.page(found.deployment, part, cursor)
    asked, rests = asked_of(found.deployment.survey), dict[str, LastAsked]()
    for batch, together in enumerate(_batches(reached.people)):
        tally = Tally(found.deployment, asked, rests)
        tally.add(together)
        table.put(tally.page(found, part, number, batch))
    if reached.cursor:
        following = {"job": JOB, "run": run, "part": part, "cursor": reached.cursor, "number": number + 1}
        queues.send(settings().plan_queue, [following])
        return
    if parts.note(found.key(), part, found.deployment.parts, found.expires):
        _summed(found)


def _batches(people: Iterable[Sought]) -> Iterator[tuple[Sought, ...]]:
    walk = iter(people)
    while together := tuple(islice(walk, _TOGETHER)):
        yield together


class Example(NamedTuple):
    """One of the first people of a group, with the letters that would go out."""

    contact: Contact
    path: tuple[str, ...]  # of the segment, as of now
    outcome: str
    reason: str
    at: datetime | None
    letters: tuple[tuple[Channel, Email | str], ...]
    decision: Decision  # on this person alone, as of now: with the rule and what it saw


def examples(run: DryRun, asked: Asked) -> Iterator[Example]:
    """Yield the first people of each outcome and reason who are still there, with their letters as of now."""
    sought = [Sought(one.contact, one.transaction) for one in run.shown]
    people = {one.contact.id: one for one in planning.subjects(sought, run.deployment)}
    facts = planning.facts_of(run.deployment, list(people.values()))
    for one in run.shown:
        fate, subject = run.fates[one.fate].fate, people.get(one.contact)
        if subject is None:
            continue
        made = planning.would(run.deployment, subject, facts)[0] if fate.outcome == "send" else ()
        tried = ((each.channel, written(each, run.deployment, asked)) for each in made if each.state in ASKED)
        told = tuple((channel, letter) for channel, letter in tried if isinstance(letter, Email | str))
        decision = planning.decide(run.deployment, subject, facts, subject.when(run.deployment))
        yield Example(subject.contact, subject.segment.path, fate.outcome, fate.reason, one.at, told, decision)


def _pages(run: str) -> Iterator[DryRunPage]:
    cursor: str | None = None
    while True:
        page = table.query(DryRunPage, DryRun.at(run).pk, prefix="page#", limit=_PAGES, cursor=cursor, consistent=True)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next


def _summed(run: DryRun) -> DryRun:
    """Sum the pages in their order, and keep it; whoever comes second finds it done."""
    total = Total(run.deployment.most)
    for page in _pages(run.id):
        total.add(page)
    try:
        return table.save(
            run.changed(finished_at=clock.now(), fates=tuple(total.counts.values()), shown=tuple(total.shown))
        )
    except ConflictError:
        return get(run.id)
