"""The editor: what a survey asks, as a draft that is kept while it is written and asks nobody before its publishing."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from console import forms, pages
from console.flash import Flash
from console.forms import Faults
from console.surveys import about, conditions, questions, typed, wrong
from console.surveys.said import Teller
from console.surveys.typed import Definition, Question
from console.visit import Visit
from escuta.directory import organisation
from escuta.directory.model import Noun, Scope
from escuta.errors import NotFoundError
from escuta.feedback.model import QuestionKind

PARTS = ("start", "thanks", "settings")
KINDS = tuple(str(kind) for kind in QuestionKind)
THEMES = ("auto", "light", "dark")


class Draft(NamedTuple):
    """What is being edited, and in which language."""

    kept: dict[str, Any]
    definition: Definition
    language: str
    teller: Teller


class Card(NamedTuple):
    """One question in the list."""

    number: int
    question: Question
    text: str
    logic: list[str]
    wrong: int
    named: int  # by how many others' logic


class Look(BaseModel):
    """Where a preview is shown; "" when no page can be made of the draft."""

    url: str


def show(visit: Visit, survey: str) -> Response[str]:
    """Show the questions, one of them or another part of the survey opened."""
    return page(visit, survey, read(visit, survey), visit.asked("question"), visit.asked("part"))


def read(visit: Visit, survey: str, language: str = "") -> Draft:
    """Return what is being edited, as the API keeps it."""
    return drafted(visit, visit.api.get(f"/surveys/{survey}/draft"), language or visit.asked("lang"))


def drafted(visit: Visit, kept: dict[str, Any], wanted: str) -> Draft:
    """Return a kept draft in the language that is wanted, else in its first."""
    definition = kept["definition"]
    offered = definition["languages"] or ["pt-BR"]
    language = wanted if wanted in offered else offered[0]
    called = organisation.label(Noun.SEGMENT, visit.language).one.lower()
    return Draft(kept, definition, language, Teller(visit.reader(visit.timezone), definition, language, called))


def page(
    visit: Visit,
    survey: str,
    draft: Draft,
    question: str = "",
    part: str = "",
    *,
    faults: Faults = forms.NONE,
    block: str = "editor",
    moved: str = "",
) -> Response[str]:
    """Return the page of a draft, or the block of it that a script asks for."""
    definition = draft.definition
    names = questions.names(definition)
    opened = names.index(question) + 1 if question in names else 0
    problems = wrong.told(draft.kept["problems"], draft.teller, survey)
    cards = [
        Card(
            number,
            each,
            draft.teller.text(each["text"], 140),
            draft.teller.lines(each),
            sum(one.question == number for one in problems),
            len(questions.naming(definition, each["id"])),
        )
        for number, each in enumerate(definition["questions"], 1)
    ]
    return pages.framed(
        visit,
        "surveys/editor",
        part=block,
        **about.values(visit, survey, ""),
        **(_open(visit, draft, opened) if opened else {"facts": (), "after": ()}),
        draft=draft,
        definition=definition,
        language=draft.language,
        first=(definition["languages"] or [draft.language])[0],
        cards=cards,
        opened=opened,
        panel=part if part in PARTS and not opened else "",
        problems=problems,
        kinds=KINDS,
        typed=typed,
        groups=conditions,
        own=_own(visit) if part == "settings" else (),
        moved=moved,
        faults=faults,
    )


def _open(visit: Visit, draft: Draft, opened: int) -> dict[str, Any]:
    own = _own(visit)
    return {
        "facts": conditions.facts(draft.definition, opened - 1, own),
        "after": conditions.facts(draft.definition, opened, own),
    }


def _own(visit: Visit) -> tuple[str, ...]:
    """Return the organisation's own fields of its people, to whom may know of them."""
    if not (about.edits(visit) and visit.api.may(Scope.CONTACTS_READ)):
        return ()
    return tuple(each["name"] for each in visit.api.get("/custom-fields")["items"])


