"""Topics: what comments are searched for, changed by hand, and tried on the newest comments before they hold."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import EscutaError, NotFoundError
from escuta.i18n import LANGUAGES

ROOT = "analyze/topics"
_CODE = re.compile(r"[^a-z0-9]+")
_PLACE = re.compile(r"^(topics\.)?topics\[\d+\]\.")  # where a field of a topic stands in what is sent
_LONGEST = 40

Form = Mapping[str, str]


def index(visit: Visit) -> Response[str]:
    """Show the topics, and how many of the newest comments each finds."""
    return pages.framed(visit, "analyze/topics", **_held(visit), surveys=_surveys(visit), faults=NONE)


def show(visit: Visit, topic: str) -> Response[str]:
    """Show one topic with its terms."""
    return _form(visit, _of(visit.api.get("/topics"), topic), {}, NONE)


def new(visit: Visit) -> Response[str]:
    """Ask what another topic is known by."""
    return _form(visit, None, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Add a topic of the organisation's own."""

    def work(form: Form) -> Response[str]:
        name = next((form[f"name.{each}"].strip() for each in LANGUAGES if form.get(f"name.{each}", "").strip()), "")
        held = visit.api.get("/topics")
        taken = {each["code"] for each in held["all"]}
        code = _code(name, taken)
        visit.api.put("/topics", {"topics": [*_said(held), _topic(code, form, on=True)]}, rev=form.get("rev", ""))
        return pages.go(visit, ROOT, Flash(code="topics.said.added", details={"name": name}))

    return forms.act(visit, work, lambda form, faults: _form(visit, None, form, faults))


def change(visit: Visit, topic: str) -> Response[str]:
    """Change a topic, try the change on comments, or turn it on and off."""

    def work(form: Form) -> Response[str]:
        held = visit.api.get("/topics")
        current = _of(held, topic)
        if form.get("try"):
            return _form(visit, current, form, NONE, _tried(visit, held, topic, form))
        turned = form["turn"] == "on" if "turn" in form else current["on"]
        changed = _topic(topic, form, on=turned) if "turn" not in form else {**_saved(held, topic), "on": turned}
        rest = [each for each in _said(held) if each["code"] != topic]
        visit.api.put("/topics", {"topics": [*rest, changed]}, rev=form.get("rev", ""))
        said = "said.saved" if "turn" not in form else f"topics.said.{'on' if turned else 'off'}"
        name = current["name"].get(visit.language) or topic
        return pages.go(visit, ROOT, Flash(code=said, details={"name": name}))

    def again(form: Form, faults: Faults) -> Response[str]:
        return _form(visit, _of(visit.api.get("/topics"), topic), form, faults)

    return forms.act(visit, work, again)


def _held(visit: Visit) -> dict[str, Any]:
    """Return the topics with what each finds in the newest comments of a survey, where somebody may read comments."""
    held, survey = visit.api.get("/topics"), visit.asked("survey")
    known = _surveys(visit)
    survey = survey if survey in dict(known) else next((code for code, _ in known), "")
    found = None
    if survey and visit.api.may(Scope.RESPONSES_READ):
        try:
            found = visit.api.post("/topics/preview", {"survey": survey})
        except EscutaError:  # nobody may read comments of everywhere, or there are none
            found = None
    return {"held": held, "found": found, "survey": survey}


def _form(
    visit: Visit, topic: Mapping[str, Any] | None, typed: Form, faults: Faults, tried: Any = None
) -> Response[str]:
    held = visit.api.get("/topics")
    return pages.framed(
        visit,
        "analyze/topic",
        topic=topic,
        rev=held["rev"],
        values={name: typed.get(name, value) for name, value in _typed(topic).items()},
        tried=tried,
        surveys=_surveys(visit),
        survey=typed.get("survey", ""),
        faults=_beside(visit, faults),
    )


def _beside(visit: Visit, faults: Faults) -> Faults:
    """Return what was refused under the names of the fields of one topic, the reader's own language first."""
    places = {_PLACE.sub("", place): words for place, words in faults.fields.items()}
    for name in ("name", "terms"):  # of no language in particular
        if name in places:
            places[f"{name}.{visit.language}"] = places.pop(name)
    return replace(faults, fields=places)


def _tried(visit: Visit, held: Mapping[str, Any], topic: str, form: Form) -> Any:
    rest = [each for each in _said(held) if each["code"] != topic]
    body = {"topics": {"topics": [*rest, _topic(topic, form, on=True)]}, "survey": form.get("survey", "")}
    found = visit.api.post("/topics/preview", body)
    return {**found, "topic": found["topics"].get(topic, {"now": 0, "then": 0}), "code": topic}


def _surveys(visit: Visit) -> list[tuple[str, str]]:
    if not visit.api.may(Scope.SURVEYS_READ):
        return []
    known = visit.api.get("/surveys", limit=100)["items"]
    known.sort(key=lambda each: each["status"] != "live")
    return [(each["id"], each["name"]) for each in known if each["version"]]


def _of(held: Mapping[str, Any], topic: str) -> Any:
    found = next((each for each in held["all"] if each["code"] == topic), None)
    if found is None:
        raise NotFoundError("page_not_found")
    return found


def _said(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(each) for each in held["topics"]]


def _saved(held: Mapping[str, Any], topic: str) -> dict[str, Any]:
    """Return what is saved of a topic; of one that was never changed, nothing but its code."""
    return next((each for each in _said(held) if each["code"] == topic), {"code": topic})


def _typed(topic: Mapping[str, Any] | None) -> dict[str, str]:
    found = topic or {"name": {}, "terms": {}, "excluding": {}}
    typed = {f"name.{each}": found["name"].get(each, "") for each in LANGUAGES}
    for kind in ("terms", "excluding"):
        typed |= {f"{kind}.{each}": "\n".join(found[kind].get(each, ())) for each in LANGUAGES}
    return typed


def _topic(code: str, form: Form, *, on: bool) -> dict[str, Any]:
    name = {each: form[f"name.{each}"].strip() for each in LANGUAGES if form.get(f"name.{each}", "").strip()}
    lists = {
        kind: {each: lines for each in LANGUAGES if (lines := _lines(form.get(f"{kind}.{each}", "")))}
        for kind in ("terms", "excluding")
    }
    return {"code": code, "name": name, **lists, "on": on}


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _code(name: str, taken: set[str]) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(char))
    base = _CODE.sub("-", plain).strip("-")[: _LONGEST - 4]
    base = base if base[:1].isalpha() else f"t-{base}".rstrip("-")
    numbered = (f"{base}-{number}" for number in range(2, 100))
    return base if base not in taken else next(each for each in numbered if each not in taken)
