"""The view of somebody who answers for stores: what waits for them, how their stores do, what was said last."""

from typing import Any

from pydantic import Field

from escuta.directory import access, managers, segments
from escuta.directory.model import Manager, Scope, Segment
from escuta.errors import NotFoundError
from escuta.feedback import coaching
from escuta.feedback.model import Span
from manage import handling
from manage.asking import Asked, Request, language_of


class CoachingAsked(Asked):
    """Of which survey, over how many days up to today."""

    survey: str = Field(min_length=1, max_length=40)
    count: int = Field(default=90, ge=1, le=366)


def get(request: Request, manager: str) -> dict[str, Any]:
    """Return the view of a manager: to the manager, and to whoever may see managers and all that this one answers for.

    Tickets and comments are masked as they are everywhere; comments stand only before who may read answers.
    """
    asked = request.query(CoachingAsked)
    found = _visible(request, manager)
    language, span = language_of(request.event, request.caller), Span(count=asked.count)
    places = _places(request, found)
    desk = coaching.desk(found)
    seen = [each for each in desk.tickets if access.may_see(request.caller, each.segment_path)]
    may_read = Scope.RESPONSES_READ in request.caller.scopes
    comments = coaching.said(places, asked.survey, span, language) if may_read else None
    return {
        "manager": found.id,
        "name": found.name,
        **desk.model_dump(mode="json", exclude={"tickets"}),
        "tickets": [handling.shown(request, each, whole=False) for each in seen],
        "stores": [each.model_dump(mode="json") for each in coaching.stores(places, asked.survey, span, language)],
        "stores_left_out": max(0, len(places) - coaching.MOST_STORES),
        "comments": None if comments is None else [each.model_dump(mode="json") for each in comments],
    }


def _visible(request: Request, manager: str) -> Manager:
    """Return a manager whose view the caller may see: their own, or one that is wholly within their reach."""
    if request.caller.manager:
        if request.caller.manager != manager:
            raise NotFoundError("manager_not_found")
        return managers.get(manager)
    access.require(request.caller, Scope.MANAGERS_READ)
    found = managers.get(manager)
    paths = [segments.as_is(code) for code in found.segments]
    bound = bool(request.caller.segments)  # one who answers for nothing concerns the whole hierarchy
    if bound and not (paths and all(access.may_see(request.caller, path) for path in paths)):
        raise NotFoundError("manager_not_found")
    return found


def _places(request: Request, manager: Manager) -> tuple[Segment, ...]:
    """Return what a manager answers for, as far as the caller may look."""
    known = segments.by_code()
    found = (known[code] for code in manager.segments if code in known)
    return tuple(place for place in found if access.may_see(request.caller, place.path))
