import pytest

from escuta.feedback.model import Response, ResponseState, ScoreClass
from escuta.feedback.tickets import DETRACTOR
from tests.kit.factories import response


@pytest.mark.parametrize("score", [0, 3, 6])
def test_a_detractor_wants_a_ticket(score: int) -> None:
    assert DETRACTOR.opens(response(score=score))


@pytest.mark.parametrize(
    "answer",
    [
        response(score=7),
        response(score=10),
        response(score=None),
        response(score=0, state=ResponseState.DELETED),
        response(score=3, score_class=ScoreClass.PASSIVE),  # the survey's own cut-offs decide, not the number
    ],
)
def test_nobody_else_does(answer: Response) -> None:
    assert not DETRACTOR.opens(answer)


@pytest.mark.parametrize(("score", "priority"), [(0, "high"), (3, "high"), (4, "normal"), (6, "normal")])
def test_the_lower_half_is_urgent(score: int, priority: str) -> None:
    assert DETRACTOR.priority(response(score=score)) == priority
