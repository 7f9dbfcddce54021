from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Product, Scope
from escuta.feedback import surveys, tickets
from escuta.feedback.model import Call, Origin, Question, QuestionKind, Response, ResponseState, Standing
from tests.conftest import NOON
from tests.functions.callers import Answer, answered, ask, found_company, key, open_survey, ticketed
from tests.functions.respondents import DRAFT


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def test_responses_are_listed_the_newest_first_page_by_page() -> None:
    for number in range(3):
        answered("poa", f"answer-{number}", received_at=NOON + timedelta(minutes=number))
    text, query = key(), {"survey": "visit", "segment": "poa", "limit": 2}

    page = ask("GET", "/v1/responses", text, query=query).json
    rest = ask("GET", "/v1/responses", text, query={**query, "cursor": page["next"]}).json

    assert [item["id"] for item in page["items"]] == ["answer-2", "answer-1"]
    assert [item["id"] for item in rest["items"]] == ["answer-0"]


def test_a_response_shows_what_was_answered_and_nothing_of_its_link() -> None:
    answered("poa", "first", 3, comment="Fila longa", link_key="secret")

    shown = ask("GET", "/v1/responses/first", key()).json

    assert (shown["score"], shown["score_class"], shown["comment"]) == (3, "detractor", "Fila longa")
    assert shown["comment_says"] == {
        "language": "pt-BR", "sentiment": -0.32, "tone": "negative", "topics": ["waiting"], "by": "offline"
    }  # fmt: skip
    assert shown["segment_path"] == ["aurora", "sul", "poa"]
    assert not {"link_key", "body_hash"} & shown.keys()


def test_a_deleted_response_is_neither_listed_nor_shown() -> None:
    stored = answered("poa", "first")
    table.save(stored.changed(state=ResponseState.DELETED))

    assert ask("GET", "/v1/responses", key(), query={"survey": "visit", "segment": "poa"}).json["items"] == []
    assert ask("GET", "/v1/responses/first", key()).status == 404


def test_the_list_of_a_region_is_not_that_of_its_stores() -> None:
    answered("poa", "first")

    assert ask("GET", "/v1/responses", key(), query={"survey": "visit", "segment": "sul"}).json["items"] == []


COMMENT = "Fila longa. Me liguem: 11 98765-4321, ana@example.com"
MASKED = "Fila longa. Me liguem: [phone], [e-mail]"
SEEING = (Scope.RESPONSES_READ, Scope.TICKETS_READ)
OLD = dict.fromkeys(DRAFT.languages, "Gostou da vitrine?")
ENGLISH = {"Accept-Language": "en"}


def asked(text: str = "", **query: Any) -> Answer:
    return ask("GET", "/v1/responses", text or key(), query={"survey": "visit", "segment": "sul", **query})


def names(answer: Answer) -> list[str]:
    return [item["id"] for item in answer.json["items"]]


def called_back(name: str = "first") -> Response:
    """Store an answer of somebody who wants to be called."""
    answers = {"nps": 2, "comment": COMMENT, "who": {"name": "Ana Souza", "phone": "+5511987654321"}}
    fields = {"contact_name": "Ana Souza", "call": Call(at=NOON, phone="+5511987654321")}
    return answered("poa", name, 2, comment=COMMENT, answers=answers, hidden={"mail": "ana@example.com"}, **fields)


def test_a_list_says_nothing_of_who_answered() -> None:
    called_back()

    (item,) = ask("GET", "/v1/responses", key(), query={"survey": "visit", "segment": "poa"}, headers=ENGLISH).json[
        "items"
    ]

    assert (item["comment"], item["answers"]["comment"], item["masked"]) == (MASKED, MASKED, True)
    assert (item["contact_name"], item["call"]["phone"]) == ("•••", "•••")
    assert item["answers"]["who"] == {"name": "•••", "phone": "•••"}
    assert item["hidden"] == {"mail": "[e-mail]"}
    assert item["answers"]["nps"] == 2


def test_one_response_says_who_answered_to_those_who_may_see_personal_data_alone() -> None:
    called_back()

    whole = ask("GET", "/v1/responses/first", key(Scope.RESPONSES_PERSONAL, *SEEING)).json
    masked = ask("GET", "/v1/responses/first", key(*SEEING), headers=ENGLISH).json

    assert (whole["comment"], whole["call"]["phone"], whole["contact_name"], whole["masked"]) == (
        COMMENT,
        "+5511987654321",
        "Ana Souza",
        False,
    )
    assert whole["answers"]["who"]["phone"] == "+5511987654321"
    assert (masked["comment"], masked["call"]["phone"], masked["contact_name"]) == (MASKED, "•••", "•••")


