"""Every example of the document is one that the API would take, and one that it would answer with.

All of them in one test each: a test of its own for every file costs more than what it looks at.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from manage.described.document import EXAMPLES, described_routes
from manage.described.operation import Operation
from tests.kit import contract

PARTS = {"path", "query", "body", "status", "answer"}
MOST_ITEMS = 2
BODY = {"path": {}, "query": {}, "body": {"name": "Ana", "segment": "poa"}, "status": 201}


@cache
def examples() -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(EXAMPLES.glob("*.json"))}


@cache
def paths() -> dict[str, str]:
    return {operation.name: route.path for route, operation in described_routes()}


@cache
def operations() -> dict[str, Operation]:
    return {operation.name: operation for _, operation in described_routes()}


def misplaced(name: str, example: dict[str, Any]) -> Iterator[str]:
    """Yield what keeps an example from standing at its operation."""
    yield from (f"{part} is no part" for part in example.keys() - PARTS)
    if set(example["path"]) != set(re.findall(r"<(\w+)>", paths()[name])):
        yield "other names in its path"
    if len(example.get("answer", {}).get("items", ())) > MOST_ITEMS:
        yield "too long"


def untaken(name: str, example: dict[str, Any]) -> Iterator[str]:
    """Yield why the API would not take what an example asks."""
    operation = operations()[name]
    if ("body" in example) != (operation.body is not None or bool(operation.sent)):
        yield "a body where there is none, or none where there is one"
    try:
        if operation.query:
            operation.query.model_validate_strings({key: str(value) for key, value in example["query"].items()})
        elif example["query"]:
            yield "a query where there is none"
        if operation.body is not None:
            operation.body.model_validate_json(json.dumps(example["body"]), strict=True, extra="forbid")
    except ValidationError as error:
        yield str(error)


def unlike(name: str, example: dict[str, Any]) -> Iterator[str]:
    """Yield how the answer of an example differs from what is described."""
    operation, status, answer = operations()[name], example["status"], example.get("answer")
    if status not in operation.statuses:
        yield f"status {status}"
    elif (answer is not None) != (operation.answer is not None):
        yield "an answer where there is none, or none where there is one"
    elif answer is not None:
        found = contract.answer(name).iter_errors(answer)
        yield from (f"{each.instance_path}: {each.message}" for each in found)


def test_an_example_is_short_and_of_an_operation_that_there_is() -> None:
    assert not examples().keys() - operations().keys()
    assert not {name: faults for name, each in examples().items() if (faults := list(misplaced(name, each)))}


def test_what_an_example_asks_is_taken() -> None:
    assert not {name: faults for name, each in examples().items() if (faults := list(untaken(name, each)))}


def test_what_an_example_answers_is_as_described() -> None:
    assert not {name: faults for name, each in examples().items() if (faults := list(unlike(name, each)))}


@pytest.mark.parametrize(
    ("changes", "looked_at", "fault"),
    [
        ({"anser": {}}, misplaced, "anser is no part"),
        ({"path": {"contact": "ana"}}, misplaced, "other names in its path"),
        ({"query": {"limit": 5}}, untaken, "a query where there is none"),
        ({"body": {"name": 5}}, untaken, "Input should be a valid string"),
        ({"status": 202}, unlike, "status 202"),
        ({"answer": {"name": "Ana"}}, unlike, '"rev" is a required property'),
    ],
    ids=["part", "path", "query", "body", "status", "answer"],
)
def test_an_example_that_is_wrong_would_be_found(changes: dict[str, Any], looked_at: Any, fault: str) -> None:
    assert any(fault in each for each in looked_at("create_contact", {**BODY, "answer": {}, **changes}))
