from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from escuta import clock, queues, table
from escuta.directory.model import DropFile, FileState, Scope
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach import deployments
from escuta.outreach.model import Brake, Budget, Channel
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.senders import Line
from tests.kit.factories import contact
from tests.kit.faults import failing, recording

ANA = contact("Ana", segment="poa")
BRUNO = contact("Bruno", segment="curitiba")
CARLA = contact("Carla", segment="manaus")
BODY = {"name": "Março", "survey": "visit", "strategy": "email", "audience": "segments", "segments": ["sul"]}
DAYS = [(NOON + timedelta(days=number)).date().isoformat() for number in range(400)]


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    table.put_many([ANA, BRUNO, CARLA])


def started(**changes: Any) -> str:
    answer = ask("POST", "/v1/deployments", key(), body={**BODY, **changes})
    assert answer.status == 201, answer.json
    identity: str = answer.json["id"]
    return identity


def test_a_deployment_is_started_and_says_where_it_stands() -> None:
    answer = ask("POST", "/v1/deployments", key(Scope.DEPLOYMENTS_WRITE), body=BODY)

    assert (answer.status, answer.headers["Location"]) == (201, f"deployments/{answer.json['id']}")
    assert BODY.items() <= answer.json.items()
    assert (answer.json["state"], answer.json["expires_after_days"]) == ("planning", 30)
    assert answer.json["created_by"].startswith("key:")


def test_everybody_of_the_subtree_is_invited_and_nobody_else() -> None:
    identity = started()
    Line().run()

    shown = ask("GET", f"/v1/deployments/{identity}", key()).json
    found = ask("GET", f"/v1/deployments/{identity}/invitations", key()).json

    assert (shown["progress"], shown["finished"]) == ({"sent": 2}, True)
    assert {item["contact"] for item in invitations(identity)} == {ANA.id, BRUNO.id}
    assert not {"link_key", "claim", "lease_until"} & found["items"][0].keys()


def test_the_funnel_of_a_deployment_tells_how_far_its_invitations_came_and_can_be_counted_anew() -> None:
    identity = started()
    Line().run()
    counted = {"queued": 2, "sent": 2}

    shown = ask("GET", f"/v1/deployments/{identity}/funnel", key(Scope.DEPLOYMENTS_READ)).json
    again = ask(
        "GET", f"/v1/deployments/{identity}/funnel", key(Scope.DEPLOYMENTS_READ), query={"recount": "true"}
    ).json

    assert shown["total"] == {**counted, "delivered": 0, "started": 0, "completed": 0}
    assert shown["days"] == [{"day": DAYS[0], **counted}]
    assert (again.pop("drift"), again) == ({}, shown)
    (listed,) = ask("GET", "/v1/deployments", key(Scope.DEPLOYMENTS_READ), query={"funnel": "true"}).json["items"]
    assert (listed["funnel"], listed["finished"]) == (shown["total"], False)


def invitations(identity: str, **query: str) -> list[dict[str, Any]]:
    text, cursor, seen = key(), None, []
    while cursor != "":
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        answer = ask("GET", f"/v1/deployments/{identity}/invitations", text, query=asked)
        seen += answer.json["items"]
        cursor = answer.json["next"] or ""
    return seen


def test_invitations_are_listed_by_state() -> None:
    identity = started()
    Line().run()

    assert len(invitations(identity, state="sent")) == 2
    assert invitations(identity, state="bounced") == []


def test_a_message_nobody_knows_of_is_ambiguous_once_no_event_is_to_be_expected() -> None:  # E11
    identity = started()
    with failing("SendEmail", lambda _: ReadTimeoutError(endpoint_url="https://ses")):
        Line().run()

    doubtful = invitations(identity, state="unknown")
    assert [(one["reason"], one["attempts"], one["ambiguous"]) for one in doubtful] == [("answer_lost", 1, False)] * 2
    with clock.at(NOON + timedelta(minutes=16)):
        assert [one["ambiguous"] for one in invitations(identity, state="unknown")] == [True, True]


def test_who_is_behind_an_invitation_is_told_only_to_whom_may_read_contacts() -> None:
    identity = started()
    Line().run()
    path = f"/v1/deployments/{identity}/invitations"

    plain = ask("GET", path, key(Scope.DEPLOYMENTS_READ)).json["items"]
    full = ask("GET", path, key(Scope.DEPLOYMENTS_READ, Scope.CONTACTS_READ)).json["items"]

    assert not {"address", "name", "first_name", "custom"} & {name for item in plain for name in item}
    assert {item["address"] for item in full} <= {"ana@example.com", "bruno@example.com"}