def test_a_switch_shows_no_more_of_a_response_than_reading_it() -> None:
    called_back()
    body = {"standing": "excluded", "reason": "Teste da equipe"}

    switched = ask("PATCH", "/v1/responses/first", key(Scope.RESPONSES_WRITE), body=body, headers=ENGLISH).json

    assert (switched["comment"], switched["contact_name"]) == (MASKED, "•••")


def test_what_is_masked_cannot_be_searched_for_either() -> None:
    called_back()

    assert names(asked(key(*SEEING), subtree=True, words="98765")) == []
    assert names(asked(key(Scope.RESPONSES_PERSONAL, *SEEING), subtree=True, words="98765")) == ["first"]


def test_each_of_a_list_has_the_names_and_the_tickets_that_belong_to_it() -> None:
    table.create(Product(code="tv", name="Televisores"))
    answered("poa", "first", 2, product="tv")
    answered("curitiba", "second", 9, received_at=NOON - timedelta(minutes=1))
    for place, rule in (("poa", tickets.DETRACTOR.id), ("manaus", tickets.CALL_ME.id)):
        ticketed(place, tickets.identity("first", rule), response="first", rule=f"{rule}@1")

    def opened(text: str) -> list[list[str]]:
        return [[ticket["rule"] for ticket in item["tickets"]] for item in asked(text, subtree=True).json["items"]]

    first, second = asked(subtree=True).json["items"]
    assert (first["segment_name"], first["product_name"], first["at"]) == ("Poa", "Televisores", "2026-03-10T15:00:00Z")
    assert (second["segment_name"], second["product_name"]) == ("Curitiba", "")
    assert first["tickets"][0].keys() == {
        "id", "rule", "state", "priority", "segment", "owner", "due_at", "closed_at"
    }  # fmt: skip
    assert sorted(opened(key())[0]) == ["call_me@1", "detractor@1"]
    assert opened(key(*SEEING, segment="sul")) == [["detractor@1"], []]
    assert opened(key(Scope.RESPONSES_READ)) == [[], []]


def test_a_ticket_that_an_answer_took_over_from_a_tap_stands_with_the_answer() -> None:
    answered("poa", "sent", 2, replaces="tap")
    ticketed("poa", tickets.identity("tap", tickets.DETRACTOR.id), response="sent")

    (item,) = asked(subtree=True).json["items"]

    assert [ticket["id"] for ticket in item["tickets"]] == [tickets.identity("tap", tickets.DETRACTOR.id)]


def test_a_ticket_that_somebody_opened_by_hand_stands_with_the_answer_it_is_about() -> None:
    answered("poa", "first", 9)
    made = ask("POST", "/v1/tickets", key(), body={"response": "first"}).json

    (item,) = asked(subtree=True).json["items"]

    assert [(ticket["id"], ticket["rule"]) for ticket in item["tickets"]] == [(made["id"], "manual")]


