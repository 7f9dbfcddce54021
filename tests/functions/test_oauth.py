import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from escuta import clock, i18n
from escuta.directory import access
from escuta.directory.access import keys
from escuta.directory.model import ApiKey, Scope
from escuta.entity import Table
from manage import oauth
from tests.functions.callers import ask, found_company
from tests.functions.test_manage_keys import turned_away
from tests.kit import world
from tests.kit.faults import failing, throttled
from tests.kit.gateway import PROXY

SCOPES = [Scope.CONTACTS_READ, Scope.FILES_READ, Scope.KEYS_WRITE]


@dataclass(frozen=True)
class Client:
    """A program that asks for tokens."""

    key: ApiKey
    text: str

    @property
    def secret(self) -> str:
        return self.text[21:]

    @property
    def form(self) -> dict[str, str]:
        return {"grant_type": "client_credentials", "client_id": self.key.id, "client_secret": self.secret}


@pytest.fixture
def erp(aws: None, noon: datetime) -> Client:  # noqa: ARG001 - the store and the clock come first
    found_company()
    text, made = access.issue("ERP", SCOPES)
    return Client(made, text)


def sent(
    form: dict[str, str] | str, method: str = "POST", **headers: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send a form; return the status, the headers and the body of the answer."""
    event = {
        **PROXY,
        "httpMethod": method,
        "path": "/oauth/token",
        "headers": {"Content-Type": "application/x-www-form-urlencoded", **headers},
        "body": form if isinstance(form, str) else urlencode(form),
    }
    answer = oauth.handler(event, None)
    named = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    return answer["statusCode"], named, json.loads(answer["body"]) if answer["body"] else {}


def basic(client: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()


def token(client: Client, **more: str) -> str:
    text: str = sent(client.form | more)[2]["access_token"]
    return text


def test_a_client_gets_a_token_of_an_hour_for_its_id_and_secret(erp: Client) -> None:
    status, headers, body = sent(erp.form)

    text = body.pop("access_token")
    assert (status, text[:4]) == (200, "est_")
    assert body == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "contacts:read files:read keys:write",
    }
    assert {"Cache-Control": "no-store", "Pragma": "no-cache", "RateLimit-Limit": "1200"}.items() <= headers.items()
    assert ask("GET", "/v1/custom-fields", text).status == 200


def test_a_client_may_name_itself_by_http_basic_and_show_its_whole_key(erp: Client) -> None:
    form = {"grant_type": "client_credentials"}

    assert sent(form, Authorization=basic(erp.key.id, erp.secret))[0] == 200
    assert sent(form | {"client_id": erp.key.id}, Authorization=basic(erp.key.id, erp.text))[0] == 200


def test_a_token_does_what_was_asked_for_it_and_no_more(erp: Client) -> None:
    status, _, body = sent(erp.form | {"scope": "files:read contacts:read"})

    assert (status, body["scope"]) == (200, "contacts:read files:read")
    assert ask("GET", "/v1/files", body["access_token"]).status == 200
    assert ask("POST", "/v1/keys", body["access_token"], body={}).code == "scope_missing"


@pytest.mark.parametrize(
    "scope", ["tickets:read", "files:read tickets:read", "nothing:read", "files:read,contacts:read"]
)
def test_a_scope_that_the_key_does_not_have_is_refused(erp: Client, scope: str) -> None:
    status, _, body = sent(erp.form | {"scope": scope})

    assert (status, body["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("more", "headers", "status", "error"),
    [
        ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, {}, 400, "invalid_request"),
        ({"client_secret": "A" * 32}, {}, 401, "invalid_client"),
        ({"client_secret": ""}, {}, 401, "invalid_client"),
        ({"client_id": "0123456789abcdef"}, {}, 401, "invalid_client"),
        ({"client_id": "\x00" * 3000}, {}, 413, "invalid_request"),
        ({"client_id": "%"}, {}, 401, "invalid_client"),
        ({}, {"Authorization": "Basic YW5h"}, 400, "invalid_request"),
        ({}, {"Content-Type": "application/json"}, 400, "invalid_request"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_standard(
    erp: Client, more: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    answered, _, body = sent(erp.form | more, **headers)

    assert (answered, body["error"], "access_token" in body) == (status, error, False)


@pytest.mark.parametrize("credential", ["Basic %%%", "Basic YW5h", "Basic /w==", "Bearer est_x", "Basic"])
def test_a_client_that_named_itself_by_a_header_is_told_which_header(erp: Client, credential: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": erp.key.id}

    status, headers, body = sent(form, Authorization=credential)

    assert (status, body["error"], headers["WWW-Authenticate"]) == (
        401,
        "invalid_client",
        'Basic realm="escuta", charset="UTF-8"',
    )


@pytest.mark.parametrize(
    "form", ["grant_type=client_credentials&grant_type=x", "a=%FF", "&".join(f"f{n}=1" for n in range(21))]
)
@pytest.mark.usefixtures("erp")
def test_a_form_that_cannot_be_read_is_refused(form: str) -> None:
    assert sent(form)[::2][0] == 400


@pytest.mark.parametrize(("method", "body"), [("GET", True), ("HEAD", False), ("PUT", True), ("OPTIONS", True)])
@pytest.mark.usefixtures("erp")
def test_tokens_are_only_posted_for(method: str, body: bool) -> None:  # noqa: FBT001 - the expected value
    status, headers, told = sent("", method)

    assert (status, headers["Allow"], bool(told)) == (405, "POST", body)


@pytest.mark.usefixtures("erp")
def test_a_refusal_speaks_the_language_of_its_reader_and_ascii_to_the_program() -> None:
    told = {language: sent({}, **{"Accept-Language": language})[2] for language in i18n.LANGUAGES}

    assert told["pt-BR"]["detail"] == "Envie client_id e client_secret, com HTTP Basic ou no formulário."
    assert told["es"]["detail"] == "Envíe client_id y client_secret, con HTTP Basic o en el formulario."
    assert {each["error_description"] for each in told.values()} == {
        "Send client_id and client_secret, by HTTP Basic or in the form."
    }
    described = [words for code, words in i18n.catalog("manage", "en").items() if code.startswith("oauth_")]
    assert [words for words in described if not words.isascii() or '"' in words or "\\" in words] == []


def test_a_token_ends_after_an_hour(erp: Client, noon: datetime) -> None:
    text = token(erp)

    with clock.at(noon + timedelta(minutes=59)):
        assert not turned_away(text)
    with clock.at(noon + timedelta(minutes=60, seconds=5)):
        assert turned_away(text)


def test_a_token_ends_with_its_key(noon: datetime, erp: Client) -> None:  # A9
    short, made = access.issue("Curta", SCOPES, expires_at=noon + timedelta(minutes=10))
    _, _, body = sent(Client(made, short).form)
    assert 590 <= body["expires_in"] <= 600

    text = token(erp)
    access.revoke(erp.key.id)

    assert turned_away(text)
    assert sent(erp.form)[::2][0] == 401


def test_a_token_of_a_secret_that_leaked_ends_with_it_and_one_of_the_new_secret_does_not(erp: Client) -> None:  # A9
    leaked = token(erp)
    gentle, made = keys.rotate(erp.key, timedelta(hours=1))
    fresh = token(Client(made, gentle))
    assert (turned_away(leaked), turned_away(fresh)) == (False, False)

    keys.rotate(made, timedelta(0))

    assert (turned_away(leaked), turned_away(fresh)) == (True, True)


def test_a_token_never_does_what_its_key_may_no_longer(erp: Client) -> None:
    text = token(erp)
    keys.change(erp.key, scopes=(Scope.FILES_READ,))

    assert ask("GET", "/v1/custom-fields", text).code == "scope_missing"
    assert ask("GET", "/v1/files", text).status == 200


def test_neither_a_token_nor_a_way_to_it_leaves_the_networks_of_its_key(erp: Client) -> None:
    text = token(erp)
    keys.change(erp.key, addresses=("198.51.100.0/24",))

    assert turned_away(text)
    assert sent(erp.form)[2]["error"] == "invalid_client"


def test_a_token_of_an_hour_makes_no_key_that_lasts_longer(erp: Client) -> None:
    text = token(erp)
    body = {"name": "Para sempre", "scopes": ["files:read"]}

    assert ask("POST", "/v1/keys", text, body=body).code == "key_expiry_beyond"
    assert ask("POST", f"/v1/keys/{erp.key.id}/rotate", text, body={}).code == "key_expiry_beyond"
    assert ask("POST", "/v1/keys", text, body=body | {"expires_at": "2026-03-10T15:30:00Z"}).status == 201


def test_a_token_of_a_key_that_is_cut_short_makes_no_key_that_outlives_it(erp: Client, noon: datetime) -> None:
    text, end = token(erp), noon + timedelta(minutes=10)
    keys.change(erp.key, expires_at=end)
    body = {"name": "Mais longa", "scopes": ["files:read"], "expires_at": (end + timedelta(minutes=30)).isoformat()}

    assert datetime.fromisoformat(ask("GET", "/v1/me", text).json["expires_at"]) == end
    assert ask("POST", "/v1/keys", text, body=body).code == "key_expiry_beyond"


def test_an_altered_token_opens_nothing(erp: Client) -> None:
    text = token(erp)
    payload, _, mac = text[4:].partition(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(said | {"e": said["e"] + 9999}).encode()).decode().rstrip("=")

    for wrong in (
        f"est_{forged}.{mac}",
        f"est_{payload}.{mac[:-1]}",
        f"est_{payload}.",
        f"est_{payload}",
        "est_",
        "est_.",
    ):
        assert turned_away(wrong), wrong


def test_who_asks_for_tokens_too_often_waits(erp: Client) -> None:  # A8
    keys.change(erp.key, rate=2)

    answers = [sent(erp.form) for _ in range(3)]

    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert 0 < int(answers[2][1]["Retry-After"]) <= 60
    assert answers[2][2]["error"] == "temporarily_unavailable"


def test_a_store_that_does_not_answer_is_told_to_be_tried_again(erp: Client) -> None:  # A11
    with failing("GetItem", lambda _: throttled("dynamodb", "GetItem")):
        status, headers, body = sent(erp.form)

    assert (status, headers["Retry-After"], body["error"]) == (503, "2", "temporarily_unavailable")


def test_a_token_that_is_given_is_noted_and_so_is_what_a_key_is_refused_but_not_what_nobody_asks(erp: Client) -> None:
    sent(erp.form)
    sent(erp.form | {"scope": "audit:read"})
    sent(erp.form | {"client_secret": "x" * 32})
    sent(erp.form | {"client_id": "0" * 16})

    items = ask("GET", "/v1/audit", access.issue("Ana", tuple(Scope))[0], query={"noun": "keys", "id": erp.key.id}).json
    told = [(item["action"], item["outcome"], item["code"], item["actor"], item["ip"]) for item in items["items"]]
    assert sorted(told) == [
        ("sign_in", "done", "", f"key:{erp.key.id}", "203.0.113.7"),
        ("sign_in", "refused", "invalid_scope", f"key:{erp.key.id}", "203.0.113.7"),
    ]
    assert len(world.scan(Table.AUDIT)) == 2
    assert erp.secret not in json.dumps(world.scan(Table.AUDIT))
