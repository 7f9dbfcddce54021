"""Tickets, rules and causes in a browser: by mouse and by keyboard."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Position, expect

from tests.browser.houses import House, Visitor


@pytest.fixture(scope="module")
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let an admin in."""
    inside = Visitor(browser, rich, "en", viewport={"width": 1440, "height": 900})
    yield inside
    inside.close()


def shown(helena: Visitor, path: str) -> Page:
    status, heard = helena.go(f"/console/action/{path}")
    assert (status, heard) == (200, [])
    return helena.page


def test_ticked_tickets_are_changed_together_and_the_change_is_undone(helena: Visitor) -> None:
    page = shown(helena, "tickets")
    bar = page.locator("#bulk-bar")
    expect(bar).to_be_hidden()
    boxes = page.locator("[name=ticket]")
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 ticked")
    bar.locator("select").select_option("priority:urgent")
    bar.get_by_role("button", name="Apply").click()
    expect(page.locator("#toasts")).to_contain_text("3 tickets changed")
    assert page.locator("td .chip.bad", has_text="urgent").count() == 3
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("Undone")
    assert page.locator("td .chip.bad", has_text="urgent").count() == 0
    boxes.nth(1).check()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


def test_a_card_is_moved_by_keyboard_from_column_to_column(helena: Visitor) -> None:
    page = shown(helena, "tickets?look=board")
    cards = page.locator("[data-state=new] .board-card")
    name = cards.nth(1).get_attribute("data-ticket")
    cards.nth(0).locator(".board-name").focus()
    page.keyboard.press("ArrowDown")
    expect(cards.nth(1).locator(".board-name")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-state=open] [data-ticket={name}]")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Now: ")


def test_a_card_is_dragged_to_another_column_where_it_may_go(helena: Visitor) -> None:
    page = shown(helena, "tickets?look=board")
    card = page.locator("[data-state=new] .board-card").first
    name = card.get_attribute("data-ticket")
    box = card.bounding_box()
    assert box
    bottom: Position = {"x": 20, "y": box["height"] - 12}  # of the card: no link and no button stands there
    card.drag_to(page.locator("[data-state=waiting]"), source_position=bottom, target_position={"x": 60, "y": 30})
    expect(page.locator(f"[data-state=waiting] [data-ticket={name}]")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Now: ")


def test_the_form_that_closes_opens_by_its_button_and_keeps_what_was_typed(helena: Visitor, rich: House) -> None:
    page = shown(helena, f"tickets/{rich.named['other']}")
    page.get_by_role("link", name="Close ticket").click()
    field = page.locator("#close-action")
    expect(field).to_be_visible()
    field.fill("Sent a new one")
    assert any("Sent a new one" in page.evaluate("JSON.stringify(localStorage)") for _ in range(500))
    page.reload()
    expect(field).to_have_value("Sent a new one")
    page.get_by_role("button", name="Discard").click()
    expect(field).to_have_value("")


def test_conditions_are_added_tried_out_and_removed_by_keyboard(helena: Visitor) -> None:
    page = shown(helena, "rules/new")
    page.get_by_label("Name of the rule").fill("Low scores")
    facts = page.get_by_label("Fact", exact=True)
    facts.nth(0).select_option("score")
    page.get_by_label("Comparison").nth(0).select_option("at_most")
    page.get_by_label("Value").nth(0).fill("6")
    page.locator("[data-add-test]").focus()
    page.keyboard.press("Enter")
    expect(facts.nth(2)).to_be_focused()
    page.locator("[data-drop-test]").nth(2).press("Enter")
    expect(facts).to_have_count(2)
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#foreseen")).to_contain_text("tickets")
    expect(page.locator("#foreseen")).to_contain_text("Low scores")
    assert page.get_by_label("Name of the rule").input_value() == "Low scores"


def test_causes_are_moved_by_their_arrows_and_by_dragging(helena: Visitor) -> None:
    page = shown(helena, "causes")
    tops = page.locator("[data-tree] [data-parent='']")
    first = tops.nth(0).get_attribute("data-cause")
    tops.nth(0).locator("form[action$='causes/move'] button").nth(1).press("Enter")
    expect(page.locator("#toasts")).to_be_visible()
    assert tops.nth(1).get_attribute("data-cause") == first
    below = page.locator(f"[data-tree] [data-parent='{first}']")
    last = below.nth(below.count() - 1).get_attribute("data-cause")
    below.nth(below.count() - 1).locator(".grip").drag_to(below.nth(0).locator(".grip"))
    expect(below.nth(0)).to_have_attribute("data-cause", last or "")
