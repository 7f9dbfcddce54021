"""Templates in the console: which there are by language, one of them beside what it says, tests to oneself, undone."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest

from escuta.feedback import surveys
from escuta.outreach import templates
from escuta.outreach.model import Channel, Template
from tests.conftest import NOON
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, signed_in
from tests.functions.console_forms import form, go, send, then, undo
from tests.functions.respondents import DRAFT

HOME = "deploy/templates?survey=loja"
MAIL = "deploy/templates/loja?channel=email&language=pt-BR"
SMS = "deploy/templates/loja?channel=sms&language=pt-BR"
GOOD = (
    '<p>Olá {{ first_name | default("cliente") }}</p><a href="{{ link }}">Ir</a> <a href="{{ unsubscribe }}">Sair</a>'
)


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    surveys.create("Visita", survey="loja")
    surveys.publish("loja", DRAFT)


def read(answer: Answer) -> str:
    """Return what a page says, without its marks."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def kept() -> list[Template]:
    return list(templates.listing("loja"))


def store(text: str = "Oi {{ link }}", language: str = "pt-BR", **words: object) -> Template:
    return templates.save(Template(survey="loja", channel=Channel.SMS, language=language, text=text, **words))  # type: ignore[arg-type] # by name


def test_a_survey_without_words_of_its_own_shows_what_goes_out_instead() -> None:
    page = read(go(signed_in("helena"), HOME))
    assert "Convite por e-mail Vale o texto padrão Escrever" in page
    assert "Lembrete por SMS" in page
    assert "falta" not in page


def test_missing_and_stale_translations_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    store(language="en")
    monkeypatch.setattr("escuta.clock.now", lambda: NOON + timedelta(hours=1))
    store()
    page = read(go(signed_in("helena"), HOME))
    assert "Convite por SMS Texto próprio agora Texto próprio revisar: o original mudou" in page
    assert page.count("falta") == 1
    assert "O texto no idioma principal mudou depois deste." in read(
        go(signed_in("helena"), "deploy/templates/loja?channel=sms&language=en")
    )


def test_the_first_words_are_kept_and_taken_back() -> None:
    helena = signed_in("helena")
    assert "Esta pesquisa ainda usa o texto padrão" in read(go(helena, MAIL))

    page = then(helena, MAIL, send(helena, MAIL, "templates/loja", subject="Como foi?", html=GOOD, text=""))
    assert [(each.channel, each.language, each.subject) for each in kept()] == [("email", "pt-BR", "Como foi?")]
    assert "Texto próprio" in read(page)

    undo(helena, page)
    assert kept() == []


def test_a_change_is_taken_back_to_the_words_before() -> None:
    store()
    helena = signed_in("helena")
    page = then(helena, SMS, send(helena, SMS, "templates/loja", text="Olá! {{ link }}", most_parts="3"))
    assert (kept()[0].text, kept()[0].most_parts) == ("Olá! {{ link }}", 3)

    undo(helena, page)
    assert (kept()[0].text, kept()[0].most_parts) == ("Oi {{ link }}", 2)


def test_words_that_cannot_be_sent_are_refused_with_their_place_and_stay_in_the_field() -> None:
    helena = signed_in("helena")
    answer = send(helena, SMS, "templates/loja", text=f"{HOSTILE} {{{{ nobody }}}}")
    assert (answer.status, kept()) == (422, [])
    assert "Mensagem, linha 1, posição" in read(answer)
    assert 'id="text-fault"' in answer.text
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_who_was_overtaken_keeps_what_was_typed() -> None:
    store()
    helena = signed_in("helena")
    sent = dict(form(go(helena, SMS), "templates/loja").fields) | {"text": "Minha {{ link }}"}
    templates.save(kept()[0].changed(text="Outra {{ link }}"))

    answer = helena.post("/console/deploy/templates/loja", sent)

    assert answer.status == 412
    assert "Minha {{ link }}" in read(answer)
    assert kept()[0].text == "Outra {{ link }}"


def test_two_who_begin_the_same_template_do_not_overwrite_each_other() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, SMS), "templates/loja").fields)
    store("Antes {{ link }}")
    assert helena.post("/console/deploy/templates/loja", sent).status == 412
    assert kept()[0].text == "Antes {{ link }}"


def test_what_is_typed_is_shown_with_its_parts_and_that_no_price_is_known_and_nothing_is_kept() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, SMS), "templates/loja").fields) | {"text": "Oi {{ first_name }}! {{ link }} 😀"}
    answer = helena.post("/console/deploy/templates/loja/look", sent, HX_Request="true")
    said = read(answer)
    assert "<html" not in answer.text
    assert "Oi Ana!" in said
    assert "Partes 2 / 2" in said
    assert "Ainda não há preço de SMS para este país." in said
    assert "Alfabeto UCS-2" in said
    assert kept() == []


