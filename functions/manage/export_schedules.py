"""Schedules of exports: what is written out again and again, and when."""

from typing import Any

from pydantic import Field

from escuta.directory import segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import export_schedules, filtering
from escuta.feedback.model import Every, ExportFormat, ExportKind, ExportSchedule, Filter, Reach, TicketFilter
from manage import exports
from manage.asking import Asked, Created, Listing, Request
from manage.exports import ExportOrder

_WHEN = {"reach", "every", "weekday", "day", "hour", "timezone", "enabled"}


class ScheduleDraft(ExportOrder):
    """An export, and when it is ordered: each day, week or month at an hour of a time zone.

    Without a time zone it is that of the root of the hierarchy. `weekday` 1 is Monday.
    """

    name: str = Field(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9-]{0,59}$"})
    reach: Reach = Reach.EVERYTHING
    every: Every = Every.DAY
    weekday: int = Field(default=1, ge=1, le=7)
    day: int = Field(default=1, ge=1, le=28)
    hour: int = Field(default=6, ge=0, le=23)
    timezone: str = Field(default="", max_length=64)
    enabled: bool = True


class SchedulePatch(Asked):
    """What can be changed of a schedule; its name stays."""

    what: ExportKind | None = None
    format: ExportFormat | None = None
    segment: str | None = Field(default=None, max_length=64)
    deployment: str | None = Field(default=None, max_length=64)
    survey: str | None = Field(default=None, max_length=40)
    filters: tuple[Filter, ...] | None = Field(default=None, max_length=filtering.MOST)
    states: tuple[str, ...] | None = Field(default=None, max_length=20)
    tickets: TicketFilter | None = None
    personal: bool | None = None
    reach: Reach | None = None
    every: Every | None = None
    weekday: int | None = Field(default=None, ge=1, le=7)
    day: int | None = Field(default=None, ge=1, le=28)
    hour: int | None = Field(default=None, ge=0, le=23)
    timezone: str | None = Field(default=None, min_length=1, max_length=64)
    enabled: bool | None = None


def _shown(schedule: ExportSchedule) -> dict[str, Any]:
    told = schedule.model_dump(mode="json", exclude={"first", "last"})
    return {**told, "folder": f"exports/scheduled/{schedule.name}/"}


def create(request: Request) -> Created:
    """Make a schedule, which orders an export each day, week or month.

    The first one is ordered when its hour comes next in `timezone`; without one that of the root of the hierarchy.
    `reach` says which days it speaks of: everything, or the days before. The files are put into `folder` of the bucket
    of exports, one folder for each day.

    422 `export_schedule_name` for a name that is none (a-z, 0-9 and hyphens, up to 60), `timezone_unknown`; 409 for a
    name that is taken, and `export_schedules_full` beyond 100.
    """
    asked = request.body(ScheduleDraft)
    wanted = exports.wanted(request, asked)
    _check_reach(asked.what, asked.reach)
    when = asked.model_dump(include=_WHEN) | {"timezone": asked.timezone or _usual_zone()}
    with request.making():
        made = export_schedules.create(asked.name, wanted, who=request.caller.id, **when)
    return Created(_shown(made), f"export-schedules/{made.name}")


def _usual_zone() -> str:
    root = next(iter(segments.all()), None)
    return root.timezone if root else "UTC"


def _check_reach(what: ExportKind, reach: Reach) -> None:
    if reach is not Reach.EVERYTHING and what not in exports.DATED:
        raise InvalidError("export_field_unasked", field="reach", value=what)


def listing(request: Request) -> dict[str, Any]:
    """Return schedules of exports, by name.

    Who is bound to segments is told of their own alone.
    """
    asked = request.query(Listing)
    found = export_schedules.listing(limit=asked.limit, cursor=request.cursor(asked))
    page = request.page(found, lambda schedule: schedule)
    return {**page, "items": [_shown(each) for each in page["items"] if exports.is_visible(request, each)]}


def get(request: Request, schedule: str) -> dict[str, Any]:
    """Return a schedule, and when it is due next."""
    request.query(Asked)
    return _shown(_visible(request, schedule))


def change(request: Request, schedule: str) -> dict[str, Any]:
    """Change a schedule; what is not sent stays.

    What comes out of it must be allowed to whoever changes it. Where its time changes, it is due next after now. The
    name, and with it the folder, stays.
    """
    asked = request.body(SchedulePatch)
    current = _visible(request, schedule)
    request.match(current)
    said = {name: getattr(asked, name) for name in asked.model_fields_set if getattr(asked, name) is not None}
    _check_reach(said.get("what", current.what), said.get("reach", current.reach))
    when = {name: value for name, value in said.items() if name in _WHEN}
    order = _ordered(request, current, said) if said.keys() - _WHEN else {}
    return _shown(export_schedules.change(current, {**order, **when}))


def _ordered(request: Request, current: ExportSchedule, said: dict[str, Any]) -> dict[str, Any]:
    """Return what is written out from now on, if the caller may order it: of the same places unless others are named.

    What belonged to no place has none to keep: then it is of those of the caller.
    """
    order = ExportOrder(
        **{name: said.get(name, getattr(current, name)) for name in ExportOrder.model_fields if name != "segment"},
        segment=said.get("segment", ""),
    )
    wanted = dict(exports.wanted(request, order)) | {"language": current.language}
    has_places = not {current.what, order.what} & exports.OF_ALL
    return wanted | ({"segments": current.segments} if has_places and "segment" not in said else {})


def delete(request: Request, schedule: str) -> dict[str, Any]:
    """End a schedule, and return what it was.

    What it has ordered stays.
    """
    request.query(Asked)
    current = _visible(request, schedule)
    request.match(current)
    export_schedules.delete(current)
    return _shown(current)


def _visible(request: Request, schedule: str) -> ExportSchedule:
    found = export_schedules.get(schedule)
    if not exports.is_visible(request, found):
        raise NotFoundError("export_schedule_not_found")
    return found
