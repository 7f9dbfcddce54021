import pytest

from escuta import table
from escuta.errors import InvalidError
from escuta.feedback import responses
from escuta.feedback.links import Door
from escuta.feedback.model import Parked, ScoreClass
from escuta.outreach.model import Invitation, InvitationState
from tests.functions.respondents import SUBMISSION_ID, invite, open_survey, submission

pytestmark = pytest.mark.usefixtures("aws", "noon")


@pytest.fixture
def ana() -> str:
    open_survey()
    return invite("Ana")[0]


def test_an_answer_is_stored_whole_and_closes_its_invitation(ana: str) -> None:
    receipt = responses.submit(Door.INVITATION, ana, submission(nps=3, comment="Fila longa", reasons=["staff"]))

    stored = responses.get(SUBMISSION_ID)
    assert receipt.score_class is ScoreClass.DETRACTOR
    assert stored.answers == {"nps": 3, "reasons": ("staff",), "comment": "Fila longa"}
    invitation = table.load(Invitation, Invitation.at(stored.link_key))
    assert (invitation.state, invitation.response) == (InvitationState.COMPLETED, SUBMISSION_ID)


def test_r1_the_same_answer_twice_gets_the_same_receipt(ana: str) -> None:
    first = responses.submit(Door.INVITATION, ana, submission())
    second = responses.submit(Door.INVITATION, ana, submission())

    assert second == first.changed(replayed=True)


def test_r3_the_same_id_with_other_answers_is_refused_and_parked(ana: str) -> None:
    responses.submit(Door.INVITATION, ana, submission(nps=9))

    with pytest.raises(InvalidError, match="answers_differ"):
        responses.submit(Door.INVITATION, ana, submission(nps=2))

    assert responses.get(SUBMISSION_ID).score == 9
    assert [parked.reason for parked in table.query(Parked, "parked", index="g1").items] == ["answers_differ"]
