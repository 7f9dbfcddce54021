import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
import zxingcpp

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.entity import Table
from escuta.errors import GoneError
from escuta.feedback import links, tokens
from escuta.feedback.links import Door
from escuta.feedback.model import Seen, StoreToken
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.kit.faults import recording
from tests.kit.pictures import gray

ADDRESS = "https://fala.aurora.example/t/"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def made(**body: Any) -> Answer:
    return ask("POST", "/v1/tokens", key(), body={"survey": "visit", "segment": "poa", "label": "Caixa 1", **body})


def opens(token: dict[str, Any]) -> bool:
    try:
        links.opened(Door.STORE, token["link"].removeprefix(ADDRESS))
    except GoneError:
        return False
    return True


def test_a_new_token_has_a_link_that_opens_the_survey() -> None:
    answer = made()

    assert answer.status == 201
    assert answer.headers["Location"] == f"tokens/{answer.json['id']}"
    assert opens(answer.json)
    shown = {name: value for name, value in answer.json.items() if name not in {"id", "link", "created_at"}}
    assert shown == {
        "rev": 1,
        "turn": 1,
        "survey": "visit",
        "segment": "poa",
        "label": "Caixa 1",
        "type": "anonymous",
        "asks": [],
        "quota": 0,
        "language": "",
        "kiosk": None,
        "starts_at": None,
        "ends_at": None,
        "revoked_at": None,
        "used": None,
        "seen_at": None,
        "waiting": 0,
        "aside": 0,
    }


def test_a_link_is_shown_again_as_often_as_it_is_read() -> None:
    first = made()

    again = ask("GET", f"/v1/tokens/{first.json['id']}", key(Scope.TOKENS_READ))

    assert (again.status, again.json["rev"]) == (200, 1)
    assert again.json == first.json


