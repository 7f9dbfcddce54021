from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escuta import clock, ids, table
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import links, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Choice, Parked, ResponseState, ScoreClass, SurveyStatus
from escuta.feedback.responses import Receipt
from escuta.outreach.model import Invitation, InvitationState
from tests.conftest import NOON
from tests.functions.respondents import DRAFT, OTHER_ID, SUBMISSION_ID, invite, meanwhile, open_survey, submission
from tests.kit import answers
from tests.kit.faults import failing, transaction_cancelled


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana")[0]


def answer(token: str, submission_id: str = SUBMISSION_ID, version: int = 1, **answers: Any) -> Receipt:
    return responses.submit(Door.INVITATION, token, submission(submission_id, version, **answers))


def invitation_of(token: str) -> Invitation:
    return table.load(Invitation, Invitation.at(ids.token_key(token)), consistent=True)


def parked() -> list[str]:
    return [payload.reason for payload in table.query(Parked, "parked", index="g1").items]


def test_an_answer_is_stored_whole_and_closes_its_invitation(ana: str) -> None:
    receipt = answer(ana, nps=3, comment="Fila longa", reasons=["staff"])

    stored = responses.get(SUBMISSION_ID)
    assert receipt.score_class is ScoreClass.DETRACTOR
    assert stored.answers == {"nps": 3, "reasons": ("staff",), "comment": "Fila longa"}
    assert (stored.score, stored.score_class, stored.comment) == (3, ScoreClass.DETRACTOR, "Fila longa")
    assert (stored.segment, stored.segment_path) == ("sp-01", ("aurora", "sp", "sp-01"))
    assert (stored.product, stored.channel, stored.language) == ("lamp", "email", "pt-BR")
    assert (stored.contact_name, stored.deployment) == ("Ana Souza", "march")
    invitation = invitation_of(ana)
    assert (invitation.state, invitation.response) == (InvitationState.COMPLETED, SUBMISSION_ID)
    assert invitation.answered_at == stored.received_at


def test_the_day_of_an_answer_is_the_day_of_its_segment(ana: str) -> None:
    with clock.at(datetime(2026, 3, 11, 2, 59, tzinfo=UTC)):  # 23:59 on the 10th in São Paulo
        answer(ana)

    assert responses.get(SUBMISSION_ID).day == "2026-03-10"
    assert [response.id for response in responses.of_day("visit", "2026-03-10")] == [SUBMISSION_ID]


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter"), (10, "promoter")],
)
def test_the_cut_offs_classify(ana: str, score: int, expected: str) -> None:
    assert answer(ana, nps=score).score_class == expected


def test_r1_r2_the_same_answer_again_gets_the_same_receipt(ana: str) -> None:
    first = answer(ana, nps=9, comment="Bom")

    assert answer(ana, nps=9, comment="Bom") == first.changed(replayed=True)
    assert len(answers.given()) == 1


def test_t14_a_receipt_is_repeated_long_after_the_link_expired_and_the_survey_closed(ana: str) -> None:
    first = answer(ana)
    surveys.move("visit", SurveyStatus.CLOSED)

    with clock.at(NOON + timedelta(days=400)):
        assert answer(ana) == first.changed(replayed=True)


def test_r3_the_same_id_with_other_answers_is_refused_and_parked(ana: str) -> None:
    answer(ana, nps=9)

    for _ in range(2):
        with pytest.raises(InvalidError, match="answers_differ"):
            answer(ana, nps=2, comment="Mudei")

    assert responses.get(SUBMISSION_ID).score == 9
    (payload,) = table.query(Parked, "parked", index="g1").items
    assert payload.reason == "answers_differ"
    assert '"comment": "Mudei"' in payload.payload


def test_r3_options_that_were_not_offered_hide_no_other_answer(ana: str) -> None:
    reasons = DRAFT.questions[1]
    kept = Choice(id="loyal", text=reasons.choices[0].text, classes=(ScoreClass.PROMOTER,))
    question = reasons.changed(choices=(*reasons.choices, kept))
    surveys.publish("visit", DRAFT.changed(questions=(DRAFT.questions[0], question)))
    answer(ana, version=2, nps=3, reasons=["price", "loyal"])

    with pytest.raises(InvalidError, match="answers_differ"):
        answer(ana, version=2, nps=3, reasons=["staff", "loyal"])
    assert answer(ana, version=2, nps=3, reasons=["loyal", "price"]).replayed is True


