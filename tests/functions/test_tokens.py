from datetime import datetime, timedelta

import pytest

from escuta import clock
from escuta.errors import ForbiddenError, GoneError, InvalidError, NotFoundError
from escuta.feedback import links, responses, tokens
from escuta.feedback.links import Door
from tests.conftest import NOON
from tests.functions.respondents import OTHER_ID, SUBMISSION_ID, open_survey, stand, submission
from tests.kit import answers


@pytest.fixture(autouse=True)
def survey(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    open_survey()


def test_a_token_is_kept_as_its_hash_only() -> None:
    token, stored = stand()

    assert tokens.find(token) == stored
    assert token not in stored.model_dump_json()


def test_a_token_belongs_to_a_survey_and_a_segment_that_exist() -> None:
    with pytest.raises(NotFoundError, match="survey_not_found"):
        tokens.create("nothing", "sp-01", "Caixa")
    with pytest.raises(NotFoundError, match="segment_not_found"):
        tokens.create("visit", "nowhere", "Caixa")


def test_a_period_ends_after_it_starts() -> None:
    with pytest.raises(InvalidError, match="token_period"):
        stand(starts_at=NOON, ends_at=NOON)


def test_a_store_link_is_answered_by_one_person_after_the_other() -> None:
    token, _ = stand()

    responses.submit(Door.STORE, token, submission(SUBMISSION_ID, nps=9))
    responses.submit(Door.STORE, token, submission(OTHER_ID, nps=2))

    page = answers.given()
    assert sorted(response.score or 0 for response in page) == [2, 9]
    assert {response.channel for response in page} == {"store"}
    assert {response.segment_path for response in page} == {("aurora", "sp", "sp-01")}
    assert {response.contact for response in page} == {""}


def test_an_answer_sent_twice_is_one_answer() -> None:
    token, _ = stand()

    first = responses.submit(Door.STORE, token, submission())
    second = responses.submit(Door.STORE, token, submission())

    assert second == first.changed(replayed=True)
    assert len(answers.given()) == 1


def test_t3_a_revoked_token_takes_nothing_more_but_repeats_an_old_receipt() -> None:
    token, stored = stand()
    receipt = responses.submit(Door.STORE, token, submission())
    tokens.revoke(stored.id)

    with pytest.raises(GoneError, match="link_revoked"):
        responses.submit(Door.STORE, token, submission(OTHER_ID))
    assert responses.submit(Door.STORE, token, submission()) == receipt.changed(replayed=True)


def test_revoking_twice_changes_nothing() -> None:
    _, stored = stand()

    assert tokens.revoke(stored.id) == tokens.revoke(stored.id)


def test_a_token_opens_at_its_start_and_shuts_at_its_end() -> None:
    token, _ = stand(starts_at=NOON + timedelta(hours=1), ends_at=NOON + timedelta(hours=2))

    with pytest.raises(ForbiddenError, match="link_early"):
        links.opened(Door.STORE, token)
    with clock.at(NOON + timedelta(hours=1, seconds=1)):
        assert links.opened(Door.STORE, token).version.survey == "visit"
    with clock.at(NOON + timedelta(hours=2)), pytest.raises(GoneError, match="link_expired"):
        links.opened(Door.STORE, token)


def test_a_token_of_one_kind_opens_nothing_of_the_other() -> None:
    token, _ = stand()

    with pytest.raises(NotFoundError, match="link_unknown"):
        links.opened(Door.INVITATION, token)


def test_the_tokens_of_a_segment_are_listed() -> None:
    stand()
    stand()

    assert [token.label for token in tokens.listing("sp-01").items] == ["Caixa 2", "Caixa 2"]
    assert tokens.listing("sp").items == ()
