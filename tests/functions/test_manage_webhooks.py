"""`/v1/webhooks`: made, changed, given new secrets, tried out, and what failed sent again, by who may."""

from typing import Any

import pytest

from escuta import table
from escuta.directory.access import SCOPES
from escuta.directory.model import Role, Scope
from escuta.outreach import webhooks
from escuta.outreach.model import Webhook
from tests.functions.callers import ask, found_company, key
from tests.functions.hooked import allowed, published, run
from tests.kit import world
from tests.kit.receiver import answering

URL = "https://crm.example.com/hooks?key=1"
BODY = {"name": "CRM", "url": URL}


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def make(key_: str = "", **body: Any) -> Any:
    answer = ask("POST", "/v1/webhooks", key_ or key(), body={**BODY, **body})
    assert answer.status == 201, answer.json
    return answer.json


def stored(text: str) -> bool:
    return any(text in str(row) for row in world.snapshot().values())


def test_a_webhook_is_made_and_its_secret_shown_this_once_and_stored_nowhere() -> None:
    answer = ask("POST", "/v1/webhooks", key(), body={**BODY, "types": ["ticket.*", "response.completed"]})

    made = answer.json
    assert (answer.status, answer.headers["Location"]) == (201, f"webhooks/{made['id']}")
    assert len(made["secret"]) == len("whsec_") + 44
    shown = ask("GET", f"/v1/webhooks/{made['id']}", key())
    assert "secret" not in shown.json
    assert shown.json["types"] == ["ticket.*", "response.completed"]
    assert (shown.json["state"], shown.json["health"]["failures"]) == ("active", 0)
    (secret,) = shown.json["secrets"]
    assert (secret["expires_at"], sorted(secret)) == (None, ["created_at", "expires_at"])
    assert not stored(made["secret"].removeprefix("whsec_"))


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"url": "http://crm.example.com/"}, "webhook_url_https", "url"),
        ({"url": "https://169.254.169.254/"}, "webhook_url_host", "url"),
        ({"url": "https://ana:x@crm.example.com/"}, "webhook_url", "url"),
        ({"types": ["ticket.exploded"]}, "webhook_type_unknown", "types"),
        ({"types": ["*"]}, "webhook_type_unknown", "types"),
        ({"name": " "}, "webhook_name", "name"),
        ({"secret": "mine"}, "field_unknown", "secret"),
    ],
    ids=["no TLS", "inside", "user", "type", "star", "no name", "own secret"],
)
def test_what_cannot_be_called_or_told_is_refused_with_its_place(wrong: Any, code: str, field: str) -> None:
    answer = ask("POST", "/v1/webhooks", key(), body={**BODY, **wrong})

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert table.query(Webhook, "webhooks", index="g1").items == ()


def test_a_webhook_is_changed_by_who_has_read_it_and_taken_away() -> None:
    made = make()
    path, tag = f"/v1/webhooks/{made['id']}", {"If-Match": '"1"'}
    changed = ask("PATCH", path, key(), body={"name": "ERP", "state": "paused"}, headers=tag)
    stale = ask("PATCH", path, key(), body={"name": "CRM"}, headers=tag)

    assert (changed.json["name"], changed.json["state"], changed.json["rev"]) == ("ERP", "paused", 2)
    assert (stale.status, stale.code) == (412, "rev_stale")
    assert ask("PATCH", path, key(), body={"state": "disabled"}).code == "value_not_allowed"
    assert ask("PATCH", path, key(), body={"url": "https://localhost/"}).code == "webhook_url_host"
    assert ask("DELETE", path, key()).status == 200
    assert (ask("GET", path, key()).status, ask("GET", path, key()).code) == (404, "webhook_not_found")


def test_h5_a_new_secret_comes_with_the_end_of_the_old_one() -> None:
    made = make()
    answer = ask("POST", f"/v1/webhooks/{made['id']}/rotate", key(), body={})

    assert answer.json["secret"] not in {made["secret"], ""}
    assert [(each["expires_at"] or "")[:10] for each in answer.json["secrets"]] == ["", "2026-03-11"]
    assert ask("POST", f"/v1/webhooks/{made['id']}/rotate", key(), body={"overlap_hours": 169}).status == 422


def test_webhooks_are_listed_page_by_page() -> None:
    names = ["a", "b", "c"]
    for name in names:
        make(name=name)
    all_ = key()
    first = ask("GET", "/v1/webhooks", all_, query={"limit": 2}).json
    second = ask("GET", "/v1/webhooks", all_, query={"limit": 2, "cursor": first["next"]}).json

    assert sorted(each["name"] for each in first["items"] + second["items"]) == names
    assert second["next"] is None


