"""The console's menu Deploy: trying out and starting a sending, watching it, links of places, websites, exports."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Consent
from escuta.outreach import deployments
from escuta.outreach.model import DeploymentState
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, Browser, signed_in
from tests.functions.senders import Line
from tests.kit import factories

DRAFT = {
    "name": "Visitas de março",
    "survey": "visit",
    "audience": "segments",
    "segments": "sul",
    "strategy": "email",
    "send.when": "now",
    "expires_after_days": "15",
    "remind.times": "2",
    "remind.every_days": "3",
    "remind.hour": "18:00",
}
TOKEN = {"survey": "visit", "segment": "poa", "label": "Caixa 1", "type": "anonymous"}


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    table.put(factories.version())
    table.put_many(
        factories.contact(name, segment="poa", consent=consent)
        for name, consent in (("Ana", Consent.CONSENT), ("Caio", Consent.CONSENT), ("Eva", Consent.DENIED))
    )


def send(browser: Browser, path: str, fields: dict[str, str] | None = None, *, call: str = "") -> Answer:
    """Send a form as its page would."""
    said = {"csrf": browser.token(), **(fields or {}), **({"call": call} if call else {})}
    return browser.post(f"/console/deploy/{path}", said)


def place(answer: Answer) -> str:
    """Return the page that a form leads to, below the menu."""
    assert answer.status == 303, re.findall(r'class="fault"[^>]*>(.*?)</p>', answer.words)
    return answer.header("location").partition("console/deploy/")[2]


def words(browser: Browser, path: str, **query: str) -> str:
    answer = browser.get(f"/console/deploy/{path}", **query)
    assert answer.status == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def rev(browser: Browser, path: str) -> dict[str, str]:
    """Return the revision that a page was made from."""
    return {"rev": re.findall(r'name="rev" value="(\d+)"', browser.get(f"/console/deploy/{path}").text)[0]}


def tried() -> tuple[Browser, str]:
    helena = signed_in("helena")
    run = place(send(helena, "distribute/new", DRAFT, call="try-1"))
    Line().run()
    return helena, run


def started() -> tuple[Browser, str]:
    helena, run = tried()
    return helena, place(send(helena, run))


def test_a_sending_is_tried_out_before_anybody_is_written_to() -> None:
    helena, run = tried()
    page = words(helena, run)
    assert "Recebem 2" in page
    assert "Ficam de fora 1" in page
    assert "A pessoa não autorizou o contato." in page
    assert "2 lembretes, a cada 3 dias, às 18:00" in page
    assert deployments.listing(limit=10).items == ()


def test_a_dry_run_shows_real_people_with_their_messages() -> None:
    helena, run = tried()
    page = words(helena, run)
    assert "Ana" in page
    assert "ana@example.com" in page
    assert helena.get(f"/console/deploy/{run}").text.count('class="letter email"') == 2


def test_a_sending_is_started_once_however_often_the_button_is_pressed() -> None:
    helena, run = tried()
    first, again = place(send(helena, run)), place(send(helena, run))
    assert first == again
    assert len(deployments.listing(limit=10).items) == 1
    assert "“Visitas de março” começou." in words(helena, first)


def test_a_draft_that_cannot_be_comes_back_with_what_was_typed_and_the_words_beside_the_field() -> None:
    answer = send(signed_in("helena"), "distribute/new", {**DRAFT, "name": "  ", "remind.every_days": "99"})
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'value="99"' in answer.text
    assert re.search(r'name="segments" value="sul" checked', answer.text)


def test_people_are_named_by_what_is_known_of_them() -> None:
    helena = signed_in("helena")
    named = {**DRAFT, "audience": "contacts", "people": "ana@example.com\nninguem@example.com"}
    refused = send(helena, "distribute/new", named)
    assert "Não encontramos exatamente uma pessoa para: ninguem@example.com" in refused.words
    run = place(send(helena, "distribute/new", {**named, "people": "ana@example.com"}))
    Line().run()
    assert "Pessoas 1" in words(helena, run)


def test_a_dry_run_and_a_sending_can_be_taken_up_again_in_the_form() -> None:
    helena, sending = started()
    identity = sending.rpartition("/")[2]
    page = helena.get("/console/deploy/distribute/new", of=identity).text
    assert 'value="Cópia de Visitas de março"' in page
    assert re.search(r'name="segments" value="sul" checked', page)
    assert re.search(r'value="18:00"', page)


def test_a_sending_is_paused_and_the_pause_is_undone() -> None:
    helena, sending = started()
    send(helena, f"{sending}/state", {"state": "paused"})
    identity = sending.rpartition("/")[2]
    assert deployments.get(identity).state is DeploymentState.PAUSED
    page = helena.get(f"/console/deploy/{sending}").text
    assert re.search(r'name="state" value="running"><button data-undo', page)
    send(helena, f"{sending}/state", {"state": "running"})
    assert deployments.get(identity).state is not DeploymentState.PAUSED


def test_who_cancels_is_told_what_that_ends() -> None:
    helena, sending = started()
    assert "Cancelar para sempre?" in words_of_questions(helena, sending)
    send(helena, f"{sending}/state", {"state": "cancelled"})
    assert "cancelado" in words(helena, sending)


def words_of_questions(browser: Browser, path: str) -> str:
    found: list[str] = re.findall(r'data-confirm="([^"]*)"', browser.get(f"/console/deploy/{path}").text)
    return unescape(" ".join(found))


def test_who_is_overtaken_is_told_and_keeps_what_was_typed() -> None:
    helena, sending = started()
    before = rev(helena, sending)
    send(helena, f"{sending}/state", {"state": "paused"})
    edit = {"name": "Outro nome", "expires_after_days": "20", "remind.times": "2", "remind.every_days": "3"}
    answer = send(helena, sending, {**edit, "remind.hour": "18:00", **before})
    assert answer.status == 412
    assert 'value="Outro nome"' in answer.text
    now = {"rev": re.findall(r'name="rev" value="(\d+)"', answer.text)[0]}  # who has been told may go on
    place(send(helena, sending, {**edit, "remind.hour": "18:00", **now}))
    assert "Outro nome" in words(helena, sending)


def test_the_history_goes_down_to_the_way_of_one_person() -> None:
    helena, sending = started()
    Line().run()
    assert re.search(r"Visitas de março.*Convites|Convites.*Visitas de março", words(helena, "history"))
    people = helena.get(f"/console/deploy/{sending}/people").text
    assert "A pessoa não autorizou o contato." in people
    way = re.findall(r'href="[^"]*console/deploy/(history/[^"]+/people/[^"]+)"', people)
    pages = [words(helena, each) for each in dict.fromkeys(way)]
    assert len(pages) == 3
    assert sum("Enviado" in page for page in pages) == 2
    assert sum("Não convidado" in page for page in pages) == 1


def test_a_link_of_a_place_is_made_once_when_its_form_is_sent_twice() -> None:
    bruno = signed_in("bruno")
    first, again = (place(send(bruno, "tokens/new", TOKEN, call="twice")) for _ in range(2))
    assert first == again
    page = bruno.get(f"/console/deploy/{first}").text
    assert "Caixa 1" in page
    assert "<svg" in page
    assert bruno.get(f"/console/deploy/{first}/poster").text.startswith("<!doctype html>")
    assert bruno.get(f"/console/deploy/{first}/qr.svg").header("content-type") == "image/svg+xml"


def test_a_manager_sees_and_makes_links_of_the_own_places_alone() -> None:
    helena, bruno = signed_in("helena"), signed_in("bruno")
    place(send(helena, "tokens/new", {**TOKEN, "segment": "santos", "label": "De Santos"}))
    place(send(helena, "tokens/new", TOKEN))
    page = words(bruno, "tokens")
    assert "Caixa 1" in page
    assert "De Santos" not in page
    assert send(bruno, "tokens/new", {**TOKEN, "segment": "santos"}).status == 404


def test_a_link_is_changed_and_the_change_is_undone() -> None:
    helena = signed_in("helena")
    token = place(send(helena, "tokens/new", TOKEN))
    change = {**rev(helena, f"{token}/edit"), "label": "Entrada", "quota": "10"}
    place(send(helena, f"{token}/edit", change))
    page = helena.get(f"/console/deploy/{token}")
    assert "Entrada" in page.text
    undo = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text.partition('class="toast"')[2]))
    place(send(helena, f"{token}/edit", undo))
    assert "Caixa 1" in words(helena, token)


def test_a_link_is_replaced_and_closed_with_its_consequences_told() -> None:
    helena = signed_in("helena")
    token = place(send(helena, "tokens/new", TOKEN))
    before = re.findall(r'data-copy="([^"]+)"', helena.get(f"/console/deploy/{token}").text)[0]
    assert "já impressos deixam de abrir" in words_of_questions(helena, token)
    send(helena, f"{token}/rotate", {"turn": "1"})
    send(helena, f"{token}/rotate", {"turn": "1"})  # twice: replaced once
    page = helena.get(f"/console/deploy/{token}").text
    assert before not in page
    assert "o link já foi trocado 1 vez" in page
    send(helena, f"{token}/revoke", rev(helena, token))
    assert "encerrado" in words(helena, token)


def test_many_links_are_made_at_once_and_each_says_what_became_of_it() -> None:
    helena = signed_in("helena")
    answer = send(helena, "tokens/batch", {"survey": "visit", "segments": "poa", "labels": "Caixa 1\nCaixa 2"})
    assert answer.status == 200
    assert "2 links criados" in answer.words
    assert send(helena, "tokens/batch", {"survey": "visit", "labels": ""}).status == 422


def test_a_website_is_given_a_line_to_paste_and_is_taken_off_again() -> None:
    helena = signed_in("helena")
    site = {"name": "Depois da compra", "survey": "visit", "segment": "aurora", "origins": "https://loja.example.com"}
    when = {"place": "corner", "trigger.delay_seconds": "5", "trigger.sample_percent": "25", "trigger.every_days": "30"}
    refused = send(helena, "tokens/websites/new", {**site, "origins": "loja", **when})
    assert refused.status == 422
    assert 'id="origins-fault"' in refused.text
    made = place(send(helena, "tokens/websites/new", {**site, **when}))
    assert "&lt;script async" in helena.get(f"/console/deploy/{made}").text
    send(helena, f"{made}/revoke", rev(helena, made))
    assert "retirado" in words(helena, made)


def test_an_export_is_ordered_written_and_fetched() -> None:
    helena = signed_in("helena")
    order = {"what": "contacts", "format": "csv", "survey": "visit"}  # the survey says nothing about contacts
    assert place(send(helena, "exports/new", order, call="once")) == "exports"
    send(helena, "exports/new", order, call="once")
    page = words(helena, "exports")
    assert page.count("Contatos CSV") == 1
    assert "na fila" in page
    missing = send(helena, "exports/new", {"what": "responses", "format": "csv"})
    assert 'id="survey-fault"' in missing.text


def test_a_schedule_rests_goes_on_and_comes_back_when_its_end_is_undone() -> None:
    helena = signed_in("helena")
    every = {"what": "contacts", "format": "csv", "every": "day", "hour": "6", "timezone": "America/Sao_Paulo"}
    place(send(helena, "exports/schedules/new", {"name": "diario", **every}))
    send(helena, "exports/schedules/diario/switch", {"enabled": ""})
    assert "em pausa" in words(helena, "exports/schedules")
    send(helena, "exports/schedules/diario/delete")
    page = helena.get("/console/deploy/exports/schedules").text
    assert "Nada agendado" in page
    undo = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.partition('class="toast"')[2]))
    place(send(helena, "exports/schedules/new", undo))
    assert "todo dia, às 6h" in words(helena, "exports/schedules")


@pytest.mark.parametrize("path", ["distribute", "history", "exports", "exports/schedules"])
def test_a_manager_has_no_page_of_what_only_others_may_see(path: str) -> None:
    assert signed_in("bruno").get(f"/console/deploy/{path}").status == 403


def test_who_may_only_look_is_offered_nothing_to_do_and_refused_when_asking_all_the_same() -> None:
    _, sending = started()
    davi = signed_in("davi")
    page = davi.get(f"/console/deploy/{sending}").text
    assert "Pausar" not in page
    assert send(davi, f"{sending}/state", {"state": "paused"}).status == 403
    assert send(davi, "tokens/new", TOKEN).status == 403
    assert send(davi, "exports/new", {"what": "contacts"}).status == 403


def test_hostile_names_are_words_and_nothing_else() -> None:
    helena = signed_in("helena")
    run = place(send(helena, "distribute/new", {**DRAFT, "name": HOSTILE}))
    token = place(send(helena, "tokens/new", {**TOKEN, "label": f"\"'>{{{{7*7}}}}{HOSTILE}"}))
    for path in (run, token, "distribute", "tokens"):
        page: Any = helena.get(f"/console/deploy/{path}").text
        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_form_without_the_token_of_the_session_changes_nothing() -> None:
    helena = signed_in("helena")
    assert helena.post("/console/deploy/tokens/new", TOKEN).status == 403
