"""Responses, comments and topics in the console: what a person finds, reads, switches, and searches comments for."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest

from console.analyze import choosing
from console.api import Api
from escuta.directory import managers
from escuta.feedback import metrics, responses, vocabulary
from escuta.feedback.model import Call, Standing
from tests.conftest import NOON
from tests.functions.callers import answered, found_company, open_survey, ticketed
from tests.functions.console_company import HOSTILE, Answer, Browser, signed_in
from tests.functions.console_forms import deliver, form, go, holding, send, then, undo

LIST, FEED, TOPICS = "analyze/responses", "analyze/comments", "analyze/topics"
QUEUE, PRICE = "Fila longa demais no caixa.", "Preço ótimo, adorei."
OWN = f"{TOPICS}/estacionamento"
PARKING = {"name__pt-BR": "Estacionamento", "terms__pt-BR": "manobrista\nvaga\n\nvaga "}
PRIVATE = "Me liguem: 11 98765-4321, ana@example.com"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("sul",))


def told(place: str, name: str, score: int, comment: str = "", **fields: Any) -> None:
    """Let somebody answer, and count it."""
    answers = {"nps": score, **({"comment": comment} if comment else {}), **fields.pop("answers", {})}
    metrics.apply([answered(place, name, score, comment=comment, answers=answers, **fields)])


def words(answer: Answer) -> str:
    """Return what stands on a page, without its tags."""
    inside = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", answer.text)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", inside)))


def listed(answer: Answer) -> list[str]:
    """Return which responses a page lists, in its order."""
    assert answer.status == 200, answer.words[:2000]
    return list(dict.fromkeys(re.findall(r'href="(?:\.\./)*console/analyze/responses/([\w-]+)"', answer.text)))


def asked(browser: Browser, path: str) -> dict[str, Any]:
    """Return what a page asks the API of its responses."""
    with patch.object(Api, "get", autospec=True, side_effect=Api.get) as got:
        assert go(browser, path).status == 200
    (query,) = [dict(call.kwargs) for call in got.call_args_list if call.args[1] == "/responses"]
    return query


def test_responses_are_listed_the_newest_first_with_what_belongs_to_each() -> None:
    told("poa", "first", 2, QUEUE, contact_name="Ana Souza", received_at=NOON - timedelta(hours=2))
    told("manaus", "second", 10, received_at=NOON - timedelta(hours=1))
    ticketed("poa", "ticket-1", response="first")
    page = go(signed_in("helena"), LIST)
    assert listed(page) == ["second", "first"]
    for part in (QUEUE, "Poa", "Manaus", "novo"):
        assert part in words(page)


def test_a_list_goes_on_page_by_page_with_the_same_choice() -> None:
    for number in range(30):
        told("poa", f"answer-{number:02}", 9, received_at=NOON - timedelta(minutes=number))
    browser = signed_in("helena")
    page = go(browser, f"{LIST}?survey=visit&segment=sul&class=promoter")
    (way,) = set(re.findall(r'href="(?:\.\./)*console/(analyze/responses\?[^"]*cursor=[^"]+)"', page.text))
    assert len(listed(page)) == 25
    assert "class=promoter" in way
    assert listed(go(browser, unescape(way))) == [f"answer-{number}" for number in range(25, 30)]


def test_every_parameter_of_a_figure_reaches_the_list_of_what_is_behind_it() -> None:
    chosen = (
        "survey=visit&segment=sul&from=2026-03-01&to=2026-03-09&product=tv&group=audio&channel=email&language=pt-BR"
        "&class=detractor&tone=negative&topic=waiting&score=2&filter=answer.reasons:price&question=nps&hierarchy=as_is"
        "&subtree=false&include=suspect&without=tapped&words=fila&commented=true"
    )
    assert asked(signed_in("helena"), f"{LIST}?{chosen}") == {
        "limit": 25,
        "cursor": "",
        "survey": "visit",
        "segment": "sul",
        "subtree": False,
        "hierarchy": "as_is",
        "from": "2026-03-01",
        "to": "2026-03-09",
        "standing": "",
        "include": "suspect",
        "without": "tapped",
        "question": "nps",
        "commented": True,
        "filter": "product:tv;product_group:audio;channel:email;language:pt-BR;class:detractor;tone:negative"
        ";topic:waiting;answer.reasons:price;answer.nps:2",
        "words": "fila",
    }


def test_a_period_in_days_ends_today_and_the_feed_asks_for_comments_alone() -> None:
    query = asked(signed_in("helena"), f"{FEED}?days=7")
    assert (query["from"], query["to"], query["commented"]) == ("2026-03-04", "2026-03-10", True)
    assert (query["survey"], query["segment"], query["standing"]) == ("visit", "aurora", "counted")


@pytest.mark.parametrize(
    "choice",
    ["from=yesterday", "to=2026-02-32", "days=12", "compare=moon", f"filter={'x' * 4001}", "question=" + "q" * 41],
)
def test_a_choice_that_cannot_be_is_refused_in_words(choice: str) -> None:
    page = go(signed_in("helena"), f"{LIST}?{choice}")
    assert page.status == 400
    assert "<h1" in page.text


@pytest.mark.parametrize("choice", ["filter=nothing:1", "hierarchy=upside", "filter=score:high"])
def test_what_the_api_refuses_of_a_choice_is_told_on_the_page(choice: str) -> None:
    page = go(signed_in("helena"), f"{LIST}?{choice}")
    assert page.status == 422
    assert 'role="alert"' in page.text


def test_what_narrows_a_list_stands_above_it_with_the_way_to_take_it_away() -> None:
    page = go(signed_in("helena"), f"{LIST}?class=detractor&score=2")
    assert "Nenhuma resposta com esses filtros" in words(page)
    away = [unescape(each) for each in re.findall(r'href="(?:\.\./)*console/(analyze/responses\?[^"]*)"', page.text)]
    assert any("score=2" in each and "class" not in each for each in away)
    assert any("class=detractor" in each and "score" not in each for each in away)


def test_every_name_of_the_address_is_sent_on_by_the_search_for_words() -> None:
    page = go(signed_in("helena"), f"{FEED}?survey=visit&segment=sul&tone=negative&filter=channel:email")
    search = page.text.partition('role="search"')[2].partition("</form>")[0]
    kept = dict(re.findall(r'name="(\w+)" value="([^"]*)"', search))
    assert kept == {"survey": "visit", "segment": "sul", "tone": "negative", "filter": "channel:email"}
    assert 'name="words"' in search


def test_a_survey_without_answers_says_what_to_do_next() -> None:
    page = go(signed_in("helena"), LIST)
    assert "Nenhuma resposta ainda" in words(page)
    assert "console/deploy/distribute" in page.text


def test_one_response_tells_what_was_asked_and_answered_in_the_words_of_the_survey() -> None:
    told("poa", "first", 2, QUEUE, answers={"reasons": ["price", "staff"]})
    page = go(signed_in("helena"), f"{LIST}/first")
    assert page.status == 200
    for part in ("Você nos recomendaria?", "2 / 10", "O que pesou?", "Preço", "Atendimento", "Conte mais", QUEUE):
        assert part in words(page)
    english = words(signed_in("helena", "en").get(f"/console/{LIST}/first"))
    assert "Would you recommend us?" in english or "Você nos recomendaria?" in english


def test_a_response_leads_to_its_ticket_and_to_who_gave_it() -> None:
    told("poa", "first", 2, QUEUE, contact="ana", contact_name="Ana Souza")
    ticketed("poa", "ticket-1", response="first")
    page = go(signed_in("helena"), f"{LIST}/first").text
    assert "console/action/tickets/ticket-1" in page
    assert "console/admin/contacts/ana" in page


def test_a_response_is_switched_out_of_the_figures_and_back_by_undoing_it() -> None:
    told("poa", "first", 2, QUEUE)
    browser, path = signed_in("helena"), f"{LIST}/first"
    after = then(browser, path, send(browser, path, "/first", reason="Teste da equipe"))
    assert "A resposta saiu dos números." in words(after)
    assert "Teste da equipe" in words(after)
    assert responses.get("first").standing is Standing.EXCLUDED
    assert listed(go(browser, LIST)) == []
    assert listed(go(browser, f"{LIST}?survey=visit&standing=excluded")) == ["first"]
    assert "A resposta conta nos números." in words(undo(browser, after))
    assert responses.get("first").standing is Standing.COUNTED


def test_a_suspect_response_is_taken_in_and_undone_to_what_it_was() -> None:
    told("poa", "first", 2, QUEUE, standing=Standing.SUSPECT)
    browser, path = signed_in("helena"), f"{LIST}/first"
    assert "rajada" in words(go(browser, path))
    after = then(browser, path, send(browser, path, "/first", reason="Conferida por telefone"))
    assert responses.get("first").standing is Standing.COUNTED
    undo(browser, after)
    assert responses.get("first").standing is Standing.SUSPECT


def test_a_switch_without_a_reason_is_refused_beside_the_field() -> None:
    told("poa", "first", 2)
    browser, path = signed_in("helena"), f"{LIST}/first"
    refused = send(browser, path, "/first", reason="  ")
    assert refused.status == 422
    assert 'id="reason-fault"' in refused.text
    assert responses.get("first").standing is Standing.COUNTED


def test_who_switches_what_somebody_else_switched_is_told_and_keeps_the_reason() -> None:
    told("poa", "first", 2)
    browser, path = signed_in("helena"), f"{LIST}/first"
    sent = form(go(browser, path), "/first").fields
    assert send(browser, path, "/first", reason="Primeira").status == 303
    late = browser.post(f"/console/{path}", {**dict(sent), "reason": "Segunda"})
    assert late.status == 412
    assert "Segunda" in late.text


def test_who_may_not_switch_is_offered_nothing_and_refused() -> None:
    told("poa", "first", 2)
    browser = signed_in("davi")
    page = go(browser, f"{LIST}/first")
    assert page.status == 200
    assert 'name="standing"' not in page.text
    fields = {"csrf": browser.token(), "standing": "excluded", "reason": "x", "rev": "1"}
    assert browser.post(f"/console/{LIST}/first", fields).status == 403
    assert responses.get("first").standing is Standing.COUNTED


def test_names_and_telephones_stay_hidden_from_roles_without_personal_data() -> None:
    call = Call(at=NOON, phone="+5511987654321")
    told("poa", "first", 2, f"{QUEUE} {PRIVATE}", contact_name="Ana Souza", call=call)
    for path in (LIST, FEED, f"{LIST}/first"):
        page = go(signed_in("davi"), path).text
        assert not re.search("Ana Souza|98765|ana@example", page), path
    assert "ocultos para o seu papel" in words(go(signed_in("davi"), f"{LIST}/first"))
    whole = go(signed_in("helena"), f"{LIST}/first").text
    assert "Ana Souza" in whole
    assert "+5511987654321" in whole


def test_a_manager_sees_own_places_only() -> None:
    told("poa", "mine", 2, QUEUE)
    told("manaus", "elsewhere", 3, "Tudo errado em Manaus.")
    browser = signed_in("bruno")
    for path in (LIST, FEED):
        page = go(browser, path)
        assert listed(page) == ["mine"]
        assert "Manaus" not in page.text
        assert go(browser, f"{path}?segment=manaus").status in {403, 404}
    assert go(browser, f"{LIST}/elsewhere").status == 404
    fields = {"csrf": browser.token(), "standing": "excluded", "reason": "x", "rev": "1"}
    assert browser.post(f"/console/{LIST}/elsewhere", fields).status in {403, 404}
    assert responses.get("elsewhere").standing is Standing.COUNTED


def test_comments_are_found_by_tone_topic_and_words() -> None:
    told("poa", "queue", 2, QUEUE, received_at=NOON - timedelta(minutes=1))
    told("poa", "price", 10, PRICE, received_at=NOON - timedelta(minutes=2))
    told("poa", "silent", 9, received_at=NOON - timedelta(minutes=3))
    browser = signed_in("helena")
    found = {
        choice: listed(go(browser, f"{FEED}?survey=visit&{choice}"))
        for choice in ("", "tone=negative", "tone=positive", "topic=waiting", "topic=price", "words=caixa", "words=lua")
    }
    assert found == {
        "": ["queue", "price"],
        "tone=negative": ["queue"],
        "tone=positive": ["price"],
        "topic=waiting": ["queue"],
        "topic=price": ["price"],
        "words=caixa": ["queue"],
        "words=lua": [],
    }


def test_hostile_words_are_read_and_do_nothing() -> None:
    told("poa", "first", 2, HOSTILE, contact_name=HOSTILE, answers={"nothing": HOSTILE}, hidden={"x": HOSTILE})
    browser = signed_in("helena")
    for path in (LIST, FEED, f"{LIST}/first", f"{LIST}?words={HOSTILE}", f"{TOPICS}/new"):
        assert HOSTILE not in go(browser, path).text, path


def test_no_choice_is_lost_on_the_way_through_the_bar() -> None:
    everything = {name: "x" for name in choosing._ALL if name not in {"days", "from", "to"}}  # noqa: SLF001 - all of them
    assert dict(re.findall(r"(\w+)=(\w+)", choosing.Chosen(everything).but())) == everything


def test_topics_are_listed_with_how_many_comments_each_finds() -> None:
    told("poa", "queue", 2, QUEUE)
    page = go(signed_in("helena"), TOPICS)
    assert "topic=waiting" in page.text
    assert "100% 1 comentário" in words(page)


def made(browser: Browser, **typed: Any) -> Answer:
    """Make a topic of the company's own."""
    return send(browser, f"{TOPICS}/new", "/new", **{**PARKING, **typed})


