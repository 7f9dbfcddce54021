"""One Chromium for all tests of pages, and the respondents' function on a port of this machine."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright
from pytest_socket import enable_socket, socket_allow_hosts

from tests.browser.houses import House, house
from tests.browser.server import Server, serving
from tests.browser.website import Website, trading
from tests.conftest import PATIENCE
from tests.e2e.tools import program

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # the tests may run as root, as they do in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True)
def loopback() -> None:
    """Let these tests talk to this machine, and to no other."""
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find the browser; without it these tests fail, and never pass by being left out."""
    return program("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """Start the browser once."""
    running = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield running
    running.close()


@pytest.fixture(scope="module")
def rich() -> Iterator[House]:
    """Serve the rich company, as it was made, to the tests of one file."""
    with house() as served:
        yield served


@pytest.fixture
def server(aws: None) -> Iterator[Server]:  # noqa: ARG001 - the tables come first
    """Serve the function while a test runs."""
    with serving() as running:
        yield running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Let people in, each with a profile of their own: `visitor(locale="en", viewport=...)`."""
    inside: list[BrowserContext] = []

    def come(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "pt-BR", "timezone_id": "America/Sao_Paulo", **options})
        context.set_default_timeout(PATIENCE)
        inside.append(context)
        return context

    yield come
    for context in inside:
        context.close()


@pytest.fixture
def shop(server: Server) -> Iterator[Website]:  # noqa: ARG001 - ours runs beside it
    """Serve a shop's website, of another origin than ours."""
    with trading() as running:
        yield running


@pytest.fixture
def ana(visitor: Callable[..., BrowserContext]) -> BrowserContext:
    """Let Ana in, who reads English, and whose browser's clock can be moved."""
    context = visitor(locale="en")
    context.clock.install()
    return context
