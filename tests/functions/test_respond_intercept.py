"""The script of an intercept, and the frame that it opens."""

import gzip
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, table
from escuta.directory.model import Segment
from escuta.feedback import intercepts, surveys
from escuta.feedback.intercepts import InterceptDraft
from escuta.feedback.model import Intercept, Place, SurveyStatus, Trigger
from respond.app import app
from tests.conftest import NOON
from tests.functions.respondents import DRAFT, OTHER_ID, SUBMISSION_ID
from tests.kit import answers
from tests.kit.faults import failing, throttled

SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def survey(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    table.put(Segment(code="sp-01", name="Loja Paulista", path=("aurora", "sp", "sp-01"), timezone="America/Sao_Paulo"))
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT.changed(hidden=("plan", "coupon")))


def stand(**fields: Any) -> Intercept:
    """Put the survey on the shop's website."""
    own = {"name": "Shop", "survey": "visit", "segment": "sp-01", "origins": (SHOP,), "hidden": ("plan",)}
    return intercepts.create(InterceptDraft(**{**own, "trigger": Trigger(delay_seconds=5), **fields}))


def get(path: str, **headers: str) -> HTTPResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(app).http.get(path, headers={"Accept": "*/*", **sent})


def script(intercept: Intercept, **headers: str) -> HTTPResponse:
    return get(f"/i/{intercept.id}.js", **headers)


def config(intercept: Intercept) -> dict[str, Any]:
    """Return what the script knows."""
    found = re.search(r"const C = (\{.*\}), STYLE = ", script(intercept).body.decode())
    assert found is not None
    return dict(json.loads(found[1]))


def post(
    intercept: Intercept, submission_id: str = SUBMISSION_ID, *, fields: Any = None, **headers: str
) -> HTTPResponse:
    body = urlencode({"submission_id": submission_id, "version": "1", "n.nps": "9", **(fields or {})}).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    own = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "Host": "fala.aurora.example"}
    return Client(app).http.post(f"/i/{intercept.id}", headers={**own, **sent}, body=body)


def test_the_script_is_small_even_when_everything_is_said() -> None:
    letters = [f"{number:02}{'abcdefghijklmnopqrstuvwxyz' * 4}"[:100] for number in range(10)]
    rules = Trigger(event="e" * 64, url_includes=tuple(letters), url_excludes=tuple(letters[::-1]))
    origins = tuple(f"https://shop-{number}.{'a' * 40}{number}.example" for number in range(10))

    body = script(stand(trigger=rules, origins=origins, place=Place.CORNER)).body

    assert len(gzip.compress(body, 6)) <= 6 * 1024
    assert len(gzip.compress(script(stand()).body, 6)) <= 4_600


def test_the_script_may_be_kept_for_five_minutes_and_asked_for_from_anywhere() -> None:
    answer = script(stand())

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


def test_a_script_that_did_not_change_is_not_sent_again() -> None:
    shop = stand()
    tag = script(shop).headers["ETag"]

    kept = script(shop, If_None_Match=f'"other", {tag}')
    intercepts.change(intercepts.get(shop.id), place=Place.CORNER)
    changed = script(shop, If_None_Match=tag)

    assert (kept.status_code, kept.body, kept.headers["ETag"]) == (304, b"", tag)
    assert kept.headers["Cache-Control"] == "public, max-age=300"
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_the_script_knows_what_it_needs_and_nothing_of_the_company() -> None:
    shop = stand(language="es")

    assert config(shop) == {
        "id": shop.id,
        "origins": [SHOP],
        "hidden": ["plan"],
        "language": "es",
        "place": "modal",
        "trigger": {
            "delay_seconds": 5,
            "scroll_percent": None,
            "exit_intent": False,
            "event": "",
            "url_includes": [],
            "url_excludes": [],
            "sample_percent": 100.0,
            "every_days": 30,
        },
        "languages": ["pt-BR", "en", "es"],
        "words": {
            "pt-BR": {"label": "Pesquisa rápida", "close": "Fechar a pesquisa"},
            "en": {"label": "Short survey", "close": "Close the survey"},
            "es": {"label": "Encuesta breve", "close": "Cerrar la encuesta"},
        },
    }


