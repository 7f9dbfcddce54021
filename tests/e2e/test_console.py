"""The console in a real browser: signing in and out, what each reader sees, three languages, two screens."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import LetsIn
from tests.e2e.house import House
from tests.e2e.visitor import DESKTOP, PHONE, fits, signs_in, signs_out

FIGURES = re.compile(
    r"NPS.*\n(\u2212?\d+)\nentre (\u2212?\d+) e (\u2212?\d+)\s*intervalo de 95%\s*([\d.]+) respostas", re.DOTALL
)


def _home(page: Page, house: House, query: str = "") -> dict[str, Any]:
    page.goto(f"{house.api}/console/home.json{query}")
    found: dict[str, Any] = json.loads(page.locator("body").inner_text())
    return found


def test_a_wrong_password_is_refused_and_the_name_is_kept(house: House, person: LetsIn) -> None:
    visitor = person()
    page = visitor.opens(f"{house.api}/console")
    fits(page)
    page.get_by_label("E-mail", exact=True).fill(house.running.seeded["admin"])
    page.get_by_label("Senha").fill("nao-e-esta")
    page.get_by_role("button", name="Entrar").click()

    expect(page.get_by_role("alert")).to_have_text("E-mail ou senha não conferem. Verifique e tente de novo.")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value(house.running.seeded["admin"])
    fits(page)
    visitor.watch.forget("401")


@pytest.mark.parametrize(("screen", "javascript"), [(PHONE, False), (DESKTOP, True)], ids=["phone", "desktop"])
def test_home_shows_the_score_with_its_interval_and_how_many_answered(
    house: House,
    person: LetsIn,
    screen: ViewportSize,
    javascript: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    page = person(screen=screen, javascript=javascript).opens(f"{house.api}/console")
    signs_in(page, house, "admin")

    shown = FIGURES.search(page.locator(".hero").inner_text())
    fits(page)
    score = _home(page, house)["score"]

    assert shown is not None
    texts = [text.replace("\u2212", "-").replace(".", "") for text in shown.groups()]
    assert [int(text) for text in texts] == [*(round(score[name]) for name in ("score", "low", "high")), score["n"]]
    assert score["low"] < score["score"] < score["high"]


def test_a_manager_sees_only_their_own_store(house: House, person: LetsIn) -> None:
    visitor = person()
    page = visitor.opens(f"{house.api}/console")
    signs_in(page, house, "manager")

    expect(page.get_by_role("heading", level=1)).to_have_text("Rio Copacabana")
    expect(page.get_by_text("São Paulo Paulista")).to_have_count(0)
    fits(page)
    home = _home(page, house)
    assert home["place"]["segments"] == ["rio-01"]
    assert {ticket["segment"] for ticket in home["tickets"]["shown"]} <= {"rio-01"}
    assert (home["imports"], home["sending"]) == (None, None)
    for foreign in ("spo-01", "sudeste", "aurora", "nowhere"):
        assert _home(page, house, f"?segment={foreign}")["code"] == "segment_not_found"
    visitor.watch.forget("404")


def test_who_signed_out_must_sign_in_again(house: House, person: LetsIn) -> None:
    visitor = person()
    page = visitor.opens(f"{house.api}/console")
    signs_in(page, house, "admin")
    kept = visitor.context.cookies()

    signs_out(page)
    expect(page.get_by_role("button", name="Entrar")).to_be_visible()
    visitor.context.add_cookies([cookie for cookie in kept if cookie["name"] == "__Host-escuta"])  # type: ignore[misc] # its reading and its writing type differ

    assert _home(page, house)["code"] == "signed_out"
    visitor.watch.forget("401")


def test_the_console_speaks_three_languages_and_remembers_which(house: House, person: LetsIn) -> None:
    page = person(screen=DESKTOP).opens(f"{house.api}/console")
    signs_in(page, house, "admin")

    for name, code, words in (
        ("English", "en", "Open tickets"),
        ("Español", "es", "Casos abiertos"),
        ("Português", "pt-BR", "Chamados abertos"),
    ):
        page.locator("details:has(form[action$=language]) > summary").click()
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("heading", name=words)).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name=words)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", code)
        fits(page)


def test_an_unknown_page_says_so(house: House, person: LetsIn) -> None:
    visitor = person(language="en")
    page = visitor.opens(f"{house.api}/console/nowhere")

    expect(page.get_by_role("heading", level=1)).to_have_text("We could not find that page")
    fits(page)
    visitor.watch.forget("404")
