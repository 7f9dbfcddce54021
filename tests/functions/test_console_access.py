"""Users, roles, keys and the audit in the console: each made, changed and taken back by who may, told beside fields."""

import re
from datetime import datetime
from typing import Any

import pytest

from escuta.directory.access import roles, users
from tests.functions import console_company as company
from tests.functions.callers import ask, key
from tests.functions.console_company import HOSTILE, signed_in
from tests.functions.console_forms import deliver, form, go, holding, send, then, undo
from tests.kit import people as kit

USERS, ROLES, KEYS, AUDIT = "admin/users", "admin/users/roles", "admin/integrations/keys", "admin/audit"
ANA = {"email": "ana@aurora.example", "name": "Ana Souza", "role": "analyst", "language": "es"}
FORBIDDEN = 403


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - they come first
    company.found()
    kit.pool(monkeypatch)


def invited() -> str:
    return str(ask("POST", "/v1/users", key(), body=ANA).json["id"])


def made_key(**body: Any) -> str:
    said = {"name": "ERP", "scopes": ["contacts:read"], **body}
    return str(ask("POST", "/v1/keys", key(), body=said).json["id"])


def listed_keys(name: str) -> list[Any]:
    return [
        each for each in ask("GET", "/v1/keys", key(), query={"limit": "100"}).json["items"] if each["name"] == name
    ]


def test_somebody_is_invited_once_with_a_role_and_places() -> None:
    browser, page = signed_in("helena"), f"{USERS}/new"
    filled = form(go(browser, page), "/new")
    said = {**ANA, "name": HOSTILE, "segments": ["sul"]}
    after = then(browser, page, deliver(browser, page, filled, **said))
    deliver(browser, page, filled, **said)
    assert "ana@aurora.example" in after.words
    assert HOSTILE not in after.text
    found = [each for each in users.listing(limit=50).items if each.email == "ana@aurora.example"]
    assert [(each.role, each.segments) for each in found] == [("analyst", ("sul",))]


def test_an_address_that_is_none_is_told_beside_it_and_nothing_typed_is_lost() -> None:
    answer = send(signed_in("helena"), f"{USERS}/new", "/new", **{**ANA, "email": "ana"})
    assert answer.status == 422
    assert 'id="email-fault"' in answer.text
    assert 'value="Ana Souza"' in answer.text


def test_somebody_is_changed_shut_out_and_let_in_again() -> None:
    made = invited()
    browser, page = signed_in("helena"), f"{USERS}/{made}"
    edit = holding(go(browser, page), "places", "1")
    then(browser, page, deliver(browser, page, edit, name="Ana Lima", segments=["poa"]))
    assert (users.get(made).name, users.get(made).segments) == ("Ana Lima", ("poa",))

    shut = holding(go(browser, page), "state", "disabled")
    after = then(browser, page, deliver(browser, page, shut))
    assert users.get(made).state == "disabled"
    undo(browser, after)
    assert users.get(made).state != "disabled"


def test_an_invitation_goes_out_again_and_a_user_is_removed() -> None:
    made = invited()
    browser, page = signed_in("helena"), f"{USERS}/{made}"
    again = holding(go(browser, page), "step", "invite")
    assert "Ana Souza" in then(browser, page, deliver(browser, page, again)).words
    then(browser, page, send(browser, page, "/remove"))
    assert "ana@aurora.example" not in go(browser, USERS).words


def test_a_role_is_made_once_changed_removed_and_brought_back() -> None:
    browser, page = signed_in("helena"), f"{ROLES}/new"
    filled = form(go(browser, page), "/new")
    said = {"name": "Qualidade", "like": "analyst", "scopes": ["tickets:read", "responses:read"]}
    then(browser, page, deliver(browser, page, filled, **said))
    deliver(browser, page, filled, **said)
    own = [each for each in ask("GET", "/v1/roles", key()).json["items"] if not each["built_in"]]
    assert [each["scopes"] for each in own] == [["responses:read", "tickets:read"]]

    one = f"{ROLES}/{own[0]['id']}"
    then(browser, one, send(browser, one, f"/{own[0]['id']}", name="Qualidade e voz", scopes=["tickets:read"]))
    assert roles.get(own[0]["id"]).name == "Qualidade e voz"
    after = then(browser, one, send(browser, one, "/remove"))
    assert "Qualidade e voz" not in go(browser, f"{ROLES}/new").words
    undo(browser, after)
    assert roles.get(own[0]["id"]).name == "Qualidade e voz"


