"""Responses and comments: the lists behind every figure, and one response with all that is known of it."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.analyze import bar, choosing, questions
from console.analyze.choosing import Chosen
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import InvalidError, NotFoundError

LIST, FEED = "analyze/responses", "analyze/comments"
_SHOWN = 25


def index(visit: Visit) -> Response[str]:
    """Show the responses that fit what is chosen, the newest first."""
    return _listed(visit, LIST, commented=False)


def feed(visit: Visit) -> Response[str]:
    """Show what people wrote, the newest first."""
    return _listed(visit, FEED, commented=True)


def show(visit: Visit, response: str) -> Response[str]:
    """Show one response: what was answered, how it came about, what became of it."""
    return _shown(visit, response, {}, NONE)


def switch(visit: Visit, response: str) -> Response[str]:
    """Switch a response into the figures or out of them, with the reason."""

    def work(form: Mapping[str, str]) -> Response[str]:
        before = visit.api.get(f"/responses/{response}")["standing"]
        visit.api.patch(f"/responses/{response}", forms.given(form, "standing", "reason"), rev=form["rev"])
        after = visit.api.get(f"/responses/{response}")
        fields = {"standing": before, "rev": str(after["rev"]), "reason": visit.reader().say("answers.undone")}
        return pages.go(
            visit,
            f"{LIST}/{response}",
            Flash(code=f"answers.said.{after['standing']}", undo=Undo(path=f"{LIST}/{response}", fields=fields)),
        )

    return forms.act(visit, work, lambda form, faults: _shown(visit, response, form, faults))


def _listed(visit: Visit, path: str, *, commented: bool) -> Response[str]:
    chosen = choosing.read(visit)
    survey = chosen.of("survey") or _newest(visit)
    place = chosen.of("segment") or _top(visit)
    held = Chosen({**chosen.kept, "survey": survey}) if survey else chosen
    found: dict[str, Any] = {"items": [], "next": None, "looked_back_to": None}
    faults = NONE
    if survey and place:
        try:
            found = visit.api.get("/responses", **_query(visit, held, survey, place, commented=commented))
        except InvalidError as error:
            faults = forms.faults(error, visit.language)
    return pages.framed(
        visit,
        path,
        422 if faults else 200,
        chosen=held,
        survey=survey,
        found=found,
        faults=faults,
        bar=bar.of(visit, path, held, place=place),
        topics=dict(bar.topics(visit)),
        path=path,
        shown=_SHOWN,
    )


def _query(visit: Visit, chosen: Chosen, survey: str, place: str, *, commented: bool) -> dict[str, Any]:
    scored = questions.benchmark(visit, survey) if chosen.of("score") else ""
    return {
        "limit": _SHOWN,
        "cursor": visit.asked("cursor"),
        "survey": survey,
        "segment": place,
        "subtree": chosen.of("subtree") != "false",
        "hierarchy": chosen.of("hierarchy"),
        "from": chosen.first,
        "to": chosen.last,
        "standing": "" if chosen.of("include") else visit.asked("standing", "counted").replace("all", ""),
        "include": chosen.of("include"),
        "without": chosen.of("without"),
        "question": chosen.of("question"),
        "commented": commented or chosen.of("commented") == "true",
        "filter": chosen.scored(scored),
        "words": chosen.of("words"),
    }


def _shown(visit: Visit, response: str, typed: Mapping[str, str], faults: Faults) -> Response[str]:
    found = visit.api.get(f"/responses/{response}")
    way = visit.api.get(f"/responses/{response}/journey")
    return pages.framed(
        visit,
        "analyze/response",
        response=found,
        answers=questions.told(visit, found),
        journey=way,
        topics=dict(bar.topics(visit)),
        typed=typed,
        faults=faults,
    )


def _newest(visit: Visit) -> str:
    """Return the newest survey that was published, a live one before others; "" when there is none."""
    if not visit.api.may(Scope.SURVEYS_READ):
        return ""
    known = [each for each in visit.api.get("/surveys", limit=100)["items"] if each["version"]]
    live = [each for each in known if each["status"] == "live"]
    return str((live or known)[0]["id"]) if known else ""


def _top(visit: Visit) -> str:
    """Return the place that somebody looks at without choosing one: the first that they may see."""
    if visit.api.caller.segments:
        return visit.api.caller.segments[0]
    try:
        known = visit.api.get("/segments", limit=1)["items"]
    except NotFoundError:
        return ""
    return str(known[0]["code"]) if known else ""