def test_what_is_stored_holds_neither_the_link_nor_the_access_code() -> None:
    token = made(kiosk={"access_code": "2468"}).json

    stored = tokens.get(token["id"])
    assert token["link"].removeprefix(ADDRESS) not in stored.model_dump_json()
    assert stored.kiosk is not None
    salt = base64.b64decode(stored.kiosk.exit_salt)
    wanted = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"2468", salt, 600_000)).decode()
    assert (len(salt), stored.kiosk.exit_hash) == (16, wanted)
    assert token["kiosk"] == {"idle_seconds": 30, "on_idle": "submit"}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"type": "transactional", "asks": ["product"]}, "token_asks_nobody", "asks"),
        ({"type": "transactional"}, "token_asks_nobody", "asks"),
        ({"type": "transactional", "asks": ["name", "shoe size"]}, "token_asks", "asks"),
        ({"type": "transactional", "asks": ["name", "name"]}, "token_asks", "asks"),
        ({"type": "transactional", "asks": ["name", "custom."]}, "token_asks", "asks"),
        ({"asks": ["name"]}, "token_asks_anonymous", "asks"),
        ({"quota": -1}, "value_too_small", "quota"),
        ({"quota": 1.5}, "value_not_integer", "quota"),
        ({"language": "fr"}, "token_language", "language"),
        ({"kiosk": {}}, "required", "kiosk.access_code"),
        ({"kiosk": {"access_code": "123"}}, "token_access_code", "kiosk.access_code"),
        ({"kiosk": {"access_code": "1234567890123"}}, "token_access_code", "kiosk.access_code"),
        ({"kiosk": {"access_code": "12a4"}}, "token_access_code", "kiosk.access_code"),
        ({"kiosk": {"access_code": "١٢٣٤"}}, "token_access_code", "kiosk.access_code"),
        ({"kiosk": {"access_code": "1234", "idle_seconds": 4}}, "value_too_small", "kiosk.idle_seconds"),
        ({"label": "x" * 101}, "too_long", "label"),
        ({"starts_at": "2026-03-10T12:00:00Z", "ends_at": "2026-03-10T12:00:00Z"}, "token_period", "ends_at"),
        ({"starts_at": "2026-03-10T12:00:00"}, "value_invalid", "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "value_too_small", "starts_at"),  # not yet one in UTC
        ({"token_key": "x"}, "field_unknown", "token_key"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(body: dict[str, Any], code: str, field: str) -> None:
    answer = made(**body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert ask("GET", "/v1/tokens", key()).json["items"] == []


@pytest.mark.parametrize(
    ("body", "code"), [({"survey": "nothing"}, "survey_not_found"), ({"segment": "nowhere"}, "segment_not_found")]
)
def test_a_token_belongs_to_a_survey_and_a_segment_that_exist(body: dict[str, Any], code: str) -> None:
    answer = made(**body)

    assert (answer.status, answer.code) == (404, code)


def test_a_transactional_token_asks_who_somebody_is() -> None:
    asks = ["name", "email", "product", "custom.Número do pedido"]

    assert made(type="transactional", asks=asks, language="es").json["asks"] == asks


def test_a_change_touches_what_was_sent_and_nothing_else() -> None:
    token = made(quota=5, kiosk={"access_code": "2468", "idle_seconds": 45}).json
    before = tokens.get(token["id"]).kiosk

    body = {"label": " Caixa 2 ", "kiosk": {"on_idle": "discard"}, "ends_at": "2026-12-01T00:00:00-03:00"}
    answer = ask("PATCH", f"/v1/tokens/{token['id']}", key(), body=body, headers={"If-Match": '"1"'})

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    changes = {"label": "Caixa 2", "kiosk": {"idle_seconds": 45, "on_idle": "discard"}, "rev": 2}
    assert answer.json == {**token, **changes, "ends_at": "2026-12-01T00:00:00-03:00"}
    after = tokens.get(token["id"]).kiosk
    assert before is not None
    assert after is not None
    assert (after.exit_salt, after.exit_hash) == (before.exit_salt, before.exit_hash)


def test_a_kiosk_is_switched_off() -> None:
    token = made(kiosk={"access_code": "2468"}).json

    assert ask("PATCH", f"/v1/tokens/{token['id']}", key(), body={"kiosk": None}).json["kiosk"] is None


def test_a_change_of_something_else_than_was_read_is_refused() -> None:
    token = made().json
    ask("PATCH", f"/v1/tokens/{token['id']}", key(), body={"label": "Caixa 2"})

    answer = ask("PATCH", f"/v1/tokens/{token['id']}", key(), body={"quota": 1}, headers={"If-Match": '"1"'})

    assert (answer.status, answer.code) == (412, "rev_stale")


def test_a_revoked_link_opens_nothing_at_once_and_for_good() -> None:
    token = made().json

    answer = ask("DELETE", f"/v1/tokens/{token['id']}", key())

    assert (answer.status, opens(token)) == (200, False)
    assert answer.json["revoked_at"].startswith("2026-03-10T15:00:")
    assert ask("DELETE", f"/v1/tokens/{token['id']}", key()).json == answer.json
    rotated = ask("POST", f"/v1/tokens/{token['id']}/rotate", key(), body={"turn": 1})
    assert (rotated.status, rotated.code) == (410, "store_token_revoked")


def test_a_rotated_token_has_another_link_and_the_old_one_is_dead() -> None:
    old = made(quota=7, kiosk={"access_code": "2468"}).json

    new = ask("POST", f"/v1/tokens/{old['id']}/rotate", key(), body={"turn": 1}).json

    assert (opens(old), opens(new)) == (False, True)
    assert new == {**old, "turn": 2, "link": new["link"]}
    assert ask("GET", f"/v1/tokens/{old['id']}", key()).json == new
    assert ask("GET", "/v1/tokens", key(), query={"segment": "poa"}).json["items"] == [new]


def test_a_rotation_that_is_repeated_gives_the_same_link() -> None:
    token = made().json
    rotation = f"/v1/tokens/{token['id']}/rotate"

    first = ask("POST", rotation, key(), body={"turn": 1})

    assert ask("POST", rotation, key(), body={"turn": 1}).json == first.json
    ask("POST", rotation, key(), body={"turn": 2})
    late = ask("POST", rotation, key(), body={"turn": 1})
    assert (late.status, late.code) == (409, "stale")


def test_a_list_shows_what_became_of_each_token_without_reading_them_one_by_one() -> None:
    for number in range(12):
        made(label=f"Caixa {number}", quota=100)
    first = tokens.listing("poa").items[0]
    seen = Seen(token_key=first.token_key, at_time=NOON - timedelta(hours=2), waiting=3, aside=1)
    table.put(seen)
    count(first, 4)

    text = key()
    ask("GET", "/v1/intercepts", text)  # takes a portion of the minute's requests
    with recording() as calls:
        items = ask("GET", "/v1/tokens", text, query={"segment": "poa"}).json["items"]

    assert [item["used"] for item in items] == [4, *[0] * 11]
    assert (items[0]["seen_at"], items[0]["waiting"], items[0]["aside"]) == ("2026-03-10T13:00:00Z", 3, 1)
    assert [call.operation for call in calls].count("BatchGetItem") == 2
    assert len(calls) < 8


def count(token: StoreToken, answers: int) -> None:
    added = table.Add(Table.FEEDBACK, StoreToken.used_at(token.id), {"used": answers})
    table.transact(table.Unchanged(token), added)


def test_a_quota_spans_the_turns_of_a_token() -> None:
    token = made(quota=9).json
    count(tokens.get(token["id"]), 6)

    rotated = ask("POST", f"/v1/tokens/{token['id']}/rotate", key(), body={"turn": 1}).json

    assert rotated["used"] == 6


def test_tokens_are_listed_page_by_page() -> None:
    for second, label in enumerate(("A", "B", "C")):
        with clock.at(NOON + timedelta(seconds=second)):
            made(label=label)

    text, query = key(), {"segment": "poa", "limit": 2}
    first = ask("GET", "/v1/tokens", text, query=query).json
    second = ask("GET", "/v1/tokens", text, query={**query, "cursor": first["next"]}).json

    assert [item["label"] for page in (first, second) for item in page["items"]] == ["A", "B", "C"]
    assert second["next"] is None


def test_a_bound_key_sees_and_changes_what_is_in_its_subtree_only() -> None:
    inside, outside = made().json["id"], made(segment="manaus").json["id"]
    bound = key(segment="sul")

    assert [item["id"] for item in ask("GET", "/v1/tokens", bound).json["items"]] == [inside]
    assert ask("GET", f"/v1/tokens/{inside}", bound).status == 200
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"label": "x"}),
        ("DELETE", "", None),
        ("POST", "/rotate", {"turn": 1}),
        ("GET", "/qr.svg", None),
        ("GET", "/qr.png", None),
        ("GET", "/poster", None),
    ):
        answer = ask(method, f"/v1/tokens/{outside}{path}", bound, body=body)
        assert (answer.status, answer.code) == (404, "store_token_not_found")
    denied = ask("POST", "/v1/tokens", bound, body={"survey": "visit", "segment": "manaus"})
    assert (denied.status, denied.code) == (404, "segment_not_found")


