"""The page of one ticket, by the link out of an alert: what it shows, what it does, and whom it lets in."""

import re
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.directory.model import Consent, Contact
from escuta.feedback import tickets
from escuta.feedback.model import Cause, Causes, Emptied, TicketLink, TicketState
from escuta.feedback.tickets import Actor, linking, magic, settling
from tests.conftest import NOON
from tests.functions import cases
from tests.functions.console_company import Answer, Browser
from tests.kit import factories, world

pytestmark = pytest.mark.usefixtures("aws", "noon")
CARLA = Actor(name="Carla", id="carla")


@pytest.fixture
def token(aws: None, noon: object) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Bruno's link to the ticket about Ana."""
    cases.found()
    return cases.link()


def sent(token: str, act: str, rev: int = 1, **fields: str) -> Answer:
    return Browser().post(f"/c/{token}", {"act": act, "rev": str(rev), **fields})


def closed(token: str, rev: int = 1, **fields: str) -> Answer:
    said = {"state": "closed", "root_causes": "Fila", "action": "Pedimos desculpas."}
    return sent(token, "close", rev, **{**said, **fields})


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-BR", ["Responder ao cliente em", "O que deu errado?", "Escuta abriu o chamado", "Fechar o chamado"]),
        ("en", ["Reply to the customer in", "What went wrong?", "Escuta opened the ticket", "Close the ticket"]),
        ("es", ["Responder al cliente en", "¿Qué salió mal?", "Escuta abrió el caso", "Cerrar el caso"]),
    ],
)
def test_a_manager_reads_it_in_their_own_language(language: str, words: list[str]) -> None:
    cases.found(language)

    page = Browser("fr").get(f"/c/{cases.link()}")

    assert page.status == 200
    assert f'<html lang="{language}" data-theme="auto">' in page.text
    for each in (*words, "Ana Souza", "Aurora Paulista", cases.COMMENT, 'href="tel:+5511987654321"', "Fila, Preço"):
        assert each in page.words


def test_another_language_can_be_chosen_and_goes_on_with_every_form(token: str) -> None:
    page = Browser().get(f"/c/{token}", lang="en")

    assert "Close the ticket" in page.words
    assert set(re.findall(r'<form method="post" action="([^"]*)">', page.text)) == {"?lang=en"}
    answer = Browser().send("POST", f"/c/{token}", {"lang": "en"}, "act=note&rev=1&text=Hi", FORM)
    assert answer.header("location") == "?lang=en&done=note"


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_it_is_kept_from_search_engines_other_sites_and_scripts_and_names_nobody_in_its_title(token: str) -> None:
    page = Browser().get(f"/c/{token}")

    assert page.header("referrer-policy") == "no-referrer"
    assert page.header("x-robots-tag") == "noindex"
    assert page.header("cache-control") == "no-store"
    assert "script-src" not in page.header("content-security-policy")
    assert "default-src 'none'" in page.header("content-security-policy")
    assert "<title>Chamado · Lojas Aurora</title>" in page.text
    assert "<script" not in page.text
    assert "og:" not in page.text
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_it_writes_nothing(token: str, method: str) -> None:
    before = world.snapshot()

    assert Browser().send(method, f"/c/{token}").status == 200

    assert world.snapshot() == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "act=step&rev=1",
        "act=note&rev=1&text=",
        "act=transfer&rev=1&segment=",
        "act=close&rev=1",
        "act=note&text=x",
        "rev=1",
    ],
)
def test_a_button_that_a_scanner_presses_does_nothing(token: str, body: str) -> None:
    before = world.snapshot()

    answer = Browser().send("POST", f"/c/{token}", body=body, headers=FORM)

    assert answer.status == 422
    assert world.snapshot() == before


