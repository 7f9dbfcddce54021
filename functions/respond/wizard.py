"""Where a person stands in a survey: which questions are on the page, what comes before and after. Pure.

With JavaScript the page walks by itself; without, each press of a button asks the server for the step that fits.
"""

from collections.abc import Iterator

from escuta.entity import Value
from escuta.feedback.logic import Path
from escuta.feedback.model import Condition, Layout, Question, QuestionKind, SurveyVersion

WHO = "-who"  # the step that asks who is answering; no question has such an id
READY = "-ready"  # the step after the last question, when nothing is left to ask


class Step(Value):
    """What stands on the page now."""

    shown: tuple[str, ...]
    before: str  # where the step before begins; "" when this is the first
    after: str  # where the next one begins, as far as is known
    last: bool  # nothing can follow: the button sends
    number: int  # of the question among those that will be asked
    total: int
    silent: bool = False  # a statement, which asks nothing

    @property
    def at(self) -> str:
        """Return the name of this step: its first question."""
        return self.shown[0] if self.shown else READY


def stand(version: SurveyVersion, path: Path, at: str, *, who: bool = False, together: tuple[str, ...] = ()) -> Step:
    """Return the step that holds the question `at`; the first one when it is not asked. `together` is a step alone."""
    if together:
        return Step(shown=together, before="", after=READY, last=True, number=0, total=0)
    steps = [step for step in _steps(version, path) if step]
    if who:
        steps = [(WHO,), *steps] if version.layout is Layout.STEPS or not steps else [(WHO, *steps[0]), *steps[1:]]
    silent = {question.id for question in version.questions if question.kind is QuestionKind.STATEMENT}
    counted = [question for step in steps for question in step if question not in silent]
    if at == READY or not steps:
        before = steps[-1][0] if steps else ""
        return Step(shown=(), before=before, after="", last=True, number=len(counted), total=len(counted), silent=True)
    here = next((number for number, step in enumerate(steps) if at in step), 0)
    shown = steps[here]
    after = steps[here + 1][0] if here + 1 < len(steps) else READY
    done = [question for step in steps[: here + 1] for question in step if question not in silent]
    return Step(
        shown=shown,
        before=steps[here - 1][0] if here else "",
        after=after,
        last=after == READY and not _may_go_on(version, shown),
        number=len(done),
        silent=shown[-1] in silent,
        total=len(counted),
    )


def _steps(version: SurveyVersion, path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the asked questions in groups that can stand together: nothing in one depends on an answer in it."""
    group: list[Question] = []
    for question in version.questions:
        jumped = group and group[-1].jumps
        if version.layout is Layout.STEPS or jumped or any(depends(question, on) for on in group):
            yield tuple(each.id for each in group)
            group = []
        if question.id in path.asked:
            group.append(question)
    yield tuple(each.id for each in group)


def _may_go_on(version: SurveyVersion, shown: tuple[str, ...]) -> bool:
    """Tell whether an answer on this step may lead to another question."""
    ids = [question.id for question in version.questions]
    here = [question for question in version.questions if question.id in shown]
    if not here:
        return True
    later = version.questions[ids.index(here[-1].id) + 1 :]
    return bool(later) and (bool(here[-1].jumps) or any(depends(question, on) for question in later for on in here))


def depends(question: Question, on: Question) -> bool:
    """Tell whether what a question asks hangs on the answer to another. What its words repeat of it may be missing."""
    names = set(_names(question))
    return f"answer.{on.id}" in names or (on.benchmark and "class" in names)


def _names(question: Question) -> Iterator[str]:
    for condition in (question.show, question.require, *(jump.when for jump in question.jumps)):
        yield from _fields(condition)
    if question.wording or any(choice.classes for choice in question.choices):
        yield "class"


def _fields(condition: Condition | None) -> Iterator[str]:
    if condition is not None:
        yield condition.field
        for part in (*condition.all, *condition.any):
            yield from _fields(part)
