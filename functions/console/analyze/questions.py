"""What a survey asked, in the words that a reader reads it in, beside what somebody answered."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from console.analyze import bar
from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import NotFoundError


class Told(NamedTuple):
    """A question with its answer. `out_of` is the top of a scale; "" for others. `reached`: it counts."""

    kind: str
    asked: str
    answers: tuple[str, ...]
    out_of: str
    tone: str
    reached: bool


def benchmark(visit: Visit, survey: str) -> str:
    """Return the question whose answer is the score; "" when a survey has none."""
    found = _version(visit, survey, visit.api.get(f"/surveys/{survey}")["version"])
    return next((str(each["id"]) for each in found["questions"] if each["benchmark"]), "") if found else ""


def told(visit: Visit, response: Mapping[str, Any]) -> list[Told]:
    """Return what was asked and answered, in the order of the survey."""
    version = _version(visit, response["survey"], response["version"])
    asked = {each["id"]: each for each in version["questions"]} if version else {}
    given = [(response["answers"], True), (response["unreached"], False)]
    order = list(asked)
    found = [
        (
            order.index(name) if name in asked else len(order),
            _told(visit, response, asked.get(name), name, value, reached),
        )
        for answers, reached in given
        for name, value in answers.items()
    ]
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def _version(visit: Visit, survey: str, version: int) -> Any:
    if not version or not visit.api.may(Scope.SURVEYS_READ):
        return None
    try:
        return visit.api.get(f"/surveys/{survey}/versions/{version}")
    except NotFoundError:
        return None


def _told(
    visit: Visit,
    response: Mapping[str, Any],
    question: Any,
    name: str,
    value: Any,
    reached: bool,  # noqa: FBT001
) -> Told:
    if question is None:
        return Told("", name, tuple(_plain(value)), "", "", reached)
    words = bar.worded(question["text"], visit.language)
    kind = question["kind"]
    tone = response["score_class"] or "" if question["benchmark"] else ""
    if kind in {"choice", "choices"}:
        known = {each["id"]: bar.worded(each["text"], visit.language) for each in question["choices"]}
        return Told(kind, words, tuple(known.get(each, each) for each in _plain(value)), "", tone, reached)
    if kind == "thumbs":
        side = visit.reader().say("answers.thumbs.up" if value in {1, "1", "up"} else "answers.thumbs.down")
        return Told(kind, words, (side,), "", tone, reached)
    top = {"nps": "10", "csat": "5", "ces": "7", "rating": str(question["steps"])}.get(kind, "")
    return Told(kind, words, tuple(_plain(value)), top, tone, reached)


def _plain(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (f"{each}" for each in value.values() if each)
    elif isinstance(value, list):
        yield from map(str, value)
    else:
        yield str(value)
