"""What a draft changes of a version, thing by thing, as its author would tell it. Pure.

Questions and options are known by their ids: one with another id is another one. A text is stale where the survey's
first language says something new and this one still says the old.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from escuta.entity import Value
from escuta.feedback.model import Choice, Question, SurveyDraft, Texts
from escuta.feedback.wordings import wordings

_PLAIN = ("kind", "required", "benchmark", "voice", "steps", "look", "fields")
_LOGIC = ("show", "require", "jumps")
_WHOLE = ("layout", "color", "detractor_max", "passive_max", "hidden", "dimensions", "share", "call")
_COLORS = ("accent", "ground", "card", "ink")


class What(StrEnum):
    """What became of a thing."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"
    STALE = "stale"  # of a translation
    MISSING = "missing"


class Difference(Value):
    """One thing that differs. `place` is where it stands in the draft; of what was removed, where it stood before."""

    what: What
    of: str  # question, choice, text, logic, setting, look, language
    field: str = ""  # which one: `required`, `help`, `branding.dark.ink`
    place: str
    question: str = ""
    choice: str = ""
    language: str = ""
    before: Any = None
    after: Any = None


def differences(before: SurveyDraft | None, after: SurveyDraft) -> tuple[Difference, ...]:
    """Return what a draft changes, in the order of the definition; everything is new where nothing was published."""
    if before is None:
        return (*_added(after), *_missing(after))
    return (*_whole(before, after), *_texts(before, after), *_questions(before, after), *_missing(after))


def gaps(before: SurveyDraft | None, after: SurveyDraft) -> dict[str, dict[What, int]]:
    """Return for each language of a draft how many texts it lacks, and how many may be out of date."""
    found = {language: {What.MISSING: 0, What.STALE: 0} for language in after.languages}
    for one in differences(before, after):
        if one.what in {What.MISSING, What.STALE} and one.language in found:
            found[one.language][one.what] += 1
    return found


def _added(after: SurveyDraft) -> Iterator[Difference]:
    for number, question in enumerate(after.questions):
        place = f"questions[{number}]"
        yield Difference(what=What.ADDED, of="question", place=place, question=question.id, after=number + 1)


def _whole(before: SurveyDraft, after: SurveyDraft) -> Iterator[Difference]:
    for language in after.languages:
        if language not in before.languages:
            yield Difference(what=What.ADDED, of="language", place="languages", language=language)
    for language in before.languages:
        if language not in after.languages:
            yield Difference(what=What.REMOVED, of="language", place="languages", language=language)
    for name in _WHOLE:
        of = "look" if name in {"layout", "color"} else "setting"
        yield from _changed(of, name, name, getattr(before, name), getattr(after, name))
    for name, value in after.limits:
        yield from _changed("setting", f"limits.{name}", f"limits.{name}", getattr(before.limits, name), value)
    old, new = before.branding, after.branding
    yield from _changed("look", "branding.theme", "branding.theme", old.theme, new.theme)
    if old.logo != new.logo:  # the picture itself tells a reader nothing
        what = What.CHANGED if old.logo and new.logo else What.ADDED if new.logo else What.REMOVED
        yield Difference(what=what, of="look", field="branding.logo", place="branding.logo")
    for theme in ("light", "dark"):
        for name in _COLORS:
            field = f"branding.{theme}.{name}"
            pair = (getattr(getattr(each, theme), name) for each in (old, new))
            yield from _changed("look", field, field, *pair)


def _changed(of: str, field: str, place: str, before: Any, after: Any, question: str = "") -> Iterator[Difference]:
    if before != after:
        yield Difference(
            what=What.CHANGED,
            of=of,
            field=field,
            place=place,
            question=question,
            before=_dumped(before),
            after=_dumped(after),
        )


def _texts(before: SurveyDraft, after: SurveyDraft) -> Iterator[Difference]:
    """Yield the texts beside the questions."""
    first = after.languages[0] if after.languages else ""
    yield from _text("title", "title", before.title, after.title, first)
    yield from _text("intro", "intro", before.intro, after.intro, first)
    for name in dict.fromkeys((*before.thanks, *after.thanks)):
        place = f"thanks.{name}"
        yield from _text(place, place, before.thanks.get(name, {}), after.thanks.get(name, {}), first)
    alt = "branding.logo_alt"
    yield from _text(alt, alt, before.branding.logo_alt, after.branding.logo_alt, first)


def _text(
    field: str, place: str, before: Texts, after: Texts, first: str, question: str = "", choice: str = ""
) -> Iterator[Difference]:
    """Yield what changed of a text in each language; a language that it is not said in any more is not told again."""

    def one(what: What, language: str) -> Difference:
        old, new = before.get(language), after.get(language)
        return Difference(
            what=what, of="text", field=field, place=f"{place}.{language}", question=question, choice=choice,
            language=language, before=old, after=new,
        )  # fmt: skip

    moved = bool(before.get(first)) and before.get(first) != after.get(first)
    for language in dict.fromkeys((*after, *before)):
        old, new = before.get(language, "").strip(), after.get(language, "").strip()
        if old != new:
            yield one(What.CHANGED if old and new else What.ADDED if new else What.REMOVED, language)
        elif new and moved and language != first:
            yield one(What.STALE, language)