def test_r3_an_id_cannot_be_used_again_with_another_link(ana: str) -> None:
    answer(ana, nps=9)
    bruno, _ = invite("Bruno")

    with pytest.raises(InvalidError, match="answers_differ"):
        answer(bruno, nps=9)

    assert invitation_of(bruno).state is InvitationState.SENT


def test_r4_t6_the_first_answer_counts_and_the_second_is_told(ana: str) -> None:
    answer(ana, nps=9)

    with pytest.raises(ConflictError, match="already_answered") as refused:
        answer(ana, OTHER_ID, nps=2)

    assert refused.value.details["language"] == "pt-BR"
    assert [response.score for response in answers.given()] == [9]


def test_r5_unknown_questions_are_named_and_the_payload_is_parked(ana: str) -> None:
    with pytest.raises(InvalidError, match="questions_unknown"):
        answer(ana, nps=9, salary=1)

    assert parked() == ["questions_unknown"]
    assert invitation_of(ana).state is InvitationState.SENT


def test_r21_nothing_is_parked_of_a_person_who_is_erased_after_the_page_was_shown(ana: str) -> None:
    links.opened(Door.INVITATION, ana)
    table.save(invitation_of(ana).changed(revoked_at=NOON))

    with pytest.raises(InvalidError, match="questions_unknown"):
        answer(ana, nps=9, salary=1)

    assert parked() == []


def test_r6_an_answer_names_the_version_that_the_page_showed(ana: str) -> None:
    surveys.publish("visit", DRAFT.changed(questions=DRAFT.questions[:1], detractor_max=8, passive_max=9))

    assert answer(ana, version=1, nps=9, comment="Da primeira").score_class is ScoreClass.PROMOTER
    assert responses.get(SUBMISSION_ID).version == 1


@pytest.mark.parametrize("version", [0, 2, -1, 10**9])
def test_a_version_that_was_never_published_is_refused(ana: str, version: int) -> None:
    with pytest.raises(InvalidError, match="version_unknown"):
        answer(ana, version=version)


@pytest.mark.parametrize("status", [SurveyStatus.PAUSED, SurveyStatus.CLOSED])
def test_r6_a_page_rendered_before_the_end_has_a_day_of_grace(ana: str, status: SurveyStatus) -> None:
    bruno, _ = invite("Bruno")
    surveys.move("visit", status)

    with clock.at(NOON + timedelta(hours=23, minutes=59)):
        assert answer(ana).score_class is ScoreClass.PROMOTER
    with clock.at(NOON + timedelta(hours=24, minutes=1)), pytest.raises(GoneError, match=f"survey_{status}"):
        answer(bruno, OTHER_ID, nps=1, comment="Tarde demais")

    assert parked() == [f"survey_{status}"]


def test_r8_a_required_answer_that_is_missing_stores_nothing(ana: str) -> None:
    with pytest.raises(InvalidError, match="answers_invalid"):
        answer(ana, comment="Sem nota")

    assert invitation_of(ana).state is InvitationState.SENT


def test_r19_the_clock_of_the_device_is_a_hint(ana: str) -> None:
    sent = responses.Submission.model_validate({**dict(submission()), "client_time": "2029-03-10T15:00:00Z"})

    responses.submit(Door.INVITATION, ana, sent)

    stored = responses.get(SUBMISSION_ID)
    assert stored.received_at - NOON < timedelta(minutes=5)
    assert stored.client_time == datetime(2029, 3, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revoked_at": NOON}, "link_revoked"),
        ({"state": InvitationState.CANCELLED}, "link_revoked"),
        ({"state": InvitationState.EXPIRED}, "link_expired"),
        ({"expires_at": NOON}, "link_expired"),
    ],
)
@pytest.mark.usefixtures("aws", "noon")
def test_t3_a_link_that_is_over_takes_nothing(changes: dict[str, Any], code: str) -> None:
    open_survey()
    token, _ = invite("Ana", **changes)

    with pytest.raises(GoneError, match=code):
        answer(token)

    assert answers.given() == ()


@pytest.mark.parametrize("state", ["queued", "claimed", "sent", "delivered", "bounced", "complained", "unknown"])
@pytest.mark.usefixtures("aws", "noon")
def test_whoever_holds_a_valid_link_may_answer_whatever_became_of_the_message(state: str) -> None:
    open_survey()
    token, _ = invite("Ana", state=InvitationState(state))

    assert answer(token).replayed is False


def test_t1_a_wrong_token_is_unknown_and_a_short_one_is_cut(ana: str) -> None:
    with pytest.raises(NotFoundError, match="link_unknown"):
        answer(ids.new_token())
    with pytest.raises(NotFoundError, match="link_cut"):
        answer(ana[:-1])