def save(visit: Visit, survey: str, where: str) -> Response[str]:
    """Keep what was typed into one part, and do what its button says besides."""

    def work(form: Mapping[str, str]) -> Response[str]:
        draft = read(visit, survey, form.get("lang", ""))
        definition = _done(draft, _changed(visit, draft, where), where, form.get("do", ""))
        kept = keep(visit, survey, definition, form)
        if visit.is_part:
            return _opened_page(visit, survey, drafted(visit, kept, draft.language), where)
        return pages.go(visit, _way(survey, kept, where, draft.language), Flash(code="said.saved"))

    return forms.act(visit, work, lambda form, faults: again(visit, survey, where, form, faults))


def again(visit: Visit, survey: str, where: str, form: Mapping[str, str], faults: Faults) -> Response[str]:
    """Return the page once more with what was typed, in what is the draft by now."""
    draft = read(visit, survey, form.get("lang", ""))
    try:
        definition = _changed(visit, draft, where)
    except NotFoundError:
        definition = draft.definition
    changed = drafted(visit, {**draft.kept, "definition": definition}, draft.language)
    return _opened_page(visit, survey, changed, where, faults)


def keep_quietly(visit: Visit, survey: str, where: str) -> Response[str]:
    """Keep what is being typed, and return how the draft stands."""
    form = visit.signed_form()
    draft = read(visit, survey, form.get("lang", ""))
    kept = keep(visit, survey, _changed(visit, draft, where), form)
    return page(visit, survey, drafted(visit, kept, draft.language), block="state")


def look(visit: Visit, survey: str) -> Response[str]:
    """Return where a preview stands of what is being typed, of which nothing is kept; or go there."""
    form = visit.signed_form()
    asked: dict[str, Any] = {"language": form.get("lang", "")}
    if form.get("theme") in THEMES:
        asked["theme"] = form["theme"]
    if where := form.get("where", ""):
        draft = read(visit, survey, form.get("lang", ""))
        asked["definition"] = _changed(visit, draft, where)
    url = visit.api.post(f"/surveys/{survey}/previews", asked)["url"]
    if visit.is_part:
        return pages.document(Look(url=url))
    if not url:
        return pages.go(visit, f"surveys/{survey}", Flash(code="surveys.said.no_preview"))
    return Response(303, pages.HTML, "", {"Location": url})


def keep(visit: Visit, survey: str, definition: Definition, form: Mapping[str, str]) -> dict[str, Any]:
    """Keep a definition as the draft that the page was made from."""
    kept: dict[str, Any] = visit.api.put(f"/surveys/{survey}/draft", definition, rev=form.get("rev", ""))
    return kept


def _changed(visit: Visit, draft: Draft, where: str) -> Definition:
    """Return the definition with what a form says of one part of it."""
    definition, fields, language = draft.definition, visit.fields, draft.language
    if where == "start":
        return typed.start(definition, fields, language)
    if where == "thanks":
        return typed.thanks(definition, fields, language)
    if where == "settings":
        return typed.settings(definition, fields)
    place = questions.at(definition, where)
    before = definition["questions"][place]
    own = tuple(_own(visit)) if "logic.there" in fields else ()
    known, after = (conditions.facts(definition, count, own) for count in (place, place + 1))
    made = typed.question(before, fields, known, after, language, (definition["languages"] or [language])[0])
    return questions.renamed(questions.replaced(definition, made, place), place, typed.said(fields, "id"))


def _done(draft: Draft, definition: Definition, where: str, do: str) -> Definition:
    """Return the definition after what a button of a question does."""
    verb, _, what = do.partition(":")
    if not where.isdecimal() or verb not in {"add", "drop", "up", "down"}:
        return definition
    place = questions.at(definition, where)
    first = (definition["languages"] or [draft.language])[0]
    made = _acted(definition, place, verb, what, first)
    return questions.replaced(definition, made, place)


