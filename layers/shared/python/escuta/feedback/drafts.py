"""What a survey must satisfy before it is published. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from escuta.errors import InvalidError
from escuta.feedback import flow, looks, piping
from escuta.feedback.model import (
    END,
    ContactField,
    Palette,
    Question,
    QuestionKind,
    ScoreClass,
    SurveyDraft,
    Texts,
)
from escuta.feedback.wordings import wordings
from escuta.i18n import LANGUAGES

ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
_OWN_NAME = re.compile(r"[a-z0-9_]{1,64}")  # of a custom field
COLOR = re.compile(r"#[0-9a-f]{6}")
MOST_QUESTIONS = 50
MOST_CHOICES = 50
MOST_HIDDEN = 20
MOST_DIMENSIONS = 3
MOST_STEPS = 10
LONGEST_TEXT = 2_000
LARGEST_DRAFT = 300_000  # bytes as JSON; an item of the store holds 400 KB
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: the words on a button of a message are white on this color
THANKS = frozenset({*ScoreClass, "any"})
_CHOSEN = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
_CLASSIFY = frozenset({QuestionKind.NPS, QuestionKind.CSAT, QuestionKind.CES, QuestionKind.RATING, QuestionKind.THUMBS})


def check(draft: SurveyDraft) -> None:
    """Refuse a draft that a respondent could not read or answer. InvalidError names the first wrong place."""
    for look in _looks(draft):
        look()


def problems(draft: SurveyDraft) -> Iterator[InvalidError]:
    """Yield what `check` would refuse, one thing after the other: of each look at the draft the first wrong place."""
    for look in _looks(draft):
        try:
            look()
        except InvalidError as error:
            yield error


def _looks(draft: SurveyDraft) -> Iterator[Callable[[], None]]:
    """Yield every look at a draft, in the order in which its faults are told."""
    yield partial(check_languages, draft.languages)
    for wording in wordings(draft):
        yield partial(_check_texts, wording.place, wording.texts, draft.languages, required=wording.required)
    yield partial(_check_colors, draft)
    yield partial(_check_numbers, draft)
    yield partial(_check_ids, "questions", [question.id for question in draft.questions])
    for number, question in enumerate(draft.questions):
        yield partial(_check_question, f"questions[{number}]", question)
    yield partial(_check_benchmark, draft)
    yield partial(_check_whole, draft)
    yield partial(flow.check, draft)
    yield partial(piping.check, draft)


def _check_numbers(draft: SurveyDraft) -> None:
    if not 0 < len(draft.questions) <= MOST_QUESTIONS:
        raise InvalidError("survey_questions", field="questions", most=MOST_QUESTIONS)


def _check_whole(draft: SurveyDraft) -> None:
    if sum(question.voice for question in draft.questions) > 1:
        raise InvalidError("survey_voices", field="questions")
    _check_ids("hidden", draft.hidden)
    if len(draft.hidden) > MOST_HIDDEN:
        raise InvalidError("survey_hidden", field="hidden", most=MOST_HIDDEN)
    _check_dimensions(draft)
    if len(draft.model_dump_json().encode()) > LARGEST_DRAFT:
        raise InvalidError("survey_too_large", field="questions", most=LARGEST_DRAFT)
    for score_class in draft.thanks:
        if score_class not in THANKS:
            raise InvalidError("survey_thanks", field=f"thanks.{score_class}", allowed=sorted(THANKS))


def _check_dimensions(draft: SurveyDraft) -> None:
    """Figures are counted by few fields, each a hidden one of the survey or one of the people."""
    if len(draft.dimensions) > MOST_DIMENSIONS or len(set(draft.dimensions)) < len(draft.dimensions):
        raise InvalidError("survey_dimensions", field="dimensions", most=MOST_DIMENSIONS)
    for number, name in enumerate(draft.dimensions):
        where, _, own = name.partition(".")
        if not ((where == "hidden" and own in draft.hidden) or (where == "contact" and _OWN_NAME.fullmatch(own))):
            raise InvalidError("survey_dimension", field=f"dimensions[{number}]", value=name[:64])


def check_languages(languages: tuple[str, ...]) -> None:
    """Refuse languages that are none of ours, or none at all."""
    known = set(languages) <= set(LANGUAGES)
    if not languages or not known or len(set(languages)) < len(languages):
        raise InvalidError("survey_languages", field="languages", allowed=list(LANGUAGES))


def _check_texts(place: str, texts: Texts, languages: tuple[str, ...], *, required: bool) -> None:
    """Demand that a text which is there at all is there in every language of the survey, and in no other."""
    if not texts and not required:
        return
    for language in languages:
        if not texts.get(language, "").strip():
            raise InvalidError("survey_text_missing", field=f"{place}.{language}")
    for language, words in texts.items():
        if language not in languages:
            raise InvalidError("survey_text_language", field=f"{place}.{language}", allowed=list(languages))
        if len(words) > LONGEST_TEXT or "\0" in words:
            raise InvalidError("survey_text_long", field=f"{place}.{language}", most=LONGEST_TEXT)


def _check_colors(draft: SurveyDraft) -> None:
    if not COLOR.fullmatch(draft.color) or looks.contrast(draft.color, "#ffffff") < LEAST_CONTRAST:
        raise InvalidError("survey_color", field="color", least=LEAST_CONTRAST)
    for theme in ("light", "dark"):
        palette: Palette = getattr(draft.branding, theme)
        for name, color in palette:
            if color and not COLOR.fullmatch(color):
                raise InvalidError("survey_branding_color", field=f"branding.{theme}.{name}")
    looks.check(draft)


def _check_ids(place: str, found: Iterable[str]) -> None:
    for name, times in Counter(found).items():
        if not ID.fullmatch(name) or name == END:
            raise InvalidError("survey_id", field=place, value=name[:64], pattern=ID.pattern)
        if times > 1:
            raise InvalidError("survey_id_twice", field=place, value=name)


def _check_question(place: str, question: Question) -> None:
    chosen = question.kind in _CHOSEN
    if chosen and not 1 < len(question.choices) <= MOST_CHOICES:
        raise InvalidError("survey_choices", field=f"{place}.choices", most=MOST_CHOICES)
    if question.choices and not chosen:
        raise InvalidError("survey_choices_unasked", field=f"{place}.choices")
    _check_ids(f"{place}.choices", (choice.id for choice in question.choices))
    if question.voice and question.kind is not QuestionKind.TEXT:
        raise InvalidError("survey_voice_kind", field=f"{place}.voice")
    if not 1 < question.steps <= MOST_STEPS:
        raise InvalidError("survey_steps", field=f"{place}.steps", least=2, most=MOST_STEPS)
    if not question.fields or len(set(question.fields)) < len(question.fields):
        raise InvalidError("survey_contact_fields", field=f"{place}.fields", allowed=list(map(str, ContactField)))
    for name in _out_of_place(question):
        raise InvalidError("survey_kind_field", field=f"{place}.{name}", value=str(question.kind))


def _out_of_place(question: Question) -> Iterator[str]:
    """Yield the fields that say something which this kind of question has not."""
    blank = Question(id=question.id, kind=question.kind, text=question.text)
    belongs = {
        "steps": question.kind is QuestionKind.RATING,
        "look": question.kind is QuestionKind.RATING,
        "fields": question.kind is QuestionKind.CONTACT,
        "low": question.scale is not None,
        "high": question.scale is not None,
        "required": question.kind is not QuestionKind.STATEMENT,
        "require": question.kind is not QuestionKind.STATEMENT,
    }
    yield from (name for name, fits in belongs.items() if not fits and getattr(question, name) != getattr(blank, name))


def _check_benchmark(draft: SurveyDraft) -> None:
    """At most one question classifies the respondent, on a scale, and each class can be reached."""
    benchmarks = [question for question in draft.questions if question.benchmark]
    if not benchmarks:
        return
    scale = benchmarks[0].scale
    if len(benchmarks) > 1 or scale is None or benchmarks[0].kind not in _CLASSIFY:
        allowed = [str(kind) for kind in QuestionKind if kind in _CLASSIFY]
        raise InvalidError("survey_benchmark", field="questions", allowed=allowed)
    low, high = scale
    between = draft.passive_max - draft.detractor_max
    fits = between == 0 if benchmarks[0].kind is QuestionKind.THUMBS else between > 0  # of two thumbs none is passive
    if not (low <= draft.detractor_max and draft.passive_max < high and fits):
        raise InvalidError("survey_cut_offs", field="detractor_max", low=low, high=high)
