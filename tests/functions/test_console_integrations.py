"""Webhooks, events and SFTP accounts in the console: made, shown once, tried out, changed, taken back, told of."""

from datetime import datetime
from typing import Any

import pytest

from escuta.directory import sftp_users
from tests.functions import console_company as company
from tests.functions.callers import ask, key
from tests.functions.console_company import HOSTILE, signed_in
from tests.functions.console_forms import deliver, form, go, holding, send, then, undo
from tests.functions.test_manage_sftp_users import ed25519

HOOKS, HOOK = "admin/integrations", "admin/integrations/webhooks"
EVENTS, SFTP = "admin/integrations/events", "admin/integrations/sftp"
URL = "https://crm.example.com/hooks"
FORBIDDEN = 403


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def hook(**body: Any) -> str:
    made = ask("POST", "/v1/webhooks", key(), body={"name": "CRM", "url": URL, **body})
    return str(made.json["id"])


def hooks() -> list[Any]:
    return list(ask("GET", "/v1/webhooks", key()).json["items"])


def account() -> str:
    body = {"name": "erp-loja", "folders": ["contacts"], "key": ed25519("a")}
    return str(ask("POST", "/v1/sftp-users", key(), body=body).json["name"])


def test_a_webhook_is_made_once_and_its_secret_shown_once() -> None:
    browser, page = signed_in("helena"), f"{HOOK}/new"
    filled = form(go(browser, page), "/new")
    said = {"name": HOSTILE, "url": URL, "which": "some", "types": ["ticket.*", "response.completed"]}
    first = deliver(browser, page, filled, **said)
    assert "whsec_" in first.text
    assert HOSTILE not in first.text
    deliver(browser, page, filled, **said)
    assert [each["types"] for each in hooks()] == [["response.completed", "ticket.*"]]
    assert "whsec_" not in go(browser, f"{HOOK}/{hooks()[0]['id']}").text


def test_an_address_that_may_not_be_called_is_told_beside_it() -> None:
    said = {"name": "CRM", "url": "http://10.0.0.1/", "which": "all"}
    answer = send(signed_in("helena"), f"{HOOK}/new", "/new", **said)
    assert answer.status == 422
    assert 'id="url-fault"' in answer.text
    assert 'value="http://10.0.0.1/"' in answer.text
    assert hooks() == []


def test_a_webhook_is_changed_paused_and_taken_back() -> None:
    made = hook(types=["ticket.*", "survey.published"])
    browser, page = signed_in("helena"), f"{HOOK}/{made}"
    edit = holding(go(browser, page), "listed", "1")
    after = then(browser, page, deliver(browser, page, edit, name="CRM novo", which="all", types=None))
    assert (hooks()[0]["name"], hooks()[0]["types"]) == ("CRM novo", [])
    undo(browser, after)
    assert (hooks()[0]["name"], hooks()[0]["types"]) == ("CRM", ["survey.published", "ticket.*"])

    pause = holding(go(browser, page), "state", "paused")
    after = then(browser, page, deliver(browser, page, pause))
    assert "pausado" in after.words
    undo(browser, after)
    assert hooks()[0]["state"] == "active"


def test_a_test_leads_to_its_delivery_and_a_secret_is_rotated() -> None:
    made = hook()
    browser, page = signed_in("helena"), f"{HOOK}/{made}"
    after = then(browser, page, send(browser, page, "/test"))
    assert "Chamada de teste a caminho." in after.words
    assert "webhook.test" in after.words
    assert "esperando" in after.words
    assert "webhook.test" in go(browser, page).words
    assert "Nenhuma entrega aqui" in go(browser, f"{page}?state=failed").words

    assert "whsec_" in send(browser, page, "/rotate", overlap_hours="0").text
    again = then(browser, page, send(browser, page, "/replay", hours="24"))
    assert "O que falhou está sendo enviado de novo." in again.words


def test_a_removal_asks_first_and_takes_the_webhook_away() -> None:
    made = hook()
    browser, page = signed_in("helena"), f"{HOOK}/{made}"
    assert "Isto não se desfaz." in go(browser, page).words
    then(browser, page, send(browser, page, "/remove"))
    assert hooks() == []


def test_events_are_listed_and_told_once_more() -> None:
    browser = signed_in("helena")
    assert "Nada aconteceu neste período" in go(browser, EVENTS).words
    answer = send(browser, EVENTS, "/events", **{"from": "2020-01-01T00:00"})
    assert answer.status == 422
    assert 'value="2020-01-01T00:00"' in answer.text
    after = then(browser, EVENTS, send(browser, EVENTS, "/events", **{"from": "2026-03-09T00:00"}, types=["ticket"]))
    assert "Os eventos estão sendo repetidos." in after.words


def test_an_account_is_made_shut_and_opened_again() -> None:
    browser, new = signed_in("helena"), f"{SFTP}/new"
    filled = form(go(browser, new), "/new")
    said = {"name": "erp-loja", "folders": "contacts products", "key": ed25519("a"), "label": "ERP", "note": HOSTILE}
    after = then(browser, new, deliver(browser, new, filled, **said))
    deliver(browser, new, filled, **said)
    assert "Conta “erp-loja” criada." in after.words
    assert HOSTILE not in after.text
    assert sftp_users.get("erp-loja").folders == ("contacts", "products")

    page = f"{SFTP}/erp-loja"
    shut = holding(go(browser, page), "paused", "true")
    after = then(browser, page, deliver(browser, page, shut))
    assert sftp_users.get("erp-loja").paused
    undo(browser, after)
    assert not sftp_users.get("erp-loja").paused


def test_a_key_that_is_none_is_told_beside_it_and_a_dropped_one_comes_back() -> None:
    browser, page = signed_in("helena"), f"{SFTP}/{account()}"
    answer = send(browser, page, "/keys", key="-----BEGIN OPENSSH PRIVATE KEY-----")
    assert answer.status == 422
    assert 'id="key-fault"' in answer.text
    then(browser, page, send(browser, page, "/keys", key=ed25519("b"), label="novo"))
    newest = sftp_users.get("erp-loja").public_keys[-1].id
    drop = holding(go(browser, page), "key_id", newest)
    after = then(browser, page, deliver(browser, page, drop))
    assert len(sftp_users.get("erp-loja").public_keys) == 1
    undo(browser, after)
    assert len(sftp_users.get("erp-loja").public_keys) == 2
    then(browser, page, send(browser, page, "/remove"))
    assert "Nenhuma conta ainda" in go(browser, SFTP).words


@pytest.mark.parametrize("path", [f"{HOOK}/new", EVENTS, f"{SFTP}/new"])
def test_who_may_not_is_refused(path: str) -> None:
    for name in ("davi", "bruno"):
        browser = signed_in(name)
        fields = {"csrf": browser.token(), "call": "x", "name": "erp", "url": URL, "key": "k", "folders": "a"}
        assert browser.post(f"/console/{path}", fields).status == FORBIDDEN
    assert hooks() == []
