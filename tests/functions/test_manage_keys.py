import base64
import re
import zlib
from datetime import datetime, timedelta

import pytest

from escuta import clock
from escuta.directory import access
from escuta.directory.model import Scope
from escuta.entity import WORKING
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit import world

EXPECTED = {
    "name": "Loja virtual",
    "scopes": ["contacts:read", "files:write"],
    "segment": "",
    "addresses": ["203.0.113.0/24", "2001:db8::/32"],
    "rate": 60,
    "expires_at": "2026-06-10T15:00:00Z",
    "revoked_at": None,
    "rev": 1,
    "state": "active",
    "last_used_at": None,
    "rotates_at": None,
}
SCOPES = ["files:write", "contacts:read"]
HERE = "203.0.113.7"  # where the events of the tests come from


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def made(by: str, **fields: object) -> Answer:
    return ask("POST", "/v1/keys", by, body={"name": "Loja virtual", "scopes": SCOPES, **fields})


def turned_away(text: str) -> bool:
    try:
        ask("GET", "/v1/custom-fields", text)
    except Exception as error:  # noqa: BLE001 - what the authorizer raises is no class of its own
        return str(error) == "Unauthorized"
    return False


def test_a_key_is_shown_once_and_works_at_once() -> None:
    admin = key()

    answer = made(
        admin, addresses=["203.0.113.0/24", " 2001:db8::/32"], expires_at="2026-06-10T12:00:00-03:00", rate=60
    )

    shown = answer.json
    text = shown.pop("key")
    assert re.fullmatch(rf"esk_{shown['id']}_[A-Za-z0-9_-]{{32}}", text)
    assert (answer.status, answer.headers["Location"]) == (201, f"keys/{shown['id']}")
    assert shown.pop("created_by").startswith("key:")
    assert shown.pop("created_at").startswith("2026-03-10T15:00:0")
    assert shown.pop("id") == text.split("_")[1]
    assert shown == EXPECTED
    assert ask("GET", "/v1/custom-fields", text).status == 200
    assert text[21:] not in ask("GET", "/v1/keys", admin).body.decode()


def test_the_list_says_when_a_key_was_last_used_and_which_are_over(noon: datetime) -> None:
    admin = key()
    used, over, gone = (made(admin, name=name).json for name in ("Usada", "Vencida", "Revogada"))
    until = (noon + timedelta(hours=1)).isoformat()
    ask("PATCH", f"/v1/keys/{over['id']}", admin, body={"expires_at": until})
    ask("DELETE", f"/v1/keys/{gone['id']}", admin)
    ask("GET", "/v1/custom-fields", used["key"])

    with clock.at(noon + timedelta(hours=2)):
        listed = ask("GET", "/v1/keys", admin).json["items"]

    said = {each["name"]: (each["state"], (each["last_used_at"] or "")[:16]) for each in listed}
    assert said == {
        "ERP": ("active", "2026-03-10T17:00"),
        "Usada": ("active", "2026-03-10T15:00"),
        "Vencida": ("expired", ""),
        "Revogada": ("revoked", ""),
    }


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": "  "}, "value_too_short", "name"),
        ({"scopes": []}, "value_too_short", "scopes"),
        ({"scopes": ["contacts:all"]}, "value_not_allowed", "scopes[0]"),
        ({"segment": "sudeste"}, "segment_not_found", None),
        ({"addresses": ["203.0.113.7/24"]}, "network_invalid", "addresses[0]"),
        ({"addresses": ["203.0.113.0/24", "loja.example.com"]}, "network_invalid", "addresses[1]"),
        ({"expires_at": "2026-03-10T11:59:00-03:00"}, "key_expiry_past", "expires_at"),
        ({"expires_at": "2026-06-10T12:00:00"}, "value_invalid", "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "value_too_large", "expires_at"),  # none any more in UTC
        ({"rate": 0}, "value_too_small", "rate"),
        ({"created_by": "user:ana"}, "field_unknown", "created_by"),
    ],
)
def test_a_key_that_means_nothing_is_refused(fields: dict[str, object], code: str, field: str | None) -> None:  # A5
    answer = made(key(), **fields)

    assert (answer.status // 100, answer.code, answer.json.get("field")) == (4, code, field)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"scopes": ["contacts:read", "tickets:read"]}, "key_scopes_beyond"),
        ({"expires_at": None}, "key_expiry_beyond"),
        ({"expires_at": "2026-03-12T15:00:00Z"}, "key_expiry_beyond"),
        ({"rate": 61}, "key_rate_beyond"),
        ({"addresses": []}, "key_addresses_beyond"),
        ({"addresses": ["203.0.113.0/24", "198.51.100.7"]}, "key_addresses_beyond"),
        ({"addresses": ["::/0"]}, "key_addresses_beyond"),
    ],
)
def test_nobody_gives_away_what_they_do_not_have(noon: datetime, fields: dict[str, object], code: str) -> None:
    text, _ = access.issue(
        "ERP",
        [Scope.KEYS_READ, Scope.KEYS_WRITE, Scope.CONTACTS_READ],
        addresses=["203.0.113.0/24"],
        rate=60,
        expires_at=noon + timedelta(days=1),
    )
    own = {
        "scopes": ["contacts:read"],
        "expires_at": "2026-03-11T15:00:00Z",
        "rate": 60,
        "addresses": ["203.0.113.128/25"],
    }

    allowed, refused = made(text, **own), made(text, **own | fields)

    assert (allowed.status, refused.status, refused.code) == (201, 403, code)
    changed = ask("PATCH", f"/v1/keys/{allowed.json['id']}", text, body=fields)
    assert (changed.status, changed.code) == (403, code)


