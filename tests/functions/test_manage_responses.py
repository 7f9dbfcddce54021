from datetime import datetime, timedelta

import pytest

from escuta import table
from escuta.feedback.model import ResponseState
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


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
    assert shown["comment_says"] == {"language": "pt-BR", "sentiment": -0.32, "tone": "negative", "topics": ["waiting"]}
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
