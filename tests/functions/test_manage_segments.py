from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from tests.functions.callers import answered, ask, found_company, key, open_survey


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

    assert answer.headers["ETag"].startswith('"1-')
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
        "postal_code": "",
        "external_reference": "",
        "attributes": {},
        "share": {},
        "share_hosts": [],
        "moving_from": [],
        "retired_at": None,
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
        ({"parent": "norte"}, "segment_root_stays", "parent"),
        ({"retired": True}, "segment_root_stays", "retired"),
        ({"timezone": "Brasilia"}, "timezone_unknown", "timezone"),
        ({"country": "Brasil"}, "country_unknown", "country"),
        ({"postal_code": "9" * 33}, "too_long", "postal_code"),
        ({"attributes": {"area": "1" * 501}}, "too_long", "attributes.area"),
        ({"attributes": {str(number): "1" for number in range(51)}}, "too_many", "attributes"),
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


def change(code: str, text: str = "", **body: Any) -> Any:
    return ask("PATCH", f"/v1/segments/{code}", text or key(), body=body)


def path_of(code: str) -> list[str]:
    path: list[str] = ask("GET", f"/v1/segments/{code}", key()).json["path"]
    return path


def test_every_field_of_a_store_can_be_changed_and_attributes_come_and_go_one_by_one() -> None:
    change("poa", attributes={"area": "120", "format": "express"})

    answer = change(
        "poa",
        timezone="America/Bahia",
        address="Rua dos Andradas 1001",
        city="Porto Alegre",
        state="RS",
        country="br",
        postal_code="90020-007",
        external_reference="SAP-77",
        attributes={"area": None, "format": "mega"},
    )

    changed = answer.json
    assert changed == ask("GET", "/v1/segments/poa", key()).json
    assert changed["attributes"] == {"format": "mega"}
    assert (changed["timezone"], changed["country"], changed["postal_code"]) == ("America/Bahia", "BR", "90020-007")
    assert (changed["address"], changed["external_reference"]) == ("Rua dos Andradas 1001", "SAP-77")
    assert (changed["name"], changed["path"]) == ("Poa", ["aurora", "sul", "poa"])


def test_a_region_moves_with_all_its_stores_and_its_history_says_who_moved_it() -> None:
    answer = change("sul", parent="norte", name="Sul do Norte")

    assert (answer.status, answer.json["path"], answer.json["name"]) == (
        200,
        ["aurora", "norte", "sul"],
        "Sul do Norte",
    )
    assert listed(key()) == ["aurora", "norte", "manaus", "sul", "curitiba", "poa"]
    assert path_of("poa") == ["aurora", "norte", "sul", "poa"]
    (moved,) = ask("GET", "/v1/segments/sul/moves", key()).json["items"]
    assert moved.pop("moved_at").startswith("2026-03-10T15:00")
    assert moved == {"from_path": ["aurora", "sul"], "to_path": ["aurora", "norte", "sul"], "moved_by": "ERP"}
    assert ask("GET", "/v1/segments/poa/moves", key()).json == {"items": [], "next": None}


def test_the_same_move_again_moves_nothing() -> None:
    change("poa", parent="norte")
    again = change("poa", parent="norte")

    assert (again.status, again.json["rev"]) == (200, 2)
    assert len(ask("GET", "/v1/segments/poa/moves", key()).json["items"]) == 1


@pytest.mark.parametrize(
    ("code", "parent", "status", "refusal"),
    [
        ("sul", "poa", 422, "segment_cycle"),
        ("sul", "sul", 422, "segment_cycle"),
        ("sul", "nowhere", 404, "segment_not_found"),
        ("poa", "manaus", 409, "segment_parent_retired"),
    ],
)
def test_a_segment_moves_only_where_it_can_stand(code: str, parent: str, status: int, refusal: str) -> None:
    change("manaus", retired=True)

    answer = change(code, parent=parent)

    assert (answer.status, answer.code) == (status, refusal)
    assert path_of("poa") == ["aurora", "sul", "poa"]


