"""Dry runs and resends as programs ask for them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.outreach.model import InvitationState
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.functions.senders import Line, invited
from tests.kit import outbox
from tests.kit.factories import contact

ANA = contact("Ana", segment="poa")
BRUNO = contact("Bruno", segment="curitiba", consent="denied")
CARLA = contact("Carla", segment="manaus")
BODY = {"name": "Março", "survey": "visit", "strategy": "email", "audience": "segments", "segments": ["sul"]}
DRY_RUNS = "/v1/deployments/dry-runs"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    table.put_many([ANA, BRUNO, CARLA])


def tried(text: str, **changes: Any) -> str:
    answer = ask("POST", DRY_RUNS, text, body={**BODY, **changes})
    assert (answer.status, answer.headers["Location"]) == (201, f"dry-runs/{answer.json['id']}")
    assert (answer.json["finished"], answer.json["done_parts"]) == (False, 0)
    Line().plan.run()
    return f"{DRY_RUNS}/{answer.json['id']}"


def test_a_dry_run_tells_who_would_be_asked_why_others_not_and_what_it_costs() -> None:
    told = ask("GET", tried(key()), key(), headers={"Accept-Language": "en"}).json

    assert (told["finished"], told["parts"], told["done_parts"], told["people"]) == (True, 3, 3, 2)
    assert told["outcomes"] == {"send": 1, "defer": 0, "skip": 1}
    assert told["reasons"] == {"no_consent": {"people": 1, "detail": "The person did not agree to be contacted."}}
    assert (told["channels"], told["messages"], told["sms_parts"]) == ({"email": 1}, 1, 0)
    assert told["cost"] == {"amount": "0.0001", "currency": "USD", "unpriced_parts": 0}
    assert told["canary"] == {"first": 1, "waiting": 0}
    assert told["first_at"] == told["last_at"]
    assert BODY.items() <= told["draft"].items()
    assert (outbox.mails(), ask("GET", "/v1/deployments", key()).json["items"]) == ([], [])


def test_the_first_people_are_shown_and_their_letters_only_to_whom_may_read_contacts() -> None:
    path = tried(key())

    full = ask("GET", path, key(Scope.DEPLOYMENTS_READ, Scope.CONTACTS_READ)).json["groups"]
    plain = ask("GET", path, key(Scope.DEPLOYMENTS_READ)).json["groups"]

    (ana,) = next(group["first"] for group in full if group["outcome"] == "send")
    assert (ana["contact"], ana["name"], ana["email"]) == (ANA.id, "Ana", "ana@example.com")
    assert [message["channel"] for message in ana["messages"]] == ["email"]
    assert "Ana" in ana["messages"][0]["text"]
    assert {name for group in plain for one in group["first"] for name in one} == {"contact", "at"}


def test_a_draft_that_could_not_be_started_cannot_be_tried() -> None:
    answer = ask("POST", DRY_RUNS, key(), body={**BODY, "segments": []})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "field_missing", "segments")


@pytest.mark.parametrize(("bound", "status"), [("sul", 200), ("poa", 404)])
def test_a_bound_key_sees_a_dry_run_within_its_subtree_alone(bound: str, status: int) -> None:
    path = tried(key())

    assert ask("GET", path, key(segment=bound)).status == status
    assert ask("GET", f"{DRY_RUNS}/nothing", key()).code == "dry_run_not_found"


def test_who_has_left_the_subtree_since_is_shown_to_no_bound_key() -> None:
    path = tried(key())
    table.put(ANA.changed(segment="manaus"))

    def shown(text: str) -> set[str]:
        return {one["contact"] for group in ask("GET", path, text).json["groups"] for one in group["first"]}

    assert (shown(key()), shown(key(segment="sul"))) == ({ANA.id, BRUNO.id}, {BRUNO.id})


def test_dry_runs_are_listed_to_whom_may_see_them_the_newest_first() -> None:
    first, second = tried(key()), tried(key(), name="Abril", segments=["poa"])

    every = ask("GET", DRY_RUNS, key()).json["items"]
    bound = ask("GET", DRY_RUNS, key(segment="poa")).json["items"]

    assert [f"{DRY_RUNS}/{one['id']}" for one in every] == [second, first]
    assert [(one["draft"]["name"], one["finished"]) for one in bound] == [("Abril", True)]


def started() -> str:
    identity: str = ask("POST", "/v1/deployments", key(), body=BODY).json["id"]
    Line().run()
    return identity


def resent(identity: str, *states: str) -> Answer:
    return ask("POST", f"/v1/deployments/{identity}/resends", key(), body={"states": list(states)})


def test_a_resend_tells_how_many_it_queued_and_who_asked_for_it() -> None:
    identity = started()
    ana = next(one for one in invited(identity) if one.contact == ANA.id)
    table.save(ana.changed(state=InvitationState.UNKNOWN, reason="answer_lost"))

    with clock.at(NOON + timedelta(hours=1)):
        answer = resent(identity, "unknown")
    Line().run(start=NOON + timedelta(hours=1))
    told = ask("GET", f"/v1/deployments/{identity}/{answer.headers['Location']}", key()).json

    assert (answer.status, answer.json["queued"], answer.json["finished"]) == (201, 0, False)
    assert (told["states"], told["queued"], told["finished"]) == (["unknown"], 1, True)
    assert told["created_by"].startswith("key:")
    assert len(outbox.mails()) == 2


def test_the_resends_of_a_deployment_are_listed_the_newest_first() -> None:
    identity = started()
    first = resent(identity, "unknown").json["id"]
    with clock.at(clock.now() + timedelta(seconds=1)):
        second = resent(identity, "rejected").json["id"]

    listed = ask("GET", f"/v1/deployments/{identity}/resends", key()).json

    assert ([one["id"] for one in listed["items"]], listed["next"]) == ([second, first], None)
    assert ask("GET", f"/v1/deployments/{identity}/resends", key(segment="poa")).code == "deployment_not_found"


@pytest.mark.parametrize(
    ("states", "code"), [(["sent"], "value_not_allowed"), ([], "value_too_short"), (["completed"], "value_not_allowed")]
)
def test_only_what_failed_can_be_named(states: list[str], code: str) -> None:
    assert resent(started(), *states).code == code


def test_of_a_cancelled_deployment_nothing_is_sent_again() -> None:
    identity = started()
    ask("PATCH", f"/v1/deployments/{identity}", key(), body={"state": "cancelled"})

    assert resent(identity, "rejected").code == "deployment_over"
    assert ask("GET", f"/v1/deployments/{identity}/resends/nothing", key()).code == "resend_not_found"
