"""Every example of the document is one that the API would take, and one that it would answer with."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from manage.app import Route
from manage.described.document import EXAMPLES, described_routes, document
from manage.described.operation import Operation

FILES = tuple(sorted(EXAMPLES.glob("*.json")))
PARTS = {"path", "query", "body", "status", "answer"}
MOST_ITEMS = 2

pytestmark = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@cache
def named() -> dict[str, tuple[Route, Operation]]:
    return {operation.name: (route, operation) for route, operation in described_routes()}


@cache
def told() -> dict[str, Any]:
    return {each["operationId"]: each for methods in document()["paths"].values() for each in methods.values()}


def read(file: Path) -> dict[str, Any]:
    example: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return example


def test_an_example_is_of_an_operation_that_there_is(file: Path) -> None:
    example = read(file)

    assert set(example) <= PARTS
    assert set(example["path"]) == set(re.findall(r"<(\w+)>", named()[file.stem][0].path))


def test_what_an_example_asks_is_taken(file: Path) -> None:
    example, (_, operation) = read(file), named()[file.stem]

    assert ("body" in example) == (operation.body is not None or bool(operation.sent))
    if operation.query:
        operation.query.model_validate_strings({name: str(value) for name, value in example["query"].items()})
    else:
        assert not example["query"]
    if operation.body is not None:
        operation.body.model_validate_json(json.dumps(example["body"]), strict=True, extra="forbid")


def test_what_an_example_answers_is_as_described(file: Path) -> None:
    example, (_, operation) = read(file), named()[file.stem]

    assert example["status"] in operation.statuses
    assert ("answer" in example) == (operation.answer is not None)
    if operation.answer is not None:
        assert not faults(file.stem, example["status"], example["answer"])


def test_an_example_is_short(file: Path) -> None:
    answer = read(file).get("answer", {})

    assert len(answer.get("items", ())) <= MOST_ITEMS


def faults(name: str, status: int, answer: Any) -> list[str]:
    (content,) = told()[name]["responses"][str(status)]["content"].values()
    schema = {**content["schema"], "components": document()["components"]}
    found = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(answer)
    return [f"{each.instance_path}: {each.message}" for each in found]
