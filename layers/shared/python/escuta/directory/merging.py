"""How everything that was ever said about a thing adds up, in whatever order it comes. Pure.

Each field is held by one row: of two files the newer one holds, of two rows of one file the earlier one. A field that
has a time of its own (the visit for the segment, the consent) is held by the latest time, and only then by that rule.
Since this is an order among rows and not among deliveries, the same rows leave the same thing however often and in
whatever order they are taken in. The thing remembers which row holds which field: its marks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

CUSTOM = "custom."
DENIED = "denied"
_MOMENT = 24  # characters of a moment in a mark
_OFFSET = len("+00:00")
_MOST_ROWS = 100  # rows that a thing remembers as those that changed it


class Said(NamedTuple):
    """What one row of a file, or one call, says about a thing."""

    content: str  # of the file, or who calls
    row: int  # 0: a call
    place: str  # the row among all others, as `placed` writes it
    fields: Mapping[str, Any]  # what is said and nothing else; `custom.plan` for a custom field
    times: Mapping[str, str] = {}
    consent: Mapping[str, Any] = {}

    @property
    def source(self) -> str:
        """What the thing remembers as its maker."""
        return f"{self.content}.{self.row}" if self.row else self.content

    def mark(self, field: str) -> str:
        """Return what the thing remembers as the holder of this field."""
        return f"{self.times[field]}/{self.place}" if field in self.times else self.place


class Merged(NamedTuple):
    """A thing with everything that is known now, and whose rows it was."""

    values: dict[str, Any]
    holders: dict[str, str]  # field -> mark
    changed: frozenset[int]  # rows that brought something new
    raised: bool  # there are other holders, even where nothing else is new

    def marks(self) -> dict[str, tuple[str, ...]]:
        """Return the marks as a thing stores them."""
        if len(marks := set(self.holders.values())) == 1:  # nearly always: one row says all of it
            return {marks.pop(): tuple(sorted(self.holders))}
        found: dict[str, list[str]] = {}
        for field, mark in self.holders.items():
            found.setdefault(mark, []).append(field)
        return {mark: tuple(sorted(fields)) for mark, fields in found.items()}

    def fields(self) -> dict[str, Any]:
        """Return everything that is known, and who said it, as a thing stores it."""
        custom = {name[len(CUSTOM) :]: self.values[name] for name in self.values if CUSTOM in name}
        plain = {name: self.values[name] for name in self.values if CUSTOM not in name} if custom else self.values
        return {**plain, "custom": custom, "marks": self.marks()}


def moment(time: datetime) -> str:
    """Return a time as marks have it: in UTC, to the millisecond, so that the texts compare as the times do."""
    return f"{time.astimezone(UTC).isoformat(timespec='milliseconds')[:-_OFFSET]}Z"


def placed(came: str, content: str, row: int) -> str:
    """Return the place of a row among all others: `came` is when its file did, as `moment` writes it."""
    return f"{came}.{content}.{row}"


def custom_fields(custom: Mapping[str, str]) -> dict[str, str]:
    """Return custom fields under the names that they have among the others."""
    return {f"{CUSTOM}{name}": value for name, value in custom.items()}


def merge(values: Mapping[str, Any], marks: Mapping[str, Sequence[str]], said: Sequence[Said]) -> Merged:
    """Return what is known after all of this was said about a thing of which `values` were known."""
    if not values and len(said) == 1:  # somebody new, of whom one row speaks: the usual case
        (only,) = said
        held = {field: only.mark(field) for field in only.fields}
        return Merged({**only.fields, **only.consent}, held, frozenset((only.row,)), raised=True)
    known = dict(values)
    holders = {field: mark for mark, fields in marks.items() for field in fields}
    changed: set[int] = set()
    raised = False
    for each in said:
        for field, value in each.fields.items():
            mark = each.mark(field)
            holder = holders.get(field)
            if holder is not None and not _holds(field, value, mark, known, holder):
                continue
            raised = True
            holders[field] = mark
            if known.get(field, "") != value:
                known[field] = value
                changed.add(each.row)
            if field == "consent":
                known |= each.consent
    return Merged(known, holders, frozenset(changed), raised)


def _holds(field: str, value: Any, mark: str, known: Mapping[str, Any], holder: str) -> bool:
    """Tell whether what is said now goes before what held until now."""
    if mark == holder:
        return False
    (time, came, content, row), (old_time, old_came, old_content, old_row) = _order(mark), _order(holder)
    if field != "consent" or (time, came) != (old_time, old_came):
        return (time, came, content, row) > (old_time, old_came, old_content, old_row)
    # of two rows that speak of consent at one time in one file, the no holds, wherever it stands
    no, old_no = value == DENIED, known.get(field) == DENIED
    return (no, content, row) > (old_no, old_content, old_row)


@lru_cache(maxsize=4096)
def _order(mark: str) -> tuple[str, str, str, int]:
    time, rest = (mark[:_MOMENT], mark[_MOMENT + 1 :]) if mark[_MOMENT] == "/" else (mark[:_MOMENT], mark)
    content, _, row = rest[_MOMENT + 1 :].rpartition(".")
    return time, rest[:_MOMENT], content, -int(row)


def row_of(mark: str, content: str) -> int:
    """Return the row of this content that a mark names, 0 when it names another content."""
    _, _, found, row = _order(mark)
    return -row if found == content else 0


def joined(before: str, content: str, rows: Iterable[int]) -> str:
    """Return what a thing remembers as the rows that changed it: of one file all of them, so that each is known again.

    No more than a hundred: a customer number that stands for everybody without one may be in every row of a file.
    """
    together = sorted(rows_of(before, content).union(rows) if before else set(rows))[:_MOST_ROWS]
    return f"{content}.{'+'.join(map(str, together))}" if together != [0] else content


def rows_of(sources: str, content: str) -> frozenset[int]:
    """Return which rows of this content a thing remembers as those that changed it."""
    found, _, rows = sources.rpartition(".")
    return frozenset(map(int, rows.split("+"))) if found == content and rows else frozenset()
