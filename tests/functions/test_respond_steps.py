"""Walking through a survey without JavaScript: the server shows the step that fits, and stores nothing on the way."""

import re
from datetime import datetime
from html import unescape

import pytest
from chalice.test import HTTPResponse

from escuta import table
from escuta.directory.model import Product
from escuta.feedback import responses, surveys, tokens
from escuta.feedback.model import Layout, TokenKind
from tests.functions.browsing import checked, get, post, words
from tests.functions.respondents import invite, open_survey
from tests.kit import questionnaire, world

STEPS = {"version": "2"}


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The path of Ana's link, whose survey is walked step by step."""
    open_survey()
    surveys.publish("visit", questionnaire.draft(layout=Layout.STEPS))
    return f"/s/{invite('Ana')[0]}"


def shown(page: HTTPResponse) -> list[str]:
    """Return the questions that somebody without JavaScript sees."""
    visible = re.sub(r"<template.*?</template>", "", page.body.decode(), flags=re.DOTALL)
    return re.findall(r'data-q="([^"]+)"', visible)


def sent(page: HTTPResponse) -> dict[str, str]:
    """Return the hidden fields that the next press sends along."""
    visible = re.sub(r"<template.*?</template>", "", page.body.decode(), flags=re.DOTALL)
    return {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', visible)
    }


def button(page: HTTPResponse) -> str:
    """Return what the big button does."""
    (value,) = re.findall(r'name="go" value="(\w+)" id="go"', page.body.decode())
    return str(value)


def press(path: str, page: HTTPResponse, go: str, **fields: str) -> HTTPResponse:
    return post(path, **{**sent(page), "go": go, **fields})


def test_the_first_step_asks_one_question_and_says_how_far_it_is(ana: str) -> None:
    page = get(ana)

    assert shown(page) == ["nps"]
    assert button(page) == "next"
    assert "Pergunta 1 de cerca de 7" in words(page)


def test_each_press_carries_what_was_answered_before_and_stores_nothing(ana: str) -> None:
    before = world.snapshot()

    page = press(ana, get(ana), "next", **{"n.nps": "3"})

    assert shown(page) == ["reasons"]
    assert "O que deu errado?" in words(page)
    assert sent(page)["n.nps"] == "3"
    assert world.snapshot() == before


def test_the_way_back_shows_what_was_answered(ana: str) -> None:
    page = press(ana, get(ana), "next", **{"n.nps": "3"})
    page = press(ana, page, "back", **{"c.reasons.queue": "yes"})

    assert shown(page) == ["nps"]
    assert 'value="3" required checked' in page.body.decode()
    assert sent(page)["c.reasons.queue"] == "yes"


def test_another_language_changes_the_words_alone(ana: str) -> None:
    page = press(ana, get(ana), "next", **{"n.nps": "3"})
    page = press(f"{ana}?lang=en", page, "language", **{"c.reasons.queue": "yes"})

    assert shown(page) == ["reasons"]
    assert "What went wrong?" in words(page)
    assert 'name="c.reasons.queue" value="yes" id' not in page.body.decode()
    assert "c.reasons.queue" in checked(page)
    assert sent(page)["language"] == "en"


def test_a_step_that_must_be_answered_says_so_and_stays(ana: str) -> None:
    page = press(ana, get(ana), "next")

    assert page.status_code == 422
    assert shown(page) == ["nps"]
    assert '<a href="#f-nps">' in page.body.decode()


def test_what_is_not_asked_of_somebody_is_passed_over(ana: str) -> None:
    page = press(ana, get(ana), "next", **{"n.nps": "10"})
    walked = []
    while button(page) == "next":
        walked += shown(page)
        page = press(ana, page, "next", **({"o.how": "store"} if shown(page) == ["how"] else {}))

    assert walked == ["reasons", "clean", "csat", "ces", "again", "how", "note"]
    assert shown(page) == ["comment"]

    assert "Que bom saber disso!" in words(press(ana, page, "send", **{"t.comment": "Ótimo"}))
    assert responses.get(sent(page)["submission_id"]).answers == {"nps": 10, "how": "store", "comment": "Ótimo"}


def test_a_question_that_comes_last_for_some_is_never_cut_off(ana: str) -> None:
    page = post(ana, **{**STEPS, "at": "comment", "go": "next", "n.nps": "9", "o.how": "store"})

    assert shown(page) == []
    assert button(page) == "send"
    assert "Era isso. Falta só enviar sua resposta." in words(page)


def test_on_one_page_what_hangs_on_an_answer_waits_for_it(ana: str) -> None:
    surveys.publish("visit", questionnaire.draft())

    page = get(ana)
    assert shown(page) == ["nps"]

    page = press(ana, page, "next", **{"n.nps": "2"})
    assert shown(page) == ["reasons", "clean", "csat", "ces", "again", "how", "note", "comment", "who"]
    assert re.search(r'name="n.csat" value="1" id="f-csat" required', page.body.decode())
    assert button(page) == "send"


def test_a_wrong_answer_at_the_end_brings_back_its_question_with_all_the_others(ana: str) -> None:
    page = post(ana, **{**STEPS, "go": "send", "n.nps": "2", "n.csat": "9", "o.how": "store", "t.comment": "Fila."})

    assert page.status_code == 422
    assert shown(page) == ["csat"]
    assert sent(page) | {"n.nps": "2", "o.how": "store", "t.comment": "Fila."} == sent(page)

    assert press(ana, page, "send", **{"n.csat": "1"}).status_code == 200


def test_a_step_of_a_version_that_does_not_exist_is_refused(ana: str) -> None:
    assert post(ana, go="next", version="9").status_code == 422


def test_what_a_link_asks_besides_keeps_its_capitals(ana: str) -> None:  # noqa: ARG001 - opens the survey
    token, _ = tokens.create(
        "visit", "sp-01", "Caixa", type=TokenKind.TRANSACTIONAL, asks=("email", "custom.cartão_VIP")
    )

    assert "E-mail Cartão VIP" in words(get(f"/t/{token}"))


def test_a_link_that_asks_who_answers_asks_first(ana: str) -> None:  # noqa: ARG001 - opens the survey
    table.put(Product(code="lamp", name="Luminária"))
    token, _ = tokens.create(
        "visit", "sp-01", "Caixa", type=TokenKind.TRANSACTIONAL, asks=("name", "email", "product", "custom.shoe_size")
    )
    path = f"/t/{token}"
    page = get(path)
    assert shown(page) == ["-who"]
    assert "Quem está respondendo? Nome E-mail Produto Shoe size" in words(page)

    said = {"a.name": "Ana", "a.email": "ana", "a.product": "lamp", "a.custom.shoe_size": "37"}
    page = press(path, page, "next", **said)
    assert page.status_code == 422
    assert shown(page) == ["-who"]
    assert 'value="ana"' in page.body.decode()

    page = press(path, page, "next", **{**said, "a.email": "ana@mail.example"})
    assert shown(page) == ["nps"]
    assert sent(page)["a.email"] == "ana@mail.example"
