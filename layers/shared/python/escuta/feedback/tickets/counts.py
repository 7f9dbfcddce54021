"""Tickets, counted: how they stand now at each place, what became of them day by day, and how many each manager has.

What a ticket counts for follows from its row alone (`contribution`). Whoever stores a row in place of another adds the
difference in the same transaction, guarded by the revision of the row: duplicates, disorder and lost replies change
nothing, and a recount of the rows is the same sum. A ticket counts at its segment and each one above it.

How it stands now is kept in the partition of the parent, so that one read tells of all places on a page of a menu.
What became of it is kept by the day on which it happened, on the calendar of its place: a row holds a month.
"""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from escuta import clock, table
from escuta.entity import Key, Table
from escuta.feedback.model import Ticket, TicketHold, TicketState
from escuta.feedback.tickets import timing

SHARDS = 4
BUCKETS = (  # upper ends, in minutes, of what times are counted in; `more`: beyond the last one
    *(5, 10, 15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 600, 720, 960, 1_440, 2_160, 2_880, 4_320, 5_760, 7_200),
    *(10_080, 14_400, 20_160, 30_240, 43_200, 64_800, 86_400, 129_600),
)
OTHER = "*"  # a cause in free words: they name no counter
_CAUSE = re.compile(r"[a-z0-9_-]{1,40}")
_MINUTE = 60
_WHENEVER = ("0001-01", "9999-12#~")

Days = dict[str, Counter[str]]


class Row(NamedTuple):
    """A counter before it is spread over shards: `now` of a place below `of`, a month of `of`, the load of `of`."""

    kind: str  # now, days, load
    of: str
    name: str


class Load(NamedTuple):
    """How many tickets a manager has: those that are not closed, and all that were ever given and not taken away."""

    open: int
    given: int


def adds(before: Ticket | None, after: Ticket) -> tuple[table.Action, ...]:
    """Return what the transaction that stores a ticket adds to the counters: each counter once."""
    shard = zlib.crc32(after.id.encode()) % SHARDS  # always the same one: no row ever falls below nothing
    return tuple(
        table.Add(Table.FEEDBACK, _key(row, shard), numbers)
        for row, numbers in sorted(difference(before, after).items())
    )


def difference(before: Ticket | None, after: Ticket) -> dict[Row, dict[str, int]]:
    """Return by how much one ticket in place of another changes which counters. Pure."""
    had, has = contribution(before) if before else {}, contribution(after)
    found: dict[Row, dict[str, int]] = {}
    for row in had.keys() | has.keys():
        numbers = Counter(has.get(row, {}))
        numbers.subtract(had.get(row, {}))
        moved = {name: number for name, number in numbers.items() if number}
        if moved:
            found[row] = moved
    return found


def kept(before: Ticket | None, after: Ticket) -> Ticket:
    """Return a ticket as it is stored: with when anything happened to it, and when it was done first. Reads the clock.

    One that an erasure closes was not done with: it says no time of closing.
    """
    now = clock.now()
    if after.emptied and before and before.state is not TicketState.CLOSED:
        return after.changed(closed_at=None, resolved_at=before.resolved_at, updated_at=now)
    done = (after.resolved_at or after.closed_at) if after.state.is_done and not after.merged_into else None
    return after.changed(ended_at=after.ended_at or done, updated_at=now)


def holds(before: Ticket | None, after: Ticket) -> tuple[table.Action, ...]:
    """Return what keeps the list of a manager's tickets as it is; for the transaction that stores the change."""
    had = TicketHold.of(before, timing.in_time(before)) if before else None
    has = TicketHold.of(after, timing.in_time(after))
    if (had and had.key()) == (has and has.key()):
        return ()
    gone = (table.Remove(TicketHold, had.key()),) if had else ()
    come = (table.Create(has),) if has else ()
    return (*gone, *come)


def contribution(ticket: Ticket) -> dict[Row, Counter[str]]:
    """Return what a ticket counts for, by counter. Pure: the counters are the sum of this over all tickets."""
    found: dict[Row, Counter[str]] = defaultdict(Counter)
    standing, days = Counter(_standing(ticket)), _by_month(ticket)
    for parent, code in zip(("", *ticket.segment_path), ticket.segment_path, strict=False):
        if standing:
            found[Row("now", parent, f"{code}#{ticket.survey}")] = standing
        for month, numbers in days.items():
            found[Row("days", f"{ticket.survey}#{code}", month)] = numbers
    if ticket.owner and not ticket.merged_into:
        is_open = int(ticket.state is not TicketState.CLOSED)
        found[Row("load", ticket.owner, "")] = Counter({"given": 1, **({"open": 1} if is_open else {})})
    return dict(found)


