from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock
from escuta.directory.model import Scope
from escuta.outreach import suppression
from escuta.outreach.model import Channel
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.exporting import fetched, order, rows, work

ANA = "ana@example.com"
PATH = "/v1/suppressions"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def asked(address: str = ANA) -> Any:
    answer = ask("GET", PATH, key(Scope.SUPPRESSIONS_READ), query={"address": address})
    assert answer.status == 200, answer.json
    return answer.json


def test_an_address_that_nothing_closes_is_open() -> None:
    assert asked() == {"channel": "email", "suppressed": False, "closed_by": [], "lifted": []}


def test_what_closes_an_address_is_told_with_its_time() -> None:
    suppression.add(Channel.EMAIL, ANA, "bounce", "visit")

    found = asked("ANA@Example.com")

    assert found["suppressed"] is True
    (entry,) = found["closed_by"]
    assert entry.pop("since").startswith("2026-03-10T15:00:")
    assert entry == {"reason": "bounce", "survey": "", "source": "", "liftable": False}


def test_a_telephone_number_is_asked_about_as_it_is_written() -> None:
    suppression.add(Channel.SMS, "+5511988880000", "stop")

    found = asked("(11) 98888-0000")

    assert (found["channel"], found["suppressed"]) == ("sms", True)


def test_an_address_is_closed_by_a_program() -> None:
    text = key(Scope.SUPPRESSIONS_WRITE)

    first = ask("POST", PATH, text, body={"address": ANA})
    second = ask("POST", PATH, text, body={"address": ANA, "reason": "bounce"})

    assert (first.status, second.status) == (201, 201)  # each reason stands for itself
    assert suppression.is_suppressed(Channel.EMAIL, ANA)
    assert ask("POST", PATH, text, body={"address": ANA, "reason": "bounce"}).status == 200
    assert [entry["reason"] for entry in asked()["closed_by"]] == ["bounce", "manual"]


def test_a_no_to_one_survey_leaves_the_others() -> None:
    open_survey()

    answer = ask("POST", PATH, key(), body={"address": ANA, "reason": "unsubscribe", "survey": "visit"})

    assert (answer.status, answer.json["suppressed"]) == (201, False)
    assert [entry["survey"] for entry in answer.json["closed_by"]] == ["visit"]
    assert suppression.is_suppressed(Channel.EMAIL, ANA, "visit")
    assert not suppression.is_suppressed(Channel.EMAIL, ANA, "party")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"address": "ana"}, 422, "phone_invalid", "address"),
        ({"address": "ana@"}, 422, "email_invalid", "address"),
        ({"address": "ana@example.com,bruno@example.com"}, 422, "email_several", "address"),
        ({"address": ""}, 422, "value_too_short", "address"),
        ({"address": ANA, "reason": "mood"}, 422, "value_not_allowed", "reason"),
        ({"address": ANA, "reason": "bounce", "survey": "visit"}, 422, "suppression_survey", "survey"),
        ({"address": ANA, "reason": "unsubscribe", "survey": "nothing"}, 404, "survey_not_found", None),
    ],
)
def test_what_cannot_be_closed_is_refused(body: dict[str, Any], status: int, code: str, field: str | None) -> None:
    answer = ask("POST", PATH, key(), body=body)

    assert (answer.status, answer.code, answer.json.get("field")) == (status, code, field)


def lift(**query: str) -> Any:
    return ask("DELETE", PATH, key(), query={"address": ANA, "reason": "manual", "why": "She asked by phone", **query})


def test_our_own_no_is_lifted_and_who_did_it_and_why_is_kept() -> None:
    ask("POST", PATH, key(), body={"address": ANA})

    answer = lift()

    assert (answer.status, answer.json["suppressed"]) == (200, False)
    assert not suppression.is_suppressed(Channel.EMAIL, ANA)
    (line,) = asked()["lifted"]
    assert (line["reason"], line["why"]) == ("manual", "She asked by phone")
    assert line["lifted_at"].startswith("2026-03-10T15:00:")
    assert line["lifted_by"].startswith("key:")


def test_what_a_mail_service_told_is_not_lifted() -> None:
    suppression.add(Channel.EMAIL, ANA, "complaint")

    assert (lift().status, lift().code) == (404, "suppression_not_found")
    assert (lift(reason="complaint").status, lift(reason="complaint").code) == (422, "value_not_allowed")
    assert suppression.is_suppressed(Channel.EMAIL, ANA)