def test_a_weak_key_makes_nothing_of_a_strong_one() -> None:
    strong, weak = key(), key(Scope.KEYS_READ, Scope.KEYS_WRITE)
    strong_id = strong.split("_")[1]

    assert ask("POST", f"/v1/keys/{strong_id}/rotate", weak, body={}).code == "key_scopes_beyond"
    assert ask("PATCH", f"/v1/keys/{strong_id}", weak, body={"rate": 9}).code == "key_scopes_beyond"
    assert ask("DELETE", f"/v1/keys/{strong_id}", weak).status == 200  # whoever finds a leak may close it


def test_a_key_bound_to_a_region_makes_and_sees_keys_of_that_region_alone() -> None:
    admin, bound = key(), key(segment="sul")
    everywhere, manaus, poa = (made(admin, segment=place).json["id"] for place in ("", "manaus", "poa"))

    assert [made(bound, segment=place).status for place in ("", "aurora", "manaus", "sul", "poa")] == [
        403,
        404,
        404,
        201,
        201,
    ]
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"rate": 1}),
        ("DELETE", "", None),
        ("POST", "/rotate", {}),
    ):
        for hidden in (everywhere, manaus, "0123456789abcdef", "%00", "x" * 3000):
            answer = ask(method, f"/v1/keys/{hidden}{path}", bound, body=body)
            assert (answer.status, answer.code) == (404, "key_not_found"), (method, hidden)
    assert {each["segment"] for each in ask("GET", "/v1/keys", bound).json["items"]} == {"sul", "poa"}
    assert ask("GET", f"/v1/keys/{poa}", bound).json["segment"] == "poa"


def test_a_change_holds_from_the_next_request_on() -> None:
    admin = key()
    changed = made(admin).json
    path = f"/v1/keys/{changed['id']}"
    assert ask("GET", "/v1/custom-fields", changed["key"]).status == 200

    ask("PATCH", path, admin, body={"scopes": ["files:read"]})
    assert ask("GET", "/v1/custom-fields", changed["key"]).code == "scope_missing"
    assert ask("GET", "/v1/files", changed["key"]).status == 200

    ask("PATCH", path, admin, body={"addresses": ["198.51.100.0/24"]})
    assert turned_away(changed["key"])
    ask("PATCH", path, admin, body={"addresses": [HERE]})
    assert not turned_away(changed["key"])


def test_a_stale_change_is_refused() -> None:  # A6
    admin = key()
    path = f"/v1/keys/{made(admin).json['id']}"
    ask("PATCH", path, admin, body={"name": "Loja"}, headers={"If-Match": '"1"'})

    late = ask("PATCH", path, admin, body={"rate": 5}, headers={"If-Match": '"1"'})

    assert (late.status, ask("GET", path, admin).json["rate"]) == (412, 1200)