def _standing(ticket: Ticket) -> Iterator[str]:
    """Yield how a ticket stands now. One that goes on in another is that one."""
    if ticket.merged_into:
        return
    yield f"state.{ticket.state}"
    if ticket.state is TicketState.CLOSED:
        return
    yield f"priority.{ticket.priority}"
    if not ticket.owner:
        yield "unassigned"
    if ticket.escalated:
        yield "escalated"
    if ticket.overdue:
        yield "overdue"


def _by_month(ticket: Ticket) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for moment, names in _happened(ticket):
        day = clock.local_day(moment, ticket.timezone)
        for name, number in names.items():
            found[day[:7]][f"{day[8:]}.{name}"] += number
    return found


def _happened(ticket: Ticket) -> Iterator[tuple[datetime, Mapping[str, int]]]:
    """Yield what became of a ticket, with when it did."""
    if ticket.merged_into:
        yield ticket.opened_at, {"opened": 1, "merged": 1}
        return
    yield ticket.opened_at, {"opened": 1}
    if ticket.first_response_at is not None:
        yield ticket.first_response_at, Counter(_answered(ticket, ticket.first_response_at))
    ended = ticket.ended_at or ticket.resolved_at or ticket.closed_at
    if ended is not None:
        yield ended, Counter(_outcome(ticket))
    if ticket.closed_at is not None and ticket.state is TicketState.CLOSED:
        yield ticket.closed_at, Counter(_closed(ticket, ticket.closed_at)) + Counter(_sums(ticket))


def _answered(ticket: Ticket, first: datetime) -> Iterator[str]:
    yield "answered"
    yield f"wait.{bucket(_between(ticket.opened_at, first))}"
    if ticket.respond_seconds is not None:
        yield f"bwait.{bucket(ticket.respond_seconds)}"
    in_time = timing.responded_in_time(ticket)
    if in_time is not None:
        yield "answered_in_time" if in_time else "answered_late"


def _outcome(ticket: Ticket) -> Iterator[str]:
    """Yield what is known of a ticket that was ever done: on the day when it was first, whatever came of it later."""
    yield "ended"
    if ticket.reopened:
        yield "reopened"
    if ticket.follow_up:
        yield "asked"
    if ticket.recovered is not None:
        yield "recovered" if ticket.recovered else "lost"


def _closed(ticket: Ticket, closed_at: datetime) -> Iterator[str]:
    yield "closed"
    in_time = timing.in_time(ticket)
    if in_time is not None:
        yield "in_time" if in_time else "late"
    yield f"took.{bucket(_between(ticket.opened_at, closed_at))}"
    if ticket.resolve_seconds is not None:
        yield f"btook.{bucket(ticket.resolve_seconds)}"
    yield from (f"in.{state}.{bucket(spent)}" for state, spent in ticket.spent.items() if spent)
    causes = {named(cause) for cause in ticket.root_causes}
    if causes:
        yield "caused"
        yield from (f"cause.{cause}" for cause in causes)
    again = {named(cause) for cause in ticket.caused_again}
    if again:
        yield "again"
        yield from (f"again.{cause}" for cause in again)


def _sums(ticket: Ticket) -> dict[str, int]:
    """Return how many seconds a closed ticket was in each state, and what it cost, in hundredths of the currency."""
    found = {f"seconds.{state}": spent for state, spent in ticket.spent.items() if spent}
    if ticket.gesture:
        found |= {"gestures": 1, f"cost.{ticket.gesture.currency}": int(Decimal(ticket.gesture.amount) * 100)}
    return found


def named(cause: str) -> str:
    """Return what a cause is counted as: its id; free words all together."""
    return cause if _CAUSE.fullmatch(cause) else OTHER


def bucket(seconds: int) -> str:
    """Return in what a time is counted: the minutes that it took at most."""
    return next((str(most) for most in BUCKETS if seconds <= most * _MINUTE), "more")


