"""A website where a survey may not open, or cannot, stays as it is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from escuta.feedback import intercepts
from escuta.feedback.model import Trigger
from tests.browser.server import Server
from tests.browser.website import (
    QUESTION,
    Website,
    dialog,
    hosts,
    is_open,
    opened,
    opening,
    paste,
    visit,
    watched,
)

Come = Callable[..., BrowserContext]


def test_i6_nobody_else_closes_or_moves_it(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, found := opening(shop, trigger=Trigger(delay_seconds=0)))
    page = visit(ana, shop.url)
    is_open(page)
    height = dialog(page).bounding_box()

    page.evaluate(
        """(id) => new Promise((done) => {
            postMessage({ escuta: id, type: "size", height: 10, ground: "red", ink: "red" }, "*");
            postMessage({ escuta: id, type: "close" }, "*");
            addEventListener("message", (event) => { if (event.data === "last") done() });
            postMessage("last", "*") })""",
        found.id,
    )

    assert dialog(page).bounding_box() == height


def test_w4_on_another_site_it_does_not_open(shop: Website, server: Server, ana: BrowserContext) -> None:
    watch = watched(ana)
    found = opening(shop)
    paste(shop, server, found)

    page = visit(ana, shop.other_url)

    assert (page.evaluate("typeof window.escuta"), server.count("GET", f"/i/{found.id}")) == ("undefined", 0)
    assert watch.complaints == []


def test_w4_another_site_cannot_frame_it(shop: Website, server: Server, ana: BrowserContext) -> None:
    found = opening(shop)
    shop.body = f'<iframe id="ours" src="{server.url}/i/{found.id}"></iframe>'
    page = ana.new_page()

    page.goto(shop.url)
    expect(page.frame_locator("#ours").get_by_text("Sua visita")).to_have_count(0)
    expect(page.frame_locator("#ours").get_by_text(QUESTION)).to_be_visible()
    page.goto(shop.other_url)

    assert page.frame_locator("#ours").get_by_text(QUESTION).count() == 0


@pytest.mark.parametrize("policy", ["script-src 'none'", "script-src * 'unsafe-inline'; frame-src 'none'"])
def test_i1_a_site_whose_policy_forbids_us_stays_as_it_is(
    shop: Website, server: Server, ana: BrowserContext, policy: str
) -> None:
    watch = watched(ana)
    shop.policy = policy
    paste(shop, server, found := opening(shop))

    page = visit(ana, shop.url)
    ana.clock.run_for(2_000)

    expect(hosts(page)).to_have_count(0)
    assert page.evaluate("document.documentElement.style.overflow") == ""
    assert server.count("GET", f"/i/{found.id}") == 0
    ours = [said for said in watch.complaints if "violates the following Content Security Policy" not in said]
    assert (len(watch.complaints), ours) == (1, [])


def test_i1_a_strict_policy_that_names_us_is_enough(shop: Website, server: Server, ana: BrowserContext) -> None:
    watch = watched(ana)
    ours = server.url.removesuffix("/live")
    shop.policy = f"default-src 'none'; script-src {ours}; frame-src {ours}; img-src data:"

    page = opened(ana, shop, server)

    expect(dialog(page)).to_have_css("border-radius", "14px")
    assert [said for said in watch.complaints if "escuta" in said or ours in said] == []


def test_i5_when_we_do_not_answer_the_site_stays_as_it_is(shop: Website, server: Server, ana: BrowserContext) -> None:
    paste(shop, server, opening(shop, trigger=Trigger(event="paid")))
    page = visit(ana, shop.url)
    server.unreachable = True
    watch = watched(ana)

    page.evaluate("escuta('paid')")
    ana.clock.run_for(2_000)
    expect(hosts(page)).to_have_count(0)
    asked = len(server.calls)
    page.evaluate("escuta('paid')")
    ana.clock.run_for(60_000)

    expect(hosts(page)).to_have_count(0)
    assert len(server.calls) == asked
    assert [said for said in watch.complaints if "Failed to load resource" not in said] == []


def test_i1_what_was_revoked_leaves_the_site_as_it_is(shop: Website, server: Server, ana: BrowserContext) -> None:
    watch = watched(ana)
    found = opening(shop)
    intercepts.revoke(found.id)
    paste(shop, server, found)

    page = visit(ana, shop.url)

    assert (server.count("GET", f"/i/{found.id}.js"), page.evaluate("typeof window.escuta")) == (1, "undefined")
    assert watch.complaints == []