def test_closing_says_why_and_what_was_done_and_that_it_came_by_the_link(token: str) -> None:
    cases.plant()

    answer = closed(token, root_causes="queue", amount="25,00", currency="brl")

    assert (answer.status, answer.header("location")) == (303, "?done=close")
    ticket = cases.ticket()
    assert (ticket.state, ticket.root_causes, ticket.action) == (TicketState.CLOSED, ("queue",), "Pedimos desculpas.")
    assert ticket.gesture is not None
    assert (ticket.gesture.amount, ticket.gesture.currency) == ("25.00", "BRL")
    line = tickets.log("angry").items[0]
    assert (line.who, line.by, line.what, line.details["via"]) == ("Bruno Lima", cases.bruno().id, "closed", "link")
    page = Browser().get(f"/c/{token}", done="close")
    for words in ("Chamado fechado. Obrigado!", "Fila demorada", "Bruno Lima fechou o chamado.", "pelo link do aviso"):
        assert words in page.words


def test_several_causes_are_ticked_in_the_tree(token: str) -> None:
    cases.plant()
    body = "act=close&rev=1&state=resolved&root_causes=queue&root_causes=product&action=Trocamos"

    answer = Browser().send("POST", f"/c/{token}", body=body, headers=FORM)

    assert answer.header("location") == "?done=resolve"
    assert (cases.ticket().state, cases.ticket().root_causes) == (TicketState.RESOLVED, ("queue", "product"))
    assert '<p class="group">Atendimento</p>' in Browser().get(f"/c/{token}").text


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"root_causes": ""}, "root_causes", "Preencha este campo."),
        ({"action": " "}, "action", "Preencha este campo."),
        ({"amount": "muito", "currency": "BRL"}, "amount", "Escreva o valor em números, como 25,00."),
        ({"action": "a" * 4_001}, "action", "O texto é longo demais: no máximo 4000 caracteres."),
    ],
)
def test_what_is_missing_is_named_beside_its_field_and_the_rest_stays(
    token: str, fields: Any, field: str, words: str
) -> None:
    page = closed(token, **fields)

    assert page.status == 422
    assert f'<p class="fault" id="close-{field}-fault">{words}</p>' in page.text
    assert ("Pedimos desculpas." in page.text) == ("action" not in fields)
    assert (">Fila</textarea>" in page.text) == ("root_causes" not in fields)
    assert cases.ticket().rev == 1


def test_who_was_overtaken_sees_what_changed_and_keeps_what_was_typed(token: str) -> None:
    tickets.comment("angry", "Liguei, caiu na caixa postal.", who=CARLA, rev=1)

    page = closed(token)

    assert page.status == 409
    for words in ("Alguém mexeu neste chamado", "Carla anotou:", "Liguei, caiu na caixa postal.", "Pedimos desculpas."):
        assert words in page.words
    assert 'name="rev" value="2"' in page.text
    assert closed(token, rev=2).status == 303


def test_a_form_that_is_sent_twice_is_taken_once(token: str) -> None:
    first, second = closed(token), closed(token)

    assert (first.status, second.status) == (303, 303)
    assert cases.ticket().rev == 2


def test_the_same_note_by_somebody_else_is_no_repetition(token: str) -> None:
    tickets.comment("angry", "Liguei.", who=CARLA, rev=1)

    assert sent(token, "note", text="Liguei.").status == 409


def test_taking_it_over_starts_it() -> None:
    cases.found(owner="")
    token = cases.link()

    assert "Eu cuido deste chamado" in Browser().get(f"/c/{token}").words
    assert sent(token, "step", step="take", text="Ligo hoje").status == 303

    ticket = cases.ticket()
    assert (ticket.owner, ticket.state) == (cases.bruno().id, TicketState.OPEN)
    assert "Ligo hoje" in Browser().get(f"/c/{token}").words
    assert "Eu cuido deste chamado" not in Browser().get(f"/c/{token}").words


