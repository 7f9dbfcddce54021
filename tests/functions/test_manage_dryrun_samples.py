"""Real people of a dry run: why each would be asked or not, and what they would get, before anything is sent."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.senders import Line
from tests.kit import outbox
from tests.kit.factories import contact

ANA = contact("Ana", segment="poa")
BRUNO = contact("Bruno", segment="curitiba", consent="denied")
CARLA = contact("Carla", segment="manaus")
BODY = {"name": "Março", "survey": "visit", "strategy": "email", "audience": "segments", "segments": ["sul"]}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    table.put_many([ANA, BRUNO, CARLA])


def tried(**changes: Any) -> str:
    answer = ask("POST", "/v1/deployments/dry-runs", key(), body={**BODY, **changes})
    Line().plan.run()
    return f"/v1/deployments/dry-runs/{answer.json['id']}/samples"


def samples(path: str, text: str = "", **query: Any) -> list[dict[str, Any]]:
    answer = ask("GET", path, text or key(), query=query, headers={"Accept-Language": "en"})
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_a_person_who_would_be_asked_is_shown_with_the_mail_as_it_will_look() -> None:
    (ana,) = samples(tried(), outcome="send")

    assert (ana["name"], ana["segment"], ana["reason"], ana["next_eligible_at"]) == ("Ana", "poa", "", None)
    (mail,) = ana["messages"]
    assert (mail["channel"], mail["sms"], mail["cost_usd"]) == ("email", None, "0.0001")
    assert "Ana" in mail["html"]
    assert mail["subject"]
    assert outbox.mails() == []


def test_an_sms_is_shown_with_its_parts_and_without_a_price_where_nobody_told_one() -> None:
    table.put(ANA.changed(phone="+5551999990000"))

    (ana,) = samples(tried(strategy="sms"), outcome="send")

    (message,) = ana["messages"]
    assert (message["channel"], message["html"], message["subject"]) == ("sms", "", "")
    assert message["sms"]["parts"] >= 1
    assert message["cost_usd"] is None


def test_who_is_left_out_is_shown_with_the_reason_and_what_was_seen() -> None:
    (bruno,) = samples(tried(), outcome="skip")

    assert (bruno["name"], bruno["reason"], bruno["evidence"]) == ("Bruno", "no_consent", {"consent": "denied"})
    assert bruno["detail"] == "The person did not agree to be contacted."
    assert (bruno["messages"], bruno["at"]) == ([], None)


def test_who_rests_is_shown_with_the_rule_and_when_they_can_be_asked_again() -> None:
    ask("POST", "/v1/deployments", key(), body=BODY)
    Line().run()

    with clock.at(clock.now() + timedelta(hours=2)):
        (ana,) = [one for one in samples(tried()) if one["name"] == "Ana"]

    assert ana["outcome"] in {"defer", "skip"}
    assert ana["reason"].startswith("resting")
    assert ana["rule"]
    assert ana["next_eligible_at"] > ana["evidence"]["last_asked"]


def test_people_are_chosen_by_reason_and_no_more_than_asked_for() -> None:
    path = tried()

    assert [one["name"] for one in samples(path, reason="no_consent")] == ["Bruno"]
    assert len(samples(path, limit=1)) == 1


def test_who_may_not_read_contacts_gets_neither_names_nor_messages() -> None:
    found = samples(tried(), key(Scope.DEPLOYMENTS_READ))

    assert {one["name"] + one["email"] + one["phone"] for one in found} == {""}
    assert [one["messages"] for one in found] == [[], []]


def test_who_is_bound_sees_people_of_their_places_alone() -> None:
    path = tried()

    assert ask("GET", path, key(segment="poa")).code == "dry_run_not_found"
    table.put(ANA.changed(segment="manaus"))
    assert [one["name"] for one in samples(path, key(segment="sul"))] == ["Bruno"]


def test_before_everybody_is_counted_there_is_nobody_to_show() -> None:
    identity = ask("POST", "/v1/deployments/dry-runs", key(), body=BODY).json["id"]

    assert samples(f"/v1/deployments/dry-runs/{identity}/samples") == []
