"""Every way through a survey, followed before it is published: nobody gets stuck, and no question waits in vain. Pure.

The score decides most of the branching, so that it is followed exactly, with the answer a jump starts from. What else
a condition tests may turn out either way.
"""

from collections.abc import Iterator

from escuta.errors import InvalidError
from escuta.feedback import logic
from escuta.feedback.model import END, Condition, Facts, Question, QuestionKind, SurveyDraft

Score = int | None  # None: the benchmark was not answered
_EITHER = frozenset({True, False})


def check(draft: SurveyDraft) -> None:
    """Refuse a question that no way leads to, and one that must be answered and cannot be. Jumps lead forward."""
    places = {"": 0, END: len(draft.questions), **{question.id: n for n, question in enumerate(draft.questions)}}
    arriving: list[set[Score]] = [{None}, *(set() for _ in draft.questions)]
    for number, question in enumerate(draft.questions):
        asked, passed, stopped = _sorted(draft, question, arriving[number])
        if stopped:
            classes = sorted({str(_certain(draft, score)[0].get("class", "-")) for score in stopped})
            raise InvalidError("survey_unfinishable", field=f"questions[{number}].choices", classes=classes)
        if not asked:
            raise InvalidError("survey_unreached", field=f"questions[{number}]", value=question.id)
        arriving[number + 1] |= passed
        for score in asked:
            for to, after in _leads(draft, question, score):
                arriving[places[to] or number + 1].add(after)


def _sorted(draft: SurveyDraft, question: Question, scores: set[Score]) -> tuple[set[Score], set[Score], set[Score]]:
    """Return the scores with which the question can be asked, passed over, and asked without anything to choose."""
    asked, passed, stopped = set[Score](), set[Score](), set[Score]()
    for score in scores:
        facts, fixed = _certain(draft, score)
        shown = _outcomes(question.show, facts, fixed)
        offers = not question.choices or bool(logic.offered(question, facts))
        if False in shown or not offers:
            passed.add(score)
        if True in shown:
            (asked if offers else stopped if _may_be_required(question, facts, fixed) else passed).add(score)
    return asked, passed, stopped


def _may_be_required(question: Question, facts: Facts, fixed: frozenset[str]) -> bool:
    return question.required or (question.require is not None and True in _outcomes(question.require, facts, fixed))


def _leads(draft: SurveyDraft, question: Question, score: Score) -> Iterator[tuple[str, Score]]:
    """Yield where the survey goes on, "" for the next question, and the score by then: for each possible answer."""
    facts, fixed = _certain(draft, score)
    if question.kind is QuestionKind.CHOICE:
        answers: list[int | str | None] = [choice.id for choice in logic.offered(question, facts)]
    elif question.scale:
        answers = list(range(question.scale[0], question.scale[1] + 1))
    else:
        yield from ((to, score) for to in _jumps(question, facts, fixed))
        return
    for answer in answers if question.required else [None, *answers]:
        after = answer if question.benchmark and not isinstance(answer, str) else score
        facts, fixed = _certain(draft, after)
        own = f"answer.{question.id}"
        yield from ((to, after) for to in _jumps(question, {**facts, own: answer}, fixed | {own}))


def _jumps(question: Question, facts: Facts, fixed: frozenset[str]) -> Iterator[str]:
    for jump in question.jumps:
        outcomes = _outcomes(jump.when, facts, fixed)
        if True in outcomes:
            yield jump.to
        if False not in outcomes:
            return
    yield ""


def _certain(draft: SurveyDraft, score: Score) -> tuple[Facts, frozenset[str]]:
    """Return what a score says for certain, and the names of the facts that it settles, be they known or not."""
    if draft.benchmark is None:
        return {}, frozenset({"class"})
    name = f"answer.{draft.benchmark.id}"
    facts = {} if score is None else {name: score, "class": logic.classify(draft, score)}
    return facts, frozenset({"class", name})


def _outcomes(condition: Condition | None, facts: Facts, fixed: frozenset[str]) -> frozenset[bool]:
    """Return how a condition may turn out: one way when settled facts decide it."""
    if condition is None:
        return frozenset({True})
    parts = [_outcomes(part, facts, fixed) for part in (*condition.all, *condition.any)]
    if not parts:
        return frozenset({logic.holds(condition, facts)}) if condition.field in fixed else _EITHER
    decides = not condition.all  # one part that is so decides the group: True of `any`, False of `all`
    ends = {decides} if any(decides in part for part in parts) else set()
    if all((not decides) in part for part in parts):
        ends.add(not decides)
    return frozenset(ends)
