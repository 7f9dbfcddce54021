"""The hierarchy as a tree, retired by DELETE, and the review links of a place with where they come from."""

from datetime import datetime
from typing import Any

import pytest

from escuta.directory import segments
from escuta.directory.model import Scope
from tests.functions.callers import Answer, ask, found_company, key

TREE = "/v1/segment-tree"
GOOGLE = "https://g.page/r/CX/review"
OWN = "https://g.page/r/POA/review"
X = "https://x.com/aurora"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def drawn(answer: Answer) -> list[tuple[str, int, list[str]]]:
    return [(each["code"], each["depth"], each["children"]) for each in answer.json["items"]]


def links(code: str, said: dict[str, str], text: str = "", **headers: str) -> Answer:
    path = f"/v1/segments/{code}/review-links"
    return ask("PUT", path, text or key(), body={"links": said}, headers=headers)


def test_the_hierarchy_is_told_in_one_answer_as_a_tree_is_drawn() -> None:
    assert drawn(ask("GET", TREE, key(Scope.SEGMENTS_READ))) == [
        ("aurora", 0, ["norte", "sul"]),
        ("norte", 1, ["manaus"]),
        ("manaus", 2, []),
        ("sul", 1, ["curitiba", "poa"]),
        ("curitiba", 2, []),
        ("poa", 2, []),
    ]


def test_a_bound_key_sees_its_subtree_from_its_own_top() -> None:
    answer = ask("GET", TREE, key(segment="sul"))

    assert drawn(answer) == [("sul", 0, ["curitiba", "poa"]), ("curitiba", 1, []), ("poa", 1, [])]
    assert [each["parent"] for each in answer.json["items"]] == [None, "sul", "sul"]
    assert ask("GET", TREE, key(segment="sul"), query={"under": "norte"}).status == 404


def test_the_tree_tells_where_a_place_names_pages_of_reviews_itself() -> None:
    links("sul", {"x": X, "google": GOOGLE})

    told = {each["code"]: each["networks"] for each in ask("GET", TREE, key(), query={"under": "sul"}).json["items"]}
    assert told == {"sul": ["google", "x"], "curitiba": [], "poa": []}


def test_retired_places_are_drawn_only_when_they_are_asked_for() -> None:
    segments.retire(segments.get("poa"))

    assert drawn(ask("GET", TREE, key(), query={"under": "sul"})) == [("sul", 0, ["curitiba"]), ("curitiba", 1, [])]
    whole = ask("GET", TREE, key(), query={"under": "sul", "retired": "true"})
    assert [(each["code"], each["retired"]) for each in whole.json["items"]] == [
        ("sul", False),
        ("curitiba", False),
        ("poa", True),
    ]


def test_deleting_a_place_retires_it_and_what_is_below_only_when_that_is_said() -> None:
    alone = ask("DELETE", "/v1/segments/sul", key())
    whole = ask("DELETE", "/v1/segments/sul", key(Scope.SEGMENTS_WRITE), query={"cascade": "true"})

    assert (alone.status, alone.code) == (409, "segment_has_children")
    assert (whole.status, whole.json["retired_at"] is not None) == (200, True)
    assert segments.get("poa").retired_at is not None
    assert ask("DELETE", "/v1/segments/sul", key()).json == whole.json


@pytest.mark.parametrize(
    ("path", "bound", "status", "code"),
    [
        ("aurora", "", 422, "segment_root_stays"),
        ("nowhere", "", 404, "segment_not_found"),
        ("norte", "sul", 404, "segment_not_found"),
        ("sul", "sul", 403, "whole_hierarchy_only"),
        ("poa", "sul", 200, "poa"),
    ],
)
def test_only_what_lies_below_ones_own_top_may_be_deleted(path: str, bound: str, status: int, code: str) -> None:
    answer = ask("DELETE", f"/v1/segments/{path}", key(segment=bound))

    assert (answer.status, answer.json["code"]) == (status, code)


def test_a_place_tells_its_own_review_links_and_those_it_offers_with_where_they_come_from() -> None:
    assert links("aurora", {"x": X, "google": GOOGLE}).status == 200

    told = links("poa", {"google": OWN}).json

    assert (told["segment"], told["links"]) == ("poa", {"google": OWN})
    assert told["offered"] == [
        {"network": "google", "url": OWN, "host": "g.page", "segment": "poa"},
        {"network": "x", "url": X, "host": "x.com", "segment": "aurora"},
    ]
    assert ask("GET", "/v1/segments/poa/review-links", key(Scope.SEGMENTS_READ)).json == told


def test_a_link_that_a_place_takes_back_is_that_of_the_place_above_again() -> None:
    links("aurora", {"google": GOOGLE})
    links("poa", {"google": OWN})

    (offered,) = links("poa", {}).json["offered"]

    assert (offered["url"], offered["segment"]) == (GOOGLE, "aurora")


def test_links_are_replaced_only_on_the_revision_that_was_read() -> None:
    first = links("poa", {"google": OWN}, **{"If-Match": '"1"'})
    stale = links("poa", {}, **{"If-Match": '"1"'})

    assert (first.status, first.json["rev"]) == (200, 2)
    assert (stale.status, stale.code) == (412, "rev_stale")


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"google": "https://evil.example/g.page"}, "share_url", "share.google"),
        ({"google": "http://g.page/r/CX"}, "share_url", "share.google"),
        ({"orkut": "https://orkut.example/"}, "share_network", "share.orkut"),
        ({"other": "https://opina.example/aurora"}, "share_url", "share.other"),
    ],
)
def test_an_address_that_is_no_page_of_its_network_is_refused(said: dict[str, Any], code: str, field: str) -> None:
    answer = links("poa", said)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_a_bound_key_says_the_links_of_its_own_places_alone() -> None:
    bound = key(segment="sul")

    assert links("poa", {"google": OWN}, bound).status == 200
    assert links("manaus", {"google": OWN}, bound).code == "segment_not_found"
    assert ask("GET", "/v1/segments/manaus/review-links", bound).status == 404
