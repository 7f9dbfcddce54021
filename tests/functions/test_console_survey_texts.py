"""The texts of a survey in two languages side by side, and the languages that it speaks."""

from datetime import datetime
from typing import Any

import pytest

from escuta.feedback import editing, surveys
from escuta.feedback.model import SurveyDraft
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, Browser, signed_in
from tests.functions.console_forms import Form, deliver, form, go, send, then, undo
from tests.functions.respondents import DRAFT

PAGE = "surveys/loja/texts"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    surveys.create("Visita", survey="loja")
    surveys.publish("loja", DRAFT)


def draft() -> SurveyDraft:
    return editing.current(surveys.get("loja")).definition


def keep(**changes: Any) -> None:
    editing.keep(editing.current(surveys.get("loja")), draft().changed(**changes), by="somebody")


def press(do: str, browser: Browser | None = None) -> Answer:
    """Press a button of a language; return the page after."""
    browser = browser or signed_in("helena")
    rev = str(editing.current(surveys.get("loja")).rev)
    sent = Form("/console/surveys/loja/languages", "post", [("csrf", browser.token()), ("rev", rev), ("do", do)])
    return then(browser, "x", deliver(browser, "x", sent))


def test_the_second_language_stands_beside_the_first() -> None:
    page = go(signed_in("helena"), PAGE).words
    assert "Textos em inglês" in page
    assert '<p class="source" lang="pt-BR">Você nos recomendaria?</p>' in page
    assert "Would you recommend us?</textarea>" in page
    assert page.count("Completo") == 2


def test_texts_of_one_language_are_written_together() -> None:
    browser = signed_in("helena")
    sent = form(go(browser, f"{PAGE}?lang=es"), "/texts")
    fields = [each for each in sent.fields if each[0] not in {"text:title", "text:questions[1].choices[0].text"}]
    fields += [("text:title", f" Tu compra {HOSTILE}"), ("text:questions[1].choices[0].text", "Los precios")]

    after = then(browser, PAGE, deliver(browser, PAGE, Form(sent.action, "post", fields)))

    assert "Salvo." in after.words
    assert HOSTILE not in after.text
    assert draft().title == {**DRAFT.title, "es": f"Tu compra {HOSTILE}"}
    assert draft().questions[1].choices[0].text["es"] == "Los precios"
    assert draft().questions[0] == DRAFT.questions[0]


def test_what_is_missing_or_out_of_date_is_marked_and_can_be_seen_alone() -> None:
    keep(title={"pt-BR": "Sua compra", "en": "Your visit", "es": ""})

    spanish = go(signed_in("helena"), f"{PAGE}?lang=es&only=open").words
    english = go(signed_in("helena"), f"{PAGE}?lang=en&only=open").words

    assert "falta 1 texto" in spanish
    assert spanish.count("<textarea") == 1
    assert "revisar: o original mudou" in english
    assert "1 texto a revisar" in english


def test_where_nothing_is_left_to_do_the_page_says_so() -> None:
    assert "Nada a fazer neste idioma" in go(signed_in("helena"), f"{PAGE}?lang=es&only=open").words


def test_a_language_is_taken_away_with_its_texts_and_comes_back_with_them() -> None:
    browser = signed_in("helena")
    after = press("drop:en", browser)
    assert draft().languages == ("pt-BR", "es")
    assert "en" not in draft().title
    assert "en" not in draft().questions[1].choices[0].text
    assert "Idioma retirado: inglês." in after.words
    undo(browser, after)
    assert draft() == DRAFT


def test_a_language_is_added_and_told_to_lack_its_texts() -> None:
    press("drop:es")
    after = press("add:es")
    assert draft().languages == ("pt-BR", "en", "es")
    assert "Faltam os textos." in after.words
    assert "faltam 9 textos" in after.words


def test_another_language_becomes_the_first() -> None:
    press("first:es")
    assert draft().languages == ("es", "pt-BR", "en")
    assert draft().title == DRAFT.title


@pytest.mark.parametrize("do", ["drop:fr", "add:", "eat:en", ""])
def test_only_what_there_is_can_be_pressed(do: str) -> None:
    browser = signed_in("helena")
    said = [("csrf", browser.token()), ("rev", "0"), ("do", do)]
    assert deliver(browser, "x", Form("/console/surveys/loja/languages", "post", said)).status == 422
    assert draft() == DRAFT


def test_the_last_language_stays() -> None:
    keep(languages=("pt-BR",))
    browser = signed_in("helena")
    said = [("csrf", browser.token()), ("rev", "1"), ("do", "drop:pt-BR")]
    assert deliver(browser, "x", Form("/console/surveys/loja/languages", "post", said)).status == 422
    assert draft().languages == ("pt-BR",)


def test_a_text_at_a_place_that_is_not_there_is_not_written() -> None:
    browser = signed_in("helena")
    answer = send(browser, PAGE, "/texts", **{"text:questions[9].text": "x", "text:layout": "steps"})
    assert answer.status == 303
    assert draft() == DRAFT


def test_who_may_only_read_sees_the_texts_and_cannot_send_them() -> None:
    browser = signed_in("davi")
    page = go(browser, PAGE).words
    assert "Would you recommend us?" in page
    assert "data-save" not in page
    assert send(browser, PAGE, "/texts").status == 403


def test_who_is_overtaken_is_told_and_keeps_what_was_typed() -> None:
    browser = signed_in("helena")
    stood = form(go(browser, PAGE), "/texts")
    keep(layout="steps")
    answer = deliver(browser, PAGE, stood, **{"text:title": "Typed meanwhile"})
    assert answer.status == 412
    assert "Typed meanwhile</textarea>" in answer.words
    assert 'role="alert"' in answer.words
