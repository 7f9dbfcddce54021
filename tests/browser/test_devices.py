"""How often one device answers: only where a survey limits it, and never where a device is everybody's (T18)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from escuta import table
from escuta.feedback import surveys
from escuta.feedback.model import Kiosk, Limits
from tests.browser.server import Server
from tests.functions.respondents import DRAFT, intercept, invite, open_survey, stand
from tests.kit import answers

LetsIn = Callable[..., BrowserContext]


def publish(device_day: int) -> None:
    open_survey()
    surveys.publish("visit", DRAFT.changed(limits=Limits(device_day=device_day)))


def answer(page: Page, address: str) -> None:
    page.goto(address)
    page.locator('[name="n.nps"][value="9"]').check()
    page.locator("#go").click()
    expect(page.locator("#thanks")).to_be_visible()


def number(page: Page) -> str | None:
    """Return what the browser is known by."""
    return page.evaluate("localStorage.getItem('survey-device')")  # type: ignore[no-any-return] # it may be anything


def evidence() -> list[tuple[str, ...]]:
    """Return what speaks against each answer, the oldest first."""
    return [each.evidence for each in reversed(answers.given())]


@pytest.mark.parametrize("door", ["t", "i"])
def test_t18_the_second_answer_of_a_browser_is_suspect_and_that_of_another_is_not(
    server: Server, visitor: LetsIn, door: str
) -> None:
    publish(device_day=1)
    address = f"{server.url}/{door}/{stand()[0] if door == 't' else intercept().id}"
    ana, bruno = visitor().new_page(), visitor().new_page()

    for page in (ana, bruno, ana):
        answer(page, address)

    assert evidence() == [(), (), ("limit_device",)]
    assert number(ana) != number(bruno)
    assert all(number(page) not in {each.device for each in answers.given()} for page in (ana, bruno))


def test_a_refused_page_sends_its_number_once(server: Server, visitor: LetsIn) -> None:
    publish(device_day=1)
    page = visitor().new_page()
    page.goto(f"{server.url}/t/{stand()[0]}")
    page.locator('[name="t.comment"]').fill("Sem nota")
    page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('form'))")
    expect(page.locator("#errors")).to_be_visible()

    page.locator('[name="n.nps"][value="9"]').check()
    page.locator("#go").click()

    expect(page.locator("#thanks")).to_be_visible()
    assert evidence() == [()]


@pytest.mark.parametrize("limit", [0, 1])
def test_nothing_is_kept_where_nothing_is_limited(server: Server, visitor: LetsIn, limit: int) -> None:
    publish(device_day=limit)
    address = f"{server.url}/s/{invite('Ana')[0]}" if limit else f"{server.url}/t/{stand()[0]}"
    page = visitor().new_page()

    answer(page, address)

    assert number(page) is None
    assert [each.device for each in answers.given()] == [""]


def test_a_kiosk_is_everybodys_and_not_limited(server: Server, visitor: LetsIn) -> None:
    publish(device_day=1)
    token, link = stand()
    table.save(link.changed(kiosk=Kiosk(exit_salt="AAAA", exit_hash="AAAA")))
    page = visitor().new_page()

    page.goto(f"{server.url}/t/{token}")

    expect(page.locator("#form")).to_be_visible()
    assert page.locator("#form").get_attribute("data-device") is None
    assert number(page) is None
