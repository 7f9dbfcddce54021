"""Whether a survey's logic can be followed: its conditions make sense, and its jumps lead forward. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from escuta.errors import InvalidError
from escuta.feedback import ways
from escuta.feedback.model import (
    END,
    Condition,
    Op,
    Question,
    QuestionKind,
    ScoreClass,
    SurveyDraft,
)

DEEPEST = 5
MOST_PARTS = 20
MOST_JUMPS = 20
PLACES = frozenset({"segment", "segment.city", "segment.state", "segment.country", "product", "product.group"})
LINKS = frozenset({"channel", "language"})
_LONGEST_NAME = 64
_LISTS = frozenset({Op.ANY_OF, Op.NONE_OF})
PRESENCE = frozenset({Op.ANSWERED, Op.BLANK})
EQUAL = frozenset({Op.IS, Op.IS_NOT, *_LISTS, *PRESENCE})
MEASURES = frozenset({Op.AT_LEAST, Op.AT_MOST})


class Fits(NamedTuple):
    """What a fact can be compared by, and with which values; None for any words."""

    ops: frozenset[Op]
    values: Sequence[int | str] | None = None


Known = Callable[[str, str], Fits]  # of a place and a field; it refuses a field that is not known there


def check(draft: SurveyDraft) -> None:
    """Refuse logic that nobody can follow. InvalidError names the first wrong place."""
    for number, question in enumerate(draft.questions):
        place = f"questions[{number}]"
        for name, condition in (("show", question.show), ("require", question.require)):
            if condition is not None:
                check_condition(f"{place}.{name}", condition, _known(draft, number))
        if len(question.jumps) > MOST_JUMPS:
            raise InvalidError("survey_jumps", field=f"{place}.jumps", most=MOST_JUMPS)
        for index, jump in enumerate(question.jumps):
            check_condition(f"{place}.jumps[{index}].when", jump.when, _known(draft, number + 1))
            _check_target(f"{place}.jumps[{index}].to", jump.to, draft, number)
        _check_classes(place, question, draft.questions[:number])
    ways.check(draft)


def _check_target(place: str, to: str, draft: SurveyDraft, number: int) -> None:
    if to not in {END, *(question.id for question in draft.questions)}:
        raise InvalidError("survey_jump_unknown", field=place, value=to[:64])
    if to not in {END, *(question.id for question in draft.questions[number + 1 :])}:
        raise InvalidError("survey_jump_back", field=place, value=to)


def _check_classes(place: str, question: Question, before: Sequence[Question]) -> None:
    if any(earlier.benchmark for earlier in before):
        return
    if question.wording:
        raise InvalidError("survey_class_unknown", field=f"{place}.wording")
    for index, choice in enumerate(question.choices):
        if choice.classes:
            raise InvalidError("survey_class_unknown", field=f"{place}.choices[{index}].classes")


def check_condition(place: str, condition: Condition, known: Known, depth: int = 1) -> None:
    """Refuse a condition that says nothing, or tests what is not known: InvalidError with the place of the mistake."""
    if depth > DEEPEST:
        raise InvalidError("survey_condition_deep", field=place, most=DEEPEST)
    parts = condition.all or condition.any
    if sum(map(bool, (condition.field, condition.all, condition.any))) != 1 or len(parts) > MOST_PARTS:
        raise InvalidError("survey_condition_form", field=place, most=MOST_PARTS)
    for index, part in enumerate(parts):
        name = "all" if condition.all else "any"
        check_condition(f"{place}.{name}[{index}]", part, known, depth + 1)
    if not parts:
        _check_test(place, condition, known(place, condition.field))


def _known(draft: SurveyDraft, number: int) -> Known:
    """Return how facts can be tested when the first `number` questions may have been answered."""
    return lambda place, field: _fits(place, field, draft, number)


def _check_test(place: str, condition: Condition, fits: Fits) -> None:
    op = condition.op
    if op not in fits.ops:
        raise InvalidError(
            "survey_condition_op", field=f"{place}.op", value=str(op), allowed=sorted(map(str, fits.ops))
        )
    if op in PRESENCE:
        return
    listed = isinstance(condition.value, tuple)
    values: Iterable[int | str] = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if listed is not (op in _LISTS) or condition.value == () or not all(_is_value(value, op, fits) for value in values):
        if fits.values is None:
            raise InvalidError("survey_condition_blank", field=f"{place}.value")
        raise InvalidError("survey_condition_value", field=f"{place}.value", allowed=list(fits.values))


def _is_value(value: int | str, op: Op, fits: Fits) -> bool:
    if fits.values is not None:
        return any(type(value) is type(allowed) and value == allowed for allowed in fits.values)
    return isinstance(value, int) if op in MEASURES else str(value).strip() != ""


def _fits(place: str, field: str, draft: SurveyDraft, known: int) -> Fits:
    """Return how a fact can be tested; InvalidError when it is not known at this point, or never."""
    group, _, name = field.partition(".")
    before = draft.questions[:known]
    if group == "answer":
        return fits_answer(place, name, draft, before)
    if field == "class":
        if not any(question.benchmark for question in before):
            raise InvalidError("survey_class_unknown", field=f"{place}.field")
        return Fits(EQUAL, [str(score_class) for score_class in ScoreClass])
    if field in PLACES | LINKS:
        return Fits(EQUAL | {Op.CONTAINS})
    if (group == "hidden" and name in draft.hidden) or (group == "contact" and 0 < len(name) <= _LONGEST_NAME):
        return Fits(frozenset(Op))
    raise InvalidError("survey_condition_field", field=f"{place}.field", value=field[:64])


def fits_answer(place: str, name: str, draft: SurveyDraft, before: Sequence[Question]) -> Fits:
    """Return how the answer to a question can be tested, when those before it may have been answered."""
    asked = next((question for question in draft.questions if question.id == name), None)
    if asked is None or asked.kind is QuestionKind.STATEMENT:
        raise InvalidError("survey_condition_field", field=f"{place}.field", value=f"answer.{name}"[:64])
    if asked not in before:
        raise InvalidError("survey_condition_later", field=f"{place}.field", value=name)
    if asked.scale:
        return Fits(EQUAL | MEASURES, range(asked.scale[0], asked.scale[1] + 1))
    if asked.choices:
        return Fits(EQUAL, [choice.id for choice in asked.choices])
    if asked.kind is QuestionKind.CONTACT:
        return Fits(EQUAL, [str(field) for field in asked.fields])
    return Fits(EQUAL | {Op.CONTAINS})
