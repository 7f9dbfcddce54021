"""Tickets in the console: the list, the board, what is done to many at once, and to one."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pytest

from escuta import clock, table
from escuta.feedback import tickets
from escuta.feedback.model import Priority, Ticket, TicketState
from escuta.feedback.tickets import counts
from tests.conftest import owner
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, Browser, signed_in
from tests.kit import factories

PDF = b"%PDF-1.7\n" + b"x" * 40
POLICY = "content-security-policy"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


@pytest.fixture
def helena() -> Browser:
    return signed_in("helena")


def opened(name: str, store: str = "paulista", **fields: Any) -> Ticket:
    """Open a ticket at a store."""
    path = ("aurora", company.STORES[store], store)
    made = factories.ticket(
        id=name, response="", segment=store, segment_path=path, origin_segment=store, rev=0, contact_name=name, **fields
    )
    table.transact(table.Create(made), *counts.adds(None, made))
    return stored(name)


def stored(name: str) -> Ticket:
    return tickets.get(name)


def sent(browser: Browser, path: str, fields: dict[str, Any] | None = None) -> Answer:
    return browser.post(f"/console/action/{path}", {"csrf": browser.token(), **(fields or {})})


def undone(browser: Browser) -> Answer:
    """Press the button of the note that the next page shows."""
    page = browser.get("/console/action/tickets")
    form = re.findall(r'<form method="post" action="([^"]+)">((?:<input[^>]+>)+)<button data-undo', page.text)
    ((path, inputs),) = form
    fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', inputs)}
    return browser.post("/console/" + path.partition("console/")[2], fields)


def test_the_list_shows_what_waits_and_how_late_it_is(helena: Browser) -> None:
    opened("Ana", due_at=clock.now() - timedelta(hours=5), comment="Faltou troco", overdue=True)
    opened("Bia", priority=Priority.URGENT)
    page = helena.get("/console/action/tickets")
    assert page.status == 200
    assert all(words in page.words for words in ("Ana", "Faltou troco", "Venceu há 5 h", "Bia", "urgente", "Vence em"))
    assert helena.get("/console/action/tickets", priority="urgent").words.count("action/tickets/Ana") == 0


def test_an_empty_list_says_what_comes_next(helena: Browser) -> None:
    assert "Nenhum chamado em aberto" in helena.get("/console/action/tickets").words
    assert "Nada com estes filtros" in helena.get("/console/action/tickets", priority="low").words


def test_the_board_has_a_column_for_each_state(helena: Browser) -> None:
    opened("Ana")
    opened("Bia", state=TicketState.WAITING)
    page = helena.get("/console/action/tickets", look="board")
    assert [*re.findall(r'data-state="(\w+)"', page.text)] == ["new", "open", "waiting", "resolved"]


def test_a_manager_sees_the_own_places_alone() -> None:
    opened("Ana", "paulista")
    opened("Bia", "curitiba")
    bruno = signed_in("bruno")
    page = bruno.get("/console/action/tickets")
    assert ("tickets/Bia" in page.text, "tickets/Ana" in page.text) == (True, False)
    assert bruno.get("/console/action/tickets/Ana").status == 404
    assert sent(bruno, "tickets/Ana/note", {"rev": "1", "text": "Oi"}).status == 404


def test_many_are_changed_at_once_and_given_back(helena: Browser) -> None:
    one, other = opened("Ana"), opened("Bia", priority=Priority.HIGH)
    chosen = [f"{each.id}|{each.rev}" for each in (one, other)]
    fields = {"ticket": chosen[0], "change": "priority:urgent", "back": "action/tickets?sort=priority"}
    body = {"csrf": helena.token(), **fields}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    said = urlencode([*body.items(), ("ticket", chosen[1])])
    answer = helena.send("POST", "/console/action/tickets/bulk", body=said, headers=headers)
    assert (answer.status, answer.header("location")[-28:]) == (303, "action/tickets?sort=priority")
    assert {stored("Ana").priority, stored("Bia").priority} == {Priority.URGENT}
    assert undone(helena).status == 303
    assert (stored("Ana").priority, stored("Bia").priority) == (Priority.NORMAL, Priority.HIGH)


def test_who_is_refused_in_a_change_of_many_is_named_with_the_reason(helena: Browser) -> None:
    one = opened("Ana", state=TicketState.RESOLVED)
    answer = sent(helena, "tickets/bulk", {"ticket": f"Ana|{one.rev}", "change": "state:waiting"})
    assert answer.status == 200
    assert "1 chamado ficou como estava" in answer.words
    assert stored("Ana").state is TicketState.RESOLVED


def test_a_change_of_many_without_any_says_so(helena: Browser) -> None:
    assert sent(helena, "tickets/bulk", {"change": "state:open"}).status == 422


def test_the_page_of_a_ticket_shows_hostile_words_as_words(helena: Browser) -> None:
    opened("Ana", comment=f"{HOSTILE} {{{{7*7}}}}", tags=("peça",))
    page = helena.get("/console/action/tickets/Ana")
    assert page.status == 200
    assert HOSTILE not in page.text
    assert "{{7*7}}" in page.text
    assert "peça" in page.words


def test_a_ticket_is_moved_and_the_move_is_undone_where_there_is_a_way_back(helena: Browser) -> None:
    one = opened("Ana", state=TicketState.OPEN)
    assert sent(helena, "tickets/Ana/move", {"rev": str(one.rev), "state": "waiting"}).status == 303
    assert stored("Ana").state is TicketState.WAITING
    undone(helena)
    assert stored("Ana").state is TicketState.OPEN


def test_who_was_overtaken_keeps_what_was_typed(helena: Browser) -> None:
    one = opened("Ana")
    sent(helena, "tickets/Ana/note", {"rev": str(one.rev), "text": "Primeira"})
    answer = sent(helena, "tickets/Ana/note", {"rev": str(one.rev), "text": "Segunda nota"})
    assert answer.status == 412
    assert "Segunda nota" in answer.words


def test_closing_asks_for_cause_and_action_beside_their_fields(helena: Browser) -> None:
    one = opened("Ana")
    answer = sent(helena, "tickets/Ana/close", {"rev": str(one.rev), "state": "closed", "action": "Trocamos"})
    assert (answer.status, "Trocamos" in answer.words) == (422, True)
    assert 'id="close-causes-fault"' in answer.text
    said = {"rev": str(one.rev), "state": "closed", "action": "Trocamos", "root_causes": "Entrega"}
    assert sent(helena, "tickets/Ana/close", {**said, "amount": "25,50", "currency": "BRL"}).status == 303
    closed = stored("Ana")
    assert (closed.state, closed.root_causes, closed.gesture and closed.gesture.amount) == (
        TicketState.CLOSED,
        ("Entrega",),
        "25.50",
    )


def test_details_are_changed_together_and_given_back(helena: Browser) -> None:
    one, bruno = opened("Ana", "curitiba"), company.owner("Bruno Lima").id
    said = {"rev": str(one.rev), "owner": bruno, "priority": "high", "tags": "vip, peça"}
    assert sent(helena, "tickets/Ana/details", said).status == 303
    assert (stored("Ana").owner, stored("Ana").tags) == (bruno, ("vip", "peça"))
    undone(helena)
    assert (stored("Ana").owner, stored("Ana").tags, stored("Ana").priority) == ("", (), Priority.NORMAL)


def test_a_manager_takes_a_ticket_and_starts_it() -> None:
    one, bruno = opened("Ana", "curitiba"), signed_in("bruno")
    assert sent(bruno, "tickets/Ana/take", {"rev": str(one.rev), "state": "new"}).status == 303
    assert (stored("Ana").owner, stored("Ana").state) == (company.owner("Bruno Lima").id, TicketState.OPEN)


def test_a_ticket_is_handed_to_another_place_and_back(helena: Browser) -> None:
    one = opened("Ana")
    assert sent(helena, "tickets/Ana/transfer", {"rev": str(one.rev), "segment": "santos"}).status == 303
    assert stored("Ana").segment == "santos"
    undone(helena)
    assert stored("Ana").segment == "paulista"


def test_tickets_are_linked_by_their_address_and_unlinked(helena: Browser) -> None:
    one, _ = opened("Anacleta"), opened("Beatrice")
    other = "https://fala.aurora.example/live/console/action/tickets/Beatrice?x=1"
    assert sent(helena, "tickets/Anacleta/link", {"rev": str(one.rev), "other": other}).status == 303
    assert stored("Anacleta").linked == ("Beatrice",)
    undone(helena)
    assert stored("Anacleta").linked == ()
    wrong = sent(helena, "tickets/Anacleta/link", {"rev": str(stored("Anacleta").rev), "other": "nobody-at-all"})
    assert (wrong.status, "nobody-at-all" in wrong.text) == (422, True)


def test_an_analyst_reads_and_changes_nothing() -> None:
    one, davi = opened("Ana"), signed_in("davi")
    page = davi.get("/console/action/tickets/Ana")
    assert (page.status, "/note" in page.text) == (200, False)
    assert sent(davi, "tickets/Ana/note", {"rev": str(one.rev), "text": "Oi"}).status == 403


def test_a_ticket_is_opened_by_hand_once(helena: Browser) -> None:
    said = {"call": "call-of-this-form", "subject": "Ligou para reclamar", "segment": "santos", "priority": "high"}
    first, second = sent(helena, "tickets/new", said), sent(helena, "tickets/new", said)
    assert (first.status, first.header("location")) == (303, second.header("location"))
    assert "Ligou para reclamar" in helena.get("/console/action/tickets").words
    wrong = sent(helena, "tickets/new", {"call": "another-form", "subject": "", "segment": "santos"})
    assert (wrong.status, 'id="subject-fault"' in wrong.text) == (422, True)


def test_a_view_is_kept_used_removed_and_brought_back(helena: Browser) -> None:
    opened("Ana", priority=Priority.URGENT)
    opened("Bia")
    back = "action/tickets?priority=urgent&sort=opened"
    kept = sent(helena, "views", {"name": "Os urgentes", "back": back, "call": "keep-this-view"})
    assert kept.status == 303
    name = kept.header("location").partition("view=")[2]
    page = helena.get("/console/action/tickets", view=name)
    assert ("Os urgentes" in page.words, "tickets/Ana" in page.text, "tickets/Bia" in page.text) == (True, True, False)
    assert sent(helena, f"views/{name}/delete", {"rev": "1"}).status == 303
    undone(helena)
    assert "Os urgentes" in helena.get("/console/action/tickets").words


def test_places_are_shown_with_what_stands_below_and_recounted(helena: Browser) -> None:
    opened("Ana", "paulista")
    opened("Bia", "curitiba", overdue=True)
    page = helena.get("/console/action/places", recount="1")
    assert all(words in page.words for words in ("Lojas Aurora", "Sudeste", "Sul", "desvio 0"))
    assert "Loja Curitiba" in helena.get("/console/action/places", segment="sul").words
    assert signed_in("bruno").get("/console/action/places", segment="sudeste").status == 404


def test_a_file_is_announced_put_attached_downloaded_and_removed(helena: Browser) -> None:
    opened("Ana")
    said = {"name": "nota.pdf", "type": "application/pdf", "size": str(len(PDF))}
    announced = sent(helena, "tickets/Ana/attach", said)
    assert announced.status == 200
    told = json.loads(announced.text)
    kept = unquote(urlsplit(told["url"]).path).split("escuta-attachments/")[-1].lstrip("/")
    assert f"{urlsplit(told['url']).scheme}://" in helena.get("/console/action/tickets/Ana").header(POLICY)
    owner("s3").put_object(Bucket="escuta-attachments", Key=kept, Body=PDF)
    assert sent(helena, f"tickets/Ana/attach/{told['id']}").status == 200
    page = helena.get("/console/action/tickets/Ana")
    assert "nota.pdf" in page.words
    link = helena.get(f"/console/action/tickets/Ana/files/{told['id']}")
    assert (link.status, "escuta-attachments" in link.header("location")) == (303, True)
    assert sent(helena, "tickets/Ana/detach", {"attachment": told["id"]}).status == 303
    assert stored("Ana").attachments == ()


def test_a_file_that_is_not_taken_is_refused_in_words(helena: Browser) -> None:
    opened("Ana")
    said = {"name": "x.exe", "type": "application/x-msdownload", "size": "10"}
    refused = sent(helena, "tickets/Ana/attach", said)
    assert refused.status == 422
    assert json.loads(refused.text)["words"]


def test_the_page_of_a_ticket_says_under_which_name_the_log_has_its_answer(helena: Browser) -> None:
    made = opened("vitrine")
    table.save(made.changed(response="resposta-da-ana"))

    page = helena.get("/console/action/tickets/vitrine")

    assert '<dt>No log</dt><dd class="mono small">resposta-da-ana</dd>' in page.text
