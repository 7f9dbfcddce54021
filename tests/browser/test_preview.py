"""The page that only shows a survey, in a real browser: it says so, keeps nothing, and asks the server for nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from escuta.config import settings
from escuta.feedback import showing, surveys
from tests.browser.server import Server
from tests.functions.respondents import DRAFT, open_survey

Visitors = Callable[..., BrowserContext]


@pytest.fixture
def link(server: Server) -> str:
    open_survey()
    return server.url + showing.link("visit").removeprefix(settings().public_url)


def test_what_is_filled_in_on_a_page_that_only_shows_goes_nowhere(server: Server, link: str, visitor: Visitors) -> None:
    page = visitor(viewport={"width": 390, "height": 844}).new_page()
    page.clock.install()
    page.goto(link)
    expect(page.get_by_role("note")).to_contain_text("Nada do que se responde aqui é guardado.")

    page.get_by_role("radio", name="9", exact=True).check()
    page.get_by_title("English").click()

    expect(page.get_by_role("note")).to_contain_text("Nothing that is answered here is kept.")
    page.get_by_role("radio", name="9", exact=True).check()
    page.clock.run_for(2_500)  # longer than a page waits until it shares what was typed
    page.reload()
    expect(page.get_by_role("radio", name="9", exact=True)).not_to_be_checked()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert {(call.method, call.status) for call in server.calls} == {("GET", 200)}


def test_an_answer_to_a_page_that_only_shows_is_refused_in_words(link: str, visitor: Visitors) -> None:
    page = visitor().new_page()
    page.goto(link)
    page.get_by_role("radio", name="9", exact=True).check()
    page.locator("#go").click()

    expect(page.get_by_role("heading", name="Isto é só uma prévia")).to_be_visible()


STEPS = DRAFT.changed(layout="steps")


def address(server: Server, link: showing.Link) -> str:
    return server.url + link.url.removeprefix(settings().public_url)


@pytest.mark.parametrize("scripted", [True, False])
def test_one_walks_through_a_draft_to_its_thanks_with_and_without_a_script(
    server: Server, visitor: Visitors, *, scripted: bool
) -> None:
    open_survey()
    faults: list[str] = []
    page = visitor(viewport={"width": 390, "height": 844}, java_script_enabled=scripted).new_page()
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.goto(address(server, showing.preview(surveys.get("visit"), STEPS)))

    page.get_by_role("radio", name="9", exact=True).check()
    for question in STEPS.questions:
        expect(page.locator(f"#q-{question.id}")).to_be_visible()
        page.locator("#go").click()

    expect(page.get_by_role("heading", level=1).filter(visible=True)).to_contain_text("Que bom saber disso!")
    expect(page.get_by_role("note")).to_contain_text("Prévia")
    assert faults == []


def test_a_test_says_that_it_is_one_until_its_thanks(server: Server, visitor: Visitors) -> None:
    open_survey()
    page = visitor(viewport={"width": 390, "height": 844}).new_page()
    page.goto(address(server, showing.trial(surveys.get("visit"), DRAFT)))
    expect(page.get_by_role("note")).to_contain_text("Teste:")

    page.get_by_role("radio", name="9", exact=True).check()
    page.locator("#go").click()

    expect(page.get_by_role("heading", level=1).filter(visible=True)).to_contain_text("Que bom saber disso!")
    expect(page.get_by_role("note")).to_contain_text("não conta em nenhum número")
