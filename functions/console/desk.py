"""The desk of a manager: what waits for them, how their stores do against the others, what customers said last."""

from datetime import date, datetime, timedelta

from console import home, work
from console.figures import Named, Tickets
from escuta import clock
from escuta.config import settings
from escuta.directory import access, managers, segments
from escuta.directory.model import Caller, Scope, Segment
from escuta.entity import Value
from escuta.errors import NotFoundError
from escuta.feedback import coaching
from escuta.feedback.coaching import Store
from escuta.feedback.dashboards.feed import Said
from escuta.feedback.model import Span, Survey

DAYS = 90


class Desk(Value):
    """What the page shows. `streak`: closed in time since the last one that was not."""

    name: str
    read_at: datetime
    timezone: str
    tickets: Tickets
    streak: int
    survey: Named | None
    stores: tuple[Store, ...]
    comments: tuple[Said, ...]


def read(caller: Caller) -> Desk:
    """Return the desk of the manager who asks; NotFoundError for who is none."""
    access.require(caller, Scope.TICKETS_READ)
    if not caller.manager:
        raise NotFoundError("page_not_found")
    manager = managers.get(caller.manager)
    known = segments.by_code()
    places = tuple(
        known[code] for code in manager.segments if code in known and access.may_see(caller, known[code].path)
    )
    waiting = coaching.desk(manager)
    seen = [ticket for ticket in waiting.tickets if access.may_see(caller, ticket.segment_path)]
    survey, span = _survey(places), Span(count=DAYS)
    return Desk(
        name=manager.name,
        read_at=clock.now(),
        timezone=_zone(places),
        tickets=Tickets(open=waiting.open, overdue=waiting.overdue, shown=work.shown(caller, seen, known)),
        streak=waiting.streak,
        survey=Named(id=survey.id, name=survey.name) if survey else None,
        stores=coaching.stores(places, survey.id, span, caller.language) if survey else (),
        comments=coaching.said(places, survey.id, span, caller.language) if survey else (),
    )


def _survey(places: tuple[Segment, ...]) -> Survey | None:
    today = clock.local_day(clock.now(), _zone(places))
    first = date.fromisoformat(today) - timedelta(days=DAYS - 1)
    return home.leading((each.code for each in places), first.isoformat(), today)


def _zone(places: tuple[Segment, ...]) -> str:
    return places[0].timezone if places else settings().timezone
