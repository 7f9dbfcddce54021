"""Signing in through the organisation's own provider, against a token endpoint that says what the pool would."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from escuta import clock, table
from escuta.config import settings
from escuta.directory.access import users
from escuta.directory.model import Role, UserState
from tests.conftest import forget
from tests.functions import console_company as company
from tests.functions.console_company import Answer, Browser
from tests.kit import people as kit

PUBLIC = "https://fala.aurora.example"
SESSION, TRIP = "__Host-escuta", "__Host-escuta-trip"


class Pool(HTTPServer):
    """The pool's own pages: it gives, for one code, what it is told to say of somebody."""

    claims: dict[str, Any]
    asked: dict[str, str]  # of its token endpoint
    left: dict[str, str]  # of its authorize page
    status = 200


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Pool)
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked = {name: values[0] for name, values in parse_qs(sent).items()}
        body = base64.urlsafe_b64encode(json.dumps(self.server.claims).encode()).decode().rstrip("=")
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps({"id_token": f"e30.{body}.c2ln"}).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def pool(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:  # noqa: ARG001 - store and clock first
    company.found()
    kit.user("Helena", id=users.identity("helena@aurora.example"))
    server = Pool(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "DOMAIN": f"http://127.0.0.1:{server.server_port}",
        "CLIENT": "federated-client",
        "PROVIDER": "Entra-Aurora",
        "MAIL_DOMAINS": "lojas.example aurora.example",
    }.items():
        monkeypatch.setenv(f"ESCUTA_FEDERATION_{name}", value)
    forget()
    yield server
    server.shutdown()
    server.server_close()


def leave(browser: Browser) -> dict[str, str]:
    """Go to the provider, and return what it was asked."""
    answer = browser.get("/console/sign-in/provider")
    address = urlsplit(answer.header("location"))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{settings().federation_domain}/oauth2/authorize"
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def come_back(pool: Pool, browser: Browser, state: str = "", **claims: Any) -> Answer:
    asked = pool.left = leave(browser)
    pool.claims = {
        "aud": "federated-client",
        "iss": f"https://cognito-idp.us-east-1.amazonaws.com/{settings().user_pool}",
        "token_use": "id",
        "exp": clock.epoch() + 300,
        "nonce": asked["nonce"],
        "cognito:username": "Entra-Aurora_helena",
        "email": "Helena@aurora.example",
        "name": "Helena Duarte",
        "identities": [{"providerName": "Entra-Aurora", "userId": "helena"}],
        **claims,
    }
    return browser.get("/console/sign-in/callback", state=state or asked["state"], code="one-code")


def test_somebody_known_comes_in_with_what_they_may_do_here(pool: Pool) -> None:
    browser = Browser()
    assert "Entrar com Entra-Aurora" in browser.get().text

    answer = come_back(pool, browser)

    assert (answer.status, answer.header("location")) == (303, "../../console")
    assert SESSION in browser.cookies
    assert TRIP not in browser.cookies
    assert "<h1>Lojas Aurora</h1>" in browser.get().text


def test_the_code_is_bound_to_this_browser_by_pkce(pool: Pool) -> None:
    come_back(pool, Browser())

    challenge = base64.urlsafe_b64encode(hashlib.sha256(pool.asked["code_verifier"].encode()).digest()).decode()
    assert (pool.left["code_challenge_method"], pool.left["code_challenge"]) == ("S256", challenge.rstrip("="))
    assert pool.left["redirect_uri"] == pool.asked["redirect_uri"] == f"{PUBLIC}/console/sign-in/callback"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "other"},
        {"aud": "another-client"},
        {"iss": "https://evil.example/us-east-1_test2"},
        {"token_use": "access"},
        {"exp": 0},
        {"identities": [{"providerName": "Other"}]},
        {"identities": []},
        {"cognito:username": ""},
    ],
    ids=["nonce", "audience", "issuer", "use", "expired", "provider", "no provider", "nobody"],
)
def test_what_was_not_said_to_us_now_opens_nothing(pool: Pool, claims: dict[str, Any]) -> None:
    browser = Browser("en")
    answer = come_back(pool, browser, **claims)

    assert answer.status == 401
    assert "was not completed" in answer.text
    assert SESSION not in browser.cookies


def test_a_state_that_this_browser_did_not_send_opens_nothing_and_no_code_is_exchanged(pool: Pool) -> None:
    pool.asked = {}
    assert come_back(pool, Browser(), state="forged").status == 401
    stranger = Browser()
    assert stranger.get("/console/sign-in/callback", state="", code="x").status == 401
    assert stranger.get("/console/sign-in/callback").status == 401
    assert pool.asked == {}


@pytest.mark.parametrize(
    "email",
    [
        "ana@aurora.example",
        "helena@evil.example",
        "helena@aurora.example.evil",
        "",
        "a@b",
        "Helena\u017f@aurora.example",
    ],
)
def test_whom_nobody_invited_and_addresses_of_others_are_refused(pool: Pool, email: str) -> None:
    answer = come_back(pool, Browser(), email=email)

    assert (answer.status, "ainda não tem acesso" in answer.text) == (401, True)


def test_whom_nobody_invited_gets_the_role_that_the_stack_names(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUTA_FEDERATION_ROLE", "analyst")
    forget()
    browser = Browser()
    come_back(pool, browser, email="ana@lojas.example", **{"cognito:username": "Entra-Aurora_ana"})

    ana = users.get(users.identity("ana@lojas.example"))
    assert (ana.role, ana.state) == (Role.ANALYST, UserState.ACTIVE)
    assert SESSION in browser.cookies


def test_another_person_with_the_same_address_does_not_become_the_one_we_know(pool: Pool) -> None:
    come_back(pool, Browser())
    answer = come_back(pool, Browser(), **{"cognito:username": "Entra-Aurora_mallory"})

    assert (answer.status, "já pertence a outra conta" in answer.text) == (401, True)


def test_who_is_disabled_here_is_out_whatever_the_provider_says(pool: Pool) -> None:
    helena = users.get(users.identity("helena@aurora.example"))
    table.save(helena.changed(state=UserState.DISABLED))

    assert come_back(pool, Browser()).status == 401


@pytest.mark.parametrize(("status", "answered"), [(400, 401), (500, 503)])
def test_a_refused_code_is_told_from_a_provider_that_is_down(pool: Pool, status: int, answered: int) -> None:
    pool.status = status

    assert come_back(pool, Browser()).status == answered


@pytest.mark.usefixtures("pool")
def test_without_a_provider_there_is_no_button_and_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUTA_FEDERATION_DOMAIN", "")
    forget()
    assert "sign-in/provider" not in Browser().get().text
    assert Browser().get("/console/sign-in/provider").status == 401


def test_letters_that_only_look_alike_are_not_somebody_we_know(pool: Pool) -> None:
    kit.user("Sara", id=users.identity("sara@aurora.example"), email="sara@aurora.example")

    assert come_back(pool, Browser(), email="\u017fara@aurora.example").status == 401


def test_who_comes_through_the_provider_is_asked_for_no_password_of_ours(pool: Pool) -> None:
    browser = Browser()
    come_back(pool, browser)
    page = browser.get("/console/account").text

    assert "Você entra por Entra-Aurora." in page
    assert 'type="password"' not in page