def test_who_is_bound_to_a_part_makes_and_sees_webhooks_of_that_part_alone() -> None:
    whole, poa, manaus = make(), make(segment="poa"), make(segment="manaus")
    bound = key(segment="sul")

    assert [each["id"] for each in ask("GET", "/v1/webhooks", bound).json["items"]] == [poa["id"]]
    assert ask("POST", "/v1/webhooks", bound, body=BODY).code == "whole_hierarchy_only"
    assert ask("POST", "/v1/webhooks", bound, body={**BODY, "segment": "manaus"}).code == "segment_not_found"
    assert make(bound, segment="sul")["segment"] == "sul"
    for other in (whole, manaus):
        path = f"/v1/webhooks/{other['id']}"
        for method, more, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "x"}),
            ("DELETE", "", None),
            ("POST", "/rotate", {}),
            ("POST", "/test", None),
            ("POST", "/replays", {"since": "2026-03-10T00:00:00Z"}),
            ("GET", "/deliveries", None),
        ):
            assert ask(method, path + more, bound, body=body).code == "webhook_not_found"


def test_only_who_may_change_webhooks_does() -> None:
    reader = key(Scope.WEBHOOKS_READ)
    assert ask("GET", "/v1/webhooks", reader).status == 200
    assert ask("POST", "/v1/webhooks", reader, body=BODY).status == 403
    assert ask("GET", "/v1/webhooks", key(Scope.TICKETS_READ)).status == 403
    assert {role: Scope.WEBHOOKS_WRITE in SCOPES[role] for role in Role} == {
        Role.ADMIN: True,
        Role.ANALYST: False,
        Role.MANAGER: False,
    }


def test_what_failed_is_seen_and_sent_again() -> None:
    with allowed(answering(410, "gone away"), answering()) as receiver:
        made = make(url=receiver.url)
        path = f"/v1/webhooks/{made['id']}"
        webhooks.fan_out([published()])
        run()
        (failed,) = ask("GET", f"{path}/deliveries", key(), query={"state": "failed"}).json["items"]
        one = f"{path}/deliveries/{failed['id']}"
        assert ask("POST", f"{one}/replay", key()).code == "webhook_not_active"
        assert ask("PATCH", path, key(), body={"state": "active"}).json["reason"] == ""
        again = ask("POST", f"{one}/replay", key()).json
        run(minutes=1)
        told = ask("GET", one, key()).json

    assert (failed["type"], failed["reason"]) == ("survey.published", "gone")
    assert failed["attempts"][0]["answer"] == "gone away"
    assert (again["state"], told["state"]) == ("pending", "delivered")
    assert [each["status"] for each in told["attempts"]] == [410, 200]
    assert ask("GET", f"{path}/deliveries", key(), query={"state": "failed"}).json["items"] == []
    assert [each["id"] for each in ask("GET", f"{path}/deliveries", key()).json["items"]] == [failed["id"]]


def test_a_test_is_a_delivery_of_its_webhook_alone() -> None:
    with allowed() as receiver:
        path = f"/v1/webhooks/{make(url=receiver.url)['id']}"
        other = f"/v1/webhooks/{make()['id']}"
        sent = ask("POST", f"{path}/test", key())
        run()
        told = ask("GET", f"/v1/{sent.headers['Location']}", key()).json

    assert (sent.status, told["state"], told["type"]) == (201, "delivered", "webhook.test")
    assert ask("GET", f"{other}/deliveries/{told['id']}", key()).code == "webhook_delivery_not_found"


def test_there_are_no_more_webhooks_than_can_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.outreach.webhooks.hooks.MOST", 1)
    make()
    answer = ask("POST", "/v1/webhooks", key(), body=BODY)

    assert (answer.status, answer.code, answer.json["details"]) == (409, "webhooks_full", {"most": 1})


def test_a_replay_of_everything_since_a_moment_is_taken() -> None:
    with allowed(answering(410), answering()) as receiver:
        path = f"/v1/webhooks/{make(url=receiver.url)['id']}"
        webhooks.fan_out([published()])
        run()
        ask("PATCH", path, key(), body={"state": "active"})
        answer = ask("POST", f"{path}/replays", key(), body={"since": "2026-03-01T00:00:00Z"})
        last = ask("POST", f"{path}/replays", key(), body={"since": "9999-12-31T23:59:59-14:00"})
        run(minutes=1)

    assert (answer.status, answer.json["since"]) == (200, "2026-03-01T00:00:00+00:00")
    assert last.status == 200
    (told,) = ask("GET", f"{path}/deliveries", key()).json["items"]
    assert told["state"] == "delivered"