def histogram(counted: Mapping[str, int], name: str) -> dict[str, int]:
    """Return how many took how long at most, in order: what is counted under `{name}.{bucket}`."""
    ends = (*map(str, BUCKETS), "more")
    return {end: number for end in ends if (number := counted.get(f"{name}.{end}", 0)) > 0}


def minutes(end: str) -> float | None:
    """Return the minutes that a bucket ends with; None: it has no end."""
    return float(end) if end.isdecimal() else None


def _between(first: datetime, last: datetime) -> int:
    return max(0, int((last - first).total_seconds()))


def standing_below(parent: str) -> dict[str, dict[str, Counter[str]]]:
    """Return how tickets stand now at each place below a segment, with its subtree: by place, then by survey.

    "": the whole. A few strongly consistent reads, whatever the number of tickets.
    """
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for shard in range(SHARDS):
        for sk, numbers in table.numbers(Table.FEEDBACK, f"ticket_counts#{parent}#{shard}"):
            code, _, survey = sk.partition("#")
            found[code][survey].update(numbers)
    return found


def overdue() -> int:
    """Return how many tickets are overdue now, wherever they are."""
    places = standing_below("").values()
    return sum(counted["overdue"] for surveys in places for counted in surveys.values())


def standing(path: tuple[str, ...]) -> dict[str, Counter[str]]:
    """Return how tickets stand now at a place with its subtree, by survey."""
    code, parent = path[-1], path[-2] if len(path) > 1 else ""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for shard in range(SHARDS):
        rows = table.numbers(
            Table.FEEDBACK, f"ticket_counts#{parent}#{shard}", between=(f"{code}#", f"{code}#\U0010ffff")
        )
        for sk, numbers in rows:
            found[sk.partition("#")[2]].update(numbers)
    return found


def tallies(survey: str, places: Iterable[str], first_day: str, last_day: str) -> dict[str, Days]:
    """Return what became of tickets at each of these places, by day, both ends included; read together."""
    months = list(_months(first_day, last_day))
    keys = {
        _key(Row("days", f"{survey}#{place}", month), shard): place
        for place in places
        for month in months
        for shard in range(SHARDS)
    }
    found: dict[str, list[tuple[str, Mapping[str, int]]]] = {place: [] for place in keys.values()}
    for key, numbers in table.numbers_of(Table.FEEDBACK, keys).items():
        found[keys[key]].append((key.sk, numbers))
    return {place: _days(rows, first_day, last_day) for place, rows in found.items()}


def ever(survey: str, place: str) -> Days:
    """Return everything that is counted of a survey at a place, by day."""
    rows = table.numbers(Table.FEEDBACK, f"ticket_days#{survey}#{place}", between=_WHENEVER)
    return _days(rows, "0001-01-01", "9999-12-31")


def loads(managers: Iterable[str]) -> dict[str, Load]:
    """Return how many tickets each of these managers has; strongly consistent."""
    keys = {_key(Row("load", manager, ""), shard): manager for manager in managers for shard in range(SHARDS)}
    sums: dict[str, Counter[str]] = {manager: Counter() for manager in keys.values()}
    for key, numbers in table.numbers_of(Table.FEEDBACK, keys).items():
        sums[keys[key]].update(numbers)
    return {manager: Load(found["open"], found["given"]) for manager, found in sums.items()}


def _days(rows: Iterable[tuple[str, Mapping[str, int]]], first_day: str, last_day: str) -> Days:
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sk, numbers in rows:
        month = sk.partition("#")[0]
        for name, number in numbers.items():
            day = f"{month}-{name[:2]}"
            if first_day <= day <= last_day:
                days[day][name[3:]] += number
    return {day: found for day in sorted(days) if (found := +days[day])}


def _months(first_day: str, last_day: str) -> Iterator[str]:
    first, last = date.fromisoformat(first_day), date.fromisoformat(last_day)
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _key(row: Row, shard: int) -> Key:
    match row.kind:
        case "now":
            return Key(f"ticket_counts#{row.of}#{shard}", row.name)
        case "days":
            return Key(f"ticket_days#{row.of}", f"{row.name}#{shard}")
        case _:
            return Key(f"manager_load#{row.of}", str(shard))
