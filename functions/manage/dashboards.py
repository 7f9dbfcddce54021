"""Dashboards: making and sharing them, and what their widgets show where the caller may look."""

from typing import Any

from pydantic import Field

from escuta.directory.model import Role
from escuta.errors import ForbiddenError, InvalidError, NotFoundError
from escuta.feedback import dashboards
from escuta.feedback.model import Dashboard, DashboardDraft, Widget
from manage.asking import Asked, Created, Listing, Request

_INTERNAL = {"deleted_at"}


class DashboardListing(Listing):
    """Dashboards of one survey when it is named, its own among them."""

    survey: str = Field(default="", max_length=40)


class DashboardPatch(Asked):
    """What can be changed alone."""

    name: str | None = None
    shared: frozenset[Role] | None = None
    widgets: tuple[Widget, ...] | None = None


class Copy(Asked):
    """What a copy is called, and for which survey it is; "": the same one."""

    name: str
    survey: str = ""


def _shown(dashboard: Dashboard) -> dict[str, Any]:
    return dashboard.model_dump(mode="json", exclude=_INTERNAL) | {"shared": sorted(dashboard.shared)}


def listing(request: Request) -> dict[str, Any]:
    """Return the dashboards that the caller may see, without their widgets. A page may hold less than `limit`."""
    asked = request.query(DashboardListing)
    page = dashboards.listing(asked.survey, limit=asked.limit, cursor=request.cursor(asked))
    found = [each for each in page.items if dashboards.is_shown_to(each, request.caller)]
    heads = [{name: value for name, value in _shown(each).items() if name != "widgets"} for each in found]
    return {**request.page(page, lambda each: each), "items": heads}


def create(request: Request) -> Created:
    """Make a dashboard; without widgets it gets those that suit its survey. The same key makes the same one."""
    request.everywhere()
    asked = request.body(DashboardDraft)
    made = dashboards.create(asked, owner=request.caller.id, key=_key(request))
    return Created(_told(made, asked.name, asked.survey), f"dashboards/{made.id}")


def get(request: Request, dashboard: str) -> dict[str, Any]:
    """Return a dashboard with its widgets."""
    request.query(Asked)
    return _shown(_visible(request, dashboard))


def put(request: Request, dashboard: str) -> dict[str, Any]:
    """Put the body in place of what the dashboard is."""
    current = _own(request, dashboard)
    asked = request.body(DashboardDraft)
    request.match(current)
    return _shown(dashboards.change(current, **dict(asked)))


def change(request: Request, dashboard: str) -> dict[str, Any]:
    """Change the fields of a dashboard that are given."""
    current = _own(request, dashboard)
    asked = request.body(DashboardPatch)
    request.match(current)
    return _shown(dashboards.change(current, **{name: value for name, value in asked if value is not None}))


def delete(request: Request, dashboard: str) -> dict[str, Any]:
    """Remove a dashboard, and return what it was."""
    request.query(Asked)
    current = _own(request, dashboard)
    request.match(current)
    dashboards.delete(current)
    return _shown(current)


def copy(request: Request, dashboard: str) -> Created:
    """Make a private copy of a dashboard that the caller may see."""
    request.everywhere()
    current = _visible(request, dashboard)
    asked = request.body(Copy)
    survey = asked.survey or current.survey
    made = dashboards.copy(current, owner=request.caller.id, name=asked.name, survey=survey, key=_key(request))
    return Created(_told(made, asked.name, survey), f"../{made.id}")


def _key(request: Request) -> str:
    return request.headers.get("idempotency-key", "")


def _told(made: Dashboard, name: str, survey: str) -> dict[str, Any]:
    """Return what was made, if it is what was asked for: a key that comes again makes nothing new."""
    if (made.name, made.survey) != (name.strip(), survey):
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return _shown(made)


def _visible(request: Request, dashboard: str) -> Dashboard:
    found = dashboards.get(dashboard)
    if not dashboards.is_shown_to(found, request.caller):
        raise NotFoundError("dashboard_not_found")
    return found


def _own(request: Request, dashboard: str) -> Dashboard:
    """Return a dashboard that the caller may change."""
    request.everywhere()
    found = _visible(request, dashboard)
    if not dashboards.is_kept_by(found, request.caller):
        raise ForbiddenError("dashboard_not_yours")
    return found