def test_it_waits_and_is_reopened(token: str) -> None:
    assert sent(token, "step", step="waiting").status == 303
    assert "Aguardando: o prazo está parado." in Browser().get(f"/c/{token}").words
    assert closed(token, rev=2).status == 303
    assert sent(token, "step", rev=3, step="reopened").status == 303
    assert cases.ticket().state is TicketState.REOPENED


def test_a_move_that_is_not_there_is_refused_in_words(token: str) -> None:
    page = sent(token, "step", step="reopened")

    assert page.status == 409
    assert "O chamado não pode ir para este estado agora." in page.words


def test_it_is_handed_to_another_store_of_the_same_manager(token: str) -> None:
    assert '<option value="santos">' in Browser().get(f"/c/{token}").text
    assert sent(token, "transfer", segment="santos").status == 303
    assert cases.ticket().segment == "santos"
    assert Browser().get(f"/c/{token}").status == 200


def test_a_store_out_of_reach_is_neither_offered_nor_taken() -> None:
    cases.found(segments=("paulista",))
    token = cases.link()

    assert '<option value="santos">' not in Browser().get(f"/c/{token}").text
    assert sent(token, "transfer", segment="santos").status == 422
    assert cases.ticket().segment == "paulista"


def over(token: str, status: int, words: str) -> None:
    for answer in (Browser().get(f"/c/{token}"), sent(token, "note", text="Oi")):
        assert answer.status == status
        assert words in answer.words
        assert "Ana" not in answer.words


def test_a_cut_and_an_unknown_link_are_told_apart(token: str) -> None:
    over(token[:-3], 404, "O link parece incompleto")
    over(ids.new_token(), 404, "Não conhecemos este link")
    assert Browser().get(f"/c/{token}.").status == 200  # a mail client glued a full stop to it


def test_a_link_ends_after_seven_days(token: str) -> None:
    with clock.at(NOON + timedelta(days=7, seconds=5)):
        over(token, 410, "Este link venceu")


def test_a_link_that_was_taken_back_opens_nothing(token: str) -> None:
    (link,) = magic.revoke("angry", who="helena")

    over(token, 410, "Este link não vale mais")
    assert magic.revoke("angry", who="davi") == (link,)
    assert (link.revoked_by, link.occasion) == ("helena", "opened")


def test_a_manager_who_retired_or_lost_the_store_is_out_at_once(token: str) -> None:
    bruno = managers.update(cases.bruno().id, rev=1, segments=("santos",))
    over(token, 410, "Este chamado está com outra loja")
    managers.update(bruno.id, rev=2, retired=True)
    over(token, 410, "Este link não vale mais")


def test_a_link_outlives_no_erased_ticket(token: str) -> None:
    table.save(cases.ticket().changed(emptied=Emptied.ERASED))

    over(token, 410, "Este chamado foi esvaziado")


def test_the_end_of_a_link_is_told_in_the_managers_language() -> None:
    cases.found("es")
    token = cases.link()
    magic.revoke("angry", who="helena")

    assert "Este enlace ya no es válido" in Browser("en").get(f"/c/{token}").words


def test_the_same_occasion_has_the_same_link_and_no_token_is_stored(token: str) -> None:
    with cases.later(days=1):
        assert cases.link() == token
    assert cases.link(occasion="overdue.2") != token
    first, _ = magic.links("angry")
    assert first.expires_at - first.created_at == timedelta(days=7)
    assert token not in str(world.snapshot())
    assert table.load(TicketLink, TicketLink.at(ids.token_key(token))) == first


def test_a_link_to_one_ticket_opens_no_other(token: str) -> None:
    tickets.store(None, cases.ticket().changed(id="other", response="", rev=0), tickets.Line("opened"))

    closed(token)

    assert tickets.get("other").state is TicketState.NEW


