"""The hours of a place over the API: its own, inherited ones, and what is refused."""

from typing import Any

import pytest

from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key

pytestmark = pytest.mark.usefixtures("aws", "noon", "company")
PATH = "/v1/segments/{}/service-hours"
OFFICE = [{"opens": "09:00", "closes": "18:00"}]
WEEK = {"monday": OFFICE, "friday": [{"opens": "22:00", "closes": "06:00"}]}


@pytest.fixture
def company(aws: None) -> None:  # noqa: ARG001 - the tables come first
    found_company()


def at(segment: str) -> str:
    return PATH.format(segment)


def put(segment: str, body: dict[str, Any], by: str = "", **headers: str) -> Any:
    return ask("PUT", at(segment), by or key(), body=body, headers=headers or None)


def test_where_nobody_said_anything_every_hour_counts() -> None:
    answer = ask("GET", at("poa"), key(Scope.SEGMENTS_READ))

    assert (answer.status, answer.json["rev"]) == (200, 0)
    assert (answer.json["of"], answer.json["week"], answer.json["timezone"]) == (None, None, "America/Sao_Paulo")


def test_hours_hold_for_all_below_that_have_none_of_their_own_and_it_is_said_whose_they_are() -> None:
    put("aurora", {"week": {"monday": OFFICE}})
    stored = put(
        "sul", {"week": WEEK, "days": [{"day": "12-25", "name": "Natal"}, {"day": "2026-12-24", "spans": OFFICE}]}
    )
    held = ask("GET", at("poa"), key()).json

    assert (stored.status, stored.headers["ETag"]) == (200, '"1"')
    assert (held["segment"], held["of"], held["rev"], held["updated_by"]) == ("poa", "sul", 0, "")
    assert held["week"]["friday"] == [{"opens": "22:00", "closes": "06:00"}]
    assert [day["day"] for day in held["days"]] == ["12-25", "2026-12-24"]
    assert ask("GET", at("manaus"), key()).json["of"] == "aurora"


def test_the_hours_of_many_places_are_listed_those_of_their_own_alone() -> None:
    put("sul", {"week": WEEK})
    put("manaus", {"week": {"monday": OFFICE}})
    bound = key(Scope.SEGMENTS_READ, segment="sul")

    listed = ask("GET", "/v1/service-hours", key(Scope.SEGMENTS_READ)).json
    first = ask("GET", "/v1/service-hours", key(), query={"limit": 2}).json
    rest = ask("GET", "/v1/service-hours", bound).json["items"]

    assert [(each["segment"], each["of"], each["rev"]) for each in listed["items"]] == [
        ("manaus", "manaus", 1),
        ("sul", "sul", 1),
    ]
    assert (first["items"], bool(first["next"])) == ([], True)
    assert [each["segment"] for each in rest] == ["sul"]


def test_own_hours_are_taken_away_and_those_above_hold_again() -> None:
    put("aurora", {"week": {"monday": OFFICE}})
    put("poa", {"week": WEEK})
    gone = ask("DELETE", at("poa"), key(), headers={"If-Match": '"1"'})
    again = ask("DELETE", at("poa"), key())

    assert (gone.status, gone.json["of"], gone.json["rev"]) == (200, "aurora", 0)
    assert (again.status, again.code) == (404, "service_hours_not_found")


def test_who_decides_on_what_somebody_else_has_changed_is_told() -> None:
    put("poa", {"week": WEEK})

    assert put("poa", {"week": WEEK}, **{"If-Match": '"0"'}).code == "rev_stale"
    assert put("poa", {"week": WEEK}, **{"If-Match": '"1"'}).headers["ETag"] == '"2"'
    assert ask("DELETE", at("poa"), key(), headers={"If-Match": '"1"'}).status == 412


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field_missing", "week"),
        ({"week": {}}, "hours_none", ""),
        ({"week": {"sexta": OFFICE}}, "value_not_allowed", "week.sexta.[key]"),
        ({"week": {"monday": [{"opens": "9h", "closes": "18:00"}]}}, "value_invalid", "week.monday[0].opens"),
        ({"week": {"monday": [{"opens": "09:00", "closes": "09:00"}]}}, "hours_empty", "week.monday[0]"),
        ({"week": {"monday": OFFICE * 2}}, "hours_overlap", "week.monday"),
        ({"week": WEEK, "days": [{"day": "02-30"}]}, "hours_day", "days[0]"),
        ({"week": WEEK, "days": [{"day": "12-25"}] * 2}, "hours_day_twice", ""),
        ({"week": WEEK, "zone": "UTC"}, "field_unknown", "zone"),
    ],
)
def test_hours_that_mean_nothing_are_refused_with_their_place(body: dict[str, Any], code: str, field: str) -> None:
    answer = put("poa", body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert answer.json["detail"]
    assert ask("GET", at("poa"), key()).json["rev"] == 0


def test_who_is_bound_to_a_part_of_the_hierarchy_sets_hours_there_and_nowhere_else() -> None:
    bound = key(segment="sul")

    assert put("poa", {"week": WEEK}, bound).status == 200
    assert put("manaus", {"week": WEEK}, bound).code == "segment_not_found"
    assert ask("GET", at("aurora"), bound).status == 404
    assert ask("GET", at("lua"), key()).status == 404
    assert put("poa", {"week": WEEK}, key(Scope.SEGMENTS_READ)).status == 403