def test_the_same_idempotency_key_starts_one_deployment() -> None:  # A7
    text = key()

    first = ask("POST", "/v1/deployments", text, body=BODY, headers={"Idempotency-Key": "march"})
    again = ask("POST", "/v1/deployments", text, body=BODY, headers={"Idempotency-Key": "march"})
    other = ask("POST", "/v1/deployments", text, body={**BODY, "name": "Abril"}, headers={"Idempotency-Key": "march"})

    assert (first.status, again.status, again.json["id"]) == (201, 201, first.json["id"])
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert len(ask("GET", "/v1/deployments", text).json["items"]) == 1


def test_the_idempotency_key_of_another_caller_is_another_key() -> None:  # A7
    first, second = (
        ask("POST", "/v1/deployments", key(), body=BODY, headers={"Idempotency-Key": "march"}) for _ in range(2)
    )

    assert first.json["id"] != second.json["id"]


def test_a_deployment_is_paused_resumed_and_cancelled() -> None:
    identity = started()

    for state, shown in (("paused", "paused"), ("running", "planning"), ("cancelled", "cancelled")):
        answer = ask("PATCH", f"/v1/deployments/{identity}", key(), body={"state": state})
        assert (answer.status, answer.json["state"]) == (200, shown)


def test_a_paused_deployment_says_since_when_and_who_or_what_paused_it() -> None:
    identity = started()

    held = ask("PATCH", f"/v1/deployments/{identity}", key(), body={"state": "paused"}).json
    gone_on = ask("PATCH", f"/v1/deployments/{identity}", key(), body={"state": "running"}).json
    deployments.pause(identity, "bounces")
    braked = ask("GET", f"/v1/deployments/{identity}", key()).json

    assert (held["paused_by"][:4], held["reason"]) == ("key:", "")
    assert held["paused_at"].startswith("2026-03-10T15:00")
    assert (gone_on["paused_by"], gone_on["paused_at"], gone_on["reason"]) == ("", None, "")
    assert (braked["paused_by"], braked["reason"], braked["paused_at"] is not None) == ("", "bounces", True)


def test_a_deployment_that_does_not_move_says_what_holds_it_back() -> None:
    identity = started()
    table.put(Budget.fresh(Channel.EMAIL, NOON).changed(brake=Brake.STOPPED, reason="bounces"))
    table.put(Budget.fresh(Channel.SMS, NOON).changed(brake=Brake.STOPPED, reason="spend_limit"))

    (held,) = ask("GET", f"/v1/deployments/{identity}", key(), headers={"Accept-Language": "en"}).json["held"]

    assert (held["channel"], held["reason"]) == ("email", "brake_bounces")
    assert held["detail"] == "Sending is stopped: too many messages came back. Only a person can resume it."


def test_who_is_overtaken_between_reading_and_writing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:  # A6
    identity = started()
    rev = deployments.get(identity).rev
    send = queues.send

    def overtaken(*queued: Any, **options: Any) -> None:
        """Let somebody pause it after it was read, and before the change is stored."""
        monkeypatch.setattr(queues, "send", send)
        deployments.pause(identity, by="Bia")
        send(*queued, **options)

    path = f"/v1/deployments/{identity}"
    monkeypatch.setattr(queues, "send", overtaken)
    stale = ask("PATCH", path, key(), body={"name": "Outro"}, headers={"If-Match": f'"{rev}"'})
    assert (stale.status, stale.code, deployments.get(identity).rev) == (412, "rev_stale", rev + 1)
    assert deployments.get(identity).name != "Outro"

    assert ask("PATCH", path, key(), body={"name": "Outro"}).json["name"] == "Outro"


