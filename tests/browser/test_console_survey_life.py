"""Branding, publishing, trying and templates in a browser: what follows what is typed, by mouse and by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.houses import House, Visitor


@pytest.fixture(scope="module")
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let an admin in."""
    inside = Visitor(browser, rich, "en", viewport={"width": 1440, "height": 900})
    yield inside
    inside.close()


def shown(helena: Visitor, path: str) -> Page:
    path = path.replace("<survey>", helena.house.named["survey"])
    status, heard = helena.go(f"/console/{path}")
    assert (status, heard) == (200, [])
    return helena.page


def test_colors_are_judged_and_shown_while_they_are_chosen(helena: Visitor) -> None:
    page = shown(helena, "surveys/<survey>/branding")
    page.get_by_label("Brand color", exact=True).fill("#ffee00")
    expect(page.locator("#color-fault")).to_have_text("White text cannot be read on this color. Choose a darker one.")
    page.get_by_label("Brand color", exact=True).fill("#7a1f1f")
    expect(page.locator("#color-fault")).to_be_hidden()
    expect(page.locator(".contrast-list li", has_text="Accent on card")).to_contain_text("Enough")
    expect(page.locator("[data-color-of=color]")).to_have_value("#7a1f1f")
    frame = page.frame_locator("#look-preview iframe:not(.coming)")
    expect(frame.locator("form").first).to_be_visible()
    assert helena.heard == []


def test_colors_are_kept_by_a_key_and_the_difference_is_told(helena: Visitor) -> None:
    page = shown(helena, "surveys/<survey>/branding")
    page.get_by_label("Brand color", exact=True).fill("#7a1f1f")
    page.keyboard.press("Control+s")
    expect(page.locator("#toasts")).to_contain_text("Saved")
    page = shown(helena, "surveys/<survey>/publish")
    expect(page.locator(".change-list")).to_contain_text("Color: from #0b5c5e to #7a1f1f")
    expect(page.get_by_role("button", name="Publish version 2")).to_be_enabled()


def test_what_may_be_done_to_a_survey_is_reached_by_the_keyboard(helena: Visitor) -> None:
    page = shown(helena, "surveys/<survey>/versions")
    page.locator(".page-head details.drop > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Name and retention")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Name and retention")).to_be_hidden()


def test_a_test_link_appears_beside_the_answers_without_leaving_the_page(helena: Visitor) -> None:
    page = shown(helena, "surveys/<survey>/test-answers")
    page.get_by_role("button", name="Make a test link").click()
    expect(page.locator("#made code")).to_contain_text("/p/")
    expect(page.locator("#made svg").last).to_be_visible()
    assert helena.heard == []


def test_a_file_is_read_into_the_field_below_it(helena: Visitor) -> None:
    page = shown(helena, "surveys/import")
    page.set_input_files("#pick", {"name": "a.yaml", "mimeType": "text/yaml", "buffer": b"format: escuta.survey/1\n"})
    expect(page.locator("#file")).to_have_value("format: escuta.survey/1\n")


def test_the_mail_follows_what_is_typed_and_leaves_the_way_back_alone(helena: Visitor) -> None:
    page = shown(helena, "deploy/templates/<survey>?channel=email&language=en")
    steps = page.evaluate("history.length")
    page.get_by_label("Subject").fill("How was it, ")
    page.get_by_role("button", name="First name of the person").first.click()
    expect(page.get_by_label("Subject")).to_have_value("How was it, {{ first_name }}")
    expect(page.locator(".subject-shown")).to_contain_text("How was it, Ana")
    page.locator("#html").press("Control+Home")
    page.keyboard.type("<p>Words of mine</p>")
    expect(page.frame_locator(".mail-frame iframe:not(.coming)").locator("body")).to_contain_text("Words of mine")
    assert page.evaluate("history.length") == steps
    assert helena.heard == []


def test_a_field_is_put_in_by_the_keyboard_with_words_in_its_place(helena: Visitor) -> None:
    page = shown(helena, "deploy/templates/<survey>?channel=sms&language=en")
    page.locator("#text").fill("Hi ")
    page.locator("#text").press("End")
    page.get_by_label("If missing, write").fill("you")
    page.locator("[data-insert=first_name]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value('Hi {{ first_name | default("you") }}')
    expect(page.locator("#text")).to_be_focused()


def test_what_is_wrong_leads_to_its_place_and_the_last_mail_stays_in_sight(helena: Visitor) -> None:
    page = shown(helena, "deploy/templates/<survey>?channel=email&language=en")
    page.locator("#html").fill("<p>Hello {{ nobody }}</p>")
    problem = page.get_by_role("link", name="Message (HTML), line 1, position")
    problem.first.click()
    expect(page.locator("#html")).to_be_focused()
    assert page.evaluate("document.activeElement.selectionStart") > 0
    expect(page.locator(".mail-frame")).to_have_class(re.compile("old"))


def test_the_mail_is_shown_at_the_width_of_a_phone(helena: Visitor) -> None:
    page = shown(helena, "deploy/templates/<survey>?channel=email&language=en")
    page.get_by_role("button", name="Phone").click()
    width = page.locator(".mail-frame iframe").evaluate("frame => frame.clientWidth")
    assert width == 375
    page.get_by_role("button", name="Computer").click()
    assert page.locator(".mail-frame iframe").evaluate("frame => frame.clientWidth") > 600
