"""The door of respondents and the house: what each answers, and what it leaves to the other."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import LetsIn
from tests.e2e.house import SURVEY, House
from tests.e2e.visitor import DESKTOP, signs_in
from tests.e2e.web import Answer, ask, post_form


def _page(url: str, **headers: str) -> Answer:
    return ask("GET", url, b"", Accept="text/html", **headers)


def _still(page: str) -> str:
    """Return a page without what is new in every one of them."""
    return re.sub(r'nonce="[^"]+"|value="[\w-]{22}"', "", page)


def test_a_link_begins_with_the_door_and_opens_at_the_address_of_before_too(house: House) -> None:
    rita = house.invite("Rita")
    path = rita.link.removeprefix(house.door)
    assert path.startswith("/s/")
    assert urlsplit(house.door).netloc != urlsplit(house.api).netloc

    now, before = _page(rita.link), _page(f"{house.api}{path}")

    assert (now.status, before.status) == (200, 200)
    assert _still(now.text) == _still(before.text)


def test_a_page_comes_packed_to_a_browser_that_can_unpack_it(house: House) -> None:
    link = house.invite("Rosa").link
    whole, packed = _page(link), _page(link, Accept_Encoding="gzip, deflate")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert _still(gzip.decompress(packed.body).decode()) == _still(whole.text)
    assert len(packed.body) * 3 < len(whole.body)


@pytest.mark.parametrize(
    ("language", "words"),
    [("pt-BR", "Este endereço não existe"), ("en", "There is no such address"), ("es", "Esta dirección no existe")],
)
@pytest.mark.parametrize("path", ["/", "/console", "/console/sign-in", "/c/abc", "/v1/surveys", "/oauth/token"])
def test_nothing_of_the_house_is_at_the_door(house: House, path: str, language: str, words: str) -> None:
    page = _page(f"{house.door}{path}", Accept_Language=language)

    assert (page.status, words in page.text) == (404, True)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers


def test_an_answer_without_a_script_is_taken_at_the_door(house: House) -> None:
    rui = house.invite("Rui")
    given = post_form(rui.link, submission_id="RuiRuiRuiRuiRuiRuiRui1", version="1", n__nps="8", language="pt-BR")

    assert given.status == 200
    assert house.invitation(rui.link).response != ""


def test_the_console_shows_what_is_written_in_a_frame_of_the_door_and_opens_it_beside(
    house: House, person: LetsIn
) -> None:
    writer = person(screen=DESKTOP, language="pt-BR")
    page = writer.opens(f"{house.api}/console")
    signs_in(page, house, "admin")
    page.goto(f"{house.api}/console/surveys/{SURVEY}")

    shown = page.locator(".phone-frame iframe:not(.coming)")
    expect(shown).to_have_attribute("src", re.compile(re.escape(f"{house.door}/p/")))
    expect(page.frame_locator(".phone-frame iframe:not(.coming)").get_by_role("note")).to_contain_text("Prévia")

    with page.expect_popup() as opened:
        page.get_by_role("button", name="Abrir a prévia em outra aba").click()
    expect(opened.value).to_have_url(re.compile(re.escape(f"{house.door}/p/")))
