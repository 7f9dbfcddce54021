"""Who drops files by SFTP: accounts, folders and keys; and the door that asks."""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest

from authorize.sftp import handler
from escuta.config import settings
from escuta.directory import sftp_users
from escuta.directory.model import Scope
from tests.functions.callers import Answer, ask, found_company, key


def written(kind: str, *parts: bytes, comment: str = "erp@loja") -> str:
    """Return a public key as OpenSSH writes it."""
    blob = b"".join(len(part).to_bytes(4) + part for part in (kind.encode(), *parts))
    return f"{kind} {b64encode(blob).decode()} {comment}"


def ed25519(letter: str) -> str:
    return written("ssh-ed25519", letter.encode() * 32)


def rsa(bits: int) -> str:
    return written("ssh-rsa", b"\x01\x00\x01", (1 << (bits - 1)).to_bytes(bits // 8 + 1))


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def made(**fields: Any) -> Answer:
    body = {"name": "erp-loja", "folders": ["contacts", "products"], "key": ed25519("a"), **fields}
    return ask("POST", "/v1/sftp-users", key(), body=body)


def entering(name: str = "erp-loja", **fields: str) -> dict[str, Any]:
    told: dict[str, Any] = handler(
        {"username": name, "protocol": "SFTP", "serverId": "s-1", "sourceIp": "203.0.113.9", **fields}, None
    )
    return told


def test_an_account_is_made_with_its_key_and_shown() -> None:
    answer = made(note="Carga noturna")

    assert (answer.status, answer.headers["Location"]) == (201, "sftp-users/erp-loja")
    (shown,) = ask("GET", "/v1/sftp-users", key(Scope.KEYS_READ)).json["items"]
    assert shown == ask("GET", "/v1/sftp-users/erp-loja", key(Scope.KEYS_READ)).json == answer.json
    assert (shown["folders"], shown["paused"], shown["note"]) == (["contacts", "products"], False, "Carga noturna")
    (opens,) = shown["public_keys"]
    assert (opens["kind"], opens["label"], opens["public"]) == (
        "ssh-ed25519",
        "erp@loja",
        ed25519("a").rpartition(" ")[0],
    )
    assert opens["fingerprint"].startswith("SHA256:")


def test_the_door_tells_the_server_the_keys_and_the_folders_of_an_account() -> None:
    made()

    told = entering()

    assert told["PublicKeys"] == [ed25519("a").rpartition(" ")[0]]
    assert told["HomeDirectoryType"] == "LOGICAL"
    assert json.loads(told["HomeDirectoryDetails"]) == [
        {"Entry": "/contacts", "Target": "/escuta-drop/contacts"},
        {"Entry": "/products", "Target": "/escuta-drop/products"},
        {"Entry": "/reports/contacts", "Target": "/escuta-reports/contacts"},
        {"Entry": "/reports/products", "Target": "/escuta-reports/products"},
    ]
    allowed = json.loads(told["Policy"])["Statement"]
    assert allowed[0]["Resource"] == ["arn:aws:s3:::escuta-drop/contacts/*", "arn:aws:s3:::escuta-drop/products/*"]
    assert allowed[2]["Condition"]["StringLike"]["s3:prefix"] == ["contacts", "contacts/*", "products", "products/*"]


def test_the_longest_account_fits_into_what_aws_takes() -> None:
    made(folders=[letter * 32 for letter in "abcde"])

    assert len(entering()["Policy"]) <= 2048


@pytest.mark.parametrize("fields", [{"name": "nobody"}, {"name": ""}, {"name": "../x"}, {"password": "secret"}])
def test_nobody_else_gets_in(fields: dict[str, str]) -> None:
    made()

    assert entering(**fields) == {}


def test_who_is_paused_has_no_key_left_or_is_removed_stays_outside() -> None:
    (only,) = made().json["public_keys"]
    changed = ask("PATCH", "/v1/sftp-users/erp-loja", key(), body={"paused": True})
    assert (changed.status, entering()) == (200, {})
    ask("PATCH", "/v1/sftp-users/erp-loja", key(), body={"paused": False, "folders": ["contacts"]})
    assert len(json.loads(entering()["HomeDirectoryDetails"])) == 2

    assert ask("DELETE", f"/v1/sftp-users/erp-loja/keys/{only['id']}", key()).json["public_keys"] == []
    assert entering() == {}
    assert ask("DELETE", "/v1/sftp-users/erp-loja", key()).status == 200
    assert ask("GET", "/v1/sftp-users/erp-loja", key()).status == 404


def test_a_key_is_rotated_by_adding_the_new_one_and_dropping_the_old_one() -> None:
    (old,) = made().json["public_keys"]

    both = ask("POST", "/v1/sftp-users/erp-loja/keys", key(), body={"key": ed25519("b"), "label": "novo"})
    again = ask("POST", "/v1/sftp-users/erp-loja/keys", key(), body={"key": ed25519("b")})
    one = ask("DELETE", f"/v1/sftp-users/erp-loja/keys/{old['id']}", key())

    assert [each["label"] for each in both.json["public_keys"]] == ["erp@loja", "novo"]
    assert again.json == both.json
    assert [each["label"] for each in one.json["public_keys"]] == ["novo"]
    assert ask("DELETE", f"/v1/sftp-users/erp-loja/keys/{old['id']}", key()).code == "sftp_key_not_found"


def test_an_account_has_at_most_ten_keys() -> None:
    made()
    answers = [
        ask("POST", "/v1/sftp-users/erp-loja/keys", key(), body={"key": ed25519(letter)}) for letter in "bcdefghijk"
    ]

    assert [answer.status for answer in answers] == [200] * 9 + [409]
    assert answers[-1].code == "sftp_keys_many"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n", "sftp_key_private"),
        ("ssh-ed25519", "sftp_key_invalid"),
        ("ssh-ed25519 AAAA", "sftp_key_invalid"),
        ("ssh-ed25519 não", "sftp_key_invalid"),
        (ed25519("a").replace("ssh-ed25519 ", "ssh-rsa "), "sftp_key_invalid"),
        (ed25519("a") + "\n" + ed25519("b"), "sftp_key_invalid"),
        (written("ssh-dss", b"x" * 128), "sftp_key_invalid"),
        (rsa(1024), "sftp_key_weak"),
    ],
)
def test_what_is_no_good_public_key_is_refused_with_what_it_is(text: str, code: str) -> None:
    answer = made(key=text)

    assert (answer.status, answer.code) == (422, code)