def saved(browser: Browser, name: str = "Estacionamento", **typed: Any) -> Answer:
    """Save what was typed on the page of the topic of parking."""
    return deliver(browser, OWN, holding(go(browser, OWN), "name.pt-BR", name), **typed)


def test_a_topic_is_made_changed_turned_off_and_on() -> None:
    browser = signed_in("helena")
    page = then(browser, f"{TOPICS}/new", made(browser))
    assert "Tema “Estacionamento” criado." in words(page)
    assert "manobrista\nvaga</textarea>" in go(browser, OWN).text
    changed = then(browser, OWN, saved(browser, **{"terms__pt-BR": "manobrista\ngaragem"}))
    assert "garagem" in words(changed)
    for turn, state in (("off", "está desligado"), ("on", "está ligado")):
        page = then(browser, OWN, deliver(browser, OWN, holding(go(browser, OWN), "turn", turn)))
        assert f"“Estacionamento” {state}." in words(page)
    assert "garagem" in go(browser, OWN).text


def test_a_topic_that_came_with_the_product_is_turned_off_without_losing_its_terms() -> None:
    browser, path = signed_in("helena"), f"{TOPICS}/price"
    page = then(browser, path, deliver(browser, path, holding(go(browser, path), "turn", "off")))
    assert "está desligado" in words(page)
    assert [(each.code, each.on, each.terms) for each in vocabulary.load().topics] == [("price", False, {})]
    assert 'name="turn" value="on"' in go(browser, path).text


