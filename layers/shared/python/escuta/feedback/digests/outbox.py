"""Making digests when their time has come, and sending them: at most once, or twice where nobody knows."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from escuta import clock, events, ids, queues, table
from escuta.config import settings
from escuta.directory import managers, segments
from escuta.directory.model import Manager, Rhythm
from escuta.errors import ConflictError, InvalidError
from escuta.events import EventType, MetricData
from escuta.feedback import leaving
from escuta.feedback.digests import due, finding, writing
from escuta.feedback.model import AlertState, Digest, Finding
from escuta.feedback.periods import Period
from escuta.outreach import messages

PATIENCE = timedelta(minutes=50)  # the schedule comes hourly: what it made last time has left or is forgotten
LEASE = timedelta(minutes=10)  # longer than the function may run
TOO_LATE = timedelta(days=3)  # the clock comes back to it for two
_PLACES = 10  # of a manager who answers for more, the first ones
_PAGE = 100


def announce() -> int:
    """Make the digests whose time has come, queue them and what was forgotten; return how many were queued."""
    queued = 0
    for some in (*map(_made, _managers()), forgotten()):
        queues.send(settings().digest_queue, ({"digest": each.id} for each in some))
        queued += len(some)
    return queued


def forgotten() -> list[Digest]:
    """Return the digests that nobody is about to send: whose message was lost, or which nobody took in time."""
    waiting = table.query(Digest, "digests", index="g1").items
    return list(leaving.forgotten(waiting, PATIENCE, LEASE))


def deliver(digest: str) -> Digest:
    """Tell a manager what changed, if that waits, and return what became of it; `silent` when nothing did.

    What may have left already is told again as it was told, whatever the figures say by now. What nobody could tell in
    time is not told any more.
    """
    found = table.load(Digest, Digest.at(digest), consistent=True)
    wanted = leaving.wanted(found, LEASE)
    if wanted is None:
        return found
    manager = table.find(Manager, Manager.at(found.manager), consistent=True)
    if manager is None or not _is_wanted(found, manager):
        return table.save(found.changed(state=AlertState.REJECTED, reason="no_longer_wanted"))
    if wanted.state is AlertState.UNKNOWN:
        return table.save(wanted)
    changed = wanted if wanted.resent and found.findings else _written(wanted, manager)
    if not changed.findings:
        return table.save(changed.changed(state=AlertState.SILENT, claimed_at=None))
    _announce(changed)
    try:
        claimed = table.save(changed)
    except ConflictError:
        return found  # somebody else claimed it first
    return table.save(leaving.sent(claimed, lambda: messages.send_email(writing.email(claimed, manager))))


def _announce(digest: Digest) -> None:
    """Tell others what changed, once for each figure and period, however many managers are told of it."""
    known = segments.by_code()
    for each in digest.findings:
        place = known.get(each.segment)
        if place is not None:
            events.tell(_happened(each, digest, place.path))


def _happened(found: Finding, digest: Digest, path: tuple[str, ...]) -> events.DomainEvent:
    same = MetricData.model_fields.keys() & Finding.model_fields.keys() - {"topic"}
    said = {name: getattr(found, name) for name in same}
    days = {"first": digest.first, "last": digest.last}
    data = MetricData.model_validate({**said, **days, "topic": found.topic_id, "answers": found.n})
    once = (found.survey, found.segment, found.metric, found.topic_id, digest.first.isoformat(), digest.rhythm)
    return events.made(
        EventType.METRIC_CHANGED,
        data,
        *once,
        subject=f"survey/{found.survey}",
        segment_path=path,
        survey=found.survey,
    )


def _is_wanted(digest: Digest, manager: Manager) -> bool:
    too_late = clock.now() >= digest.created_at + TOO_LATE
    return manager.retired_at is None and manager.digest is digest.rhythm and not too_late


def listing(manager: str, *, limit: int = 25, cursor: str | None = None) -> table.Page[Digest]:
    """Return what a manager was told, and when there was nothing to tell, the newest first."""
    return table.query(Digest, f"digests#{manager}", index="g2", limit=limit, newest_first=True, cursor=cursor)


def previewed(manager: Manager, rhythm: Rhythm) -> Digest:
    """Return what a manager would be told now about the last week or month. Nothing is stored, nothing leaves.

    InvalidError: of `never` there is none.
    """
    if rhythm is Rhythm.NEVER:
        allowed = ", ".join(each for each in Rhythm if each is not Rhythm.NEVER)
        raise InvalidError("value_not_allowed", field="rhythm", allowed=allowed)
    return _written(_digest(manager, rhythm), manager)


def _managers() -> Iterator[tuple[Manager, ...]]:
    cursor: str | None = None
    while True:
        page = managers.listing(limit=_PAGE, cursor=cursor)
        yield page.items
        cursor = page.next
        if cursor is None:
            return


def _made(some: Iterable[Manager]) -> list[Digest]:
    """Make those digests of these managers whose time has come and that are not there yet; return them."""
    now = clock.now()
    wanted = {
        each.id: each
        for manager in some
        if manager.retired_at is None and manager.segments and manager.digest is not Rhythm.NEVER
        if due.is_due(due.last(manager.digest, _zone(manager), now), now)
        for each in (_digest(manager, manager.digest),)
    }
    known = table.find_many(Digest, map(Digest.at, wanted), consistent=True)
    return [_create(each) for name, each in wanted.items() if Digest.at(name) not in known]


def _create(digest: Digest) -> Digest:
    try:
        return table.create(digest)
    except ConflictError:
        return digest  # made by a call that came twice: whoever claims it sends it


def _digest(manager: Manager, rhythm: Rhythm) -> Digest:
    now = clock.now()
    period = due.last(rhythm, _zone(manager), now).period
    return Digest(
        id=ids.derive("digest", manager.id, rhythm, period.first.isoformat()),
        manager=manager.id,
        rhythm=rhythm,
        first=period.first,
        last=period.last,
        created_at=now,
    )


def _written(digest: Digest, manager: Manager) -> Digest:
    period = Period(digest.first, digest.last)
    told = finding.findings(manager.segments[:_PLACES], period, manager.language)
    return digest.changed(findings=told, address=manager.email, language=manager.language)


def _zone(manager: Manager) -> str:
    known = segments.by_code().get(next(iter(manager.segments), ""))
    return known.timezone if known else settings().timezone
