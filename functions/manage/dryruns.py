"""Dry runs: what a deployment would do, before it does it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from escuta import i18n
from escuta.directory import access
from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.feedback import asking
from escuta.outreach import dryruns
from escuta.outreach.dryruns import Example
from escuta.outreach.messages import Email
from escuta.outreach.model import Counted, DeploymentDraft, DryRun
from manage import drafting
from manage.asking import Asked, Created, Listing, Request, language_of
from manage.deployments import AT_LENGTH, is_visible

_CURRENCY = "USD"


def create(request: Request) -> Created:
    """Begin to try out a deployment, without asking anybody.

    The draft is checked as if it were started. Everybody is counted in the background and nothing but figures is kept,
    for seven days.
    """
    draft = request.body(DeploymentDraft)
    drafting.check(request, draft)
    with request.making():
        run = dryruns.start(draft, by=request.caller.id, name=request.identity("dry_run"))
    return Created(_head(run), f"dry-runs/{run.id}")


def listing(request: Request) -> dict[str, Any]:
    """Return dry runs, the newest first.

    A page may be shorter than `limit` although there is a next one.
    """
    asked = request.query(Listing)
    page = request.page(dryruns.listing(limit=asked.limit, cursor=request.cursor(asked)), lambda found: found)
    items = [found for found in page["items"] if is_visible(request, found.deployment)]
    return {**page, "items": [_head(found, without=AT_LENGTH) for found in items]}


def get(request: Request, run: str) -> dict[str, Any]:
    """Return how far a dry run is, and when all people are counted, what would become of them.

    `groups` show the first people of each outcome and reason, as far as the caller may see them; their names and what
    they would get only to somebody who may read contacts. `cost` is an estimate: what is in `unpriced_parts` is not in
    it.
    """
    request.query(Asked)
    found = dryruns.get(run)
    if not is_visible(request, found.deployment):
        raise NotFoundError("dry_run_not_found")
    if found.finished_at is None:
        return _head(found)
    return {**_head(found), **_figures(request, found.fates), "groups": _groups(request, found)}


def _head(run: DryRun, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {
        "id": run.id,
        "draft": run.deployment.model_dump(mode="json", include=DeploymentDraft.model_fields.keys() - without),
        "created_at": run.created_at,
        "created_by": run.created_by,
        "expires_at": datetime.fromtimestamp(run.expires, UTC),
        "parts": run.deployment.parts,
        "done_parts": dryruns.done_parts(run),
        "finished": run.finished_at is not None,
    }


def _figures(request: Request, fates: Iterable[Counted]) -> dict[str, Any]:
    """Return the sums: people by outcome, reason and channel, messages, and what they cost as far as anybody knows."""
    outcomes, reasons, channels, ahead = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    parts = unpriced = 0
    cost = Decimal()
    moments: list[datetime] = []
    for one in fates:
        fate = one.fate
        outcomes[fate.outcome] += one.people
        if fate.reason:
            reasons[fate.reason] += one.people
        if fate.outcome == "send":
            channels.update(dict.fromkeys(fate.channels, one.people))
            ahead["first" if fate.first else "waiting"] += one.people
            parts += fate.parts * one.people
            unpriced += 0 if fate.cost is not None else fate.parts * one.people
            cost += (fate.cost or Decimal()) * one.people
        moments += [moment for moment in (one.first_at, one.last_at) if moment]
    told = {reason: {"people": reasons[reason], "detail": reason_words(request, reason)} for reason in sorted(reasons)}
    return {
        "people": sum(outcomes.values()),
        "outcomes": {name: outcomes[name] for name in ("send", "defer", "skip")},
        "reasons": told,
        "channels": channels,
        "messages": sum(channels.values()),
        "sms_parts": parts,
        "cost": {"amount": f"{cost:f}", "currency": _CURRENCY, "unpriced_parts": unpriced},
        "canary": {name: ahead[name] for name in ("first", "waiting")},
        "first_at": min(moments, default=None),
        "last_at": max(moments, default=None),
    }


def _groups(request: Request, run: DryRun) -> list[dict[str, Any]]:
    """Return the first people of each outcome and reason: who that is only to somebody who may read contacts."""
    people: Counter[tuple[str, str]] = Counter()
    for one in run.fates:
        people[one.fate.outcome, one.fate.reason] += one.people
    shown: Mapping[tuple[str, str], list[Example]] = defaultdict(list)
    for example in dryruns.examples(run, asking.asked(run.deployment.survey)):
        if access.may_see(request.caller, example.path):  # whoever moved away since is not theirs to see
            shown[example.outcome, example.reason].append(example)
    may_read = Scope.CONTACTS_READ in request.caller.scopes
    return [
        {
            "outcome": outcome,
            "reason": reason,
            "people": number,
            "first": [dict(_example(one, may_read=may_read)) for one in shown[outcome, reason]],
        }
        for (outcome, reason), number in sorted(people.items())
    ]


def _example(example: Example, *, may_read: bool) -> Iterator[tuple[str, Any]]:
    yield "contact", example.contact.id
    yield "at", example.at
    if may_read:
        yield from ((name, getattr(example.contact, name)) for name in ("name", "email", "phone"))
        yield "messages", [_letter(channel, letter) for channel, letter in example.letters]


def _letter(channel: str, letter: Email | str) -> dict[str, str]:
    if isinstance(letter, str):
        return {"channel": channel, "text": letter}
    return {"channel": channel, "subject": letter.subject, "text": letter.text}


def reason_words(request: Request, reason: str) -> str:
    """Return why somebody is not asked, in the caller's language."""
    return i18n.say("escuta.outreach", language_of(request.event, request.caller), f"reason.{reason}")
