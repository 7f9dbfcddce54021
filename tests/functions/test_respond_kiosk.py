"""What a device in a store asks for beside the page: what installs it, what keeps it, and its sign of life."""

import json
import re
from datetime import timedelta

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, table
from escuta.feedback import surveys, tokens
from escuta.feedback.model import Seen, StoreToken
from respond.app import app
from tests.conftest import NOON
from tests.functions.browsing import get
from tests.functions.respondents import DRAFT, open_survey, stand

pytestmark = pytest.mark.usefixtures("aws", "noon")
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def device() -> tuple[str, StoreToken]:
    open_survey()
    return tokens.create("visit", "sp-01", "Caixa 2", kiosk=tokens.kiosk(access_code="2468"))


def seen(token: str, body: bytes) -> HTTPResponse:
    return Client(app).http.post(f"/t/{token}/seen", headers=JSON, body=body)


def edition(token: str) -> str:
    (found,) = re.findall(r'EDITION = "(\w+)"', get(f"/t/{token}/sw.js").body.decode())
    return str(found)


def test_the_page_of_a_kiosk_may_have_a_manifest_and_a_worker(device: tuple[str, StoreToken]) -> None:
    plain, _ = stand()

    policies = [get(f"/t/{token}").headers["Content-Security-Policy"] for token in (device[0], plain)]

    assert "manifest-src 'self'; worker-src 'self'" in policies[0]
    assert "worker-src" not in policies[1]


def test_the_page_of_a_kiosk_knows_the_thanks_and_never_the_code(device: tuple[str, StoreToken]) -> None:
    page = get(f"/t/{device[0]}?lang=es").body.decode()

    (settings,) = re.findall(r'<script type="application/json" id="kiosk"[^>]*>(.*?)</script>', page)
    known = json.loads(settings)
    assert known["thanks"]["detractor"]["title"] == "Gracias por la franqueza"
    assert (known["benchmark"], known["most"]) == ("nps", {"detractor": 6, "passive": 8})
    assert known["exit"]["rounds"] == 600_000
    assert "2468" not in settings


def test_the_thanks_that_wait_on_the_device_name_the_place_and_no_answer_that_is_not_given_yet(
    device: tuple[str, StoreToken],
) -> None:
    words = dict.fromkeys(("pt-BR", "en", "es"), '{{ store }}: {{ answer.nps | default("?") }}')
    surveys.publish("visit", DRAFT.changed(thanks={"any": words}))

    with clock.at(NOON + timedelta(minutes=1)):
        page = get(f"/t/{device[0]}").body.decode()

    (settings,) = re.findall(r'<script type="application/json" id="kiosk"[^>]*>(.*?)</script>', page)
    assert json.loads(settings)["thanks"]["promoter"]["text"] == "Loja Paulista: ?"


def test_the_manifest_says_what_the_fields_of_a_title_say(device: tuple[str, StoreToken]) -> None:
    titles = dict.fromkeys(DRAFT.languages, "{{ organisation }} quer ouvir você")
    surveys.publish("visit", DRAFT.changed(title=titles))

    with clock.at(NOON + timedelta(minutes=1)):
        known = json.loads(get(f"/t/{device[0]}/app.webmanifest").body)

    assert known["name"] == "Lojas Aurora quer ouvir você · Caixa 2"


def test_the_manifest_names_the_survey_and_the_device_and_stays_below_any_stage(
    device: tuple[str, StoreToken],
) -> None:
    answer = get(f"/t/{device[0]}/app.webmanifest")

    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.body)
    assert (manifest["name"], manifest["lang"]) == ("Sua visita · Caixa 2", "pt-BR")
    assert manifest["start_url"] == manifest["scope"] == f"../{device[0]}"
    assert [icon["src"][:19] for icon in manifest["icons"]] == ["data:image/svg+xml,"] * 2


def test_the_worker_may_rule_the_page_and_ask_this_host_alone(device: tuple[str, StoreToken]) -> None:
    answer = get(f"/t/{device[0]}/sw.js")

    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Service-Worker-Allowed"] == f"../{device[0]}"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'self'; ")
    assert '["pt-BR", "en", "es"]' in answer.body.decode()


def test_k4_a_new_version_of_the_survey_is_a_new_worker(device: tuple[str, StoreToken]) -> None:
    before = edition(device[0])
    assert edition(device[0]) == before

    surveys.publish("visit", DRAFT.changed(title={"pt-BR": "Nova", "en": "New", "es": "Nueva"}))

    with clock.at(NOON + timedelta(minutes=1)):
        assert edition(device[0]) != before


def test_k4_a_page_tells_the_worker_of_which_edition_it_is(device: tuple[str, StoreToken]) -> None:
    plain, _ = stand()

    pages = [get(f"/t/{device[0]}{query}") for query in ("", "?lang=en")]

    assert [page.headers["Escuta-Edition"] for page in pages] == [edition(device[0])] * 2
    assert "Escuta-Edition" not in get(f"/t/{plain}").headers


@pytest.mark.parametrize("part", ["app.webmanifest", "sw.js"])
def test_a_link_that_is_no_kiosk_has_none_of_this(part: str) -> None:
    open_survey()

    assert get(f"/t/{stand()[0]}/{part}").status_code == 404


@pytest.mark.parametrize("part", ["", "/app.webmanifest", "/sw.js"])
def test_k7_a_revoked_device_gets_nothing_more(device: tuple[str, StoreToken], part: str) -> None:
    tokens.revoke(device[1].id)

    assert get(f"/t/{device[0]}{part}").status_code == 410
    assert seen(device[0], b"{}").status_code == 410
    assert table.find(Seen, Seen.at(device[1].token_key)) is None


def test_a_device_is_heard_of_at_most_every_two_minutes(device: tuple[str, StoreToken]) -> None:
    moments = [(0, b'{"waiting":3}'), (1, b'{"waiting":9}'), (3, b'{"waiting":4,"aside":1}')]
    found = []
    for minute, body in moments:
        with clock.at(NOON + timedelta(minutes=minute)):
            assert seen(device[0], body).status_code == 204
            life = tokens.lives([device[1]])[device[1].id]
            found.append((life.waiting, life.aside))

    assert found == [(3, 0), (3, 0), (4, 1)]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"waiting":-1}', b'{"waiting":"3"}', b'{"waiting":1e9}', b'{"a":1}', b"\xff"]
)
def test_a_sign_that_makes_no_sense_is_told_so(device: tuple[str, StoreToken], body: bytes) -> None:
    answer = seen(device[0], body)

    assert answer.status_code == 400
    assert json.loads(answer.body)["code"] == "malformed_fields"
    assert table.find(Seen, Seen.at(device[1].token_key)) is None


def test_r10_a_sign_of_life_is_short(device: tuple[str, StoreToken]) -> None:
    assert seen(device[0], b" " * 70_000).status_code == 413