def _acted(definition: Definition, place: int, verb: str, what: str, language: str) -> Question:
    question = definition["questions"][place]
    group, _, row = what.rpartition(".")
    if verb == "add" and what == "option":
        taken = [choice["id"] for choice in question["choices"]]
        made = {"id": typed.unused(f"option_{len(taken) + 1}", taken), "text": {}, "classes": []}
        return {**question, "choices": [*question["choices"], made]}
    if group == "option" and row.isdecimal():
        return {**question, "choices": _rearranged(question["choices"], int(row), verb)}
    known, after = (conditions.facts(definition, count) for count in (place, place + 1))
    if what == "jump" and verb == "add":
        when = conditions.condition(conditions.Group("all", (conditions.first(after, language),)), after)
        rest = definition["questions"][place + 1 :]
        return {**question, "jumps": [*question["jumps"], {"when": when, "to": rest[1]["id"] if rest[1:] else "end"}]}
    if group == "jump" and verb == "drop" and row.isdecimal():
        jumps = [jump for at, jump in enumerate(question["jumps"]) if at != int(row)]
        return {**question, "jumps": jumps}
    return _conditioned(question, verb, what, (known, after), language)


def _conditioned(question: Question, verb: str, what: str, facts: Any, language: str) -> Question:
    """Return a question with one test more or less: `show`, `show.2`, `jump.0.when`, `jump.0.when.2`."""
    known, after = facts
    place, _, row = what.rpartition(".") if verb == "drop" else (what, "", "")
    for name in ("show", "require"):
        if place == name:
            return {**question, name: _tests(question[name], verb, row, known, language)}
    parts = place.split(".")
    if len(parts) == 3 and parts[0] == "jump" and parts[1].isdecimal() and int(parts[1]) < len(question["jumps"]):  # noqa: PLR2004 - jump.0.when
        at = int(parts[1])
        when = _tests(question["jumps"][at]["when"], verb, row, after, language)
        jumps = [{**jump, "when": when} if each == at else jump for each, jump in enumerate(question["jumps"])]
        return {**question, "jumps": [jump for jump in jumps if jump["when"]]}
    return question


def _tests(condition: Any, verb: str, row: str, known: Any, language: str) -> Any:
    found = conditions.group(condition)
    rows = list(found.rows)
    if verb == "add":
        rows.append(conditions.first(known, language))
    elif row.isdecimal() and int(row) < len(rows):
        del rows[int(row)]
    return conditions.condition(conditions.Group(found.join, tuple(rows)), known)


def _rearranged(choices: list[Any], row: int, verb: str) -> list[Any]:
    if row >= len(choices):
        return choices
    rest = [*choices[:row], *choices[row + 1 :]]
    if verb == "drop":
        return rest
    to = max(0, row - 1 if verb == "up" else row + 1)
    return [*rest[:to], choices[row], *rest[to:]]


def _opened_page(visit: Visit, survey: str, draft: Draft, where: str, faults: Faults = forms.NONE) -> Response[str]:
    names = questions.names(draft.definition)
    question = names[int(where) - 1] if where.isdecimal() and 0 < int(where) <= len(names) else ""
    return page(visit, survey, draft, question, where, faults=faults)


def _way(survey: str, kept: Mapping[str, Any], where: str, language: str) -> str:
    return way(survey, "part" if where in PARTS else "question", _named(kept, where), language)


def _named(kept: Mapping[str, Any], where: str) -> str:
    return kept["definition"]["questions"][int(where) - 1]["id"] if where.isdecimal() else where


def way(survey: str, kind: str = "", name: str = "", language: str = "") -> str:
    """Return the path of the editor with something opened."""
    query = {kind: name, "lang": language} if kind else {}
    return f"surveys/{survey}" + (f"?{urlencode({k: v for k, v in query.items() if v})}" if query else "")
