"""Somebody leaves a number after answering, and is called."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, ids, table
from escuta.errors import GoneError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import calls, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Call, Response, ResponseState, Standing
from escuta.outreach.model import Invitation
from respond.app import app
from tests.conftest import NOON
from tests.functions.respondents import (
    DRAFT,
    OTHER_ID,
    SUBMISSION_ID,
    intercept,
    invite,
    open_survey,
    stand,
    submission,
)
from tests.kit.faults import failing, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")
NUMBER = "+5511987654321"


def open_with_calls() -> None:
    open_survey()
    surveys.publish("visit", DRAFT.changed(call=True))


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """Return Ana's token; she has answered a survey that offers to call."""
    open_with_calls()
    token, _ = invite("Ana")
    responses.submit(Door.INVITATION, token, submission(nps=9, version=2))
    return token


def stored(response: str = SUBMISSION_ID) -> Response:
    return table.load(Response, Response.at(response), consistent=True)


def press(path: str, *, accept: str = "text/html", **fields: str) -> HTTPResponse:
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
    return Client(app).http.request("POST", f"{path}/call", headers=kind, body=urlencode(fields).encode())


@pytest.mark.parametrize(
    "typed", ["(11) 98765-4321", "+55 11 98765-4321", "0055 11 98765 4321", "11987654321", " 5511987654321 "]
)
def test_a_number_is_kept_with_the_answer_as_it_can_be_dialled(ana: str, typed: str) -> None:
    calls.ask(Door.INVITATION, ana, SUBMISSION_ID, typed)

    assert stored().call is not None
    assert stored().call == Call(at=stored().call.at, phone=NUMBER)  # type: ignore[union-attr] # just asserted
    assert (stored().answers, stored().rev) == ({"nps": 9}, 2)


def test_the_same_number_again_changes_nothing_and_another_one_replaces_it(ana: str) -> None:
    first = calls.ask(Door.INVITATION, ana, SUBMISSION_ID, "11 98765-4321")

    assert calls.ask(Door.INVITATION, ana, SUBMISSION_ID, NUMBER) == first == stored()
    second = calls.ask(Door.INVITATION, ana, SUBMISSION_ID, "+1 650 253 0000")
    assert second.call is not None
    assert (second.call.phone, second.rev) == ("+16502530000", first.rev + 1)


@pytest.mark.parametrize(
    "typed", ["", " ", "123", "11 1234", "+55 11 98765-432x", "+999 1234567", "1.19999E+10", "\u202e11987654321"]
)
def test_a_number_that_cannot_be_called_is_refused(ana: str, typed: str) -> None:
    with pytest.raises(InvalidError, match="call_phone"):
        calls.ask(Door.INVITATION, ana, SUBMISSION_ID, typed)
    assert stored().call is None


def test_somebody_at_a_counter_asks_through_the_link_on_the_counter() -> None:
    open_with_calls()
    counter, _ = stand()
    responses.submit(Door.STORE, counter, submission(OTHER_ID, nps=2, version=2))

    assert calls.ask(Door.STORE, counter, OTHER_ID, NUMBER).call == stored(OTHER_ID).call


def test_nobody_asks_for_an_answer_that_was_given_through_another_link(ana: str) -> None:
    bruno, _ = invite("Bruno")
    counter, _ = stand()
    site = intercept().id

    for door, token in ((Door.INVITATION, bruno), (Door.STORE, counter), (Door.INTERCEPT, site)):
        with pytest.raises(NotFoundError, match="call_unknown"):
            calls.ask(door, token, SUBMISSION_ID, NUMBER)
    with pytest.raises(NotFoundError, match="link_unknown"):
        calls.ask(Door.STORE, ana, SUBMISSION_ID, NUMBER)
    assert stored().call is None


def test_an_answer_that_is_not_there_or_was_deleted_calls_nobody(ana: str) -> None:
    with pytest.raises(NotFoundError, match="call_unknown"):
        calls.ask(Door.INVITATION, ana, OTHER_ID, NUMBER)
    table.save(stored().changed(state=ResponseState.DELETED))
    with pytest.raises(NotFoundError, match="call_unknown"):
        calls.ask(Door.INVITATION, ana, SUBMISSION_ID, NUMBER)


def test_r21_no_number_is_kept_of_a_person_whose_link_was_taken_back(ana: str) -> None:
    invitation = table.load(Invitation, Invitation.at(ids.token_key(ana)))
    table.save(invitation.changed(revoked_at=NOON))

    with pytest.raises(GoneError, match="link_revoked"):
        calls.ask(Door.INVITATION, ana, SUBMISSION_ID, NUMBER)
    assert stored().call is None


def test_a_survey_that_offers_no_call_takes_no_number() -> None:
    open_survey()
    token, _ = invite("Ana")
    responses.submit(Door.INVITATION, token, submission(nps=1))

    with pytest.raises(NotFoundError, match="call_unknown"):
        calls.ask(Door.INVITATION, token, SUBMISSION_ID, NUMBER)