def test_i1_the_script_is_empty_when_there_is_nothing_to_show() -> None:
    revoked, early, over, paused = stand(), stand(starts_at=NOON + timedelta(days=1)), stand(), stand()
    intercepts.revoke(revoked.id)
    intercepts.change(over, ends_at=NOON + timedelta(hours=1))
    unknown = stand().changed(id="x" * 23)
    with clock.at(NOON + timedelta(hours=2)):
        answers = [script(each) for each in (revoked, early, over, unknown)]
    surveys.move("visit", SurveyStatus.PAUSED)
    answers.append(script(paused))

    assert [(answer.status_code, answer.body) for answer in answers] == [(200, b"")] * 5
    assert {answer.headers["Content-Type"] for answer in answers} == {"text/javascript; charset=utf-8"}


def test_i5_an_empty_script_for_want_of_an_answer_is_not_kept() -> None:
    shop = stand()

    with failing("GetItem", lambda _: throttled("dynamodb", "GetItem")):
        answer = script(shop)

    assert (answer.status_code, answer.body) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/s/", "/t/"])
def test_only_intercepts_have_scripts(path: str) -> None:
    answer = get(f"{path}{stand().id}.js", Accept="text/html")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_w4_a_page_names_the_sites_that_may_frame_it() -> None:
    shop = stand(origins=(SHOP, "http://localhost:3000"))
    revoked = stand()
    intercepts.revoke(revoked.id)

    pages = [get(f"/i/{shop.id}"), post(shop), post(shop, fields={"n.nps": "12"})]
    ancestors = [page.headers["Content-Security-Policy"].partition("frame-ancestors ")[2] for page in pages]

    assert ancestors == [f"{SHOP} http://localhost:3000"] * 3
    assert [page.headers["Referrer-Policy"] for page in pages] == ["no-referrer"] * 3
    policy = get(f"/i/{revoked.id}").headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {SHOP}")
    assert get(f"/i/{'x' * 23}").headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_a_change_of_the_sites_counts_within_a_minute() -> None:
    shop = stand()
    get(f"/i/{shop.id}")

    intercepts.change(intercepts.get(shop.id), origins=("https://other.example",))

    with clock.at(NOON + timedelta(seconds=61)):
        policy = get(f"/i/{shop.id}").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://other.example")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://fala.aurora.example"}, 200),
        ({"Origin": "null", "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "none"}, 200),
        ({"Origin": SHOP}, 403),
        ({"Origin": SHOP, "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "https://www.aurora.example", "Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "https://fala.aurora.example.evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_i4_an_answer_comes_from_our_own_page(headers: dict[str, str], status: int) -> None:
    answer = post(stand(), **headers)

    assert answer.status_code == status
    assert len(answers.given()) == (status == 200)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("pt-BR", "Esta resposta veio de outra página"),
        ("en", "This answer came from another page"),
        ("es", "Esta respuesta llegó de otra página"),
    ],
)
def test_a_stranger_is_told_why(language: str, title: str) -> None:
    answer = post(stand(), Origin=SHOP, Accept_Language=language)

    assert title in answer.body.decode()


def test_i3_hidden_fields_that_the_intercept_does_not_hand_over_are_dropped() -> None:
    shop, other = stand(), stand(hidden=("coupon",))

    post(shop, fields={"h.plan": "pro", "h.coupon": "HALF"})
    post(other, OTHER_ID, fields={"h.plan": "pro", "h.coupon": "HALF"})

    stored = {response.id: response.hidden for response in answers.given()}
    assert stored == {SUBMISSION_ID: {"plan": "pro"}, OTHER_ID: {"coupon": "HALF"}}