@pytest.mark.parametrize("glued", ["&amp;", "&gt;", ").", ">"])
def test_t1_what_a_mail_client_glued_to_the_link_is_dropped(ana: str, glued: str) -> None:
    assert answer(ana + glued).replayed is False


def test_r4_of_two_people_at_once_one_wins_and_the_other_is_told(ana: str) -> None:
    first_then_second = meanwhile(lambda: answer(ana, OTHER_ID, nps=2))

    with first_then_second, pytest.raises(ConflictError, match="already_answered"):
        answer(ana, SUBMISSION_ID, nps=9)

    assert [response.score for response in answers.given()] == [2]
    assert invitation_of(ana).response == OTHER_ID


def test_r1_of_the_same_answer_twice_at_once_both_get_the_receipt(ana: str) -> None:
    with meanwhile(lambda: answer(ana, nps=9)):
        receipt = answer(ana, nps=9)

    assert receipt.replayed is True
    assert len(answers.given()) == 1


def test_r3_of_two_answers_under_one_id_at_once_the_first_stays(ana: str) -> None:
    with meanwhile(lambda: answer(ana, nps=2)), pytest.raises(InvalidError, match="answers_differ"):
        answer(ana, nps=9)

    assert responses.get(SUBMISSION_ID).score == 2
    assert parked() == ["answers_differ"]


def test_r4_three_at_once_leave_one_answer(ana: str) -> None:
    third = "AnaAnaAnaAnaAnaAnaAna3"
    told = []

    def second() -> None:
        with meanwhile(lambda: answer(ana, third, nps=1)), pytest.raises(ConflictError, match="already_answered"):
            answer(ana, OTHER_ID, nps=2)
        told.append(OTHER_ID)

    with meanwhile(second), pytest.raises(ConflictError, match="already_answered"):
        answer(ana, SUBMISSION_ID, nps=9)

    assert [response.id for response in answers.given()] == [third]
    assert told == [OTHER_ID]


def test_a_delivery_event_at_the_same_moment_does_not_cost_the_answer(ana: str) -> None:
    def delivered() -> None:
        table.save(invitation_of(ana).changed(state=InvitationState.DELIVERED))

    with meanwhile(delivered, delivered, delivered):
        receipt = answer(ana, nps=9)

    assert receipt.replayed is False
    assert invitation_of(ana).state is InvitationState.COMPLETED


def test_an_invitation_that_never_stops_changing_is_given_up_for_the_moment(ana: str) -> None:
    def touched() -> None:
        table.save(invitation_of(ana).changed(state=InvitationState.DELIVERED))

    with meanwhile(*[touched] * 5), pytest.raises(UnavailableError):
        answer(ana, nps=9)

    assert answers.given() == ()


def test_a_link_that_is_revoked_at_the_same_moment_takes_nothing(ana: str) -> None:
    def revoked() -> None:
        table.save(invitation_of(ana).changed(revoked_at=NOON))

    with meanwhile(revoked), pytest.raises(GoneError, match="link_revoked"):
        answer(ana, nps=9)

    assert answers.given() == ()


def test_r21_a_person_who_is_erased_at_the_same_moment_leaves_no_answer(ana: str) -> None:
    def erased() -> None:
        table.delete(Invitation, invitation_of(ana).key())

    with meanwhile(erased), pytest.raises(NotFoundError, match="link_unknown"):
        answer(ana, nps=9)

    assert answers.given() == ()


def test_r16_a_throttled_store_is_unavailable_and_never_a_duplicate(ana: str) -> None:
    def throttled(_parameters: dict[str, Any]) -> Exception:
        return transaction_cancelled("None", "ThrottlingError")

    with failing("TransactWriteItems", throttled), pytest.raises(UnavailableError) as refused:
        answer(ana, nps=9)

    assert refused.value.details["retry_after"] > 0
    assert answer(ana, nps=9).replayed is False


def test_a_deleted_answer_is_not_listed_but_still_counted_through(ana: str) -> None:
    answer(ana)
    table.save(responses.get(SUBMISSION_ID).changed(state=ResponseState.DELETED))

    assert answers.given() == ()
    assert [response.state for response in responses.of_day("visit", "2026-03-10")] == [ResponseState.DELETED]


def test_a_day_with_more_answers_than_a_page_is_walked_whole(ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "_PAGE", 2)
    answer(ana)
    first = responses.get(SUBMISSION_ID)
    table.put_many(first.changed(id=f"{number:022}", rev=0) for number in range(5))

    assert len(list(responses.of_day("visit", first.day))) == 6