def test_reading_takes_one_scope_and_changing_another() -> None:
    token = made().json["id"]
    reader, writer = key(Scope.TOKENS_READ), key(Scope.TOKENS_WRITE)

    assert ask("DELETE", f"/v1/tokens/{token}", reader).code == "scope_missing"
    assert ask("GET", f"/v1/tokens/{token}/qr.svg", writer).code == "scope_missing"
    assert ask("DELETE", f"/v1/tokens/{token}", writer).status == 200


def test_a_token_that_does_not_exist_is_not_found() -> None:
    answer = ask("GET", "/v1/tokens/nothing", key())

    assert (answer.status, answer.code) == (404, "store_token_not_found")


@pytest.mark.parametrize("scale", [1, 4, 10])
def test_the_png_is_read_by_a_scanner(scale: int) -> None:
    token = made().json

    answer = ask("GET", f"/v1/tokens/{token['id']}/qr.png", key(), query={"scale": scale})

    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    (found,) = zxingcpp.read_barcodes(gray(answer.body))
    assert (found.text, found.format) == (token["link"], zxingcpp.BarcodeFormat.QRCode)


@pytest.mark.parametrize("scale", [0, 41, "x"])
def test_a_png_has_a_size_that_makes_sense(scale: Any) -> None:
    assert ask("GET", f"/v1/tokens/{made().json['id']}/qr.png", key(), query={"scale": scale}).status == 422


