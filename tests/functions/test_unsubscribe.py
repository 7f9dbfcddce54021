"""The link at the end of a message: looking, saying no, and taking it back."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, ids, table
from escuta.feedback import surveys
from escuta.feedback.model import Survey
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Invitation
from respond.app import app
from tests.conftest import NOON
from tests.functions.browsing import words
from tests.functions.respondents import DRAFT, invite, open_survey, unsubscribe_token
from tests.kit import outbox, world
from tests.kit.faults import failing, throttled

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


def undo(token: str) -> HTTPResponse:
    return post(f"{token}/undo")


def closed(survey: str = "visit", address: str = "ana@mail.example") -> list[str]:
    return [found.cause for found in suppression.standing(Channel.EMAIL, address, survey)]


def actions(page: HTTPResponse) -> list[str]:
    return re.findall(r'<form[^>]* action="([^"]+)"', page.body.decode())


def test_opening_the_link_asks_and_does_nothing(ana: Invitation) -> None:
    before = world.snapshot()

    page = get(unsubscribe_token(ana))

    assert page.status_code == 200
    assert "Não quero mais receber" in page.body.decode()
    assert "a•••@mail.example" in page.body.decode()
    assert "ana@mail.example" not in page.body.decode()
    assert world.snapshot() == before


def test_a_survey_is_called_by_its_title_and_not_by_the_fields_in_it(ana: Invitation) -> None:
    titles = dict.fromkeys(DRAFT.languages, "{{ organisation }} quer ouvir você")
    surveys.publish("visit", DRAFT.changed(title=titles))

    page = get(unsubscribe_token(ana), "pt-BR").body.decode()

    assert "<bdi>Lojas Aurora quer ouvir você</bdi>" in page


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


def test_the_page_offers_this_survey_or_everything_and_everything_is_chosen(ana: Invitation) -> None:
    page = get(unsubscribe_token(ana))

    assert re.findall(r'name="scope" value="(\w+)"( checked)?', page.body.decode()) == [
        ("everything", " checked"),
        ("survey", ""),
    ]
    assert "Só esta pesquisa: Sua visita" in words(page)


def test_a_no_to_this_survey_leaves_the_others(ana: Invitation) -> None:
    page = post(unsubscribe_token(ana), b"language=pt-BR&scope=survey")

    assert "não vai mais enviar esta pesquisa para este endereço: a•••@mail.example" in words(page)
    assert "Esta pesquisa: Sua visita Você não recebe Outras pesquisas de Lojas Aurora Você recebe" in words(page)
    assert (closed("visit"), closed("party")) == (["unsubscribe_survey"], [])


@pytest.mark.parametrize(
    "body", [b"scope=everything", b"scope=nonsense", b"scope=survey&scope=everything", b"", b"\xff"]
)
def test_whatever_else_is_sent_means_everything(ana: Invitation, body: bytes) -> None:
    assert post(unsubscribe_token(ana), body).status_code == 200
    assert closed("party") == ["unsubscribe"]


def test_one_click_means_everything_although_the_page_offers_less(ana: Invitation) -> None:
    post(unsubscribe_token(ana), ONE_CLICK)

    assert closed("party") == ["unsubscribe"]


def test_a_no_to_this_survey_can_grow_to_everything(ana: Invitation) -> None:
    token = unsubscribe_token(ana)
    post(token, b"scope=survey")

    page = get(token)
    assert "O que você recebe" in words(page)
    assert actions(page) == [f"{token}/undo", token, f"{token}/privacy"]

    assert "Outras pesquisas de Lojas Aurora Você não recebe" in words(post(token))
    assert closed("party") == ["unsubscribe"]


def test_t21_whoever_pressed_by_mistake_is_offered_to_undo_it_and_no_mail_goes_out(ana: Invitation) -> None:
    token = unsubscribe_token(ana)
    assert actions(post(token)) == [f"{token}/undo", f"{token}/privacy"]
    assert actions(get(token)) == [f"{token}/undo", f"{token}/privacy"]

    page = undo(token)

    assert page.status_code == 200
    assert "foi desfeito, para este endereço: a•••@mail.example" in words(page)
    assert f'href="../{token}?lang=pt-BR">Mudar o que recebo</a>' in page.body.decode()
    assert actions(page) == [f"../{token}/privacy"]
    assert closed() == []
    assert outbox.mails() == []


def test_undoing_takes_both_back_and_only_of_this_survey(ana: Invitation) -> None:
    token = unsubscribe_token(ana)
    suppression.add(Channel.EMAIL, "ana@mail.example", "unsubscribe", scope="party")
    post(token, b"scope=survey")
    post(token)

    undo(token)

    assert (closed("visit"), closed("party")) == ([], ["unsubscribe_survey"])


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("bounce", "uma mensagem anterior voltou"),
        ("complaint", "marcada como spam"),
        ("stop", "respondeu SAIR"),
        ("manual", "o bloqueou"),
    ],
)
def test_what_a_mail_service_told_is_said_and_cannot_be_undone(ana: Invitation, reason: str, said: str) -> None:
    token = unsubscribe_token(ana)
    post(token)
    suppression.add(Channel.EMAIL, "ana@mail.example", reason)

    assert said in words(get(token))
    assert actions(get(token)) == [f"{token}/privacy"]
    assert said in words(undo(token))
    assert closed() == [reason]


def test_undoing_what_was_never_done_changes_nothing(ana: Invitation) -> None:
    before = world.snapshot()

    assert undo(unsubscribe_token(ana)).status_code == 200
    assert world.snapshot() == before


def test_the_page_still_says_no_when_the_survey_is_gone(ana: Invitation) -> None:
    table.delete(Survey, Survey.at("visit"))

    page = get(unsubscribe_token(ana))
    assert page.status_code == 200
    assert 'name="scope"' not in page.body.decode()
    assert "Pesquisas de Lojas Aurora Você não recebe" in words(post(unsubscribe_token(ana)))


def test_a_store_that_is_down_says_so_and_can_be_asked_again(ana: Invitation) -> None:
    token = unsubscribe_token(ana)

    with failing("TransactWriteItems", lambda _sent: throttled("dynamodb", "TransactWriteItems")):
        page = post(token, b"language=en&scope=survey")

    assert page.status_code == 503
    assert re.findall(r'name="(\w+)" value="(\w+)"', page.body.decode()) == [("language", "en"), ("scope", "survey")]
    assert '<form method="post">' in page.body.decode()
    assert closed() == []


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
@pytest.mark.parametrize("action", ["", "/undo", "/privacy"])
def test_a_link_that_we_did_not_make_does_nothing(
    ana: Invitation, change: Callable[[str], str], heading: str, action: str
) -> None:
    suppression.add(Channel.EMAIL, "ana@mail.example", "unsubscribe", scope="visit")
    before = world.snapshot()

    answer = post(change(unsubscribe_token(ana)) + action, b"wants=erase")

    assert answer.status_code == 404
    assert heading in answer.body.decode()
    assert world.snapshot() == before


def test_the_link_to_answer_does_not_unsubscribe(ana: Invitation) -> None:
    token, _ = invite("Bruno")

    assert post(token, ONE_CLICK).status_code == 404
    assert post(ana.id + token, ONE_CLICK).status_code == 404