def test_a_role_without_a_name_is_told_beside_it() -> None:
    answer = send(signed_in("helena"), f"{ROLES}/new", "/new", name="", scopes=["tickets:read"])
    assert answer.status == 422
    assert 'id="name-fault"' in answer.text


def test_a_key_is_shown_once_and_made_once() -> None:
    browser, page = signed_in("helena"), f"{KEYS}/new"
    filled = form(go(browser, page), "/new")
    said = {"name": "CRM", "scopes": ["contacts:read"], "segment": "sul", "rate": "600", "until": "2026-12-31"}
    first = deliver(browser, page, filled, **said)
    assert re.search(r"esk_[\w-]+", first.text)
    deliver(browser, page, filled, **said)
    (made,) = listed_keys("CRM")
    assert (made["segment"], made["rate"], made["expires_at"][:10]) == ("sul", 600, "2027-01-01")
    text = re.findall(r"esk_[\w-]{20,}", first.text)[0]
    assert text not in go(browser, f"{KEYS}/{made['id']}").text


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("addresses", "lar"), ("rate", "muitas"), ("until", "1999-01-01")]
)
def test_what_a_key_cannot_be_is_told_beside_the_field(field: str, value: str) -> None:
    said = {"name": "CRM", "scopes": ["contacts:read"], "rate": "600"} | {field: value}
    answer = send(signed_in("helena"), f"{KEYS}/new", "/new", **said)
    assert answer.status == 422
    assert 'class="fault"' in answer.text
    assert listed_keys("CRM") == []


def test_a_key_is_changed_rotated_and_revoked() -> None:
    made = made_key()
    browser, page = signed_in("helena"), f"{KEYS}/{made}"
    then(browser, page, send(browser, page, f"/{made}", name="ERP novo", scopes=["contacts:read"]))
    assert listed_keys("ERP novo")
    assert re.search(r"esk_[\w-]{20,}", send(browser, page, "/rotate", overlap_hours="0").text)
    after = then(browser, page, send(browser, page, "/revoke"))
    assert "“ERP novo” foi encerrada." in after.words
    assert listed_keys("ERP novo")[0]["state"] == "revoked"


def test_who_was_overtaken_keeps_what_was_typed() -> None:
    made = made_key()
    browser, page = signed_in("helena"), f"{KEYS}/{made}"
    stale = form(go(browser, page), f"/{made}")
    deliver(browser, page, stale, name="A")
    answer = deliver(browser, page, stale, name="B")
    assert (answer.status, listed_keys("B")) == (412, [])
    assert 'value="B"' in answer.text


def test_the_audit_tells_what_was_done_and_is_narrowed_by_who_did_it() -> None:
    browser = signed_in("helena")
    send(browser, f"{KEYS}/new", "/new", name="CRM", scopes=["contacts:read"])
    page = go(browser, AUDIT)
    entries = re.findall(r"admin/audit/([\w-]{20,})", page.text)
    assert entries
    assert go(browser, f"{AUDIT}/{entries[0]}").status == 200
    assert "Nada com esses filtros" in go(browser, f"{AUDIT}?actor=user:ninguem").words
    assert go(browser, f"{AUDIT}?from=ontem").status in {200, 422}


@pytest.mark.parametrize("path", [f"{USERS}/new", f"{ROLES}/new", f"{KEYS}/new"])
def test_who_may_not_is_refused(path: str) -> None:
    for name in ("davi", "bruno"):
        browser = signed_in(name)
        fields = {"csrf": browser.token(), "call": "x", **ANA, "like": "analyst", "scopes": "tickets:read", "rate": "1"}
        assert browser.post(f"/console/{path}", fields).status == FORBIDDEN
        assert go(browser, AUDIT).status == FORBIDDEN