def test_earlier_answers_and_tickets_of_the_customer_are_shown_where_the_manager_answers(token: str) -> None:
    before = {"contact": cases.ticket().contact, "contact_name": "Ana Souza"}
    for name, path in (("near", ("aurora", "sudeste", "santos")), ("far", ("aurora", "sul", "curitiba"))):
        old = cases.ticket().changed(
            id=name,
            response=name,
            segment=path[-1],
            segment_path=path,
            action=f"Feito em {name}",
            rev=0,
            opened_at=NOON - timedelta(days=30),
            comment="",
            **before,
        )
        tickets.store(None, old, tickets.Line("opened"))

    page = Browser().get(f"/c/{token}")

    assert "Feito em near" in page.words
    assert "Feito em far" not in page.words


def test_hostile_words_stay_words(token: str) -> None:
    sent(token, "note", text="<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in Browser().get(f"/c/{token}").text


def test_the_customer_is_answered_and_the_log_says_what_became_of_it(token: str) -> None:
    page = Browser().get(f"/c/{token}")
    assert re.findall(r'name="way" value="(\w+)"', page.text) == ["email", "sms"]

    assert sent(token, "write", text="Sentimos muito, Ana.", way="email").header("location") == "?done=write"
    assert sent(token, "write", text="Sentimos muito, Ana.", way="email").header("location") == "?done=write"

    (line,) = [each for each in tickets.whole_log("angry") if each.what == "written"]
    assert (line.who, line.text) == ("Bruno Lima", "Sentimos muito, Ana.")
    words = Browser().get(f"/c/{token}", done="write").words
    assert "Sua mensagem está a caminho do cliente." in words
    assert "Bruno Lima escreveu ao cliente:" in words


def test_a_text_message_that_is_too_long_is_refused_and_kept(token: str) -> None:
    page = sent(token, "write", text="Olá! " * 300, way="sms")

    assert page.status == 422
    assert "Longa demais para um SMS." in page.words
    assert "Olá! Olá! Olá!" in page.text


def test_who_cannot_be_written_to_has_no_form_for_it() -> None:
    cases.found(contact="", contact_name="")

    assert "Responder ao cliente</summary>" not in Browser().get(f"/c/{cases.link()}").text


@pytest.mark.parametrize("rev", ["9999999990", "100000000", "0", "-1", "9" * 5_000, "1.5", ""])
def test_a_revision_that_no_page_showed_is_refused(token: str, rev: str) -> None:
    answer = Browser().send("POST", f"/c/{token}", body=f"act=note&text=Oi&rev={rev}", headers=FORM)

    assert answer.status == 422
    assert cases.ticket().rev == 1


def test_lines_count_as_the_field_counts_them(token: str) -> None:
    words = "\r\n".join(["a"] * 2_000)

    assert sent(token, "note", text=words).status == 303
    assert tickets.log("angry").items[0].text == "\n".join(["a"] * 2_000)


def test_an_address_that_says_what_was_done_is_believed_of_the_reader_and_for_a_while(token: str) -> None:
    assert "Chamado fechado" not in Browser().get(f"/c/{token}", done="close").words
    closed(token)
    assert "Chamado fechado" in Browser().get(f"/c/{token}", done="close").words
    with cases.later(minutes=11):
        assert "Chamado fechado" not in Browser().get(f"/c/{token}", done="close").words
    sent(token, "step", rev=2, step="reopened")
    assert "Chamado fechado" not in Browser().get(f"/c/{token}", done="close").words


def test_a_merged_ticket_says_where_it_went_and_offers_nothing_that_would_be_refused(token: str) -> None:
    other = cases.ticket().changed(id="other", response="", rev=0)
    tickets.store(None, other, tickets.Line("opened"))
    linking.merge("angry", "other", who=CARLA, rev=1)

    page = Browser().get(f"/c/{token}")

    assert "Este chamado foi unido a outro e continua lá." in page.words
    assert "<form" not in page.text


def test_a_long_comment_is_folded_so_that_the_buttons_stay_near(token: str) -> None:
    comment = " ".join(["palavra"] * 150)
    table.save(cases.ticket().changed(comment=comment))

    page = Browser().get(f"/c/{token}")

    found = re.search(r'<summary><span dir="auto">([^<]+)<.*?</summary><p dir="auto">([^<]+)</p>', page.text, re.DOTALL)
    assert found is not None
    assert f"{found[1]} {found[2]}" == comment
    assert len(found[1]) == 599
    assert "Ler o comentário inteiro" in page.words


def test_many_causes_are_opened_group_by_group(token: str) -> None:
    tops = [Cause(id=f"g{n}", text={"pt-BR": f"Grupo {n}"}) for n in range(3)]
    below = [Cause(id=f"g{n}c{i}", parent=f"g{n}", text={"pt-BR": f"Causa {i}"}) for n in range(3) for i in range(5)]
    settling.put(Causes(causes=(*tops, *below)))

    page = closed(token, root_causes="g1c2", action="")

    assert re.findall(r'<details class="causes"( open)?><summary>(Grupo \d)', page.text) == [
        ("", "Grupo 0"),
        (" open", "Grupo 1"),
        ("", "Grupo 2"),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (tickets.Line("reopened", "Nada.", {"by": "follow_up"}), "O cliente disse que ainda não está tudo bem, e o"),
        (tickets.Line("not_recovered", "Nada."), "O cliente disse que ainda não está tudo bem."),
        (tickets.Line("doubted"), "A última resposta do cliente deixou de valer."),
        (tickets.Line("answer_came"), "O cliente respondeu à pesquisa."),
        (tickets.Line("resettled"), "A loja mudou de região, e o chamado foi junto."),
        (tickets.Line("unanswered"), "O prazo para responder ao cliente venceu."),
    ],
)
def test_every_line_of_the_log_has_words_of_its_own(token: str, line: tickets.Line, words: str) -> None:
    tickets.store(cases.ticket(), cases.ticket(), line, tickets.CUSTOMER)

    assert words in Browser().get(f"/c/{token}").words


