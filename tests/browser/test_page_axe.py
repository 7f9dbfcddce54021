"""Nothing of the survey's page stands in anybody's way: every kind, language, palette, step and error."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from escuta.feedback import surveys
from escuta.feedback.model import Branding, Layout, Palette, RatingLook, Theme
from tests.browser.axe import complaints, too_small, too_wide
from tests.browser.server import Server
from tests.functions.browsing import post
from tests.functions.respondents import invite, open_survey, stand
from tests.kit import questionnaire

LetsIn = Callable[..., BrowserContext]
LANGUAGES = ("pt-BR", "en", "es")
SMALL_PHONE = {"width": 320, "height": 640}


@pytest.fixture
def ana(server: Server) -> str:  # noqa: ARG001 - the tables come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana")[0]


@pytest.fixture
def page(visitor: LetsIn) -> Page:
    """A small telephone."""
    return visitor(viewport=SMALL_PHONE).new_page()


def fine(page: Page) -> None:
    """Check the page as it stands."""
    assert complaints(page) == []
    assert too_small(page) == []
    assert not too_wide(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_on_one_page_every_kind_is_accessible(server: Server, ana: str, page: Page, language: str) -> None:
    surveys.publish("visit", questionnaire.straight())

    page.goto(f"{server.url}/s/{ana}?lang={language}")
    fine(page)

    page.locator("#go").click()
    assert page.locator(".q.bad").count() == 2
    fine(page)

    page.locator('[name="n.nps"][value="3"]').check()
    page.locator('[name="n.clean"][value="4"]').check()
    page.locator('[name="n.again"][value="0"]').check()
    page.locator('[name="c.reasons.queue"]').check()
    page.locator('[name="o.how"][value="store"]').check()
    page.locator("textarea[name]").fill("a" * 10_001)
    fine(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_is_accessible(server: Server, ana: str, page: Page, language: str) -> None:
    surveys.publish("visit", questionnaire.draft(layout=Layout.STEPS, call=True))
    page.goto(f"{server.url}/s/{ana}?lang={language}")
    page.locator("#go").click()
    fine(page)

    page.locator('[name="n.nps"][value="2"]').check()
    steps = []
    while page.locator("#go").get_attribute("value") == "next":
        page.locator("#go").click()
        steps.append(page.locator(".q:not([hidden])").get_attribute("data-q"))
        for name in ("n.csat", "o.how"):
            if steps[-1] == name[2:]:
                page.locator(f'[name="{name}"]').first.check()
        fine(page)
    assert steps == ["reasons", "clean", "csat", "ces", "again", "how", "note", "comment", "who"]

    page.locator("#go").click()
    page.locator("#thanks").wait_for()
    fine(page)


def test_ratings_in_numbers_and_other_palettes_are_accessible(server: Server, ana: str, page: Page) -> None:
    whole = questionnaire.straight()
    numbers = tuple(
        question.changed(look=RatingLook.NUMBERS, steps=10) if question.id == "clean" else question
        for question in whole.questions
    )
    light = Palette(accent="#8a4b00", ground="#fff3d6", card="#fffdf5", ink="#3e2700")
    dark = Palette(accent="#ffb300", ground="#200010", card="#300018", ink="#ffeeff")
    for theme in Theme:
        look = Branding(theme=theme, light=light, dark=dark)
        surveys.publish("visit", whole.changed(questions=numbers, branding=look))

        page.goto(f"{server.url}/s/{ana}")
        page.locator("#go").click()

        fine(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_server_says_is_accessible_without_script(ana: str, page: Page, language: str) -> None:
    version = str(surveys.publish("visit", questionnaire.straight(call=True)).version)
    store, _ = stand()
    wrong = {"version": version, "language": language, "n.nps": "11", "k.who.email": "ana", "n.csat": "9"}
    right = {"version": version, "language": language, "n.nps": "2", "o.how": "store", "t.comment": "Fila."}
    for answer in (post(f"/s/{ana}", **wrong), post(f"/t/{store}", **right)):
        page.set_content(re.sub(r"<script\b.*?</script>", "", answer.body.decode(), flags=re.DOTALL))

        fine(page)


def test_a_language_written_from_the_right_fits_as_well(server: Server, ana: str, page: Page) -> None:
    surveys.publish("visit", questionnaire.straight())
    page.goto(f"{server.url}/s/{ana}")

    page.evaluate("document.documentElement.dir = 'rtl'")

    assert not too_wide(page)
    box = page.locator(".mark").bounding_box()
    assert box
    assert box["x"] > 100


def test_these_checks_find_what_is_wrong(page: Page) -> None:
    page.set_content(
        '<html lang="en"><title>x</title><main><h1>x</h1><p style="color:#ddd;background:#fff">faint</p>'
        '<label class="pick" style="display:block;width:20px;height:20px">x</label>'
        '<div style="width:400px">wide</div></main></html>'
    )

    assert any("color-contrast" in each for each in complaints(page))
    assert too_small(page) == ["x: 20 x 20"]
    assert too_wide(page)
