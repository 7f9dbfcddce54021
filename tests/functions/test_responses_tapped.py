"""A score that was tapped in a message, and what the person really sends afterwards."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, ids, table
from escuta.errors import ConflictError, GoneError, InvalidError
from escuta.feedback import links, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Call, Origin, Response, ResponseState, Standing, SurveyStatus
from escuta.feedback.responses import Receipt
from escuta.outreach.model import Invitation, InvitationState
from tests.conftest import NOON
from tests.functions.respondents import OTHER_ID, SUBMISSION_ID, invite, meanwhile, open_survey, submission, tap
from tests.kit import answers


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana")[0]


def answer(token: str, identity: str = SUBMISSION_ID, nps: int = 3) -> Receipt:
    return responses.submit(Door.INVITATION, token, submission(identity, nps=nps))


def invitation_of(token: str) -> Invitation:
    return table.load(Invitation, Invitation.at(ids.token_key(token)), consistent=True)


def live() -> list[tuple[int | None, str]]:
    """Return the scores that stand, and how they came to be."""
    return [(each.score, str(each.origin)) for each in answers.given()]


def test_t10_a_confirmed_tap_is_an_answer_and_closes_the_invitation(ana: str) -> None:
    receipt = tap(ana)

    stored = responses.get(receipt.id)
    assert (stored.score, stored.origin, stored.standing) == (9, Origin.TAPPED, Standing.COUNTED)
    assert (stored.answered_at, stored.day) == (NOON - timedelta(minutes=30), "2026-03-10")
    invitation = invitation_of(ana)
    assert (invitation.state, invitation.response, invitation.tapped) == ("completed", receipt.id, receipt.id)


def test_a_tap_is_of_the_day_on_which_it_was_made(ana: str) -> None:
    with clock.at(datetime.fromisoformat("2026-03-11T03:10:00+00:00")):  # 00:10 in São Paulo
        receipt = tap(ana, at_time=datetime.fromisoformat("2026-03-11T02:40:00+00:00"))

    assert responses.get(receipt.id).day == "2026-03-10"


def test_a_flagged_tap_is_kept_apart_and_leaves_the_invitation_open(ana: str) -> None:
    receipt = tap(ana, Standing.FLAGGED)

    stored = responses.get(receipt.id)
    assert (stored.standing, stored.evidence) == (Standing.FLAGGED, ("no_signal",))
    invitation = invitation_of(ana)
    assert (invitation.state, invitation.response, invitation.tapped) == ("sent", "", receipt.id)


@pytest.mark.parametrize("standing", [Standing.COUNTED, Standing.FLAGGED])
def test_t9_what_the_person_sends_replaces_the_tap(ana: str, standing: Standing) -> None:
    tapped = tap(ana, standing)

    receipt = answer(ana)

    replaced = responses.get(tapped.id)
    assert (replaced.state, replaced.rev) == (ResponseState.DELETED, 2)
    assert live() == [(3, "submitted")]
    assert (invitation_of(ana).response, invitation_of(ana).state) == (receipt.id, "completed")


@pytest.mark.parametrize("standing", [Standing.COUNTED, Standing.FLAGGED])
def test_t6_the_person_replaces_a_tap_once(ana: str, standing: Standing) -> None:
    tap(ana, standing)
    answer(ana)

    with pytest.raises(ConflictError, match="already_answered"):
        answer(ana, OTHER_ID, nps=10)

    assert live() == [(3, "submitted")]


def test_the_page_of_a_confirmed_tap_opens_still(ana: str) -> None:
    tap(ana)

    assert links.opened(Door.INVITATION, ana).version.version == 1
    answer(ana)
    with pytest.raises(ConflictError, match="already_answered"):
        links.opened(Door.INVITATION, ana)


def test_a_tap_is_confirmed_once(ana: str) -> None:
    first = tap(ana)

    assert tap(ana) == first.changed(replayed=True)
    assert live() == [(9, "tapped")]


def test_a_tap_comes_too_late_for_a_person_who_answered(ana: str) -> None:
    answer(ana)

    with pytest.raises(ConflictError, match="already_answered"):
        tap(ana)

    assert live() == [(3, "submitted")]


def test_of_a_tap_and_an_answer_at_once_the_answer_stands(ana: str) -> None:
    with meanwhile(lambda: answer(ana)), pytest.raises(ConflictError, match="already_answered"):
        tap(ana)

    assert live() == [(3, "submitted")]


def test_of_an_answer_and_a_tap_at_once_the_answer_stands(ana: str) -> None:
    with meanwhile(lambda: tap(ana)):
        answer(ana)

    assert live() == [(3, "submitted")]


def test_a_tap_that_somebody_switches_off_at_the_same_moment_is_replaced_all_the_same(ana: str) -> None:
    tapped = tap(ana)

    def switched() -> None:
        table.save(responses.get(tapped.id).changed(standing=Standing.EXCLUDED))

    with meanwhile(switched):
        answer(ana)

    assert live() == [(3, "submitted")]
    assert table.load(Response, Response.at(tapped.id)).state is ResponseState.DELETED


@pytest.mark.parametrize("standing", [Standing.COUNTED, Standing.FLAGGED])
def test_a_request_to_be_called_outlives_the_tap_that_it_came_with(ana: str, standing: Standing) -> None:
    tapped = tap(ana, standing)
    call = Call(at=NOON, phone="+5511987654321")
    table.save(responses.get(tapped.id).changed(call=call))

    receipt = answer(ana)

    assert (responses.get(receipt.id).call, responses.get(receipt.id).replaces) == (call, tapped.id)


def test_an_answer_that_replaces_nothing_says_so(ana: str) -> None:
    assert responses.get(answer(ana).id).replaces == ""


@pytest.mark.parametrize(
    ("changes", "code"), [({"revoked_at": NOON}, "link_revoked"), ({"expires_at": NOON}, "link_expired")]
)
@pytest.mark.usefixtures("aws", "noon")
def test_t19_a_tap_goes_through_the_same_guard_as_an_answer(changes: dict[str, Any], code: str) -> None:
    open_survey()
    token, _ = invite("Ana", **changes)

    with pytest.raises(GoneError, match=code):
        tap(token)

    assert live() == []


def test_a_survey_that_was_over_for_a_day_takes_no_tap(ana: str) -> None:
    surveys.move("visit", SurveyStatus.CLOSED)

    with clock.at(NOON + timedelta(hours=25)), pytest.raises(GoneError, match="survey_closed"):
        tap(ana, at_time=NOON + timedelta(hours=25))


@pytest.mark.parametrize("changes", [{"score": 11}, {"question": "comment"}, {"question": "salary"}])
def test_a_tap_is_a_step_of_a_scale(ana: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match="questions_unknown"):
        tap(ana, **changes)

    assert invitation_of(ana).state is InvitationState.SENT