def _questions(before: SurveyDraft, after: SurveyDraft) -> Iterator[Difference]:
    old = {question.id: (number, question) for number, question in enumerate(before.questions)}
    new = {question.id: number for number, question in enumerate(after.questions)}
    for name, (number, _) in old.items():
        if name not in new:
            place = f"questions[{number}]"
            yield Difference(what=What.REMOVED, of="question", place=place, question=name, before=number + 1)
    stayed = _unmoved([name for name in old if name in new], new)
    first = after.languages[0] if after.languages else ""
    for number, question in enumerate(after.questions):
        place, name = f"questions[{number}]", question.id
        if name not in old:
            yield Difference(what=What.ADDED, of="question", place=place, question=name, after=number + 1)
            continue
        was, known = old[name]
        if name not in stayed:
            yield Difference(
                what=What.MOVED, of="question", place=place, question=name, before=was + 1, after=number + 1
            )
        yield from _question(place, known, question, first)


def _question(place: str, before: Question, after: Question, first: str) -> Iterator[Difference]:
    name = after.id
    for field in (*_PLAIN, *_LOGIC):
        of = "logic" if field in _LOGIC else "question"
        yield from _changed(of, field, f"{place}.{field}", getattr(before, field), getattr(after, field), name)
    for field in ("text", "help", "low", "high"):
        yield from _text(field, f"{place}.{field}", getattr(before, field), getattr(after, field), first, name)
    for said in dict.fromkeys((*before.wording, *after.wording)):
        old, new = before.wording.get(said, {}), after.wording.get(said, {})
        yield from _text(f"wording.{said}", f"{place}.wording.{said}", old, new, first, name)
    yield from _choices(place, before, after, first)


def _choices(place: str, before: Question, after: Question, first: str) -> Iterator[Difference]:
    old, new = _by_id(before.choices), {choice.id: number for number, choice in enumerate(after.choices)}
    for number, choice in enumerate(before.choices):
        if choice.id not in new:
            at = f"{place}.choices[{number}]"
            said = dict(choice.text)
            yield Difference(what=What.REMOVED, of="choice", place=at, question=after.id, choice=choice.id, before=said)
    stayed = _unmoved([name for name in old if name in new], new)
    for number, choice in enumerate(after.choices):
        at, known = f"{place}.choices[{number}]", old.get(choice.id)
        about = {"place": at, "question": after.id, "choice": choice.id}
        if known is None:
            yield Difference(what=What.ADDED, of="choice", after=dict(choice.text), **about)
            continue
        if choice.id not in stayed:
            was = next(index for index, each in enumerate(before.choices) if each.id == choice.id)
            yield Difference(what=What.MOVED, of="choice", before=was + 1, after=number + 1, **about)
        if choice.classes != known.classes:
            told = {"before": _dumped(known.classes), "after": _dumped(choice.classes)}
            yield Difference(what=What.CHANGED, of="choice", field="classes", **told, **about)
        yield from _text("choice", f"{at}.text", known.text, choice.text, first, after.id, choice.id)


def _missing(after: SurveyDraft) -> Iterator[Difference]:
    """Yield the texts that are there, or must be, and not in every language."""
    for wording in wordings(after):
        if not wording.required and not any(words.strip() for words in wording.texts.values()):
            continue
        for language in after.languages:
            if not wording.texts.get(language, "").strip():
                question, choice, field = _named(after, wording.place)
                yield Difference(
                    what=What.MISSING, of="text", field=field, place=f"{wording.place}.{language}",
                    question=question, choice=choice, language=language,
                )  # fmt: skip


def _named(draft: SurveyDraft, place: str) -> tuple[str, str, str]:
    """Return which question and which option a text belongs to, and what it is of it."""
    if not place.startswith("questions["):
        return "", "", place
    at, _, rest = place.removeprefix("questions[").partition("].")
    question = draft.questions[int(at)]
    if not rest.startswith("choices["):
        return question.id, "", rest
    return question.id, question.choices[int(rest.removeprefix("choices[").partition("]")[0])].id, "choice"


def _by_id(choices: Sequence[Choice]) -> dict[str, Choice]:
    return {choice.id: choice for choice in choices}


def _unmoved(names: Sequence[str], places: Mapping[str, int]) -> frozenset[str]:
    """Return the most of these names that still stand in the same order: of the others it is said that they moved."""
    best: list[list[str]] = []
    for name in names:
        runs = [run for run in best if places[run[-1]] < places[name]]
        best.append([*(max(runs, key=len) if runs else ()), name])
    return frozenset(max(best, key=len) if best else ())


def _dumped(value: Any) -> Any:
    """Return a value as JSON would have it."""
    if isinstance(value, Value):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, tuple):
        return [_dumped(each) for each in value]
    return value
