import io
import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from authorize import app
from escuta import clock, observe
from escuta.directory import access
from escuta.directory.access import access_tokens
from escuta.directory.model import Caller, Scope
from tests.conftest import forget
from tests.kit import people as kit

pytestmark = pytest.mark.usefixtures("aws", "noon")
EVENT = json.loads(Path(__file__).parents[1].joinpath("events", "apigateway_authorizer.json").read_text())


def asked(**headers: str) -> dict[str, Any]:
    event = {**EVENT, "headers": {**EVENT["headers"], **headers}}
    answer: dict[str, Any] = app.handler(event, None)
    return answer


def test_a_key_as_bearer_opens_the_whole_stage_so_that_the_answer_may_be_kept() -> None:
    text, key = access.issue("ERP", [Scope.TICKETS_READ])

    answer = asked(Authorization=f"Bearer {text}")

    assert answer["principalId"] == f"key:{key.id}"
    assert answer["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/*",
        }
    ]


def test_the_caller_travels_with_the_request() -> None:
    text, key = access.issue("ERP", [Scope.TICKETS_READ])

    context = asked(Authorization=f"Bearer {text}")["context"]

    expected = Caller(id=f"key:{key.id}", name="ERP", scopes=frozenset({Scope.TICKETS_READ}))
    assert Caller.model_validate_json(context["caller"]) == expected


@pytest.mark.parametrize(
    "headers",
    [{"X-Api-Key": "{}"}, {"x-api-key": "{}"}, {"authorization": "bearer {}"}, {"AUTHORIZATION": "BEARER  {}"}],
)
def test_a_key_is_found_in_either_header_however_it_is_written(headers: dict[str, str]) -> None:
    text, key = access.issue("ERP", [Scope.TICKETS_READ])

    answer = asked(**{name: value.format(text) for name, value in headers.items()})

    assert answer["principalId"] == f"key:{key.id}"


def test_a_session_opens_the_door_too(noon: datetime) -> None:
    kit.seat(kit.user("Ana"), cookie="ess_ana")

    assert asked(Authorization="Bearer ess_ana")["principalId"] == "user:ana"
    with clock.at(noon.replace(hour=23, minute=1)), pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(Authorization="Bearer ess_ana")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YW5hOmFuYQ=="},
        {"Authorization": "Bearer esk_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"X-Api-Key": "esk_"},
        {"Cookie": "__Host-session=ess_ana"},
    ],
)
def test_whoever_is_unknown_is_unauthorized(headers: dict[str, str]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(**headers)


def test_a_revoked_key_is_unauthorized() -> None:  # A9
    text, key = access.issue("ERP", [Scope.TICKETS_READ])
    access.revoke(key.id)

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(Authorization=f"Bearer {text}")


def test_a_request_without_headers_is_unauthorized() -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        app.handler({**EVENT, "headers": None}, None)


def test_a_key_is_used_from_its_networks_alone_whatever_headers_say_of_it() -> None:
    here, _ = access.issue("ERP", [Scope.TICKETS_READ], addresses=["203.0.113.0/24"])
    elsewhere, _ = access.issue("ERP", [Scope.TICKETS_READ], addresses=["198.51.100.0/24"])
    said_of_it = {"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X-Real-Ip": "198.51.100.7"}

    assert asked(Authorization=f"Bearer {here}", **said_of_it)["principalId"].startswith("key:")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(Authorization=f"Bearer {elsewhere}", **said_of_it)


def test_a_key_that_has_expired_is_unauthorized(noon: datetime) -> None:  # A9
    text, _ = access.issue("ERP", [Scope.TICKETS_READ], expires_at=noon.replace(hour=16))

    assert asked(Authorization=f"Bearer {text}")["principalId"].startswith("key:")
    with clock.at(noon.replace(hour=16)), pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(Authorization=f"Bearer {text}")


def test_the_log_says_why_a_key_was_refused_and_nothing_that_opens_a_door(noon: datetime) -> None:
    text, key = access.issue("ERP", [Scope.TICKETS_READ], expires_at=noon.replace(hour=16))
    lines = io.StringIO()
    logger = observe.logger()
    logger.setLevel("INFO")
    seen = logging.StreamHandler(lines)
    seen.setFormatter(logger.registered_formatter)
    logger.addHandler(seen)

    with clock.at(noon.replace(hour=17)), pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(Authorization=f"Bearer {text}")

    (line,) = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert (line["level"], line["message"], line["key"], line["reason"]) == (
        "WARNING",
        "key refused",
        key.id,
        "expired",
    )
    assert text[21:] not in lines.getvalue()


def test_another_deployment_does_not_know_our_tokens(monkeypatch: pytest.MonkeyPatch) -> None:  # A9
    text, key = access.issue("ERP", [Scope.TICKETS_READ])
    token = access_tokens.access_token(key, text[21:], key.scopes).text
    assert asked(Authorization=f"Bearer {token}")["principalId"] == f"key:{key.id}"

    boto3.client("secretsmanager").create_secret(Name="escuta-other-secret", SecretString="another horse")
    monkeypatch.setenv("ESCUTA_LINK_SECRET", "escuta-other-secret")
    forget()

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        asked(Authorization=f"Bearer {token}")