def test_a_stale_if_match_leaves_the_deployment_as_it_is() -> None:  # A6
    identity = started()
    ask("PATCH", f"/v1/deployments/{identity}", key(), body={"state": "paused"})

    answer = ask(
        "PATCH", f"/v1/deployments/{identity}", key(), body={"state": "cancelled"}, headers={"If-Match": '"1"'}
    )

    assert (answer.status, answer.code) == (412, "rev_stale")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"survey": "nothing"}, 404, "survey_not_found", None),
        ({"segments": []}, 422, "field_missing", "segments"),
        ({"segments": ["bh"]}, 404, "segment_not_found", None),
        ({"audience": "contacts"}, 422, "field_missing", "contacts"),
        ({"audience": "file", "file": "nothing"}, 404, "file_not_found", None),
        ({"audience": "everybody"}, 422, "value_not_allowed", "audience"),
        ({"strategy": "letter"}, 422, "value_not_allowed", "strategy"),
        ({"expires_after_days": 0}, 422, "value_too_small", "expires_after_days"),
        ({"expires_after_days": "30"}, 422, "value_not_integer", "expires_after_days"),
        ({"state": "running"}, 422, "field_unknown", "state"),
        ({"created_by": "me"}, 422, "field_unknown", "created_by"),
        ({"audience": "all"}, 422, "audience_field_unused", "segments"),
        ({"audience": "told"}, 422, "value_not_allowed", "audience"),
        ({"audience": "products"}, 422, "field_missing", "products"),
        ({"audience": "products", "products": ["tv"]}, 422, "product_unknown", "products[0]"),
        ({"audience": "products", "groups": ["Casa"]}, 422, "product_group_unknown", "groups[0]"),
        ({"where": [{"field": "plan", "op": "is", "value": "x"}]}, 422, "rules_field_unknown", "where[0].field"),
        ({"where": [{"field": "name", "op": "is"}]}, 422, "rules_value_senseless", "where[0].value"),
        (
            {"where": [{"field": "segment", "op": "any_of", "value": ["sul", "bh"]}]},
            *(422, "rules_segment_unknown", "where[0].value"),
        ),
        (
            {"where": [{"field": "visit.amount", "op": "at_least", "value": 5}]},
            *(422, "where_without_visit", "where[0].field"),
        ),
        ({"template": "natal"}, 422, "rules_template_unknown", "template"),
        ({"name": " "}, 422, "deployment_name_invalid", "name"),
        ({"reply_to": "a@b.c, evil@x.com"}, 422, "email_several", "reply_to"),
        ({"most": -1}, 422, "value_too_small", "most"),
        ({"calendar": {"quiet_from": "22:00"}}, 422, "value_invalid", "calendar"),
        ({"calendar": {"excluded": DAYS}}, 422, "calendar_never_open", "calendar"),
        ({"canary": {"percent": 51}}, 422, "value_too_large", "canary.percent"),
    ],
)
def test_a_deployment_that_cannot_be_is_refused(
    changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = ask("POST", "/v1/deployments", key(), body={**BODY, **changes})

    assert (answer.status, answer.code, answer.json.get("field")) == (status, code, field)
    assert ask("GET", "/v1/deployments", key()).json["items"] == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"state": FileState.DONE}, 201),
        ({"state": FileState.DONE, "dry_run": True}, 409),
        ({"state": FileState.LOADING}, 409),
        ({"state": FileState.HELD}, 409),
        ({"state": FileState.DUPLICATE}, 409),
    ],
)
def test_only_of_a_loaded_file_is_there_anybody_to_ask(fields: dict[str, Any], status: int) -> None:
    table.put(DropFile(id="f1", bucket="b", object_key="lojas/a.csv", received_at=NOON, **fields))
    answer = ask("POST", "/v1/deployments", key(), body={**BODY, "audience": "file", "segments": [], "file": "f1"})

    assert (answer.status, answer.json.get("code")) == (status, "file_not_loaded" if status == 409 else None)


def test_a_survey_that_is_not_live_is_not_sent() -> None:
    surveys.move("visit", SurveyStatus.PAUSED)

    answer = ask("POST", "/v1/deployments", key(), body=BODY)

    assert (answer.status, answer.code) == (410, "survey_paused")


@pytest.mark.parametrize(("bound", "seen"), [("sul", True), ("aurora", True), ("poa", False), ("norte", False)])
def test_a_bound_key_sees_a_deployment_that_stayed_within_its_subtree(bound: str, seen: bool) -> None:  # noqa: FBT001 - expected
    identity = started()
    text = key(segment=bound)

    assert ask("GET", f"/v1/deployments/{identity}", text).status == (200 if seen else 404)
    assert ask("GET", f"/v1/deployments/{identity}/invitations", text).status == (200 if seen else 404)
    assert ask("PATCH", f"/v1/deployments/{identity}", text, body={"state": "paused"}).status == (200 if seen else 404)
    assert len(ask("GET", "/v1/deployments", text).json["items"]) == (1 if seen else 0)


def test_a_list_for_a_bound_key_reads_no_segment_by_itself() -> None:
    text = key(segment="sul")
    for _ in range(3):
        started(segments=["poa", "curitiba"])
    ask("GET", "/v1/deployments", text)  # takes a portion of the minute's requests, too

    with recording() as calls:
        listed = ask("GET", "/v1/deployments", text).json["items"]

    assert (len(listed), Counter(call.operation for call in calls)["GetItem"]) == (3, 1)  # of the key


def test_a_bound_key_sees_nothing_of_a_deployment_to_everybody() -> None:
    identity = started(audience="all", segments=[])

    assert ask("GET", f"/v1/deployments/{identity}", key(segment="sul")).status == 404