def test_a_list_takes_what_a_figure_takes() -> None:
    answered("poa", "yesterday", 9, received_at=NOON - timedelta(days=1), day="2026-03-09", product="tv")
    answered("poa", "today", 2, received_at=NOON - timedelta(minutes=3), product="sofa", comment="Fila longa")
    answered("curitiba", "tap", 9, received_at=NOON - timedelta(minutes=2), origin=Origin.TAPPED)
    answered("curitiba", "flagged", 9, received_at=NOON - timedelta(minutes=1), standing=Standing.FLAGGED)

    def found(**query: Any) -> list[str]:
        return names(asked(subtree=True, **query))

    assert found() == ["flagged", "tap", "today", "yesterday"]
    assert found(include="") == ["tap", "today", "yesterday"]
    assert found(include="flagged,suspect", without="tapped") == ["flagged", "today", "yesterday"]
    assert found(standing="flagged", include="") == []
    assert found(**{"from": "2026-03-09", "to": "2026-03-09"}) == ["yesterday"]
    assert found(filter="product:tv,sofa;class:detractor") == ["today"]
    assert found(filter="topic:waiting", commented="true", question="nps") == ["today"]
    assert found(words="filas") == ["today"]
    assert names(asked(subtree=True, segment="curitiba", origin="tapped")) == ["tap"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-03-09", "to": "2026-03-08"}, "from"),
        ({"include": "counted"}, "include"),
        ({"without": "flagged"}, "without"),
        ({"filter": "shop:tv"}, "filter"),
        ({"filter": "product"}, "filter"),
        ({"filter": "answer:9"}, "filter"),
        ({"filter": ";".join(["product:tv"] * 11)}, "filter"),
        ({"hierarchy": "was"}, "hierarchy"),
        ({"words": "w" * 201}, "words"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(query: dict[str, str], field: str) -> None:
    answer = asked(**query)

    assert (answer.status, answer.json["field"]) == (422, field)


def test_a_value_with_our_own_signs_in_it_is_written_as_in_any_address() -> None:
    answered("poa", "first", 9, product="tv,50;4:3")

    assert names(asked(subtree=True, filter="product:tv%2C50%3B4%3A3")) == ["first"]


def test_who_looks_at_a_part_of_the_hierarchy_sees_what_moved_there_and_what_has_left() -> None:
    answered("poa", "first")
    segments.move(segments.get("poa"), "norte")
    north, south = key(segment="norte"), key(segment="sul")

    assert ask("GET", "/v1/responses/first", north).status == 200
    assert ask("GET", "/v1/responses/first", south).status == 200
    assert ask("GET", "/v1/responses/first", key(segment="curitiba")).status == 404
    assert names(asked(south, subtree=True)) == ["first"]
    assert names(asked(north, segment="norte", subtree=True, hierarchy="as_is")) == ["first"]
    assert asked(north, subtree=True).status == 404


def test_a_page_says_how_far_it_looked_and_the_last_one_that_it_is_the_last() -> None:
    for number in range(3):
        answered("poa", f"answer-{number}", received_at=NOON - timedelta(minutes=number))

    text = key()
    page = asked(text, subtree=True, limit=2).json
    rest = asked(text, subtree=True, limit=2, cursor=page["next"]).json

    assert [item["id"] for item in page["items"]] == ["answer-0", "answer-1"]
    assert page["looked_back_to"] == "2026-03-10T14:59:00Z"
    assert [item["id"] for item in rest["items"]] == ["answer-2"]
    assert (rest["next"], rest["looked_back_to"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"survey": "visits"}, 404, ""),
        ({"survey": "v" * 3_000}, 422, "survey"),
        ({"segment": "s" * 3_000}, 422, "segment"),
        ({"question": "nsp"}, 422, "question"),
        ({"filter": "class:promotor"}, 422, "filter"),
        ({"filter": "channel:fax"}, 422, "filter"),
        ({"filter": "answer.nsp:9"}, 422, "filter"),
        ({"filter": "dimension.hidden.plan:gold"}, 422, "filter"),
        ({"filter": f"product:{'x' * 3_000}"}, 422, "filter"),
        ({"filter": "product:tv;" * 300}, 422, "filter"),
        ({"words": "';-- "}, 422, "words"),
    ],
    ids=[
        "survey",
        "long survey",
        "long segment",
        "question",
        "class",
        "channel",
        "answer",
        "dimension",
        "long",
        "many",
        "signs",
    ],
)
def test_what_a_survey_does_not_have_is_refused_and_not_answered_with_an_empty_list(
    query: dict[str, str], status: int, field: str
) -> None:
    answered("poa")

    refused = asked(**query)

    assert (refused.status, refused.json.get("field", "")) == (status, field)


def test_who_may_not_see_personal_data_cannot_ask_for_it_by_a_filter_either() -> None:
    called_back()
    words = COMMENT.replace(",", "%2C").replace(":", "%3A")

    refused = asked(key(*SEEING), subtree=True, filter=f"answer.comment:{words}")

    assert (refused.status, refused.code, refused.json["field"]) == (422, "value_not_allowed", "filter")


def test_answers_to_a_question_that_the_survey_asks_no_more_are_found() -> None:
    answered("poa", "first", answers={"nps": 9, "old": 3})
    with_it = DRAFT.changed(questions=(*DRAFT.questions, Question(id="old", kind=QuestionKind.CSAT, text=OLD)))
    surveys.publish("visit", with_it)
    surveys.publish("visit", DRAFT)

    assert names(asked(subtree=True, question="old")) == ["first"]