@pytest.mark.parametrize("text", [rsa(2048), rsa(4096), written("ecdsa-sha2-nistp256", b"nistp256", b"\x04" * 65)])
def test_keys_of_the_usual_kinds_are_taken(text: str) -> None:
    assert made(key=text).status == 201


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "a b"}, "sftp_user_name"),
        ({"name": "ab"}, "sftp_user_name"),
        ({"folders": ["../reports"]}, "folder_name"),
        ({"folders": ["results"]}, "folder_reserved"),
        ({"folders": ["a" * 60, "b" * 60, "c" * 60]}, "sftp_folders_many"),
    ],
)
def test_names_and_folders_are_checked(fields: dict[str, Any], code: str) -> None:
    answer = made(**fields)

    assert (answer.status, answer.code) == (422, code)


def test_a_name_is_there_once() -> None:
    made()

    assert (made().status, made().code) == (409, "sftp_user_exists")


def test_it_is_for_who_may_drop_files_of_the_whole_hierarchy() -> None:
    body = {"name": "erp-loja", "folders": ["contacts"], "key": ed25519("a")}

    bound = ask("POST", "/v1/sftp-users", key(segment="poa"), body=body)
    few = ask("POST", "/v1/sftp-users", key(Scope.KEYS_WRITE), body=body)

    assert (bound.status, bound.code) == (403, "whole_hierarchy_only")
    assert (few.status, few.code) == (403, "scope_missing")


def test_where_the_server_is_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ask("GET", "/v1/sftp-server", key(Scope.KEYS_READ)).json
    assert told == {"host": "", "port": 22, "fingerprint": ""}

    here = settings().model_copy(update={"sftp_host": "127.0.0.1:2222", "sftp_fingerprint": "SHA256:abc"})
    monkeypatch.setattr("manage.sftp_users.settings", lambda: here)
    told = ask("GET", "/v1/sftp-server", key(Scope.KEYS_READ)).json
    assert told == {"host": "127.0.0.1", "port": 2222, "fingerprint": "SHA256:abc"}


def test_a_change_that_was_overtaken_is_refused() -> None:
    made()

    answer = ask("PATCH", "/v1/sftp-users/erp-loja", key(), body={"paused": True}, headers={"If-Match": '"7"'})

    assert answer.status == 412
    assert sftp_users.get("erp-loja").paused is False
