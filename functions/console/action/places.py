"""Places and their tickets: how many are open, late, with nobody, at each one right below, with all below it."""

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.action.around import Around
from console.visit import Visit


def show(visit: Visit) -> Response[str]:
    """Show a place and those right below it; without one, the top of what the reader sees."""
    around = Around(visit)
    survey = visit.asked("survey")
    code = visit.asked("segment")
    tops = [code] if code else [each["code"] for each in around.roots]
    recount = visit.asked("recount") == "1" and len(tops) == 1
    found = [
        visit.api.get("/ticket-counts", segment=each, survey=survey, recount=recount or None) for each in tops[:20]
    ]
    above = {each["code"]: each["parent"] for each in around.tree}
    trail: list[tuple[str, str]] = []
    at = above.get(code) if code else None
    while at and at in around.names:
        trail.insert(0, (around.names[at], f"action/places?segment={at}"))
        at = above.get(at)
    return pages.framed(
        visit, "action/places", around=around, found=found, code=code, trail=trail, survey=survey, recount=recount
    )
