"""Searching the audit: by what somebody did, by what was done to something, or by time; the newest first."""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby

from escuta import clock, table
from escuta.directory import organisation
from escuta.directory.audit.masking import masked
from escuta.directory.model.audit import AuditEntry, Outcome
from escuta.entity import Value
from escuta.errors import NotFoundError

_CHUNK = 250  # rows of one call: as many entries as half of that
_MOST_CALLS = 20  # of one page, which is short when not enough was found in so many


class Sought(Value):
    """What is looked for. `first` and `last` are moments, both included; `written` is the id of what was changed."""

    first: datetime | None = None
    last: datetime | None = None
    actor: str = ""
    action: str = ""
    noun: str = ""
    thing: str = ""
    written: str = ""
    outcome: Outcome | None = None

    def fits(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is among what is looked for."""
        wanted = {"actor": self.actor, "action": self.action, "noun": self.noun, "thing": self.thing}
        named = all(not value or getattr(entry, name) == value for name, value in wanted.items())
        wrote = not self.written or any(change.id in self._written for change in entry.changes)
        return named and wrote and (self.outcome is None or entry.outcome is self.outcome)

    @cached_property
    def _written(self) -> frozenset[str]:
        """What a change may call it: a customer is called otherwise."""
        return frozenset({self.written, masked("contacts", self.written)})


def get(entry: str) -> AuditEntry:
    """Return an entry; NotFoundError when there is none, or no longer."""
    rows = table.query(AuditEntry, AuditEntry.month(entry), prefix=f"{entry}#", consistent=True).items
    found = next((row for row in reversed(rows) if row.id == entry and row.asked_at > _oldest()), None)
    if found is None:
        raise NotFoundError("audit_not_found")
    return found


def page(sought: Sought, *, limit: int, cursor: str | None = None) -> table.Page[AuditEntry]:
    """Return a page, the newest first. A page may be short, or empty, while there is a `next`: then go on."""
    sought = sought.changed(thing=masked(sought.noun, sought.thing))
    low = _moment(max(sought.first or _oldest(), _oldest()))
    high = cursor or _moment(sought.last or clock.now()) + "~"
    found: list[AuditEntry] = []
    for _ in range(_MOST_CALLS):
        if high <= low:
            return table.Page(tuple(found))
        entries, high = _read(sought, low, high)
        for entry in entries:
            if sought.fits(entry):
                found.append(entry)
                if len(found) == limit:
                    return table.Page(tuple(found), entry.id)
    return table.Page(tuple(found), high)


def _read(sought: Sought, low: str, high: str) -> tuple[list[AuditEntry], str]:
    """Return entries below `high`, the newest first, and the place below which the next ones are."""
    pk, index = _partition(sought, high)
    rows = table.query(
        AuditEntry, pk, between=(low, high), index=index, limit=_CHUNK, newest_first=True, consistent=True
    )
    entries = [next(same) for _, same in groupby(rows.items, key=lambda row: row.id)]  # what is done comes first
    if index:
        entries = _ended(entries)
    if rows.next:
        return entries, entries[-1].id
    return entries, "" if index else _before(high)


def _ended(entries: list[AuditEntry]) -> list[AuditEntry]:
    """Return entries as they ended: an index may not know it yet, or know it under whom it was done by after all."""
    keys = {entry.id: entry.changed(is_done=True).key() for entry in entries if not entry.is_done}
    ended = table.find_many(AuditEntry, keys.values(), consistent=True)
    return [ended.get(keys[entry.id], entry) if entry.id in keys else entry for entry in entries]


def _partition(sought: Sought, high: str) -> tuple[str, str]:
    if sought.noun and sought.thing:
        return f"audit_of#{sought.noun}#{sought.thing}", "g2"
    if sought.actor:
        return f"audit_by#{sought.actor}", "g1"
    return AuditEntry.month(high), ""


def _before(high: str) -> str:
    """Return the end of the month before."""
    year, month = int(high[:4]), int(high[4:6])
    return f"{year - (month == 1):04}{(month - 2) % 12 + 1:02}~"


def _oldest() -> datetime:
    """Return before when nothing is told any more, even if the store has not removed it yet."""
    return clock.now() - timedelta(days=organisation.current().audit_days)


def _moment(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at:%Y%m%dT%H%M%S}{at.microsecond // 1000:03}"
