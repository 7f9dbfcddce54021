"""A warm GET through the function, with all that stands around what it serves, against the same view alone.

Alone is: no routing, no authorization, no counting of requests, no audit, no tags, no log. Both read from an endpoint
that answers at once, over the client of the product, and both write their answer as JSON: so the ratio is of what we
ourselves do, and waiting for the store could only lower it.
"""

from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

from benchmarks.ground import NOW, STORE, item, items, standing
from benchmarks.measure import Ratio, compare
from escuta import ids
from escuta.directory.model import Caller, Contact, Product, Scope
from manage import app as manage
from manage.asking import Request
from manage.routes import ROUTES

CALLS = 60
CALLER = Caller(id="0123456789abcdef", name="ERP", scopes=frozenset(Scope), rate=1_000_000)
PEOPLE = tuple(
    Contact(
        id=ids.derive("contact", str(number)),
        name=f"Ana {number}",
        email=f"ana{number}@example.com",
        language="pt-BR",
        segment=STORE.code,
        created_at=NOW,
        updated_at=NOW,
    )
    for number in range(100)
)


def ratios() -> Iterator[Ratio]:
    """Yield one ratio for each typical GET."""
    answers = {
        "GetItem|product#": item(Product(code="sofa", name="Sofá", group="Salas")),
        "GetItem|segment#": item(STORE),
        "Query|contact": items(*PEOPLE),
    }
    with standing(answers):
        query = {"segment": STORE.code, "limit": "100"}
        yield _compared("100 contacts of a place", "contacts.listing", "/v1/contacts", query=query)
        yield _compared("a product", "products.get", "/v1/products/sofa", product="sofa")


def _compared(name: str, serve: str, path: str, *, query: dict[str, str] | None = None, **names: str) -> Ratio:
    event = _event(path, query)
    route = next(each for each in ROUTES if each.serve == serve)

    def whole() -> None:
        for _ in range(CALLS):
            answer = manage.handler(event, None)
            assert answer["statusCode"] == 200, answer["body"]  # noqa: PLR2004, S101 - a refusal would mean nothing

    def alone() -> None:
        for _ in range(CALLS):
            to_json(route.view()(Request(event, CALLER), **names))

    return compare(f"GET {name} : its view alone", whole, alone, CALLS, "request")


def _event(path: str, query: dict[str, str] | None) -> dict[str, Any]:
    return {
        "resource": "/v1/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": {"Accept": "application/json"},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "requestContext": {
            "path": f"/live{path}",
            "identity": {"sourceIp": "203.0.113.7"},
            "requestId": "bench",
            "authorizer": {"caller": CALLER.model_dump_json()},
        },
        "body": None,
        "isBase64Encoded": False,
    }