def test_a_bound_key_sends_within_its_subtree_only() -> None:
    bound = key(segment="sul")

    inside = ask("POST", "/v1/deployments", bound, body={**BODY, "segments": ["poa"]})
    outside = ask("POST", "/v1/deployments", bound, body={**BODY, "segments": ["poa", "norte"]})
    everybody = ask("POST", "/v1/deployments", bound, body={**BODY, "audience": "all"})
    listed = ask("POST", "/v1/deployments", bound, body={**BODY, "audience": "contacts", "contacts": [CARLA.id]})

    assert inside.status == 201
    assert (outside.status, outside.code) == (404, "segment_not_found")
    assert (everybody.status, everybody.code) == (403, "audience_outside")
    assert (listed.status, listed.code) == (403, "audience_outside")


def test_what_a_running_deployment_says_of_itself_is_changed() -> None:
    identity = started()
    Line().run()

    changed = {"name": "Abril", "reply_to": "loja@aurora.example", "remind": {"times": 5}, "expires_after_days": 40}
    answer = ask("PATCH", f"/v1/deployments/{identity}", key(), body={**changed, "state": "paused"})

    assert (answer.status, answer.json["state"], answer.json["name"]) == (200, "paused", "Abril")
    assert answer.json["remind"] == {"times": 5, "every_days": 3, "hour": "10:00"}
    assert Line().plan.waiting()[0]["job"] in {"remind", "extend"}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"segments": ["poa"]}, 422, "deployment_fixed", "segments"),
        ({"survey": "visit"}, 422, "deployment_fixed", "survey"),
        ({"expires_after_days": 5}, 422, "deployment_ends_sooner", "expires_after_days"),
        ({"canary": {"percent": 5}}, 422, "canary_only_ends", "canary"),
        ({"remind": {"times": 6}}, 422, "value_too_large", "remind.times"),
        ({"name": ""}, 422, "deployment_name_invalid", "name"),
        ({"calendar": {"excluded": DAYS}}, 422, "calendar_never_open", "calendar"),
        ({"parts": 3}, 422, "field_unknown", "parts"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_place(
    body: dict[str, Any], status: int, code: str, field: str
) -> None:
    identity = started()

    answer = ask("PATCH", f"/v1/deployments/{identity}", key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (status, code, field)
    assert ask("GET", f"/v1/deployments/{identity}", key()).json["rev"] == 1


def test_the_key_of_a_deployment_that_was_renamed_is_answered_as_it_was_first() -> None:
    text, headers = key(), {"Idempotency-Key": "march"}
    first = ask("POST", "/v1/deployments", text, body=BODY, headers=headers)
    ask("PATCH", f"/v1/deployments/{first.json['id']}", text, body={"name": "Abril"})

    again = ask("POST", "/v1/deployments", text, body=BODY, headers=headers)

    assert (again.status, again.json["id"], again.json["name"]) == (201, first.json["id"], "Março")


def test_a_canary_counts_only_whom_it_asks() -> None:
    table.put(BRUNO.changed(consent="denied"))
    identity = started(canary={"percent": 1, "hours": 12})
    Line().run()
    told = ask("GET", f"/v1/deployments/{identity}", key()).json

    assert told["progress"] == {"queued": 1, "suppressed": 1}
    assert (told["canary"]["first"], told["canary"]["waiting"]) == (0, 1)


def test_a_canary_tells_how_many_wait_and_until_when_and_may_be_ended() -> None:
    identity = started(canary={"percent": 1, "hours": 12})
    Line().run()
    told = ask("GET", f"/v1/deployments/{identity}", key()).json

    assert told["canary"]["first"] + told["canary"]["waiting"] == 2
    assert told["canary"]["follows_at"].startswith("2026-03-11T03:00:00")
    assert ask("PATCH", f"/v1/deployments/{identity}", key(), body={"canary": None}).json["canary"] is None
    Line().run(start=NOON + timedelta(minutes=5))
    assert ask("GET", f"/v1/deployments/{identity}", key()).json["progress"] == {"sent": 2}


def test_deployments_are_listed_by_survey_and_by_state() -> None:
    identity = started()
    ask("PATCH", f"/v1/deployments/{identity}", key(), body={"state": "cancelled"})

    def found(**query: str) -> list[str]:
        return [each["id"] for each in ask("GET", "/v1/deployments", key(), query=query).json["items"]]

    assert found(survey="visit", state="cancelled") == [identity]
    assert found(survey="other") == found(state="planning") == found(survey="other", funnel="true") == []
