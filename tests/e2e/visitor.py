"""People with a real browser, which notes everything that a page should not do."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    TimeoutError,  # noqa: A004 - of the browser
    ViewportSize,
    WebError,
    expect,
)

from tests.e2e.house import House
from tests.e2e.tools import program

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1440, height=900)
_FITS = "width => document.documentElement.scrollWidth <= width"
_FOLLOWS = 5_000  # milliseconds
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # the tests may run as root, as they do in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """Start the installed Chromium with a profile of its own."""
    return playwright.chromium.launch(
        executable_path=program("chromium", "chromium-browser", "google-chrome"), args=_ARGUMENTS
    )


class Watch:
    """What the pages of a visitor complained about, or asked of somebody else than this machine."""

    def __init__(self, context: BrowserContext) -> None:
        """Listen to all pages of a visitor."""
        self.complaints: list[str] = []
        self.posts: list[Request] = []
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("request", self._asked)

    def forget(self, words: str) -> None:
        """Take away complaints that the test itself caused; there must have been one."""
        left = [complaint for complaint in self.complaints if words not in complaint]
        assert left != self.complaints, f"nothing complained about {words!r}"
        self.complaints = left

    def _said(self, message: ConsoleMessage) -> None:
        if message.location["url"].endswith("/favicon.ico"):
            return  # the browser asks by itself when it shows JSON, which cannot name an icon
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} at {message.location['url']}")

    def _failed(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in {"localhost", "127.0.0.1", None}:
            self.complaints.append(f"asked of a stranger: {request.url}")
        if request.method == "POST":
            self.posts.append(request)


class Visitor:
    """One person: a fresh profile, a language, a screen; with or without JavaScript."""

    def __init__(self, context: BrowserContext) -> None:
        """Watch from the first page on."""
        self.context = context
        self.watch = Watch(context)

    def opens(self, url: str) -> Page:
        """Open an address in a new tab."""
        page = self.context.new_page()
        page.goto(url)
        return page


@contextmanager
def visitor(
    browser: Browser, *, language: str = "pt-BR", javascript: bool = True, screen: ViewportSize = PHONE
) -> Iterator[Visitor]:
    """Let a person in; when the person leaves, no page may have complained."""
    context = browser.new_context(
        locale=language, java_script_enabled=javascript, viewport=screen, timezone_id="America/Sao_Paulo"
    )
    context.set_default_timeout(30_000)
    try:
        person = Visitor(context)
        yield person
        assert not person.watch.complaints, person.watch.complaints
    finally:
        context.close()


def signs_in(page: Page, house: House, who: str) -> None:
    """Sign in with what the demo company handed over, on the page that asks for it."""
    page.get_by_label("E-mail", exact=True).fill(house.running.seeded[who])
    page.get_by_label("Senha").fill(house.running.seeded["password"])
    page.get_by_role("button", name="Entrar").click()
    is_inside(page)


def is_inside(page: Page) -> None:
    """Check that somebody is signed in: the menu of their own account is there."""
    expect(page.locator("details:has(form[action$=sign-out]) > summary")).to_be_visible()
    page.wait_for_load_state()


def signs_out(page: Page) -> None:
    """Sign out, by the menu of one's own account."""
    page.locator("details:has(form[action$=sign-out]) > summary").click()
    page.get_by_role("button", name="Sair", exact=True).click()


def fits(page: Page) -> None:
    """Check that nothing on the page is wider than a phone, nor than a desktop."""
    before = page.viewport_size or PHONE
    for screen in (PHONE, DESKTOP):
        page.set_viewport_size(screen)
        with suppress(TimeoutError):  # charts follow the screen a moment later
            page.wait_for_function(_FITS, arg=screen["width"], timeout=_FOLLOWS)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= screen["width"], f"{page.url} is {width} wide on a screen of {screen['width']}"
    page.set_viewport_size(before)
