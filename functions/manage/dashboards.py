"""Dashboards: making and sharing them, and what their widgets show where the caller may look."""

from typing import Any

from pydantic import Field

from escuta.directory import segments
from escuta.directory.model import Role, Scope, Segment
from escuta.errors import ForbiddenError, InvalidError, NotFoundError
from escuta.feedback import dashboards, filtering
from escuta.feedback.model import Comparison, Dashboard, DashboardDraft, Query, Span, Widget
from manage import problems
from manage.asking import Asked, Created, Day, Listing, Request, language_of

_INTERNAL = {"deleted_at"}


class DashboardListing(Listing):
    """Dashboards of one survey when it is named, its own among them."""

    survey: str = Field(default="", max_length=40)


class DashboardPatch(Asked):
    """What can be changed alone."""

    name: str | None = Field(default=None, json_schema_extra={"minLength": 1, "maxLength": 120})
    shared: frozenset[Role] | None = None
    widgets: tuple[Widget, ...] | None = Field(default=None, json_schema_extra={"maxItems": 30})


class Copy(Asked):
    """What a copy is called, and for which survey it is; "": the same one."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 120})
    survey: str = Field(default="", max_length=40)


class Looking(Asked):
    """Where to look, and over which days: `from` and `to`, else each widget's own."""

    segment: str = Field(default="", max_length=64)
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    compare: Comparison | None = None
    filter: str = Field(default="", max_length=filtering.LONGEST)


class Look(Looking):
    """Where to look, and over which days: `from` and `to`, else each widget's own. `widgets`: these alone, by id."""

    widgets: str = Field(default="", max_length=2_000)


def _shown(request: Request, dashboard: Dashboard) -> dict[str, Any]:
    """Return a dashboard; `editable` tells whether the caller may change it."""
    caller = request.caller
    editable = (
        Scope.DASHBOARDS_WRITE in caller.scopes and not caller.segments and dashboards.is_kept_by(dashboard, caller)
    )
    shown = dashboard.model_dump(mode="json", exclude=_INTERNAL)
    return {**shown, "shared": sorted(dashboard.shared), "editable": editable}


def listing(request: Request) -> dict[str, Any]:
    """Return the dashboards that the caller may see, without their widgets.

    Their own, those shared with their role, and those that come with each survey. A page may hold less than `limit`,
    and not be the last.
    """
    asked = request.query(DashboardListing)
    page = dashboards.listing(asked.survey, limit=asked.limit, cursor=request.cursor(asked))
    found = [each for each in page.items if dashboards.is_shown_to(each, request.caller)]
    heads = [{name: value for name, value in _shown(request, each).items() if name != "widgets"} for each in found]
    return {**request.page(page, lambda each: each), "items": heads}


def create(request: Request) -> Created:
    """Make a dashboard; without widgets it gets those that suit its survey.

    A grid of 12 columns, with up to 30 widgets, each with its question. 422 with the place (`widgets[3].position`) for
    what cannot be drawn, overlaps, or asks what the survey does not; 409 `dashboards_many` beyond 100.
    """
    request.everywhere()
    asked = request.body(DashboardDraft)
    made = dashboards.create(asked, owner=request.caller.id, key=_key(request))
    return Created(_told(request, made, asked.name, asked.survey), f"dashboards/{made.id}")


def get(request: Request, dashboard: str) -> dict[str, Any]:
    """Return a dashboard with its widgets."""
    request.query(Asked)
    return _shown(request, visible(request, dashboard))


def put(request: Request, dashboard: str) -> dict[str, Any]:
    """Replace a dashboard by the body; its survey stays.

    Refused as the making is; 403 `dashboard_not_yours` to who neither owns it nor is an admin.
    """
    current = _own(request, dashboard)
    asked = request.body(DashboardDraft)
    request.match(current)
    return _shown(request, dashboards.change(current, **dict(asked)))


def change(request: Request, dashboard: str) -> dict[str, Any]:
    """Change the fields of a dashboard that are sent.

    Refused as the making is; 403 `dashboard_not_yours` to who neither owns it nor is an admin.
    """
    current = _own(request, dashboard)
    asked = request.body(DashboardPatch)
    request.match(current)
    return _shown(request, dashboards.change(current, **{name: value for name, value in asked if value is not None}))


def delete(request: Request, dashboard: str) -> dict[str, Any]:
    """Remove a dashboard, and return what it was.

    One that came with its survey does not come again. 403 `dashboard_not_yours` to who neither owns it nor is an admin.
    """
    request.query(Asked)
    current = _own(request, dashboard)
    request.match(current)
    dashboards.delete(current)
    return _shown(request, current)


