"""When a survey opens on a shop's website, and how often, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from escuta.feedback.model import Trigger
from tests.browser.server import Server
from tests.browser.website import (
    Website,
    hosts,
    is_open,
    opened,
    opening,
    paste,
    visit,
    watched,
)

Come = Callable[..., BrowserContext]


def test_it_opens_after_a_while(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(delay_seconds=20)))
    page = visit(ana, shop.url)

    ana.clock.run_for(15_000)
    expect(hosts(page)).to_have_count(0)
    ana.clock.run_for(5_000)

    is_open(page)


def test_it_opens_when_enough_was_scrolled(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(scroll_percent=50)))
    page = visit(ana, shop.url)
    scroll = "(part) => new Promise((done) => { addEventListener('scroll', done, { once: true });"
    scroll += " scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * part) })"

    page.evaluate(scroll, 0.4)
    expect(hosts(page)).to_have_count(0)
    page.evaluate(scroll, 0.6)

    is_open(page)


def test_it_opens_when_the_pointer_leaves_at_the_top(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(exit_intent=True)))
    page = visit(ana, shop.url)
    leave = "(y) => document.documentElement.dispatchEvent(new MouseEvent('mouseleave', { clientY: y }))"

    page.evaluate(leave, 400)
    expect(hosts(page)).to_have_count(0)
    page.evaluate(leave, -1)

    is_open(page)


def test_on_a_phone_it_opens_when_somebody_hurries_back_up(shop: Website, server: Server, visitor: Come) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(exit_intent=True)))
    page = visit(visitor(locale="en", is_mobile=True, has_touch=True, viewport={"width": 390, "height": 844}), shop.url)
    move = """([from, step, times]) => new Promise((done) => {
        let y = from;
        const on = () => { if (!times--) return done(); y += step; scrollTo(0, y); requestAnimationFrame(on) };
        scrollTo(0, y); requestAnimationFrame(on) })"""

    page.evaluate(move, [0, 200, 12])
    page.evaluate(move, [2400, -5, 12])
    expect(hosts(page)).to_have_count(0)
    page.evaluate(move, [2000, -200, 8])

    is_open(page)


def test_on_a_phone_it_opens_when_somebody_comes_back_to_the_tab(shop: Website, server: Server, visitor: Come) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(exit_intent=True)))
    page = visit(visitor(locale="en", is_mobile=True, has_touch=True), shop.url)
    turn = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    turn += " document.dispatchEvent(new Event('visibilitychange')) }"

    page.evaluate(turn, arg=True)
    expect(hosts(page)).to_have_count(0)
    page.evaluate(turn, arg=False)

    is_open(page)


@pytest.mark.parametrize(
    "saying",
    [
        "escuta('paid')",
        "document.dispatchEvent(new CustomEvent('escuta', { detail: 'paid' }))",
    ],
)
def test_it_opens_when_the_page_says_so(shop: Website, server: Server, ana: BrowserContext, saying: str) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(event="paid")))
    page = visit(ana, shop.url)

    page.evaluate("escuta('basket')")
    expect(hosts(page)).to_have_count(0)
    page.evaluate(saying)

    is_open(page)


def test_what_the_page_said_before_the_script_came_counts(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(event="paid")))
    shop.head = "<script>window.escuta = window.escuta || function () { (escuta.q = escuta.q || []).push(arguments) };"
    shop.head += "escuta('paid')</script>"

    is_open(visit(ana, shop.url))


@pytest.mark.parametrize("navigation", [True, False], ids=["navigation", "history"])
def test_i2_an_address_without_a_page_load_counts_as_well(
    shop: Website,
    server: Server,
    ana: BrowserContext,
    navigation: bool,  # noqa: FBT001 - with and without the Navigation API
) -> None:
    rules = Trigger(delay_seconds=3, url_includes=("/checkout",), url_excludes=("step=2",))
    paste(shop, server, opening(shop, trigger=rules))
    if not navigation:
        ana.add_init_script("delete window.navigation; delete Window.prototype.navigation")
    page = visit(ana, shop.url)

    for address in ("/products", "/checkout?step=2", "/checkout?step=1", "/cart"):
        ana.clock.run_for(2_000)  # less than three seconds on each
        page.evaluate("(address) => history.pushState({}, '', address)", address)
    ana.clock.run_for(9_000)
    expect(hosts(page)).to_have_count(0)
    page.evaluate("history.go(-1)")
    page.wait_for_url("**/checkout?step=1")
    ana.clock.run_for(3_000)

    is_open(page)


def test_who_was_drawn_stays_drawn(shop: Website, server: Server, ana: BrowserContext) -> None:
    found = opening(shop, trigger=Trigger(event="paid", sample_percent=50))
    paste(shop, server, found)
    page = visit(ana, shop.url)
    kept = f"JSON.parse(localStorage.getItem('escuta.{found.id}')).lot"
    drawn = page.evaluate(kept)
    draw = f"(lot) => localStorage.setItem('escuta.{found.id}', JSON.stringify({{ lot }}))"

    page.reload()
    assert 0 <= drawn == page.evaluate(kept) < 100
    page.evaluate(draw, 60)
    page.evaluate("escuta('paid')")
    expect(hosts(page)).to_have_count(0)
    page.evaluate(draw, 40)
    page.evaluate("escuta('paid')")

    is_open(page)


def test_the_same_visitor_is_asked_again_after_the_days_that_were_set(
    shop: Website, server: Server, ana: BrowserContext
) -> None:
    page = opened(ana, shop, server, trigger=Trigger(event="paid", delay_seconds=0, every_days=7))

    for days, count in ((0, 0), (6, 0), (1, 1)):
        ana.clock.fast_forward(days * 86_400_000)
        page.reload()
        page.evaluate("escuta('paid')")
        expect(hosts(page)).to_have_count(count)


def test_with_no_days_the_same_visitor_is_asked_once_a_visit(
    shop: Website, server: Server, ana: BrowserContext
) -> None:
    page = opened(ana, shop, server, trigger=Trigger(event="paid", delay_seconds=0, every_days=0))

    page.reload()
    page.evaluate("escuta('paid')")
    expect(hosts(page)).to_have_count(0)

    is_open(visit(ana, shop.url))


def test_it_opens_once_on_one_page(shop: Website, server: Server, ana: BrowserContext) -> None:
    page = opened(ana, shop, server, trigger=Trigger(event="paid", delay_seconds=0, every_days=0))
    page.evaluate("sessionStorage.clear()")

    page.keyboard.press("Escape")
    expect(hosts(page)).to_have_count(0)
    page.evaluate("escuta('paid'); history.pushState({}, '', '/elsewhere'); escuta('paid')")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })); escuta('paid')")

    expect(hosts(page)).to_have_count(0)


def test_i2_pasted_twice_it_is_one(shop: Website, server: Server, ana: BrowserContext) -> None:
    found = opening(shop)
    paste(shop, server, found, found)

    page = visit(ana, shop.url)

    is_open(page)
    expect(hosts(page)).to_have_count(1)
    assert server.count("GET", f"/i/{found.id}") == 1


def test_two_surveys_never_stand_on_each_other(shop: Website, server: Server, ana: BrowserContext) -> None:
    first, second = (opening(shop, trigger=Trigger(event=name)) for name in ("paid", "left"))
    paste(shop, server, first, second)
    page = visit(ana, shop.url)

    page.evaluate("escuta('paid'); escuta('left')")
    is_open(page)
    expect(hosts(page)).to_have_count(1)
    page.keyboard.press("Escape")
    page.evaluate("escuta('left')")

    expect(page.locator(f"[data-escuta='{second.id}']")).to_have_count(1)


def test_i1_without_storage_it_opens_once_and_is_silent(shop: Website, server: Server, ana: BrowserContext) -> None:
    watch = watched(ana)
    shop.head = "<script>for (const box of ['localStorage', 'sessionStorage']) Object.defineProperty(window, box,"
    shop.head += " { get() { throw new DOMException('no', 'SecurityError') } })</script>"
    page = opened(ana, shop, server, trigger=Trigger(event="paid", delay_seconds=0, sample_percent=99.999))

    page.keyboard.press("Escape")
    page.evaluate("escuta('paid')")

    expect(hosts(page)).to_have_count(0)
    assert watch.complaints == []