def test_a_day_after_the_answer_it_is_too_late(ana: str) -> None:
    with clock.at(NOON + timedelta(hours=23, minutes=59)):
        calls.ask(Door.INVITATION, ana, SUBMISSION_ID, NUMBER)
    with clock.at(NOON + timedelta(hours=24, minutes=1)), pytest.raises(GoneError, match="call_late"):
        calls.ask(Door.INVITATION, ana, SUBMISSION_ID, "11 98765-0000")


def test_a_switch_made_at_the_same_moment_is_not_lost(ana: str) -> None:
    waiting = [lambda: table.save(stored().changed(standing=Standing.EXCLUDED))]

    def meanwhile(_: object) -> None:
        if waiting:
            waiting.pop()()

    with failing("PutItem", meanwhile):
        calls.ask(Door.INVITATION, ana, SUBMISSION_ID, NUMBER)

    assert stored().standing is Standing.EXCLUDED
    assert stored().call is not None


def faults_of(ask: Callable[[str], object]) -> list[str]:
    tokens: list[str] = []

    def prepare() -> None:
        surveys.version.cache_clear()
        open_with_calls()
        tokens[:] = [invite("Ana")[0]]
        responses.submit(Door.INVITATION, tokens[0], submission(nps=9, version=2))

    return survey_of_faults(prepare, lambda: ask(tokens[0]))


def test_a_number_is_kept_once_whatever_fails() -> None:
    assert faults_of(lambda token: calls.ask(Door.INVITATION, token, SUBMISSION_ID, NUMBER)) == []


def test_the_search_for_faults_catches_a_number_that_is_written_every_time() -> None:
    def careless(token: str) -> None:
        if not token:
            raise UnavailableError("store_unavailable")
        table.save(stored().changed(call=Call(at=clock.now(), phone=NUMBER)))

    assert any("after" in problem or "again" in problem for problem in faults_of(careless))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-BR", "Combinado. Vamos ligar para você."),
        ("en", "Thank you. We will call you."),
        ("es", "De acuerdo. Te llamaremos."),
    ],
)
def test_without_javascript_a_page_says_that_we_will_call(ana: str, language: str, words: str) -> None:
    answer = press(f"/s/{ana}", submission_id=SUBMISSION_ID, phone=NUMBER, language=language)

    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
    assert f"<h1>{words}</h1>" in answer.body.decode()
    assert stored().call is not None


def test_the_page_of_a_counter_leads_back_to_the_next_answer() -> None:
    open_with_calls()
    counter, _ = stand()
    responses.submit(Door.STORE, counter, submission(OTHER_ID, nps=2, version=2))

    page = press(f"/t/{counter}", submission_id=OTHER_ID, phone=NUMBER).body.decode()

    assert f'href="../{counter}"' in page


def test_a_wrong_number_comes_back_in_its_field_with_what_is_wrong(ana: str) -> None:
    answer = press(f"/s/{ana}", submission_id=SUBMISSION_ID, phone='<11 "98765', language="en")

    page = answer.body.decode()
    assert answer.status_code == 422
    assert 'value="&lt;11 &#34;98765"' in page
    assert 'aria-invalid="true" aria-describedby="wrong-phone"' in page
    assert "This number does not exist. Write it with its area code" in page
    assert f'action="../{ana}/call"' in page
    assert f'name="submission_id" value="{SUBMISSION_ID}"' in page


def test_a_program_gets_json_and_problem_documents(ana: str) -> None:
    done = press(f"/s/{ana}", accept="application/json", submission_id=SUBMISSION_ID, phone=NUMBER, language="en")
    wrong = press(f"/s/{ana}", accept="application/json", submission_id=SUBMISSION_ID, phone="1", language="en")

    assert json.loads(done.body) == {"id": SUBMISSION_ID, "title": "Thank you. We will call you."}
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (422, "application/problem+json")
    assert (json.loads(wrong.body)["code"], json.loads(wrong.body)["field"]) == ("call_phone", "phone")


@pytest.mark.parametrize(
    "fields",
    [
        {"submission_id": SUBMISSION_ID},
        {"phone": NUMBER},
        {"submission_id": "x", "phone": NUMBER},
        {"submission_id": SUBMISSION_ID, "phone": "1" * 65},
        {"submission_id": SUBMISSION_ID, "phone": NUMBER, "call": "me"},
    ],
)
def test_a_form_that_says_something_else_is_refused(ana: str, fields: dict[str, str]) -> None:
    assert press(f"/s/{ana}", **fields).status_code == 400
    assert stored().call is None


@pytest.mark.parametrize("code", ["call_unknown", "call_late"])
def test_a_refusal_is_a_page_in_words(ana: str, code: str) -> None:
    late = NOON + timedelta(hours=25 if code == "call_late" else 1)
    with clock.at(late):
        answer = press(f"/s/{ana}", submission_id=SUBMISSION_ID if code == "call_late" else OTHER_ID, phone=NUMBER)

    assert answer.status_code == (410 if code == "call_late" else 404)
    assert "<h1>" in answer.body.decode()
