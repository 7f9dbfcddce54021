"""The page on which the management API is read and tried out: in a browser, with a key, under its own policy."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from console import app
from escuta.directory import products
from escuta.directory.model import Product, Scope
from tests.browser.server import Handling, Server, serving
from tests.functions.callers import ask, key
from tests.functions.console_company import Answer, Context

LetsIn = Callable[..., BrowserContext]


class Both(Handling):
    """The console and the management API, as the gateway calls them."""

    def call(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return what the function answers that the path belongs to."""
        place, _, query = path.partition("?")
        if place.startswith("/v1/"):
            credential = self.headers.get("Authorization", "").removeprefix("Bearer ")
            said = ask(self.command, place, credential, raw=body.decode() or None, query=dict(parse_qsl(query)))
            return said.status, said.headers, said.body
        sent = dict(self.headers.items())
        event: dict[str, Any] = {
            "resource": "/console/{proxy+}",
            "path": place,
            "httpMethod": self.command,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": dict(parse_qsl(query)) or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in parse_qsl(query)} or None,
            "requestContext": {"stage": "live", "path": f"/live{place}", "httpMethod": self.command},
            "body": body.decode() or None,
            "isBase64Encoded": False,
        }
        answer = Answer(app.handler(event, Context()))
        return answer.status, {name: values[0] for name, values in answer.headers.items()}, answer.text.encode()


@pytest.fixture
def served(aws: None, noon: object) -> Iterator[Server]:  # noqa: ARG001 - the store and the clock come first
    """Serve both while a test runs."""
    products.ensure([Product(code="tv-40", name="TV 40", group="TV")])
    with serving(Both) as running:
        yield running


def opened(served: Server, visitor: LetsIn, **options: Any) -> tuple[Page, list[str]]:
    """Open the page, and note what the browser has to complain about."""
    page, complaints = visitor(viewport={"width": 1280, "height": 900}, **options).new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{served.url}/console/api")
    return page, complaints


def test_an_operation_is_read_and_tried_out_with_a_key(served: Server, visitor: LetsIn) -> None:
    page, complaints = opened(served, visitor, locale="en")

    page.get_by_role("button", name="Authorize").click()
    page.locator("#auth-bearer-value").fill(key(Scope.PRODUCTS_READ))
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    page.locator("#operations-tag-products").click()
    page.locator("#operations-products-list_products").get_by_role("button").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("group").fill("")  # what the example may have put there
    page.get_by_role("button", name="Execute").click()

    live = page.locator(".live-responses-table")
    expect(live.locator(".response-col_status").filter(has_text="200")).to_be_visible()
    expect(live.get_by_text("tv-40").first).to_be_visible()
    assert [call.path.partition("?")[0] for call in served.calls if call.path.startswith("/v1/")] == ["/v1/products"]
    assert complaints == []


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("pt-BR", "A API, para ler e testar"),
        ("en", "The API, to read and to try"),
        ("es", "La API, para leer y probar"),
    ],
)
def test_the_page_speaks_the_language_of_its_reader(served: Server, visitor: LetsIn, language: str, title: str) -> None:
    page, complaints = opened(served, visitor, locale=language)

    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.locator(".opblock-tag").first).to_be_visible()
    assert complaints == []


def test_its_files_are_kept_by_browsers_and_are_those_of_the_repository(served: Server, visitor: LetsIn) -> None:
    page, _ = opened(served, visitor)
    address = page.locator("#api").get_attribute("data-document") or ""

    answer = page.request.get(f"{served.url}/console/{address.removeprefix('../console/')}")

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    with open("docs/openapi.json", encoding="utf-8") as file:  # noqa: PTH123 - read as it is
        assert answer.json() == json.load(file)
    assert page.request.get(f"{served.url}/console/api/other.js").status == 404