def test_lifting_needs_its_reason() -> None:
    ask("POST", PATH, key(), body={"address": ANA})

    assert (lift(why="").status, lift(why="").json["field"]) == (422, "why")


def test_what_is_closed_is_listed_page_by_page_and_tells_of_nobody() -> None:
    for minute, name in enumerate(("ana", "bruno", "carla")):
        with clock.at(NOON + timedelta(minutes=minute)):
            suppression.add(Channel.EMAIL, f"{name}@example.com", "bounce")
    suppression.add(Channel.EMAIL, ANA, "complaint")
    text = key(Scope.SUPPRESSIONS_READ)

    first = ask("GET", PATH, text, query={"limit": "2"})
    last = ask("GET", PATH, text, query={"limit": "2", "cursor": first.json["next"]})

    found = [*first.json["items"], *last.json["items"]]
    assert [len(first.json["items"]), len(last.json["items"]), last.json["next"]] == [2, 1, None]
    assert [[each["reason"] for each in one["closed_by"]] for one in found] == [
        ["bounce"],
        ["bounce"],
        ["bounce", "complaint"],
    ]
    assert found[2]["address_hash"] == suppression.address_hash(Channel.EMAIL, ANA)
    assert "example.com" not in str(found)


def test_what_is_closed_is_written_out_with_all_its_reasons_and_without_addresses() -> None:
    suppression.add(Channel.EMAIL, ANA, "unsubscribe")
    suppression.add(Channel.EMAIL, ANA, "bounce")
    suppression.add(Channel.EMAIL, ANA, "unsubscribe", scope="visit")

    ordered = order("suppressions")
    assert work() == []

    lines = sorted(line[1:4] for line in rows(ordered["id"])[1:])
    assert lines == [["email", "bounce, unsubscribe", ""], ["email", "unsubscribe", "visit"]]
    assert "ana" not in fetched(ordered["id"]).decode()


def test_an_address_that_is_left_blank_lists_nothing() -> None:
    answer = ask("GET", PATH, key(), query={"address": ""})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_too_short", "address")


def batch(*items: Any) -> Any:
    return ask("POST", f"{PATH}/batch", key(Scope.SUPPRESSIONS_WRITE), body={"items": list(items)})


def test_many_addresses_are_closed_together_and_each_says_what_became_of_it() -> None:
    open_survey()
    suppression.add(Channel.SMS, "+5511988880000", "manual")

    answer = batch(
        {"address": ANA},
        {"address": "ANA@example.com"},
        {"address": ANA, "reason": "complaint"},
        {"address": "(11) 98888-0000"},
        {"address": "bruno@example.com", "reason": "unsubscribe", "survey": "visit"},
        {"address": "bruno@example.com", "reason": "unsubscribe", "survey": "nothing"},
        {"address": "carla@"},
        {"adress": ANA},
    )

    assert answer.status == 200
    outcomes = ["closed", "known", "closed", "known", "closed", "refused", "refused", "refused"]
    assert [(each["item"], each["outcome"]) for each in answer.json["items"]] == list(enumerate(outcomes))
    refused = [each["problem"]["code"] for each in answer.json["items"] if each["problem"]]
    assert refused == ["survey_not_found", "email_invalid", "field_missing"]
    assert suppression.is_suppressed(Channel.EMAIL, "bruno@example.com", "visit")
    assert [entry["reason"] for entry in asked()["closed_by"]] == ["complaint", "manual"]


def test_a_batch_that_comes_again_changes_nothing() -> None:
    items = [{"address": f"p{number}@example.com", "reason": "bounce"} for number in range(120)]

    outcomes = [{each["outcome"] for each in batch(*items).json["items"]} for _ in range(2)]

    assert outcomes == [{"closed"}, {"known"}]


def test_more_than_a_thousand_are_refused_together() -> None:
    answer = batch(*[{"address": ANA}] * 1001)

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_too_long", "items")


def test_a_bound_key_reaches_no_suppressions() -> None:
    bound = key(segment="sul")

    for method, path, body in (
        ("GET", PATH, None),
        ("POST", PATH, {"address": ANA}),
        ("POST", f"{PATH}/batch", {"items": [{"address": ANA}]}),
        ("DELETE", PATH, None),
    ):
        answer = ask(method, path, bound, body=body, query=None if body else {"address": ANA})
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
