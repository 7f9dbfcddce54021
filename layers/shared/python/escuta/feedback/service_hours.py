"""The hours of places: a segment's own, or those of the nearest one above it; without any, every hour counts."""

from collections.abc import Iterable

from escuta import clock, table
from escuta.errors import NotFoundError
from escuta.feedback.model import ServiceHours, ServiceHoursDraft


def holding(*paths: tuple[str, ...]) -> tuple[ServiceHours | None, ...]:
    """Return for each path the hours that hold there, of the segment that they name; in one read for all."""
    codes = dict.fromkeys(code for path in paths for code in path)
    found = table.find_many(ServiceHours, (ServiceHours.at(code) for code in codes))
    return tuple(
        next((own for code in reversed(path) if (own := found.get(ServiceHours.at(code)))), None) for path in paths
    )


def own(segment: str) -> ServiceHours | None:
    """Return what was said of this very segment, as it is stored now."""
    return table.find(ServiceHours, ServiceHours.at(segment), consistent=True)


def owned(codes: Iterable[str]) -> dict[str, ServiceHours]:
    """Return what was said of these very segments, by code, as it is stored now: in one read for a hundred."""
    found = table.find_many(ServiceHours, (ServiceHours.at(code) for code in codes), consistent=True)
    return {hours.segment: hours for hours in found.values()}


def put(segment: str, draft: ServiceHoursDraft, *, rev: int, who: str = "") -> ServiceHours:
    """Let these hours hold from now on, in place of those of this revision; 0: there were none.

    What was promised before keeps its time, until the clock of that ticket is set anew. ConflictError: somebody was
    faster.
    """
    said = {name: getattr(draft, name) for name in ServiceHoursDraft.model_fields}
    hours = ServiceHours(segment=segment, updated_by=who, updated_at=clock.now(), rev=rev, **said)
    return table.save(hours) if rev else table.create(hours)


def drop(segment: str, *, rev: int) -> None:
    """Take a segment's own hours away, so that it has those above it. NotFoundError when there are none any more."""
    known = own(segment)
    if known is None:
        raise NotFoundError("service_hours_not_found")
    table.transact(table.Remove(ServiceHours, known.key(), rev))