def copy(request: Request, dashboard: str) -> Created:
    """Make a private copy of a dashboard that the caller may see, for the same survey or another one."""
    request.everywhere()
    current = visible(request, dashboard)
    asked = request.body(Copy)
    survey = asked.survey or current.survey
    made = dashboards.copy(current, owner=request.caller.id, name=asked.name, survey=survey, key=_key(request))
    return Created(_told(request, made, asked.name, survey), f"../{made.id}")


def data(request: Request, dashboard: str) -> dict[str, Any]:
    """Return what each widget of a dashboard shows at a place, or the problem it has.

    `from`, `to`, `compare` and `filter` hold for all of them; `widgets` names those that are drawn alone, by id.
    Without `segment` it is the caller's own, if there is one: else 422 `dashboard_segment_choose`.
    """
    asked = request.query(Look)
    found = visible(request, dashboard)
    place, drawn = looked_at(request, found, asked, asked.widgets)
    language = language_of(request.event, request.caller)
    return {
        "dashboard": found.id,
        "survey": found.survey,
        "segment": place.code,
        "segment_name": place.name,
        "timezone": place.timezone,
        "language": language,
        "widgets": {name: _drawn(request, each, language) for name, each in drawn.items()},
    }


def looked_at(
    request: Request, found: Dashboard, asked: Looking, widgets: str
) -> tuple[Segment, dict[str, dashboards.Drawn]]:
    """Return where the caller looks, and what the widgets of a dashboard show there, or these alone."""
    place = _place(request, asked.segment)
    view = dashboards.View(
        segment=place.code,
        language=language_of(request.event, request.caller),
        reach=request.caller.segments,
        scopes=request.caller.scopes,
        span=_span(asked),
        compare=asked.compare,
        filters=filtering.parse(asked.filter),
    )
    return place, dashboards.shown(found, view, _named(found, widgets))


def _place(request: Request, code: str) -> Segment:
    """Return the segment that was chosen; without one the caller's own, if there is one."""
    if code:
        return request.segment(code)
    roots = request.caller.segments or tuple(place.code for place in segments.all() if place.parent is None)
    if len(roots) != 1:
        raise InvalidError("dashboard_segment_choose", field="segment", allowed=sorted(roots))
    return request.segment(roots[0])


def _span(asked: Looking) -> Span | None:
    if asked.last and not asked.first:
        raise InvalidError("field_missing", field="from")
    return Span(first=asked.first, last=asked.last) if asked.first else None


def _named(found: Dashboard, names: str) -> frozenset[str]:
    wanted, known = frozenset(filter(None, names.split(","))), [widget.id for widget in found.widgets]
    if not wanted.issubset(known):
        raise InvalidError("value_not_allowed", field="widgets", allowed=", ".join(known) or "-")
    return wanted


def _drawn(request: Request, drawn: dashboards.Drawn, language: str) -> dict[str, Any]:
    """Return what is needed to draw a widget; of its answer what its kind has."""
    widget, problem = drawn.widget, drawn.problem
    request_id = request.event["requestContext"].get("requestId", "")
    shown: dict[str, Any] = {
        "kind": widget.kind,
        "title": drawn.title,
        "position": widget.position.model_dump(mode="json"),
        "options": widget.options.model_dump(mode="json"),
        "query": drawn.query and _query(drawn.query),
        "legend": drawn.legend and drawn.legend.model_dump(mode="json"),
        "problem": problem and problems.problem(problem, language, request_id).body,
    }
    if drawn.reckoned:
        answer = drawn.reckoned.model_dump(mode="json", exclude={"query"})
        shown |= {"answer": answer, "left_out": drawn.left_out}
    if drawn.first and drawn.last:
        shown |= {"first": drawn.first, "last": drawn.last}
    if drawn.feed:
        shown |= drawn.feed.model_dump(mode="json")
    if drawn.tickets:
        shown["tickets"] = drawn.tickets.model_dump(mode="json")
    return shown


def _query(query: Query) -> dict[str, Any]:
    return query.model_dump(mode="json") | {"include": sorted(query.include)}


def _key(request: Request) -> str:
    return request.headers.get("idempotency-key", "")


def _told(request: Request, made: Dashboard, name: str, survey: str) -> dict[str, Any]:
    """Return what was made, if it is what was asked for: a key that comes again makes nothing new."""
    if (made.name, made.survey) != (name.strip(), survey):
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return _shown(request, made)


def visible(request: Request, dashboard: str) -> Dashboard:
    """Return a dashboard that the caller may see; for any other there is none."""
    found = dashboards.get(dashboard)
    if not dashboards.is_shown_to(found, request.caller):
        raise NotFoundError("dashboard_not_found")
    return found


def _own(request: Request, dashboard: str) -> Dashboard:
    """Return a dashboard that the caller may change."""
    request.everywhere()
    found = visible(request, dashboard)
    if not dashboards.is_kept_by(found, request.caller):
        raise ForbiddenError("dashboard_not_yours")
    return found
