"""Schemathesis asks every operation what its description allows and what it does not; nothing fails, all is as told."""

import os
from datetime import datetime
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from escuta.directory import products
from escuta.directory.model import Product
from manage.described.document import document
from tests.functions.callers import answered, found_company, key, open_survey, ticketed
from tests.kit import gateway

EXAMPLES = int(os.environ.get("ESCUTA_FUZZ", "5"))
KNOWN = {
    "survey": "visit",
    "segment": "poa",
    "response": "first",
    "ticket": "first",
    "product": "tv-40",
    "version": "1",
}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

schema = schemathesis.openapi.from_dict(document())
schema.app = gateway.application


@schema.hook
def map_path_parameters(_: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Name what there is in every other request: what is not there only ever answers 404."""
    if not path_parameters or crc32(str(path_parameters).encode(errors="replace")) % 2:
        return path_parameters
    return {name: KNOWN.get(name, value) for name, value in path_parameters.items()}


@pytest.fixture
def credential(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    answered("poa")
    ticketed("poa")
    products.ensure([Product(code="tv-40", name="TV 40", group="TV")])
    return key()


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: Any, credential: str) -> None:
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {credential}"}
    case.call_and_validate(checks=CHECKS)
