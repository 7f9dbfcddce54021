"""Holds every answer of the management API against its description, wherever a test asks it anything.

The description says which models read the query and the body, and which shape and status an answer has. So each test
of the API also proves the document that integrators read. With ESCUTA_EXAMPLES=folder what was asked and answered is
kept there, from which `python -m tests.kit.examples` picks the examples of the document.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import jsonschema_rs
from pydantic import BaseModel

from manage.asking import Request
from manage.described.document import document, operations
from manage.described.operation import Operation
from manage.routes import ROUTES
from manage.serving import Route

KEPT = os.environ.get("ESCUTA_EXAMPLES", "")


@contextmanager
def watched() -> Iterator[list[tuple[str, type[BaseModel]]]]:
    """Note by which models a query and a body are read."""
    noted: list[tuple[str, type[BaseModel]]] = []
    query, body = Request.query, Request.body

    def reading_query(self: Request, model: type[BaseModel]) -> Any:
        noted.append(("query", model))
        return query(self, model)

    def reading_body(self: Request, model: type[BaseModel]) -> Any:
        noted.append(("body", model))
        return body(self, model)

    with patch.object(Request, "query", reading_query), patch.object(Request, "body", reading_body):
        yield noted


def route_of(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route that serves this, and the names in its path."""
    for route, pattern in _patterns():
        found = pattern.fullmatch(path)
        if found and route.method == method:
            return route, found.groupdict()
    return None


def check(
    asked: dict[str, Any], status: int, headers: dict[str, str], body: bytes, noted: list[tuple[str, type[BaseModel]]]
) -> None:
    """Assert that an answer is as described. `asked` has method, path, query, body."""
    found = route_of(asked["method"], asked["path"])
    if found is None:
        return
    route, names = found
    operation = operations().get(route.view())
    if operation is None:
        return
    where = f"{route.method} {route.path} ({operation.name})"
    for kind, model in dict(reversed(noted)).items():  # the first of each: items of a batch are read by their own
        described = getattr(operation, kind)
        assert described is model or (kind == "query" and described is None and not model.model_fields), (
            f"{where}: its {kind} is read by {model.__name__}, described as {described}"
        )
    if status >= 400:
        assert headers["Content-Type"] == "application/problem+json", where
        _problem().validate(json.loads(body))
        return
    if route.method == "GET" and (status == 304 or "fields" in asked["query"]):  # of every GET: nothing, or a part
        return
    assert status in operation.statuses, f"{where}: answered with {status}, described {operation.statuses}"
    kind = headers["Content-Type"].partition(";")[0]
    assert kind in (operation.kinds or ("application/json",)), f"{where}: answered with {kind}"
    if operation.kinds:
        return
    told = json.loads(body)
    errors = list(answer(operation.name).iter_errors(told))
    assert not errors, f"{where}: {[(each.message, each.instance_path) for each in errors[:5]]}"
    if KEPT:
        _keep(operation, names, asked, status, told)


@cache
def _patterns() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    """Return what fits a route; those without names come first, as in Powertools."""
    order = sorted(ROUTES, key=lambda route: "<" in route.path)
    return tuple((route, re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", route.path))) for route in order)


@cache
def answer(name: str) -> Any:
    """Return what holds an answer of an operation against its description."""
    return _validator(_places()[name])


@cache
def _places() -> dict[str, str]:
    """Return where in the document the schema of each answer stands."""
    found = {}
    for path, methods in document().get("paths", {}).items():
        for method, told in methods.items():
            status = next(status for status in told["responses"] if status.startswith("2"))
            (kind,) = told["responses"][status]["content"]
            steps = ("paths", path, method, "responses", status, "content", kind, "schema")
            found[told["operationId"]] = "/".join(quote(step.replace("/", "~1")) for step in steps)
    return found


@cache
def _problem() -> Any:
    return _validator("components/schemas/Problem")


@cache
def _registry() -> Any:
    return jsonschema_rs.Registry([("urn:escuta", document())])


def _validator(place: str) -> Any:
    """Return the validator of one schema of the document, which is read once for all of them."""
    schema = {"$ref": f"urn:escuta#/{place}"}
    return jsonschema_rs.Draft202012Validator(schema, registry=_registry(), validate_formats=True)


def _keep(operation: Operation, names: dict[str, str], asked: dict[str, Any], status: int, told: Any) -> None:
    query = {name: value for name, value in asked["query"].items() if not isinstance(value, list)}
    example = {"path": names, "query": query, "status": status, "answer": told}
    if operation.body is not None and asked["body"]:
        example["body"] = json.loads(asked["body"])
    file = Path(KEPT) / f"{operation.name}-{os.getpid()}.jsonl"
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(example, ensure_ascii=False) + "\n")
