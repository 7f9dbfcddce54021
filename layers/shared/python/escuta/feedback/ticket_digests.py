"""One mail a day about the tickets of a manager's places, for who does not want to be told of each at once."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from escuta import clock, i18n, ids, queues, table
from escuta.config import settings
from escuta.directory import managers, segments
from escuta.directory.model import Alerting, Manager
from escuta.errors import ConflictError
from escuta.feedback import leaving, mails, telling
from escuta.feedback.model import FAR, AlertState, Ticket, TicketDigest, TicketState
from escuta.feedback.tickets import finding, magic
from escuta.outreach import messages
from escuta.outreach.messages import Email

PATIENCE = timedelta(minutes=50)  # the schedule comes hourly: what it made last time has left or is forgotten
LEASE = timedelta(minutes=10)  # longer than the function may run
TOLD = 12  # tickets that a mail names
MOST = 1_000  # tickets of a place that are counted
_HOUR = 7  # on the clock of the place: it is there when work begins
_LATE = timedelta(hours=6)  # so long what could not be told in time is told after all
_DAY = timedelta(days=1)
_PLACES = 10  # of a manager who answers for more, the first ones
_PAGE = 100
_EXCERPT = 120
_DAILY = frozenset({Alerting.URGENT, Alerting.DIGEST})


def announce() -> int:
    """Make the digests whose time has come, queue them and what was forgotten; return how many were queued."""
    queued = 0
    for some in (*map(_made, _managers()), forgotten()):
        queues.send(settings().digest_queue, ({"ticket_digest": each.id} for each in some))
        queued += len(some)
    return queued


def forgotten() -> list[TicketDigest]:
    """Return the digests that nobody is about to send: whose message was lost, or which nobody took in time."""
    waiting = table.query(TicketDigest, "ticket_digests", index="g1").items
    return list(leaving.forgotten(waiting, PATIENCE, LEASE))


def deliver(digest: str) -> TicketDigest:
    """Tell a manager what waits, if that is to be told, and return what became of it; `silent` when nothing waits.

    What may have left already is told again about the same tickets. What nobody could tell on its day is dropped.
    """
    found = table.load(TicketDigest, TicketDigest.at(digest), consistent=True)
    wanted = leaving.wanted(found, LEASE)
    if wanted is None:
        return found
    manager = table.find(Manager, Manager.at(found.manager), consistent=True)
    if manager is None or not _is_wanted(manager) or clock.now() >= found.created_at + _DAY:
        return table.save(found.changed(state=AlertState.REJECTED, reason="no_longer_wanted"))
    if wanted.state is AlertState.UNKNOWN:
        return table.save(wanted)
    changed = wanted if wanted.resent and found.tickets else _filled(wanted, manager)
    if not changed.tickets:
        return table.save(changed.changed(state=AlertState.SILENT, claimed_at=None))
    mail = email(changed, manager)
    try:
        claimed = table.save(changed)
    except ConflictError:
        return found  # somebody else claimed it first
    return table.save(leaving.sent(claimed, lambda: messages.send_email(mail)))


def _is_wanted(manager: Manager) -> bool:
    return manager.retired_at is None and bool(manager.segments) and manager.alerts in _DAILY


def _managers() -> Iterator[tuple[Manager, ...]]:
    cursor: str | None = None
    while True:
        page = managers.listing(limit=_PAGE, cursor=cursor)
        yield page.items
        cursor = page.next
        if cursor is None:
            return


def _made(some: Iterable[Manager]) -> list[TicketDigest]:
    """Make those digests of these managers whose time has come and that are not there yet; return them."""
    now = clock.now()
    wanted = {
        each.id: each
        for manager in some
        if _is_wanted(manager) and _is_due(manager, now)
        for each in (_digest(manager, now),)
    }
    known = table.find_many(TicketDigest, map(TicketDigest.at, wanted), consistent=True)
    return [_create(each) for name, each in wanted.items() if TicketDigest.at(name) not in known]


def _create(digest: TicketDigest) -> TicketDigest:
    try:
        return table.create(digest)
    except ConflictError:
        return digest  # made by a call that came twice: whoever claims it sends it


def _is_due(manager: Manager, now: datetime) -> bool:
    since = now.astimezone(ZoneInfo(_zone(manager))).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    return since <= now < since + _LATE


def _digest(manager: Manager, now: datetime) -> TicketDigest:
    day = now.astimezone(ZoneInfo(_zone(manager))).date()
    name = ids.derive("ticket_digest", manager.id, day.isoformat())
    return TicketDigest(id=name, manager=manager.id, day=day, created_at=now)


def _filled(digest: TicketDigest, manager: Manager) -> TicketDigest:
    """Return a digest with what waits now: what is overdue first, then what is new, then what is due next."""
    waiting, more = _waiting(manager)
    since = clock.now() - _DAY
    ordered = sorted(waiting, key=lambda one: (not one.overdue, one.opened_at < since, one.due_at, one.id))
    return digest.changed(
        address=manager.email,
        language=manager.language,
        fresh=sum(one.opened_at >= since for one in waiting),
        open=len(waiting),
        overdue=sum(one.overdue for one in waiting),
        more=more,
        tickets=tuple(one.id for one in ordered[:TOLD]),
    )


def _waiting(manager: Manager) -> tuple[list[Ticket], bool]:
    """Return the tickets on which somebody must act in a manager's places, each once, and whether there are more."""
    found: dict[str, Ticket] = {}
    more = len(manager.segments) > _PLACES
    for code in manager.segments[:_PLACES]:
        path = segments.as_is(code)
        page = finding.open_upto(path, MOST) if path else ()
        more = more or len(page) > MOST
        found |= {ticket.id: ticket for ticket in page[:MOST] if not ticket.state.is_done}
    return list(found.values()), more