def test_a_region_with_open_stores_is_retired_only_with_them() -> None:
    refused = change("sul", retired=True)
    closed = change("sul", retired=True, cascade=True)

    assert (refused.status, refused.code, refused.json["details"]) == (409, "segment_has_children", {"count": 2})
    assert closed.json["retired_at"].startswith("2026-03-10T15:00")
    assert listed(key(), retired="true") == ["sul", "curitiba", "poa"]
    assert listed(key(), retired="false") == ["aurora", "norte", "manaus"]


def test_a_retired_store_is_opened_again_after_its_region() -> None:
    change("sul", retired=True, cascade=True)

    early = change("poa", retired=False)
    change("sul", retired=False)

    assert (early.status, early.code, early.json["field"]) == (409, "segment_parent_retired", "parent")
    assert change("poa", retired=False).json["retired_at"] is None
    assert listed(key(), retired="true") == ["curitiba"]


def test_nothing_new_begins_in_a_retired_store() -> None:
    open_survey()
    change("poa", retired=True)

    below = ask("POST", "/v1/segments", key(), body={"code": "kiosk", "name": "Kiosk", "parent": "poa"})
    link = ask("POST", "/v1/tokens", key(), body={"survey": "visit", "segment": "poa", "label": "Door"})

    intercept = {"name": "Shop", "survey": "visit", "segment": "poa", "origins": ["https://shop.example"]}
    website = ask("POST", "/v1/intercepts", key(), body={**intercept, "trigger": {"delay_seconds": 5}})
    sending = {
        "name": "March",
        "survey": "visit",
        "audience": "segments",
        "segments": ["poa"],
        "strategy": "prefer_email",
    }

    assert (below.status, below.code) == (409, "segment_parent_retired")
    for answer in (link, website, ask("POST", "/v1/deployments", key(), body=sending)):
        assert (answer.status, answer.code) == (409, "segment_retired")


def test_a_bound_key_retires_what_is_below_its_segment_and_never_the_segment_itself() -> None:
    bound = key(segment="sul")

    itself = change("sul", bound, retired=True, cascade=True)
    assert (itself.status, itself.code) == (403, "whole_hierarchy_only")
    assert change("poa", bound, retired=True).status == 200


def test_a_bound_key_moves_inside_its_subtree_and_never_the_subtree_itself() -> None:
    bound = key(segment="sul")

    assert change("poa", bound, parent="curitiba").json["path"] == ["aurora", "sul", "curitiba", "poa"]
    outside = change("poa", bound, parent="norte")
    assert (outside.status, outside.code) == (404, "segment_not_found")
    itself = change("sul", bound, parent="curitiba")
    assert (itself.status, itself.code) == (403, "whole_hierarchy_only")
    assert ask("GET", "/v1/segments/manaus/moves", bound).status == 404


def test_a_response_keeps_the_path_as_it_was_and_says_where_its_store_stands_now() -> None:
    open_survey()
    answered("poa")
    change("poa", parent="norte")

    by_segment = ask("GET", "/v1/responses", key(), query={"survey": "visit", "segment": "poa"}).json["items"]

    for shown in (*by_segment, ask("GET", "/v1/responses/first", key()).json):
        assert shown["segment_path"] == ["aurora", "sul", "poa"]
        assert shown["segment_path_now"] == ["aurora", "norte", "poa"]


@pytest.mark.parametrize(
    ("place", "body", "code"),
    [
        ("aurora", {"name": "Nova", "retired": True}, "segment_root_stays"),
        ("sul", {"name": "Nova", "retired": True}, "segment_has_children"),
        ("sul", {"parent": "norte", "retired": True}, "segment_has_children"),
        ("poa", {"name": "Nova", "retired": False}, "segment_parent_retired"),
    ],
)
def test_a_change_of_which_a_part_is_refused_changes_nothing(place: str, body: dict[str, Any], code: str) -> None:
    if code == "segment_parent_retired":
        ask("PATCH", "/v1/segments/sul", key(), body={"retired": True, "cascade": True})
    before = ask("GET", f"/v1/segments/{place}", key()).json

    answer = ask("PATCH", f"/v1/segments/{place}", key(), body=body)

    assert (answer.code, ask("GET", f"/v1/segments/{place}", key()).json) == (code, before)


def test_half_a_character_is_no_text() -> None:
    answer = ask("PATCH", "/v1/segments/poa", key(), raw='{"name": "\ud800"}')

    assert (answer.status, answer.code) == (400, "body_not_json")