def test_two_topics_of_one_name_are_two() -> None:
    browser = signed_in("helena")
    made(browser)
    assert made(browser).status == 303
    assert "estacionamento-2" in go(browser, TOPICS).text


def test_a_change_is_tried_on_comments_before_it_holds() -> None:
    told("poa", "first", 9, "O manobrista foi gentil.")
    browser = signed_in("helena")
    made(browser, **{"terms__pt-BR": "valet"})
    tried = saved(browser, **{"terms__pt-BR": "manobrista", "try": "1", "survey": "visit"})
    assert tried.status == 200
    assert "Dos 1 comentários mais recentes, acha 1 em vez de 0." in words(tried)
    assert "O manobrista foi gentil." in words(tried)
    assert ">\nmanobrista</textarea>" in tried.text
    assert "valet" in go(browser, OWN).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name__pt-BR": ""}, "name-pt-BR"),
        ({"terms__pt-BR": ""}, "terms-pt-BR"),
        ({"terms__pt-BR": "!"}, "terms-pt-BR"),
        ({"name__en": "x" * 300}, "name-en"),
        ({"excluding__es": "?"}, "excluding-es"),
    ],
    ids=["no name", "no terms", "no words", "long", "excluding"],
)
def test_what_is_refused_of_a_topic_stands_beside_its_field(typed: dict[str, str], field: str) -> None:
    refused = made(signed_in("helena"), **typed)
    assert refused.status == 422
    assert f'id="{field}-fault"' in refused.text
    assert "topics[" not in refused.text
    assert "data-refused" in refused.text


def test_who_overtakes_nobody_saves_a_topic_and_the_late_one_is_told() -> None:
    browser = signed_in("helena")
    made(browser)
    late = holding(go(browser, OWN), "name.pt-BR", "Estacionamento")
    saved(browser, **{"terms__pt-BR": "garagem"})
    refused = deliver(browser, OWN, late, **{"terms__pt-BR": "pátio"})
    assert refused.status == 412
    assert "pátio</textarea>" in refused.text


def test_who_may_not_change_topics_reads_them() -> None:
    browser = signed_in("bruno")
    page = go(browser, f"{TOPICS}/waiting")
    assert page.status == 200
    assert "data-save" not in page.text
    fields = {"csrf": browser.token(), "rev": "0", "name.pt-BR": "Meu", "terms.pt-BR": "meu"}
    assert browser.post(f"/console/{TOPICS}/new", fields).status == 403


def test_a_topic_that_is_not_there_is_not_found() -> None:
    browser = signed_in("helena")
    assert go(browser, f"{TOPICS}/nothing").status == 404
    assert browser.post(f"/console/{TOPICS}/nothing", {"csrf": browser.token(), "rev": "0"}).status == 404