def email(digest: TicketDigest, manager: Manager) -> Email:
    """Return the mail of a digest, in the manager's language; what was closed meanwhile is named no more."""
    language = digest.language

    def say(code: str, **details: object) -> str:
        return i18n.say("escuta.feedback", language, f"round.{code}", **details)

    stored = table.find_many(Ticket, map(Ticket.at, digest.tickets), consistent=True)
    found = [one for name in digest.tickets if (one := stored.get(Ticket.at(name)))]
    shown = [one for one in found if not one.state.is_done and not one.emptied and magic.reaches(manager, one)]
    links = magic.issue([one.id for one in shown], manager.id, f"round.{digest.day.isoformat()}")
    numbers = {
        name: f"{i18n.number(n, language)}{'+' if digest.more else ''}"
        for name, n in (("open", digest.open), ("fresh", digest.fresh), ("overdue", digest.overdue))
    }
    mail = mails.render(
        "round",
        language,
        organisation=settings().organisation,
        subject=say("subject.overdue" if digest.overdue else "subject.open", **numbers),
        headline=say("headline"),
        counts=say("counts", **numbers),
        lines=[_line(one, language, links[one.id].url) for one in shown],
        more=say("more", n=digest.open - len(digest.tickets)) if digest.open > len(digest.tickets) else "",
        open=say("open"),
        act=say("act"),
        link=f"{settings().house}/console/",
        why=say("why", organisation=settings().organisation),
    )
    return Email(
        to=digest.address,
        to_name=manager.name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sender_name=settings().organisation,
        headers={"Auto-Submitted": "auto-generated"},
        tags={"ticket_digest": digest.id},
    )


def _line(ticket: Ticket, language: str, link: str) -> dict[str, object]:
    """Return one ticket as it is written: who, where, by when, what was said, and where to act."""

    def say(code: str, **details: object) -> str:
        return i18n.say("escuta.feedback", language, code, **details)

    place = segments.by_code().get(ticket.segment)
    due = "" if ticket.due_at >= FAR or ticket.state is TicketState.WAITING else ticket.due_at
    when = i18n.moment(ticket.due_at, language, place.timezone if place else ticket.timezone) if due else ""
    return {
        "overdue": ticket.overdue,
        "customer": telling.cut(telling.line(ticket.contact_name or ticket.subject), 60) or say("alert.unidentified"),
        "place": telling.cut(telling.line(place.name if place else ticket.segment), 60),
        "score": "" if ticket.score is None else say("alert.score", score=ticket.score),
        "state": say(f"alert.state.{ticket.state}"),
        "due": say("round.overdue" if ticket.overdue else "round.due", due=when) if when else "",
        "comment": telling.cut(telling.line(ticket.comment), _EXCERPT),
        "link": link,
    }


def _zone(manager: Manager) -> str:
    known = segments.by_code().get(next(iter(manager.segments), ""))
    return known.timezone if known else settings().timezone
