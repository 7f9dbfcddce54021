"""The rules of every sending: read, replaced whole, refused with their place."""

from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.outreach import sending_rules
from tests.functions.callers import ask, found_company, key

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATH = "/v1/sending-rules"


def rule(name: str = "30 dias", **fields: Any) -> dict[str, Any]:
    return {"name": name, "days": 30, **fields}


def test_where_nobody_has_decided_people_rest_for_thirty_days() -> None:
    answer = ask("GET", PATH, key(Scope.SENDING_READ))

    assert (answer.status, answer.json["rev"]) == (200, 0)
    (first,) = answer.json["rest"]
    assert (first["days"], first["at_most"], first["scope"], first["after"], first["then"]) == (
        30,
        1,
        "organisation",
        "invitation",
        "skip",
    )


def test_rules_are_replaced_whole_and_hold_at_once_with_who_decided() -> None:
    body = {"rest": [rule("pesquisa", scope="survey", days=90, then="defer")], "reply_to": "manager"}
    stored = ask("PUT", PATH, key(Scope.SENDING_WRITE), body=body, headers={"If-Match": '"0"'})

    assert (stored.status, stored.headers["ETag"]) == (200, '"1"')
    assert stored.json["updated_by"]
    assert stored.json["updated_at"][:19] == "2026-03-10T15:00:00"
    assert sending_rules.current().rest[0].name == "pesquisa"
    again = ask("GET", PATH, key()).json
    assert (again["rest"][0]["then"], again["reply_to"], again["exclude"]) == ("defer", "manager", [])


def test_who_decides_on_what_somebody_else_has_changed_is_told() -> None:
    ask("PUT", PATH, key(), body={"rest": [rule()]})
    stale = ask("PUT", PATH, key(), body={"rest": []}, headers={"If-Match": '"0"'})

    assert (stale.status, stale.code) == (412, "rev_stale")
    assert len(sending_rules.load().rest) == 1


def test_nobody_needs_a_rule_and_then_the_floor_alone_holds() -> None:
    assert ask("PUT", PATH, key(), body={"rest": []}).status == 200
    assert sending_rules.load().rest == ()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"rest": [rule(), rule("30 DIAS")]}, "rules_name_twice", "rest[1].name"),
        ({"rest": [rule(scope="channel", after="response")]}, "rest_channel_response", "rest[0].scope"),
        ({"rest": [rule(days=400)]}, "value_too_large", "rest[0].days"),
        ({"rest": [rule(at_most=0)]}, "value_too_small", "rest[0].at_most"),
        ({"rest": [rule(then="forget")]}, "value_not_allowed", "rest[0].then"),
        (
            {"exclude": [{"name": "x", "when": [{"field": "mood", "op": "is", "value": "bad"}]}]},
            "rules_field_unknown",
            "exclude[0].when[0].field",
        ),
        (
            {"exclude": [{"name": "x", "when": [{"field": "segment", "op": "is", "value": "lua"}]}]},
            "rules_segment_unknown",
            "exclude[0].when[0].value",
        ),
        ({"reply_to": "nobody"}, "email_invalid", "reply_to"),
        ({"mood": "bad"}, "field_unknown", "mood"),
    ],
)
def test_rules_that_mean_nothing_are_refused_with_their_place(body: dict[str, Any], code: str, field: str) -> None:
    found_company()
    answer = ask("PUT", PATH, key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert answer.json["detail"]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_rules_are_for_whom_may_see_everything(method: str) -> None:
    found_company()
    body: Any = {"rest": []} if method == "PUT" else None

    assert ask(method, PATH, key(segment="sul"), body=body).code == "whole_hierarchy_only"
    assert ask(method, PATH, key(Scope.RULES_READ), body=body).status == 403