def test_a_revoked_key_opens_nothing_and_never_will() -> None:  # A9
    admin = key()
    ended = made(admin).json
    path = f"/v1/keys/{ended['id']}"

    assert ask("DELETE", path, admin).json["state"] == "revoked"

    assert turned_away(ended["key"])
    assert ask("PATCH", path, admin, body={"name": "Loja"}).code == "key_revoked"
    assert ask("POST", f"{path}/rotate", admin, body={}).code == "key_revoked"
    assert ask("DELETE", path, admin).status == 200


def test_an_expired_key_is_turned_away_until_somebody_prolongs_it(noon: datetime) -> None:  # A9
    admin = key()
    text = made(admin, expires_at="2026-03-10T16:00:00Z").json["key"]

    with clock.at(noon + timedelta(minutes=59)):
        assert not turned_away(text)
    with clock.at(noon + timedelta(minutes=60)):
        assert turned_away(text)
        ask("PATCH", f"/v1/keys/{text.split('_')[1]}", admin, body={"expires_at": None})
        assert not turned_away(text)


def test_after_a_rotation_both_secrets_work_until_the_overlap_is_over(noon: datetime) -> None:
    admin = key()
    old = made(admin).json

    new = ask("POST", f"/v1/keys/{old['id']}/rotate", admin, body={"overlap_hours": 48}).json

    assert new["rotates_at"].startswith("2026-03-12T15:00")
    assert (turned_away(old["key"]), turned_away(new["key"])) == (False, False)
    with clock.at(noon + timedelta(hours=48, minutes=1)):
        assert (turned_away(old["key"]), turned_away(new["key"])) == (True, False)
        assert ask("GET", f"/v1/keys/{old['id']}", admin).json["rotates_at"] is None


def test_a_leaked_secret_is_replaced_without_overlap() -> None:
    admin = key()
    leaked = made(admin).json

    new = ask("POST", f"/v1/keys/{leaked['id']}/rotate", admin, body={"overlap_hours": 0}).json

    assert (turned_away(leaked["key"]), turned_away(new["key"]), new["rotates_at"]) == (True, False, None)


def test_no_more_than_five_secrets_of_a_key_work_at_once() -> None:
    admin = key()
    path = f"/v1/keys/{made(admin).json['id']}/rotate"
    answers = [ask("POST", path, admin, body={}) for _ in range(5)]

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 409]
    assert answers[-1].code == "key_secrets_many"
    assert ask("POST", path, admin, body={"overlap_hours": 0}).status == 200


@pytest.mark.parametrize("hours", [-1, 169, "24", 1.5])
def test_an_overlap_is_at_most_a_week(hours: object) -> None:
    admin = key()

    answer = ask("POST", f"/v1/keys/{admin.split('_')[1]}/rotate", admin, body={"overlap_hours": hours})

    assert (answer.status, answer.json["field"]) == (422, "overlap_hours")


def test_a_call_under_its_key_makes_one_key_and_shows_it_again() -> None:  # A7
    admin = key()
    called = {"Idempotency-Key": "loja-1"}
    body = {"name": "Loja virtual", "scopes": SCOPES}

    first, again = (ask("POST", "/v1/keys", admin, body=body, headers=called) for _ in range(2))

    assert (first.status, again.status, first.json) == (201, 201, again.json)
    assert len(ask("GET", "/v1/keys", admin).json["items"]) == 2
    assert not turned_away(first.json["key"])


def test_what_a_call_under_its_key_was_shown_stands_nowhere_in_the_store() -> None:
    answer = ask(
        "POST",
        "/v1/keys",
        key(),
        body={"name": "Loja virtual", "scopes": SCOPES},
        headers={"Idempotency-Key": "loja-1"},
    )

    secret = answer.json["key"][21:]
    rows = [str(item) for each in WORKING for item in world.scan(each)]
    kept = [
        zlib.decompress(base64.b64decode(text)).decode() for text in re.findall(r"eJ[A-Za-z0-9+/=]{40,}", str(rows))
    ]
    assert kept != []
    assert [row for row in rows + kept if secret in row] == []
