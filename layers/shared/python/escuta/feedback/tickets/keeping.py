"""Where every change of a ticket is stored, with the line of its log and all that follows, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from escuta import clock, measured, table
from escuta.directory.model import Role
from escuta.entity import Key, Table, Value
from escuta.errors import ConflictError, TooLargeError
from escuta.feedback.model import Alert, Ticket, TicketActivity, TicketEdge
from escuta.feedback.tickets import alerting, announcing, asking, counts, timing
from escuta.measured import Measure
from escuta.observe import logger

LARGEST = 300_000  # bytes of a ticket; DynamoDB refuses an item above 400 KB
PAGE = 100
_HOPS = 100  # from a ticket to the one that goes on instead of it
TOGETHER = 100  # actions of one transaction


class Actor(Value):
    """Who changes a ticket: somebody with an account, a program, a holder of a link; the customer; or the product."""

    name: str = ""
    id: str = ""  # of the caller; "customer"
    manager: str = ""  # id, of a manager
    role: Role | None = None
    segments: tuple[str, ...] = ()  # that a caller is bound to; (): the whole hierarchy
    via: str = ""  # `link`: by one out of an alert, without an account

    @property
    def works_here(self) -> bool:
        """Tell whether it acts for the organisation: neither the customer nor the product by itself."""
        return bool(self.id or self.name) and self.id != "customer"


PRODUCT = Actor()
CUSTOMER = Actor(id="customer")


class Line(NamedTuple):
    """What the log says of a change.

    `text` is what somebody wrote, or "". `details` are facts: of a field that changed, `{field}` is what it became and
    `{field}_was` what it was before.
    """

    what: str
    text: str = ""
    details: Mapping[str, str] = {}


class Change(NamedTuple):
    """One change of one ticket; `before` None: it is a new one."""

    before: Ticket | None
    after: Ticket
    line: Line


def get(ticket: str) -> Ticket:
    """Return the ticket with this id; NotFoundError when there is none."""
    return table.load(Ticket, Ticket.at(ticket), consistent=True)


def at(ticket: str, rev: int) -> Ticket:
    """Return the ticket with this id if it still has the revision that somebody read; else ConflictError `stale`."""
    current = get(ticket)
    if current.rev != rev:
        raise ConflictError("stale")
    return current


def going_on(name: str) -> Ticket | None:
    """Return the ticket that goes on for this one; None once nothing of the customer may be kept there."""
    for _ in range(_HOPS):
        ticket = table.find(Ticket, Ticket.at(name), consistent=True)
        if ticket is None or ticket.emptied:
            return None
        if not ticket.merged_into:
            return ticket
        name = ticket.merged_into
    return None


def log(ticket: str, *, limit: int = PAGE, cursor: str | None = None) -> table.Page[TicketActivity]:
    """Return what happened to a ticket, the newest first."""
    pk = Ticket.at(ticket).pk
    return table.query(
        TicketActivity, pk, prefix="activity#", limit=limit, cursor=cursor, newest_first=True, consistent=True
    )


def whole_log(ticket: str) -> Iterator[TicketActivity]:
    """Yield everything that ever happened to a ticket, the oldest first, read page by page."""
    pk, cursor = Ticket.at(ticket).pk, None
    while True:
        page = table.query(TicketActivity, pk, prefix="activity#", limit=PAGE, cursor=cursor, consistent=True)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def since(ticket: str, rev: int) -> tuple[TicketActivity, ...]:
    """Return what happened to a ticket after the revision that somebody read, the oldest first; at most a page of it.

    It is for who was overtaken: they see what the others did, and do theirs again on top of it.
    """
    first, last = TicketActivity.at(ticket, max(rev, 0) + 1), TicketActivity.at(ticket, 10**8 - 1)
    found = table.query(TicketActivity, first.pk, between=(first.sk, last.sk), limit=PAGE, consistent=True)
    return found.items


def store(before: Ticket | None, after: Ticket, line: Line, who: Actor = PRODUCT, *beside: table.Action) -> Ticket:
    """Store a ticket with the line of its log, and return it as it is stored; `before` None: it is a new one.

    `beside` are further actions of the same transaction; where all are too many for one, the last alerts give way.
    CancelledError, which is a ConflictError, when somebody else was faster; nothing is stored then. A ticket that was
    emptied takes no change any more. TooLargeError `ticket_levels_many` where too many levels of a hierarchy count it.
    """
    (stored,) = store_together((Change(before, after, line),), who, *beside)
    return stored


def store_together(changes: Sequence[Change], who: Actor = PRODUCT, *beside: table.Action) -> tuple[Ticket, ...]:
    """Store changes of several tickets, all of them or none; as `store` does of one."""
    followed = [asking.beside(change.before, change.after, by_people=who.works_here) for change in changes]
    changes = [_kept(change._replace(after=after)) for change, (after, _) in zip(changes, followed, strict=True)]
    for change in changes:
        if change.before and change.before.emptied:
            raise ConflictError("ticket_emptied")
        if len(change.after.model_dump_json().encode()) > LARGEST:
            raise TooLargeError("ticket_too_large", most=LARGEST)
    actions = [action for change in changes for action in _actions(change, who)]
    actions += [action for _, some in followed for action in some]
    table.transact(*_fitting(list(_summed((*actions, *beside))), changes[0].after.id))
    measured.count(Measure.TICKETS_OPENED, sum(change.before is None for change in changes))
    return tuple(change.after.changed(rev=_number(change)) for change in changes)


def _fitting(actions: list[table.Action], ticket: str) -> Iterator[table.Action]:
    """Yield as many actions as a transaction takes: a change that is stored is worth more than all who hear of it.

    It is a hierarchy of very many levels that makes them too many: a ticket counts anew at each one that it leaves.
    """
    over = max(0, len(actions) - TOGETHER)
    alerts = [place for place, action in enumerate(actions) if _is_alert(action)]
    if over > len(alerts):
        raise TooLargeError("ticket_levels_many", most=TOGETHER)
    gone = frozenset(alerts[len(alerts) - over :])
    if gone:
        told = {"ticket": ticket, "alerts": len(alerts), "sent": len(alerts) - over}
        logger().warning("too many to alert", extra=told)
    yield from (action for place, action in enumerate(actions) if place not in gone)


def _is_alert(action: table.Action) -> bool:
    return isinstance(action, table.Create) and isinstance(action.entity, Alert)


def _kept(change: Change) -> Change:
    """Return a change with the fields of the ticket that follow from it, whoever makes it."""
    clocked = timing.kept(change.before, change.after)
    return change._replace(after=counts.kept(change.before, clocked))


def _number(change: Change) -> int:
    return (change.before.rev if change.before else 0) + 1


def _actions(change: Change, who: Actor) -> Iterator[table.Action]:
    """Yield all that is written for one change of one ticket."""
    before, after, line = change
    yield table.Save(after) if before else table.Create(after)
    yield table.Create(
        TicketActivity(
            ticket=after.id,
            number=_number(change),
            happened_at=clock.now(),
            who=who.name,
            by=who.id,
            what=line.what,
            text=line.text,
            details={**line.details, **({"via": who.via} if who.via else {})},
        )
    )
    if before is None or before.response != after.response:
        edge = TicketEdge(ticket=after.id, response=after.response, contact=after.contact, opened_at=after.opened_at)
        yield table.Create(edge)
        if after.response:
            yield table.Add(Table.FEEDBACK, TicketEdge.counted(after.response), {after.id: 1})
    yield from timing.timer(before, after)
    yield from counts.adds(before, after)
    yield from counts.holds(before, after)
    yield from alerting.following(before, after, line, who)
    yield from announcing.actions(before, after, line)


def _summed(actions: Iterable[table.Action]) -> Iterator[table.Action]:
    """Yield actions with one addition for each row: a transaction takes no row twice. What adds nothing is left out."""
    sums: dict[tuple[Table, Key], Counter[str]] = {}
    others: list[table.Action] = []
    ends: dict[tuple[Table, Key], int | None] = {}
    for action in actions:
        if isinstance(action, table.Add) and not action.below:
            place = action.table, action.key
            sums.setdefault(place, Counter()).update(action.numbers)
            ends[place] = max(filter(None, (ends.get(place), action.expires_at)), default=None)
        else:
            others.append(action)
    yield from others
    for place, numbers in sums.items():
        kept = {name: number for name, number in numbers.items() if number}
        if kept:
            yield table.Add(*place, kept, expires_at=ends[place])