@pytest.mark.parametrize(("name", "shown"), [("Espera longa", True), ("Detractor", False)])
def test_an_opening_says_which_rule_and_not_which_version_of_it(name: str, *, shown: bool) -> None:
    ticket = cases.found()
    line = tickets.Line("opened", "long_wait@7", {"rule_name": name})
    tickets.store(None, ticket.changed(id="other", response="", rev=0), line)

    words = Browser().get(f"/c/{cases.link('other')}").words

    assert (name in words) is shown
    assert "long_wait@7" not in words


def test_an_earlier_ticket_has_the_day_of_the_place(token: str) -> None:
    evening = NOON.replace(hour=1) - timedelta(days=5)  # 22:00 of the day before, in São Paulo
    earlier = cases.ticket().changed(id="old", response="", opened_at=evening, rev=0)
    tickets.store(None, earlier, tickets.Line("opened"))

    assert ">4 mar 2026</time>" in Browser().get(f"/c/{token}").text


def test_who_answers_for_many_places_may_choose_any_of_them() -> None:
    cases.found(segments=("aurora",))
    table.put_many(factories.segment("aurora", "sul", f"loja{n:04}") for n in range(300))

    page = Browser().get(f"/c/{cases.link()}")

    assert '<option value="loja0299">' in page.text


def test_why_a_customer_cannot_be_written_to_stands_where_the_form_would_be() -> None:
    cases.found()
    ana = table.load(Contact, Contact.at(cases.ticket().contact))
    table.save(ana.changed(consent=Consent.DENIED))

    page = Browser().get(f"/c/{cases.link()}")

    assert "O cliente não aceita receber mensagens. Fale com ele pessoalmente quando voltar." in page.words
    assert 'value="write"' not in page.text


def test_starting_a_ticket_is_not_taking_it_over() -> None:
    cases.found(owner="")
    token = cases.link()
    assert sent(token, "step", step="open").status == 303

    assert sent(token, "step", step="take").status == 409
    assert cases.ticket().owner == ""