def test_without_a_script_the_page_comes_back_with_what_was_typed() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, SMS), "templates/loja").fields) | {"text": "Uma linha {{ link }}"}
    answer = helena.post("/console/deploy/templates/loja/look", sent)
    assert "<html" in answer.text
    assert read(answer).count("Uma linha") == 2


def test_a_mail_is_a_document_that_may_do_nothing() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, MAIL), "templates/loja").fields) | {"html": GOOD + HOSTILE}
    answers = (
        helena.post("/console/deploy/templates/loja/mail", sent),
        helena.get("/console/deploy/templates/loja/mail", channel="email", language="pt-BR"),
    )
    for answer in answers:
        policy = answer.header("content-security-policy")
        assert policy.startswith("sandbox")
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "<script" not in answer.text
    assert "Olá Ana" in answers[0].text


def test_a_template_with_a_name_begins_with_the_words_that_go_out_in_its_place() -> None:
    store("Oi do principal {{ link }}")
    helena = signed_in("helena")
    named = f"{SMS}&name=vip"
    page = go(helena, named)
    assert "Este modelo ainda não tem texto neste idioma." in read(page)
    assert "Oi do principal" in read(page)

    then(helena, named, send(helena, named, "templates/loja", text="VIP {{ link }}"))

    assert {each.name: each.text for each in kept()} == {"": "Oi do principal {{ link }}", "vip": "VIP {{ link }}"}
    assert "vip Convite por SMS Texto próprio" in read(go(helena, HOME))


def test_a_name_that_cannot_be_one_is_refused() -> None:
    helena = signed_in("helena")
    path = f"{SMS}&name=Olá%20Mundo"
    assert send(helena, path, "templates/loja", text="VIP {{ link }}").status in {400, 422}
    assert kept() == []


def test_a_template_is_deleted_and_put_back() -> None:
    store(accents="plain")
    helena = signed_in("helena")
    page = then(helena, SMS, send(helena, SMS, "/delete"))
    assert kept() == []
    assert "Modelo excluído." in read(page)

    undo(helena, page)
    assert [(each.text, each.accents) for each in kept()] == [("Oi {{ link }}", "plain")]


def test_words_too_long_for_a_note_are_asked_about_before_they_are_deleted() -> None:
    numbers = " ".join(str(number * 7919 % 100_003) for number in range(1_200))
    templates.save(
        Template(survey="loja", channel=Channel.EMAIL, language="pt-BR", subject="Oi", html=f"<p>{numbers}</p>{GOOD}")
    )
    assert "data-confirm" in go(signed_in("helena"), MAIL).text.partition('id="template"')[0]


def test_a_test_goes_to_addresses_of_ones_own_with_what_is_typed() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, MAIL), "templates/loja").fields)
    sent |= {"subject": "Assunto novo", "html": GOOD, "to": "ana@aurora.example, helena@aurora.example"}

    answer = helena.post("/console/deploy/templates/loja/test", sent)

    assert answer.status == 200
    assert "Enviado para ana@aurora.example" in read(answer)
    assert "Enviado para helena@aurora.example" in read(answer)
    assert 'value="Assunto novo"' in answer.text
    assert kept() == []


@pytest.mark.parametrize("to", ["", "ninguém", "a@b.example," * 6], ids=["nobody", "no address", "too many"])
def test_a_test_to_what_is_no_address_is_refused_beside_the_field(to: str) -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, MAIL), "templates/loja").fields) | {"to": to}
    answer = helena.post("/console/deploy/templates/loja/test", sent)
    assert answer.status in {400, 422}
    assert 'id="to-fault"' in answer.text


@pytest.mark.parametrize("name", ["davi", "bruno"])
def test_who_may_only_read_sees_the_words_and_can_change_none(name: str) -> None:
    store()
    browser = signed_in(name)
    page = go(browser, SMS)
    assert "Oi {{ link }}" in read(page)
    assert "data-save" not in page.text
    said = {
        "csrf": browser.token(),
        "channel": "sms",
        "language": "pt-BR",
        "name": "",
        "rev": "1",
        "text": "{{ link }}",
    }
    for path in ("", "/delete", "/restore", "/test"):
        answer = browser.post(f"/console/deploy/templates/loja{path}", {**said, "to": "+5511999990000"})
        assert answer.status == 403
    assert kept()[0].text == "Oi {{ link }}"


def test_a_page_without_a_survey_says_where_to_begin() -> None:
    surveys.move("visit", "closed")  # type: ignore[arg-type] # by its name
    for each in ("visit", "loja"):
        head = surveys.get(each)
        if head.status == "live":
            head = surveys.move(each, "closed")  # type: ignore[arg-type] # by its name
        surveys.delete(head)
    assert "Nenhuma pesquisa ainda" in read(go(signed_in("helena"), "deploy/templates"))


@pytest.mark.parametrize("query", ["channel=fax", "language=fr"])
def test_a_channel_or_language_that_there_is_not_has_no_page(query: str) -> None:
    assert go(signed_in("helena"), f"deploy/templates/loja?{query}").status in {400, 404, 422}
