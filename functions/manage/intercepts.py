"""Intercepts: surveys on websites, each with the line that is pasted into the site."""

from typing import Any

from pydantic import Field

from escuta.config import settings
from escuta.directory import access, segments
from escuta.entity import Moment
from escuta.feedback import intercepts
from escuta.feedback.intercepts import InterceptDraft
from escuta.feedback.model import Intercept, Place, Trigger
from manage.asking import Asked, Created, Listing, Request


class InterceptListing(Listing):
    """Intercepts of one segment, or of all that the caller may see."""

    segment: str = ""


class InterceptPatch(Asked):
    """What can be changed; a field that is not sent stays. Its survey and its segment stay for good."""

    name: str = Field(default="", json_schema_extra={"maxLength": 200})
    origins: tuple[str, ...] = ()  # `https://www.example.com`, and no other page may show it; at most ten
    hidden: tuple[str, ...] = ()  # names that the page may hand over
    language: str = ""  # one of the survey's; "": the visitor's own
    place: Place = Place.MODAL
    trigger: Trigger = Trigger()
    starts_at: Moment | None = None
    ends_at: Moment | None = None


def _shown(intercept: Intercept) -> dict[str, Any]:
    """Return an intercept with its script, and with the line for the site."""
    script = f"{settings().public_url}/i/{intercept.id}.js"
    snippet = f'<script async src="{script}" referrerpolicy="no-referrer"></script>'
    return {**intercept.model_dump(mode="json"), "script": script, "snippet": snippet}


def listing(request: Request) -> dict[str, Any]:
    """Return intercepts, the oldest first of each segment; a page may be shorter although there is a next one."""
    asked = request.query(InterceptListing)
    segment = request.segment(asked.segment).code if asked.segment else ""
    page = request.page(intercepts.listing(segment, limit=asked.limit, cursor=request.cursor(asked)), lambda it: it)
    return {**page, "items": [_shown(found) for found in page["items"] if _may_see(request, found)]}


def create(request: Request) -> Created:
    """Put a survey on a website, in a segment that the caller may see.

    `origins` are the pages that may show it, at most ten, as browsers write them: `https://www.example.com`, without a
    path. `trigger` says when it opens: at least one of delay, scroll, leaving or an event of the page. The answer has
    the line to paste into the site (`snippet`).
    """
    draft = request.body(InterceptDraft)
    request.segment(draft.segment)
    with request.making():
        made = intercepts.create(draft, request.identity("intercept"))
    return Created(_shown(made), f"intercepts/{made.id}")


def get(request: Request, intercept: str) -> dict[str, Any]:
    """Return one intercept, also when it is over."""
    request.query(Asked)
    return _shown(_visible(request, intercept))


def change(request: Request, intercept: str) -> dict[str, Any]:
    """Change when, where and how it opens; pages follow within minutes. One that is revoked is refused (410)."""
    asked = request.body(InterceptPatch)
    found = _visible(request, intercept)
    request.match(found)
    sent = {name: getattr(asked, name) for name in asked.model_fields_set}
    return _shown(intercepts.change(found, **sent))


def revoke(request: Request, intercept: str) -> dict[str, Any]:
    """Take a survey off its website for good; what was answered stays. Doing it twice changes nothing."""
    request.query(Asked)
    found = _visible(request, intercept)
    request.match(found)
    return _shown(intercepts.revoke(found.id))


def _visible(request: Request, intercept: str) -> Intercept:
    found = intercepts.get(intercept)
    if request.caller.segments:
        request.inside(segments.get(found.segment).path, "intercept_not_found")
    return found


def _may_see(request: Request, found: Intercept) -> bool:
    place = segments.by_code().get(found.segment)
    return not request.caller.segments or (place is not None and access.may_see(request.caller, place.path))
