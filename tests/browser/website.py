"""A shop's website on another port than ours, so of another origin, with the line that was pasted into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, FrameLocator, Locator, Page, Response, expect

from escuta import table
from escuta.directory.model import Segment
from escuta.feedback import intercepts, surveys
from escuta.feedback.intercepts import InterceptDraft
from escuta.feedback.model import Intercept, Place, Trigger
from tests.browser.server import Server
from tests.functions.respondents import DRAFT

QUESTION = "Would you recommend us?"  # in the survey that opens
SHOP = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Ana Souza, order 1234</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{head}</head>
<body><h1>Shop</h1><a href="#offer" id="first">Offer</a> <button id="pay">Pay</button>{body}
<p style="height: 4000px"></p><a href="#end" id="last">End</a></body></html>"""


@dataclass
class Website:
    """What the shop serves: one page for every path."""

    port: int = 0
    head: str = ""
    body: str = ""
    language: str = "en"
    policy: str = ""

    @property
    def url(self) -> str:
        """The page at the shop's own address."""
        return f"http://127.0.0.1:{self.port}/cart?email=ana@mail.example"

    @property
    def other_url(self) -> str:
        """The same page under a name that is another origin."""
        return self.url.replace("127.0.0.1", "localhost")

    @property
    def origin(self) -> str:
        """Who the shop is for a browser."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def trading() -> Iterator[Website]:
    """Serve a shop."""
    shop = Website()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = SHOP.format(language=shop.language, head=shop.head, body=shop.body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            if shop.policy:
                self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        shop.port = listening.server_port
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield shop
        finally:
            listening.shutdown()
            thread.join()


def opening(shop: Website, **fields: Any) -> Intercept:
    """Put the survey `visit` on the shop's website; it opens at once unless `trigger` says otherwise."""
    if table.find(Segment, Segment.at("sp-01")) is None:
        table.put(Segment(code="sp-01", name="Paulista", path=("aurora", "sp", "sp-01"), timezone="America/Sao_Paulo"))
        surveys.create("Visit", survey="visit")
        surveys.publish("visit", DRAFT.changed(hidden=("plan", "coupon")))
    own = {"name": "Shop", "survey": "visit", "segment": "sp-01", "origins": (shop.origin,), "hidden": ("plan",)}
    rules = {"trigger": Trigger(delay_seconds=0), "place": Place.MODAL}
    return intercepts.create(InterceptDraft(**{**own, **rules, **fields}))


@dataclass
class Watch:
    """What a page complained about, and what it asked of our server."""

    complaints: list[str] = field(default_factory=list)
    refused: list[Response] = field(default_factory=list)


def watched(context: BrowserContext) -> Watch:
    """Listen to everything that the pages of somebody say."""
    watch = Watch()

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            watch.complaints.append(message.text)

    context.on("console", said)
    context.on("weberror", lambda error: watch.complaints.append(f"uncaught: {error.error}"))
    return watch


def survey_in(page: Page) -> FrameLocator:
    """Return the survey as it stands in the dialog."""
    return page.frame_locator("[data-escuta] iframe")


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
    """Return the dialog that the survey stands in."""
    return page.locator("[data-escuta] dialog")


def is_open(page: Page) -> None:
    """Wait until the survey can be read in the page."""
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
