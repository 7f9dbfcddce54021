"""A device on the counter of a store: what the tests of the kiosk do with it."""

import json
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from escuta.feedback import tokens
from escuta.feedback.model import OnIdle, Response
from tests.browser.server import Server
from tests.functions.browsing import get
from tests.functions.respondents import open_survey
from tests.kit.answers import given

CODE = "2468"
COMMENT = "Fila enorme no caixa, Bruno foi gentil"


class Device:
    """The link of a kiosk, and the network that it hangs on."""

    def __init__(self, server: Server, on_idle: OnIdle = OnIdle.SUBMIT) -> None:
        open_survey()
        settings = tokens.kiosk(access_code=CODE, idle_seconds=20, on_idle=on_idle)
        self.token, self.stored = tokens.create("visit", "sp-01", "Caixa 2", kiosk=settings)
        self.server = server
        self.url = f"{server.url}/t/{self.token}"

    def stands(self, context: BrowserContext) -> Page:
        """Open the page, and wait until it is kept on the device."""
        page = context.new_page()
        page.goto(self.url)
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("() => navigator.serviceWorker.controller")
        return page

    def given(self, query: str) -> tuple[int, dict[str, str], bytes]:
        """Return the page as the function gives it now, for a server that goes on giving it."""
        page = get(f"/t/{self.token}{query}")
        return page.status_code, page.headers, page.body

    def loses_network(self, context: BrowserContext) -> None:
        self.server.unreachable = True
        context.set_offline(True)

    def finds_network(self, context: BrowserContext) -> None:
        self.server.unreachable = False
        context.set_offline(False)

    def posted(self) -> list[dict[str, Any]]:
        """Return the answers that reached the server, in their order."""
        return [
            json.loads(call.body)
            for call in self.server.calls
            if (call.method, call.path) == ("POST", f"/t/{self.token}")
        ]


def fill(page: Page, score: int, comment: str = "") -> None:
    page.locator(f'[name="n.nps"][value="{score}"]').check()
    if comment:
        page.get_by_role("textbox", name="Conte mais").fill(comment)


def answer(page: Page, score: int, comment: str = "") -> None:
    """Answer, and wait to be thanked."""
    fill(page, score, comment)
    page.get_by_role("button", name="Enviar resposta").click()
    expect(page.locator("#thanks h1")).to_be_visible()


def next_visitor(page: Page) -> None:
    """Wait until the thanks are over and the page stands for the next visitor."""
    page.wait_for_selector("#kiosk-next", state="attached")
    old = page.evaluate("globalThis.mine = Math.random()")
    page.clock.fast_forward(8_000)
    page.wait_for_function(
        "(old) => globalThis.mine !== old && document.getElementById('page')?.hidden === false", arg=old
    )


def kept() -> list[Response]:
    """Return what the store has, the oldest first."""
    return list(reversed(given()))
