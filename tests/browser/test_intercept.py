"""A survey opens on a shop's website, in a real browser, from another origin than the shop's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from escuta.feedback import intercepts, responses
from escuta.feedback.model import Intercept, Place, Trigger
from tests.browser import axe
from tests.browser.server import Server
from tests.browser.website import Website, opening, survey_in, trading, watched

Come = Callable[..., BrowserContext]
QUESTION = "Would you recommend us?"


@pytest.fixture
def shop(server: Server) -> Iterator[Website]:  # noqa: ARG001 - ours runs beside it
    with trading() as running:
        yield running


@pytest.fixture
def ana(visitor: Come) -> BrowserContext:
    """Ana reads English, and her browser's clock can be moved."""
    context = visitor(locale="en")
    context.clock.install()
    return context


def paste(shop: Website, server: Server, *found: Intercept, more: str = "") -> None:
    """Paste the lines into the site."""
    shop.body = "".join(f'<script async src="{server.url}/i/{one.id}.js"{more}></script>' for one in found)


def visit(context: BrowserContext, url: str) -> Page:
    """Go to the shop. Its page counts as loaded when the scripts in it have run, the asynchronous ones too."""
    page = context.new_page()
    page.goto(url)
    return page


def hosts(page: Page) -> Locator:
    """Return what the script has put into the page, seen or not."""
    return page.locator("[data-escuta]")


def dialog(page: Page) -> Locator:
    return page.locator("[data-escuta] dialog")


def is_open(page: Page) -> None:
    expect(survey_in(page).get_by_text(QUESTION)).to_be_visible()


def opened(context: BrowserContext, shop: Website, server: Server, **fields: Any) -> Page:
    """Return the shop's page with the survey open in it."""
    paste(shop, server, opening(shop, **fields))
    page = visit(context, shop.url)
    is_open(page)
    return page


def focused(page: Page) -> str:
    """Say where the focus is for the shop's page: an id of the shop, or what stands in our part."""
    found: str = page.evaluate(
        "() => { let at = document.activeElement;"
        " while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement; return at.id || at.tagName }"
    )
    return found


# When it opens


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


@pytest.mark.parametrize(("lot", "count"), [(60, 0), (40, 1)])
def test_who_was_drawn_stays_drawn(shop: Website, server: Server, ana: BrowserContext, lot: int, count: int) -> None:
    found = opening(shop, trigger=Trigger(event="paid", sample_percent=50))
    paste(shop, server, found)
    page = visit(ana, shop.url)
    kept = f"JSON.parse(localStorage.getItem('escuta.{found.id}')).lot"
    drawn = page.evaluate(kept)

    page.reload()
    assert 0 <= drawn == page.evaluate(kept) < 100
    page.evaluate(f"localStorage.setItem('escuta.{found.id}', JSON.stringify({{ lot: {lot} }}))")
    page.evaluate("escuta('paid')")

    expect(hosts(page)).to_have_count(count)


# How often


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


# How it stands there


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
        ("", "fr", "", "Pesquisa rápida"),
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


# What it hands over


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

    (stored,) = responses.listing("visit", "sp-01").items
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


# When it may not, or cannot


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
