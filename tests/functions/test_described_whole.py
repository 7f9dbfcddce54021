"""The document as a whole: valid, complete, and in the repository as the code makes it."""

import json
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from manage.described.document import EXAMPLES, described_routes, document, operations
from manage.routes import ROUTES

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"


def invalid(told: dict[str, Any]) -> list[str]:
    return [fault.message for fault in OpenAPIV31SpecValidator(told).iter_errors()]


def test_it_is_valid_as_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1")
    assert invalid(document()) == []


def test_a_document_with_a_default_that_it_forbids_would_be_found() -> None:
    told = json.loads(json.dumps(document()))
    told["components"]["schemas"]["NewSurvey"]["properties"]["name"] |= {"default": "", "minLength": 1}

    assert invalid(told) == ["'' should be non-empty"]


def test_every_route_is_described_once_and_every_description_is_served() -> None:
    served = [route.view() for route in ROUTES]
    names = [operation.name for _, operation in described_routes()]

    assert [route.path for route in ROUTES if route.view() not in operations()] == []
    assert set(operations()) - set(served) == set()
    assert len(names) == len(set(names))


def test_it_says_what_holds_for_all_operations_and_where_they_are_served() -> None:
    told = document()

    words = ("Authorization", "next", "fields=id,name", "If-Match", "Idempotency-Key", "RateLimit-Remaining", "Sunset")
    for word in words:
        assert f"`{word}`" in told["info"]["description"]
    assert [server["url"] for server in told["servers"]] == ["/"]


def test_every_operation_has_an_example() -> None:
    there = {file.stem for file in EXAMPLES.glob("*.json")}
    named = {operation.name for _, operation in described_routes()}

    assert there - named == set()
    assert named - there == set()


def test_the_document_in_the_repository_is_that_of_the_code() -> None:
    assert json.loads(KEPT.read_text(encoding="utf-8")) == document(), "make openapi writes it anew"


def test_a_change_names_only_what_is_to_be_changed() -> None:
    """A client that is made from the document would send every default by itself, and so reset what it stands for."""
    patches = {
        name: told["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for methods in document()["paths"].values()
        for name, told in ((told["operationId"], told) for method, told in methods.items() if method == "patch")
    }
    shapes = document()["components"]["schemas"]

    assert len(patches) == 24
    assumed = {
        name: [field for field, told in shapes[shape]["properties"].items() if "default" in told]
        for name, shape in patches.items()
    }
    assert assumed == {name: [] for name in patches}