def test_the_svg_has_a_quiet_zone_and_no_size_of_its_own() -> None:
    token = made().json

    answer = ask("GET", f"/v1/tokens/{token['id']}/qr.svg", key())

    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert answer.body.startswith(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    assert f"<title>{token['link']}</title>".encode() in answer.body


@pytest.mark.parametrize(
    ("language", "question", "words"),
    [
        ("pt-BR", "Você nos recomendaria?", "Aponte a câmera do celular para o código"),
        ("en", "Would you recommend us?", "Point your phone&#39;s camera at the code"),
        ("es", "¿Nos recomendarías?", "Apunta al código con la cámara del teléfono"),
    ],
)
def test_a_poster_speaks_three_languages(language: str, question: str, words: str) -> None:
    token = made(label="Balcão").json

    answer = ask("GET", f"/v1/tokens/{token['id']}/poster", key(), query={"language": language})

    page = answer.body.decode()
    assert (answer.status, answer.headers["Content-Language"]) == (200, language)
    for said in (question, words, "Lojas Aurora", "Poa", "Balcão", token["link"], f'<html lang="{language}"'):
        assert said in page


def test_a_poster_loads_nothing_and_runs_nothing() -> None:
    answer = ask("GET", f"/v1/tokens/{made().json['id']}/poster", key())

    page = answer.body.decode()
    assert "<script" not in page
    assert "default-src 'none'; style-src 'nonce-" in answer.headers["Content-Security-Policy"]
    assert [part for part in page.split('"') if part.startswith("http")] == ["http://www.w3.org/2000/svg"]


def test_a_poster_speaks_the_language_of_its_token() -> None:
    spanish = made(language="es").json

    assert ask("GET", f"/v1/tokens/{spanish['id']}/poster", key()).headers["Content-Language"] == "es"
    unknown = ask("GET", f"/v1/tokens/{spanish['id']}/poster", key(), query={"language": "fr"})
    assert (unknown.status, unknown.code) == (422, "value_not_allowed")


def test_a_name_on_a_poster_is_shown_as_it_is() -> None:
    token = made(label="<script>alert(1)</script>").json

    page = ask("GET", f"/v1/tokens/{token['id']}/poster", key()).body.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


def test_the_newest_turn_is_found_although_the_index_does_not_know_it_yet() -> None:
    with clock.at(NOON):
        _, stored = tokens.create("visit", "poa", "Caixa")
    rotated = tokens.rotate(stored.id, 1)[1]

    table.put(rotated.changed(id="lost"))  # as if the index knew the old turn alone

    assert tokens.get(stored.id).turn == 2


def test_tokens_are_listed_by_survey() -> None:
    made()

    told = {
        survey: len(ask("GET", "/v1/tokens", key(), query={"survey": survey}).json["items"])
        for survey in ("visit", "other")
    }

    assert told == {"visit": 1, "other": 0}


def test_devices_are_listed_apart_from_other_links() -> None:
    made()
    device = made(kiosk={"idle_seconds": 30, "access_code": "2468"}).json

    def listed(kiosk: str) -> list[str]:
        return [each["id"] for each in ask("GET", "/v1/tokens", key(), query={"kiosk": kiosk}).json["items"]]

    assert listed("true") == [device["id"]]
    assert len(listed("false")) == 1
