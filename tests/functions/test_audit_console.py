"""What the audit says of the console: who signs in and out, who tried to, and what is done by the link of an alert."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock
from escuta.entity import Table
from tests.conftest import NOON
from tests.functions import cases
from tests.functions import console_company as company
from tests.functions.callers import ask, key
from tests.functions.console_company import Browser
from tests.kit import world


@pytest.fixture
def people(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the clock comes first
    company.found()
    company.hire(monkeypatch)


def entries(**query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ask("GET", "/v1/audit", key(), query=query).json["items"]
    return items


def raw() -> str:
    return json.dumps(world.scan(Table.AUDIT))


@pytest.mark.usefixtures("people")
def test_signing_in_and_out_is_noted_with_who_it_was() -> None:
    browser = Browser()
    browser.sign_in("helena")
    with clock.at(NOON + timedelta(minutes=1)):
        browser.post("/console/sign-out", {"csrf": browser.token()})
        out, into = entries(noun="sessions")

    assert (into["action"], into["via"], into["outcome"], into["status"]) == ("sign_in", "console", "done", 303)
    assert (out["action"], out["outcome"]) == ("sign_out", "done")
    assert out["actor"] == into["actor"] != "unknown"
    assert out["actor"].startswith("user:")
    assert into["actor_name"] == out["actor_name"] == "Helena"


@pytest.mark.usefixtures("people")
def test_a_refused_sign_in_is_noted_without_what_was_typed_and_found_by_who_knows_the_name() -> None:
    Browser().sign_in("helena", "Girassol-2025")
    Browser().post("/console/sign-in", {"username": "Girassol-2025", "password": "helena"})

    (entry,) = entries(noun="sessions", id="helena@aurora.example")
    assert (entry["outcome"], entry["status"], entry["code"]) == ("refused", 401, "sign_in_refused")
    assert entry["actor"] == "unknown"
    assert len(entries(actor="unknown")) == 2
    assert not [word for word in ("Girassol", "helena") if word in raw()]


@pytest.mark.usefixtures("people")
def test_choosing_a_language_and_looking_are_not_noted() -> None:
    browser = Browser()
    browser.get()
    browser.post("/console/language", {"language": "en"})

    assert world.scan(Table.AUDIT) == []


@pytest.mark.usefixtures("aws", "noon")
def test_what_is_done_by_the_link_of_an_alert_is_noted_without_the_link() -> None:
    ticket = cases.found()
    token = cases.link().rpartition("/")[2].partition("?")[0]
    browser = Browser()
    browser.get(f"/c/{token}")
    browser.post(f"/c/{token}", {"act": "note", "rev": str(ticket.rev), "text": "Liguei para a Ana, sem resposta."})
    browser.post(f"/c/{token}", {"act": "close", "rev": "1", "state": "closed"})

    items = entries(noun="tickets", id=ticket.id)
    assert {(item["action"], item["via"], item["operation"]) for item in items} == {("act", "link", "POST /c/<token>")}
    assert sorted((item["outcome"], item["status"]) for item in items) == [("done", 303), ("refused", 409)]
    assert {item["actor_name"] for item in items} == {"Bruno Lima"}
    assert not [word for word in (token, "Liguei", "Ana") if word in raw()]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "path",
    [
        "/c/ABCDEFGHJKLMNPQRSTUVWXYZ234567",
        "/c/x",
        "/console/nothing",
        "/console/sign-in/nothing",
        "/console/account/password",
        "/console/account/sign-out-everywhere",
        "/console/sign-out",
    ],
)
def test_what_nobody_sends_to_nothing_leaves_no_row_however_often(path: str) -> None:
    assert Browser().post(path, {"act": "note", "text": "spam"}).status >= 400

    assert world.scan(Table.AUDIT) == []
