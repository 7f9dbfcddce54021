"""Deploy in the browser: a sending is made, tried out and started by keyboard alone; what is ticked, added, kept."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.houses import House, Visitor

_KEPT = """words => new Promise(done => {
  const look = () => Object.values(localStorage).some(kept => kept.includes(words)) ? done() : setTimeout(look, 20);
  look();
})"""


@pytest.fixture
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let the admin in."""
    inside = Visitor(browser, rich, "pt-BR")
    yield inside
    complained = [each for each in inside.heard if "favicon" not in each]
    inside.close()
    assert not complained


def tab_to(page: Page, selector: str, most: int = 120) -> None:
    """Press Tab until this has the focus."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {selector}")


def test_a_sending_is_made_tried_out_and_started_by_keyboard_alone(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/deploy/distribute")
    page.keyboard.press("c")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("Só com o teclado")
    tab_to(page, "[name=segments][value=sul]")
    page.keyboard.press("Space")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/deploy/distribute/runs/**")
    button = page.locator(".start button")
    expect(button).to_be_visible()  # the page looked again by itself
    tab_to(page, ".start button")
    page.keyboard.press("Enter")
    asked = page.locator("dialog[open]")
    expect(asked).to_contain_text("O que sai não volta")
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    button.focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open] [data-yes]").press("Enter")
    page.wait_for_url("**/deploy/history/*")
    expect(page.locator(".toast")).to_contain_text("começou")


def test_a_place_that_is_ticked_stands_for_all_below_it(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/deploy/distribute/new")
    page.get_by_label("Procurar pelo nome").fill("porto")
    store, region = page.locator("[name=segments][value=poa-01]"), page.locator("[name=segments][value=sul]")
    expect(store).to_be_visible()
    expect(page.locator("[name=segments][value=sudeste]")).to_be_hidden()
    region.check()
    expect(store).to_be_checked()
    expect(store).to_be_disabled()
    region.uncheck()
    expect(store).to_be_enabled()
    expect(store).not_to_be_checked()


def test_only_what_belongs_to_a_choice_is_asked(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/deploy/distribute/new")
    page.locator("[name=audience][value=contacts]").check()
    expect(page.locator("#people")).to_be_visible()
    expect(page.locator("[name=segments]").first).to_be_hidden()
    page.locator("[name='send.when'][value=local]").check()
    expect(page.locator("#send-hour")).to_be_visible()
    expect(page.locator("#send-at")).to_be_hidden()
    page.locator("[name=canary]").check()
    expect(page.locator("#canary-percent")).to_be_visible()


def test_conditions_come_and_go_and_the_message_follows_the_channel(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/deploy/distribute/new")
    page.get_by_text("Só quem…").click()
    page.get_by_role("button", name="Adicionar condição").click()
    expect(page.locator("[data-condition]")).to_have_count(2)
    page.locator("[data-condition-remove]").last.click()
    expect(page.locator("[data-condition]")).to_have_count(1)
    expect(page.locator(".preview")).to_have_count(2)
    page.locator("[name=strategy][value=sms]").check()
    expect(page.locator(".preview")).to_have_count(1)
    expect(page.locator(".bubble")).to_be_visible()


def test_what_was_typed_of_a_sending_is_still_there_later(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/deploy/distribute/new")
    page.locator("#name").fill("Rascunho de dezembro")
    page.locator("[name=segments][value=sul]").check()
    page.evaluate(_KEPT, "Rascunho de dezembro")
    helena.go("/console/deploy/distribute/new")
    expect(page.locator("#name")).to_have_value("Rascunho de dezembro")
    expect(page.locator("[name=segments][value=sul]")).to_be_checked()


def test_the_address_of_a_link_is_copied(helena: Visitor) -> None:
    page = helena.page
    helena.context.grant_permissions(["clipboard-read", "clipboard-write"])
    helena.go(f"/console/deploy/tokens/{helena.house.named['token']}")
    page.get_by_role("button", name="Copiar").click()
    expect(page.locator(".toast")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(".copied code").inner_text()
