"""The texts of a survey in two languages side by side, with what is missing and what may be out of date."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import Faults
from console.surveys import about, editor, moving, wrong
from console.surveys.typed import Definition, spoken
from console.visit import Visit
from escuta.errors import InvalidError
from escuta.feedback.model import SurveyDraft
from escuta.feedback.wordings import wordings
from escuta.i18n import LANGUAGES

MOST = 200  # texts on one page: a form has its limits
_MARKS = ("missing", "stale")
_STEP = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")


class Row(NamedTuple):
    """One text: where it stands, in both languages, and whether it lacks something."""

    place: str
    name: str
    group: str
    source: str
    text: str
    mark: str


def show(visit: Visit, survey: str) -> Response[str]:
    """Show the texts in the survey's first language beside those in another one."""
    draft = editor.read(visit, survey)
    offered = draft.definition["languages"]
    if visit.asked("lang") not in offered and len(offered) > 1:
        draft = editor.drafted(visit, draft.kept, offered[1])
    return _page(visit, survey, draft)


def save(visit: Visit, survey: str) -> Response[str]:
    """Keep the texts of one language that were typed."""

    def work(form: Mapping[str, str]) -> Response[str]:
        draft = editor.read(visit, survey, form.get("lang", ""))
        made = _typed(draft.definition, draft.language, visit.fields)
        editor.keep(visit, survey, made, form)
        query = {"lang": draft.language, "only": form.get("only", ""), "from": form.get("from", "")}
        return pages.go(visit, _way(survey, query), Flash(code="said.saved"))

    def again(form: Mapping[str, str], faults: Faults) -> Response[str]:
        draft = editor.read(visit, survey, form.get("lang", ""))
        made = _typed(draft.definition, draft.language, visit.fields)
        changed = editor.drafted(visit, {**draft.kept, "definition": made}, draft.language)
        return _page(visit, survey, changed, faults)

    return forms.act(visit, work, again)


def languages(visit: Visit, survey: str) -> Response[str]:
    """Add a language, take one away with its texts, or make one the first."""

    def work(form: Mapping[str, str]) -> Response[str]:
        verb, _, language = form.get("do", "").partition(":")
        if verb not in {"add", "drop", "first"} or language not in LANGUAGES:
            raise InvalidError("form_invalid")
        draft = editor.read(visit, survey)
        before = draft.definition
        made = _spoken(before, verb, language)
        kept = editor.keep(visit, survey, made, form)
        undo = Undo(
            path=f"surveys/{survey}/draft/restore",
            fields={"definition": moving.packed(before), "rev": str(kept["rev"]), "to": "texts"},
        )
        words = {"tongue": visit.reader().say(f"surveys.language.{language}")}
        query = {} if verb == "drop" else {"lang": language}
        return pages.go(
            visit, _way(survey, query), Flash(code=f"surveys.said.language.{verb}", details=words, undo=undo)
        )

    return forms.act(visit, work, lambda _, faults: _page(visit, survey, editor.read(visit, survey), faults))


def _way(survey: str, query: Mapping[str, str]) -> str:
    said = "&".join(f"{name}={value}" for name, value in query.items() if re.fullmatch(r"[\w-]{1,10}", value))
    return f"surveys/{survey}/texts" + (f"?{said}" if said else "")


def _page(visit: Visit, survey: str, draft: editor.Draft, faults: Faults = forms.NONE) -> Response[str]:
    offered = draft.definition["languages"]
    first = offered[0] if offered else draft.language
    language = draft.language
    differs = visit.api.get(f"/surveys/{survey}/difference")
    marks = {each["place"]: each["what"] for each in differs["changes"] if each["what"] in _MARKS}
    every = list(_rows(draft, first, language, marks))
    asked = (
        visit.form() if visit.event.http_method == "POST" else {each: visit.asked(each) for each in ("only", "from")}
    )
    only, begun = asked.get("only") == "open", asked.get("from", "")
    shown = [row for row in every if row.mark] if only else every
    begin = int(begun) if begun.isascii() and begun.isdigit() else 0
    return pages.framed(
        visit,
        "surveys/texts",
        **about.values(visit, survey, "texts"),
        draft=draft,
        definition=draft.definition,
        language=language,
        first=first,
        rows=shown[begin : begin + MOST],
        begin=begin,
        following=begin + MOST if len(shown) > begin + MOST else 0,
        every=len(every),
        open=sum(bool(row.mark) for row in every),
        only=only,
        lacks={each["language"]: each for each in differs["texts"]},
        absent=[each for each in LANGUAGES if each not in offered],
        faults=faults,
    )


def _rows(draft: editor.Draft, first: str, language: str, marks: Mapping[str, str]) -> Iterator[Row]:
    for wording in wordings(SurveyDraft.model_validate(draft.definition)):
        if not wording.required and not any(wording.texts.values()):
            continue
        found = re.match(r"questions\[(\d+)\]", wording.place)
        group = draft.teller.question(draft.definition["questions"][int(found[1])]["id"]) if found else ""
        name = wrong.place_name(draft.teller, wording.place)
        mark = marks.get(f"{wording.place}.{language}", "")
        yield Row(wording.place, name, group, wording.texts.get(first, ""), wording.texts.get(language, ""), mark)


def _typed(definition: Definition, language: str, fields: Mapping[str, list[str]]) -> Definition:
    """Return a definition with the texts that a form says in one language."""
    made: Definition = definition
    for wording in wordings(SurveyDraft.model_validate(definition)):
        said = fields.get(f"text:{wording.place}")
        if said is not None:
            words = said[0].replace("\r\n", "\n").strip()
            made = _put(made, wording.place, spoken(wording.texts, language, words))
    return made


def _put(definition: Any, place: str, texts: Mapping[str, str]) -> Any:
    """Return a definition with a text at a place: `thanks.any`, `questions[2].choices[0].text`."""
    step, _, rest = place.partition(".")
    found = _STEP.fullmatch(step)
    if found is None:
        return definition
    name, at = found[1], found[2]
    if at is None:
        return {**definition, name: _put(definition[name], rest, texts) if rest else dict(texts)}
    items = list(definition[name])
    items[int(at)] = _put(items[int(at)], rest, texts)
    return {**definition, name: items}


def _spoken(definition: Definition, verb: str, language: str) -> Definition:
    """Return a definition with one language more or less, or with another first one."""
    offered = definition["languages"]
    if verb == "add":
        return {**definition, "languages": [*(each for each in offered if each != language), language]}
    if verb == "first":
        return {**definition, "languages": [language, *(each for each in offered if each != language)]}
    if offered == [language]:
        raise InvalidError("survey_languages", field="languages", allowed=list(LANGUAGES))
    made: Definition = {**definition, "languages": [each for each in offered if each != language]}
    for wording in wordings(SurveyDraft.model_validate(definition)):
        if language in wording.texts:
            made = _put(made, wording.place, {each: words for each, words in wording.texts.items() if each != language})
    return made
