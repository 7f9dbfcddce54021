"""What a survey must satisfy before it is published. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from escuta.errors import InvalidError
from escuta.feedback.model import SCALES, Question, QuestionKind, ScoreClass, SurveyDraft, Texts
from escuta.i18n import LANGUAGES

ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
COLOR = re.compile(r"#[0-9a-f]{6}")
MOST_QUESTIONS = 50
MOST_CHOICES = 50
LONGEST_TEXT = 2_000
LARGEST_DRAFT = 300_000  # bytes as JSON; an item of the store holds 400 KB
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: the words on a button are white on this color
THANKS = frozenset({*ScoreClass, "any"})


def check(draft: SurveyDraft) -> None:
    """Refuse a draft that a respondent could not read or answer. InvalidError names the first wrong place."""
    _check_languages(draft.languages)
    for place, texts, required in _all_texts(draft):
        _check_texts(place, texts, draft.languages, required=required)
    if not COLOR.fullmatch(draft.color) or _contrast_with_white(draft.color) < LEAST_CONTRAST:
        raise InvalidError("survey_color", field="color", least=LEAST_CONTRAST)
    if not 0 < len(draft.questions) <= MOST_QUESTIONS:
        raise InvalidError("survey_questions", field="questions", most=MOST_QUESTIONS)
    _check_ids("questions", (question.id for question in draft.questions))
    for number, question in enumerate(draft.questions):
        _check_question(f"questions[{number}]", question)
    _check_benchmark(draft)
    if sum(question.voice for question in draft.questions) > 1:
        raise InvalidError("survey_voices", field="questions")
    if len(draft.model_dump_json().encode()) > LARGEST_DRAFT:
        raise InvalidError("survey_too_large", field="questions", most=LARGEST_DRAFT)
    for score_class in draft.thanks:
        if score_class not in THANKS:
            raise InvalidError("survey_thanks", field=f"thanks.{score_class}", allowed=sorted(THANKS))


def _check_languages(languages: tuple[str, ...]) -> None:
    known = set(languages) <= set(LANGUAGES)
    if not languages or not known or len(set(languages)) < len(languages):
        raise InvalidError("survey_languages", field="languages", allowed=list(LANGUAGES))


def _all_texts(draft: SurveyDraft) -> Iterator[tuple[str, Texts, bool]]:
    """Yield every text with its place and whether it must be there."""
    yield "title", draft.title, True
    yield "intro", draft.intro, False
    for score_class, texts in draft.thanks.items():
        yield f"thanks.{score_class}", texts, True
    for number, question in enumerate(draft.questions):
        place = f"questions[{number}]"
        yield f"{place}.text", question.text, True
        yield f"{place}.help", question.help, False
        yield f"{place}.low", question.low, False
        yield f"{place}.high", question.high, False
        for index, choice in enumerate(question.choices):
            yield f"{place}.choices[{index}].text", choice.text, True


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


def _check_ids(place: str, found: Iterable[str]) -> None:
    for name, times in Counter(found).items():
        if not ID.fullmatch(name):
            raise InvalidError("survey_id", field=place, value=name[:64], pattern=ID.pattern)
        if times > 1:
            raise InvalidError("survey_id_twice", field=place, value=name)


def _check_question(place: str, question: Question) -> None:
    chosen = question.kind in {QuestionKind.CHOICE, QuestionKind.CHOICES}
    if chosen and not 1 < len(question.choices) <= MOST_CHOICES:
        raise InvalidError("survey_choices", field=f"{place}.choices", most=MOST_CHOICES)
    if question.choices and not chosen:
        raise InvalidError("survey_choices_unasked", field=f"{place}.choices")
    _check_ids(f"{place}.choices", (choice.id for choice in question.choices))
    if question.voice and question.kind is not QuestionKind.TEXT:
        raise InvalidError("survey_voice_kind", field=f"{place}.voice")


def _check_benchmark(draft: SurveyDraft) -> None:
    """At most one question classifies the respondent, on a scale, and each class can be reached."""
    benchmarks = [question for question in draft.questions if question.benchmark]
    if not benchmarks:
        return
    if len(benchmarks) > 1 or benchmarks[0].kind not in SCALES:
        raise InvalidError("survey_benchmark", field="questions", allowed=[str(kind) for kind in SCALES])
    low, high = SCALES[benchmarks[0].kind]
    if not low <= draft.detractor_max < draft.passive_max < high:
        raise InvalidError("survey_cut_offs", field="detractor_max", low=low, high=high)


def _contrast_with_white(color: str) -> float:
    """Return the contrast ratio of WCAG 2.2 between a color `#rrggbb` and white."""
    channels = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # noqa: PLR2004 - sRGB
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
