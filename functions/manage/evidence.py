"""Evidence: the scores that were tapped in messages, what was known around each, and what it became."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory import access, segments
from escuta.feedback import evidence, scanners, surveys
from escuta.feedback.model import Click, Provisional, ProvisionalState
from manage.asking import Day, Listing, Request

_LINK = 6  # characters of a link's hash: enough to tell two apart, and not to open one


class EvidenceListing(Listing):
    """Scores of a local day. `apart`: the openings of links on whose page nobody was, which never became a score."""

    limit: int = Field(default=25, ge=1, le=50)
    survey: str = Field(max_length=40)
    day: Day
    state: ProvisionalState | None = None
    apart: bool = False


def listing(request: Request) -> dict[str, Any]:
    """Return the scores that were tapped in messages on a day, with what was known around each.

    Which signs of a machine there were (`flags`, `weight`), whether a person was there (`human`), and what it became
    (`state`). With `apart` the openings of links on whose page nobody was, which never became a score. A page may hold
    less than `limit`, and not be the last.
    """
    asked = request.query(EvidenceListing)
    survey, day = surveys.get(asked.survey).id, asked.day.isoformat()
    after = request.cursor(asked)
    if asked.apart:
        traces = evidence.traces(survey, day, limit=asked.limit, cursor=after)
        return request.page(table.Page(_alone(request, traces.items), traces.next), _trace)
    page = evidence.listing(survey, day, limit=asked.limit, cursor=after)
    seen = tuple(
        each
        for each in page.items
        if access.may_see(request.caller, each.segment_path) and asked.state in {None, each.state}
    )
    return request.page(table.Page(seen, page.next), _shown)


def _alone(request: Request, clicks: tuple[Click, ...]) -> tuple[Click, ...]:
    places = segments.by_code()
    mine = [
        click
        for click in clicks
        if click.segment in places and access.may_see(request.caller, places[click.segment].path)
    ]
    known = table.find_many(Provisional, (Provisional.at(click.link_key) for click in mine))
    return tuple(click for click in mine if Provisional.at(click.link_key) not in known)


def _shown(provisional: Provisional) -> dict[str, Any]:
    shown = provisional.model_dump(mode="json", exclude={"link_key", "rev"})
    return {
        **shown,
        "link": provisional.link_key[:_LINK],
        "weight": scanners.weight(provisional.flags),
        "clicks": [_trace(click) for click in evidence.clicks(provisional.link_key)],
    }


def _trace(click: Click) -> dict[str, Any]:
    return {**click.model_dump(mode="json", exclude={"link_key", "rev", "survey"}), "link": click.link_key[:_LINK]}
