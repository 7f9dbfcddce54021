from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def listed(text: str, **query: str) -> list[str]:
    return [item["code"] for item in ask("GET", "/v1/segments", text, query=query).json["items"]]


def test_the_hierarchy_is_listed_parents_first() -> None:
    assert listed(key()) == ["aurora", "norte", "manaus", "sul", "curitiba", "poa"]
    assert listed(key(), under="sul") == ["sul", "curitiba", "poa"]


def test_a_bound_key_sees_its_subtree_only() -> None:
    assert listed(key(segment="sul")) == ["sul", "curitiba", "poa"]
    assert listed(key(segment="poa")) == ["poa"]


def test_a_segment_shows_its_path_its_time_zone_and_its_revision() -> None:
    answer = ask("GET", "/v1/segments/manaus", key(Scope.SEGMENTS_READ))

    assert answer.headers["ETag"] == '"1"'
    assert answer.json == {
        "rev": 1,
        "code": "manaus",
        "name": "Manaus",
        "parent": "norte",
        "timezone": "America/Manaus",
        "address": "",
        "city": "",
        "state": "",
        "country": "BR",
        "share": {},
        "share_hosts": [],
        "path": ["aurora", "norte", "manaus"],
    }


def test_a_new_store_stands_below_its_parent() -> None:
    body = {"code": "bage", "name": "Bagé", "parent": "sul", "city": "Bagé", "state": "RS"}

    answer = ask("POST", "/v1/segments", key(), body=body)

    assert (answer.status, answer.headers["Location"]) == (201, "segments/bage")
    assert (answer.json["path"], answer.json["timezone"]) == (["aurora", "sul", "bage"], "America/Sao_Paulo")
    assert ask("GET", "/v1/segments/bage", key()).json == answer.json


def test_a_bound_key_adds_below_its_segment_and_nowhere_else() -> None:
    bound = key(segment="sul")

    assert ask("POST", "/v1/segments", bound, body={"code": "bage", "name": "Bagé", "parent": "poa"}).status == 201
    for parent in ("aurora", "norte", "nowhere"):
        answer = ask("POST", "/v1/segments", bound, body={"code": "belem", "name": "Belém", "parent": parent})
        assert (answer.status, answer.code) == (404, "segment_not_found")
    answer = ask("POST", "/v1/segments", bound, body={"code": "belem", "name": "Belém"})
    assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"code": "poa"}, 409, "segment_exists", None),
        ({"code": "Bagé"}, 422, "segment_code_invalid", "code"),
        ({"name": ""}, 422, "segment_name_invalid", "name"),
        ({"timezone": "Brasilia"}, 422, "timezone_unknown", "timezone"),
        ({"parent": None}, 409, "segment_root_exists", "parent"),
        ({"city": 7}, 422, "value_invalid", "city"),
    ],
)
def test_a_segment_that_cannot_be_is_refused(
    changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    body = {"code": "bage", "name": "Bagé", "parent": "sul", "timezone": "America/Sao_Paulo", **changes}

    answer = ask("POST", "/v1/segments", key(), body=body)

    assert (answer.status, answer.code, answer.json.get("field")) == (status, code, field)


GOOGLE = "https://search.google.com/local/writereview?placeid=ChIJ"


def test_a_segment_gets_another_name_and_its_review_links() -> None:
    answer = ask("PATCH", "/v1/segments/poa", key(), body={"name": " Porto Alegre ", "share": {"google": GOOGLE}})

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["name"], answer.json["share"]) == ("Porto Alegre", {"google": GOOGLE})
    assert ask("GET", "/v1/segments/poa", key()).json == answer.json
    kept = ask("PATCH", "/v1/segments/poa", key(), body={"name": "POA"}).json
    assert (kept["name"], kept["share"]) == ("POA", {"google": GOOGLE})


def test_a_segment_is_changed_as_it_was_read_or_not_at_all() -> None:
    ask("PATCH", "/v1/segments/poa", key(), body={"name": "Porto"})

    answer = ask("PATCH", "/v1/segments/poa", key(), body={"name": "Alegre"}, headers={"If-Match": '"1"'})

    assert (answer.status, answer.code) == (412, "rev_stale")
    assert ask("GET", "/v1/segments/poa", key()).json["name"] == "Porto"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"share": {"orkut": "https://orkut.com/a"}}, "share_network", "share.orkut"),
        ({"share": {"google": "https://evil.example/maps"}}, "share_url", "share.google"),
        ({"share": {"other": "https://reviews.example/aurora"}}, "share_url", "share.other"),
        ({"share_hosts": ["https://reviews.example"]}, "share_host", "share_hosts"),
        ({"name": " "}, "segment_name_invalid", "name"),
        ({"code": "other"}, "field_unknown", "code"),
        ({"parent": "norte"}, "field_unknown", "parent"),
    ],
)
def test_a_change_that_cannot_be_is_refused(body: dict[str, Any], code: str, field: str) -> None:
    answer = ask("PATCH", "/v1/segments/aurora", key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_a_new_store_may_bring_its_review_links() -> None:
    body = {"code": "bage", "name": "Bagé", "parent": "sul", "share": {"x": "https://x.com/aurora"}}

    assert ask("POST", "/v1/segments", key(), body=body).json["share"] == {"x": "https://x.com/aurora"}
    worse = {**body, "code": "pelotas", "share": {"x": "https://x.com.evil.example/aurora"}}
    assert ask("POST", "/v1/segments", key(), body=worse).code == "share_url"


def test_a_host_beyond_the_networks_is_allowed_at_the_root_and_then_everywhere() -> None:
    link = {"other": "https://reviews.example/aurora"}

    refused = ask("PATCH", "/v1/segments/poa", key(), body={"share": link})
    allowed = ask("PATCH", "/v1/segments/aurora", key(), body={"share_hosts": ["reviews.example"]})

    assert (refused.code, allowed.json["share_hosts"]) == ("share_url", ["reviews.example"])
    assert ask("PATCH", "/v1/segments/poa", key(), body={"share": link}).json["share"] == link
    below = ask("PATCH", "/v1/segments/poa", key(), body={"share_hosts": ["a.example"]})
    assert (below.status, below.code) == (422, "share_hosts_root")


def test_a_bound_key_changes_segments_of_its_subtree_and_no_hosts() -> None:
    bound = key(segment="sul")

    assert ask("PATCH", "/v1/segments/poa", bound, body={"name": "Porto"}).status == 200
    outside = ask("PATCH", "/v1/segments/manaus", bound, body={"name": "Manaos"})
    assert (outside.status, outside.code) == (404, "segment_not_found")
    hosts = ask("PATCH", "/v1/segments/sul", bound, body={"share_hosts": ["a.example"]})
    assert (hosts.status, hosts.code) == (403, "whole_hierarchy_only")
