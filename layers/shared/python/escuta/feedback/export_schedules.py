"""Exports that are ordered again and again. Each occurrence orders one export, whose id follows from it: once, ever.

What they write stands at `exports/scheduled/{name}/date={day}/{what}-{moment}.{format}`. There is no pointer to the
latest one: it would be a second write that may tell something else than what is there; the dates are in the names.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escuta import clock, ids, table
from escuta.directory import audit
from escuta.directory.model.audit import Via
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import exports, occurrences
from escuta.feedback.model import ExportSchedule, Wanted

MOST = 100  # schedules
_AT_ONCE = 31  # occurrences of one schedule in one run: what is left is due again a quarter of an hour later
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_WHEN = frozenset({"every", "weekday", "day", "hour", "timezone", "enabled"})


def create(name: str, wanted: Wanted, *, who: str, **when: Any) -> ExportSchedule:
    """Order an export again and again; ConflictError when there is a schedule of this name."""
    if not _NAME.fullmatch(name):
        raise InvalidError("export_schedule_name", field="name", value=name[:64])
    if len(table.query(ExportSchedule, "export_schedules", index="g2", limit=MOST).items) == MOST:
        raise ConflictError("export_schedules_full", most=MOST)
    now = clock.now()
    made = ExportSchedule(
        **dict(wanted), **when, name=name, next_at=now, created_at=now, created_by=who, updated_at=now
    )
    _check_zone(made.timezone)
    return table.create(made.changed(next_at=occurrences.following(made, now)))


def get(name: str) -> ExportSchedule:
    """Return a schedule as it is now; NotFoundError when there is none."""
    return table.load(ExportSchedule, ExportSchedule.at(name), consistent=True)


def listing(*, limit: int, cursor: str | None = None) -> table.Page[ExportSchedule]:
    """Return schedules by name."""
    return table.query(ExportSchedule, "export_schedules", index="g2", limit=limit, cursor=cursor)


def change(current: ExportSchedule, fields: Mapping[str, Any]) -> ExportSchedule:
    """Change a schedule. One that changes its time, or is switched on again, is next due after now."""
    now = clock.now()
    changed = current.changed(**fields, updated_at=now)
    _check_zone(changed.timezone)
    if any(getattr(changed, name) != getattr(current, name) for name in _WHEN):
        changed = changed.changed(next_at=occurrences.following(changed, now))
    return table.save(changed)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as "America"
        raise InvalidError("timezone_unknown", field="timezone", value=name[:64]) from error


def delete(current: ExportSchedule) -> None:
    """End a schedule. What it has ordered stays as it is."""
    table.delete(ExportSchedule, current.key())


def order_due() -> int:
    """Order every export that is due, those that were missed too; return how many were ordered."""
    now = clock.now()
    found = table.query(ExportSchedule, "export_schedules_due", index="g1", between=("0", f"{now.isoformat()}~"))
    return sum(_order(schedule, now) for schedule in found.items)


def _order(schedule: ExportSchedule, now: datetime) -> int:
    """Order the exports of a schedule that are due, and note each before the next one.

    Whoever dies in between orders the same export again, which is there already. Where somebody changes the schedule
    meanwhile, the next run reads it anew.
    """
    ordered = 0
    with suppress(ConflictError):
        while schedule.next_at <= now and ordered < _AT_ONCE:
            _export(schedule, schedule.next_at)
            ordered += 1
            schedule = table.save(schedule.changed(next_at=occurrences.following(schedule, schedule.next_at)))
    return ordered


def _export(schedule: ExportSchedule, occurrence: datetime) -> None:
    days = occurrences.spoken_of(schedule, occurrence)
    wanted = Wanted(**{name: getattr(schedule, name) for name in Wanted.model_fields})
    if days is not None:
        wanted = wanted.changed(first=days.first, last=days.last)
    folder = f"exports/scheduled/{schedule.name}/date={occurrences.local_day(schedule, occurrence)}"
    identity = ids.derive("scheduled", schedule.name, schedule.created_at.isoformat(), occurrence.isoformat())
    with audit.noted(_asked(schedule, identity)):
        exports.create(
            wanted,
            who=schedule.created_by,
            identity=identity,
            schedule=schedule.name,
            destination=f"{folder}/{schedule.what}-{occurrence:%Y%m%dT%H%M%SZ}",
        )


def _asked(schedule: ExportSchedule, export: str) -> audit.Asked:
    """Return what the audit says: data leaves again, as whoever made the schedule wanted."""
    return audit.Asked(
        actor=f"schedule:{schedule.name}",
        actor_name=schedule.created_by,
        via=Via.SCHEDULE,
        action="create",
        noun="exports",
        thing=export,
        operation="POST /v1/export-schedules",
    )
