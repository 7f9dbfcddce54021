from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, ids
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Invitation
from respond.app import app
from tests.conftest import NOON
from tests.functions.respondents import invite, open_survey, unsubscribe_token
from tests.kit import world

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    "multipart/form-data; boundary=x",
)


@pytest.fixture
def ana(aws: None, noon: datetime) -> Invitation:  # noqa: ARG001 - the store and the clock come first
    open_survey()
    return invite("Ana")[1]


def get(token: str, accept_language: str = "") -> HTTPResponse:
    return Client(app).http.get(f"/u/{token}", headers={"Accept": "text/html", "Accept-Language": accept_language})


def post(token: str, body: bytes = b"language=pt-BR", kind: str = FORM) -> HTTPResponse:
    return Client(app).http.post(f"/u/{token}", headers={"Content-Type": kind}, body=body)


def test_opening_the_link_asks_and_does_nothing(ana: Invitation) -> None:
    before = world.snapshot()

    page = get(unsubscribe_token(ana))

    assert page.status_code == 200
    assert "Não quero mais receber" in page.body.decode()
    assert "a•••@mail.example" in page.body.decode()
    assert "ana@mail.example" not in page.body.decode()
    assert world.snapshot() == before


def test_pressing_the_button_stops_the_mail(ana: Invitation) -> None:
    page = post(unsubscribe_token(ana))

    assert page.status_code == 200
    assert "não vai mais enviar convites" in page.body.decode()
    assert suppression.is_suppressed(Channel.EMAIL, "ana@mail.example")


@pytest.mark.parametrize(("body", "kind"), [(ONE_CLICK, FORM), MULTIPART, (ONE_CLICK, "text/plain")])
def test_one_click_in_the_mail_client_is_enough(ana: Invitation, body: bytes, kind: str) -> None:
    answer = post(unsubscribe_token(ana), body, kind)

    assert (answer.status_code, answer.body) == (200, b"OK")
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert suppression.is_suppressed(Channel.EMAIL, "ana@mail.example")


def test_doing_it_twice_is_done_once(ana: Invitation) -> None:
    post(unsubscribe_token(ana), ONE_CLICK)
    before = world.snapshot()

    assert post(unsubscribe_token(ana), ONE_CLICK).status_code == 200
    assert world.snapshot() == before


def test_t21_only_the_address_of_the_link_is_stopped(ana: Invitation) -> None:
    invite("Bruno")

    post(unsubscribe_token(ana), ONE_CLICK)

    assert not suppression.is_suppressed(Channel.EMAIL, "bruno@mail.example")
    assert not suppression.is_suppressed(Channel.SMS, "ana@mail.example")


def test_a_number_is_shown_by_its_last_digits(ana: Invitation) -> None:  # noqa: ARG001 - opens the survey
    _, carla = invite("Carla", channel=Channel.SMS, address="+5511987654321")

    page = get(unsubscribe_token(carla)).body.decode()

    assert "•••• 4321" in page
    assert "+5511987654321" not in page


def test_the_link_works_long_after_the_invitation_expired(ana: Invitation) -> None:
    with clock.at(NOON + timedelta(days=400)):
        assert post(unsubscribe_token(ana), ONE_CLICK).status_code == 200


def test_the_page_speaks_the_language_of_the_person(ana: Invitation) -> None:  # noqa: ARG001 - opens the survey
    _, elena = invite("Elena", language="es")

    assert "Dejar de recibir encuestas" in get(unsubscribe_token(elena), "en").body.decode()


@pytest.mark.parametrize(
    ("change", "heading"),
    [
        (lambda token: token[:-1], "O link chegou incompleto"),
        (lambda token: token[:26], "O link chegou incompleto"),
        (lambda token: token[1:], "O link chegou incompleto"),
        (lambda token: "a" * 26 + token[26:], "Não encontramos esta página"),
        (lambda token: token[:26] + ids.link_token(b"guess", "unsubscribe", token[:26]), "Não encontramos esta página"),
        (lambda token: token[:26] + ids.new_token(), "Não encontramos esta página"),
    ],
)
def test_a_link_that_we_did_not_make_does_nothing(ana: Invitation, change: Callable[[str], str], heading: str) -> None:
    answer = post(change(unsubscribe_token(ana)))

    assert answer.status_code == 404
    assert heading in answer.body.decode()
    assert not suppression.is_suppressed(Channel.EMAIL, "ana@mail.example")


def test_the_link_to_answer_does_not_unsubscribe(ana: Invitation) -> None:
    token, _ = invite("Bruno")

    assert post(token, ONE_CLICK).status_code == 404
    assert post(ana.id + token, ONE_CLICK).status_code == 404
