"""How a survey stands on a shop's website, for every visitor, and what it hands over."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from escuta.feedback.model import Place, Trigger
from tests.browser import axe
from tests.browser.server import Server
from tests.browser.website import (
    Website,
    dialog,
    focused,
    hosts,
    is_open,
    opened,
    opening,
    paste,
    survey_in,
    visit,
    watched,
)
from tests.kit import answers

Come = Callable[..., BrowserContext]


def test_the_dialog_has_a_name_and_holds_the_focus(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(event="paid")))
    page = visit(ana, shop.url)
    page.locator("#pay").focus()
    page.evaluate("escuta('paid')")
    is_open(page)

    modal = page.get_by_role("dialog", name="Short survey")
    expect(modal).to_have_attribute("aria-modal", "true")
    assert focused(page) == "DIALOG"
    been = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        been.add(focused(page))
    assert {"BUTTON", "IFRAME"} <= been <= {"BUTTON", "IFRAME", "DIALOG", "BODY"}

    page.keyboard.press("Escape")
    expect(hosts(page)).to_have_count(0)
    assert focused(page) == "pay"


def test_escape_inside_the_survey_closes_it_and_gives_the_focus_back(
    shop: Website, server: Server, ana: BrowserContext
) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(event="paid")))
    page = visit(ana, shop.url)
    page.locator("#pay").focus()
    page.evaluate("escuta('paid')")
    survey_in(page).get_by_label("Tell us more").fill("Well")

    page.keyboard.press("Escape")

    expect(hosts(page)).to_have_count(0)
    assert focused(page) == "pay"


def test_the_close_button_is_large_enough_and_the_page_scrolls_again(
    shop: Website, server: Server, ana: BrowserContext
) -> None:
    page = opened(ana, shop, server)
    overflow = "document.documentElement.style.overflow"
    button = page.get_by_role("button", name="Close the survey")
    box = button.bounding_box()

    assert box is not None
    assert (box["width"] >= 44, box["height"] >= 44, page.evaluate(overflow)) == (True, True, "hidden")
    button.click()

    expect(hosts(page)).to_have_count(0)
    assert page.evaluate(overflow) == ""


def test_the_dialog_is_as_high_as_the_survey_and_never_higher_than_the_screen(
    shop: Website, server: Server, visitor: Come
) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(delay_seconds=0, every_days=0)))
    for width, height in ((390, 500), (1280, 1200)):
        page = visit(visitor(locale="en", viewport={"width": width, "height": height}), shop.url)
        expect(survey_in(page).get_by_role("button", name="Send answer")).to_be_visible()
        box = dialog(page).bounding_box()
        assert box is not None
        assert 300 < box["height"] <= min(height - 24, 760)
        survey_in(page).get_by_role("button", name="Send answer").click(trial=True)
        bar = survey_in(page).locator(".top").bounding_box()
        assert bar is not None
        assert (bar["y"], bar["height"] >= 48) == (box["y"], True)  # what scrolls passes below the close button
        sideways = survey_in(page).locator("html").evaluate("(page) => page.scrollWidth > page.clientWidth")
        assert sideways is False


def test_in_the_corner_it_takes_nothing_from_the_visitor(shop: Website, server: Server, visitor: Come) -> None:
    paste(shop, server, opening(shop, place=Place.CORNER, trigger=Trigger(event="paid")))
    page = visit(visitor(locale="en", reduced_motion="reduce"), shop.url)
    page.locator("#pay").focus()
    page.evaluate("escuta('paid')")
    is_open(page)

    corner = page.get_by_role("dialog", name="Short survey")
    assert focused(page) == "pay"
    assert corner.get_attribute("aria-modal") is None
    assert page.evaluate("document.documentElement.style.overflow") == ""
    expect(corner).to_have_css("opacity", "1")
    expect(corner).to_have_css("transition-duration", "0s")
    page.locator("#first").click()
    page.keyboard.press("Escape")
    expect(hosts(page)).to_have_count(1)
    page.get_by_role("button", name="Close the survey").focus()
    page.keyboard.press("Escape")
    expect(hosts(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("site", "browser_language", "own", "label"),
    [
        ("es", "en", "", "Encuesta breve"),
        ("fr", "pt-PT", "", "Pesquisa rápida"),
        ("es", "pt-BR", "en", "Short survey"),
    ],
)
def test_it_speaks_the_language_of_the_site(
    shop: Website, server: Server, visitor: Come, site: str, browser_language: str, own: str, label: str
) -> None:
    shop.language = site
    paste(shop, server, opening(shop, language=own))

    page = visit(visitor(locale=browser_language), shop.url)

    expect(page.get_by_role("dialog", name=label)).to_be_visible()
    titles = {"Encuesta breve": "Tu visita", "Pesquisa rápida": "Sua visita", "Short survey": "Your visit"}
    expect(survey_in(page).get_by_role("heading", level=1)).to_have_text(titles[label])


def test_it_outlives_what_the_site_does_to_its_body_and_leaves_nothing_when_the_browser_closes_it(
    shop: Website, server: Server, ana: BrowserContext
) -> None:
    page = opened(ana, shop, server)

    page.evaluate("document.body.replaceWith(document.createElement('body'))")
    is_open(page)
    dialog(page).evaluate("(dialog) => dialog.close()")  # as a gesture back does on a phone

    expect(hosts(page)).to_have_count(0)
    assert page.evaluate("document.documentElement.style.overflow") == ""


@pytest.mark.parametrize(("place", "scheme"), [(Place.MODAL, "light"), (Place.CORNER, "dark")])
def test_axe_finds_nothing_wrong_with_the_dialog_and_the_survey_in_it(
    shop: Website, server: Server, visitor: Come, place: Place, scheme: str
) -> None:
    context = visitor(locale="en", color_scheme=scheme, reduced_motion="reduce", viewport={"width": 390, "height": 844})
    page = opened(context, shop, server, place=place)
    run = "([where, rules]) => axe.run(where, { runOnly: rules, resultTypes: ['violations'], iframes: false })"
    expect(dialog(page)).to_have_css("opacity", "1")

    for part, where in ((page.main_frame, "[data-escuta]"), (page.frames[1], "html")):
        part.evaluate(axe.source())
        violations = part.evaluate(run, [where, axe.RULES])["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_an_answer_arrives_with_what_the_page_may_hand_over_and_nothing_else(
    shop: Website, server: Server, ana: BrowserContext
) -> None:
    watch = watched(ana)
    found = opening(shop, trigger=Trigger(event="paid"))
    paste(shop, server, found, more=' data-plan="basic" data-coupon="HALF"')
    page = visit(ana, shop.url)
    page.evaluate(
        "for (const what of ['open', 'done', 'close'])"
        " document.addEventListener('escuta:' + what, (event) => (window.told ??= []).push([what, event.detail]))"
    )
    page.evaluate("escuta('set', { plan: 'pro', email: 'ana@mail.example' }); escuta('paid')")

    survey_in(page).get_by_role("radio", name="9").check()
    survey_in(page).get_by_role("button", name="Send answer").click()
    expect(survey_in(page).get_by_text("So good to hear!")).to_be_visible()
    page.wait_for_function("told.length === 2")
    page.keyboard.press("Escape")
    page.wait_for_function("told.length === 3")

    (stored,) = answers.given()
    assert (stored.answers, stored.channel, stored.hidden) == ({"nps": 9}, "web", {"plan": "pro"})
    assert stored.link_key == found.id
    assert page.evaluate("told") == [[what, found.id] for what in ("open", "done", "close")]
    asked = " ".join(call.path + call.body.decode() for call in server.calls)
    assert not [said for said in ("mail.example", "Souza", "cart", "HALF", "127.0.0.1") if said in asked]
    assert watch.complaints == []


def test_an_attribute_of_the_line_is_handed_over_too(shop: Website, server: Server, ana: BrowserContext) -> None:
    found = opening(shop)
    paste(shop, server, found, more=' data-plan="basic" data-coupon="HALF"')

    is_open(visit(ana, shop.url))

    assert server.count("GET", f"/i/{found.id}") == 1
    assert [call.path for call in server.calls if "?" in call.path] == [f"/i/{found.id}?lang=en&plan=basic"]
