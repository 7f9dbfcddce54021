"""Schemathesis asks every operation what its description allows and what it does not; nothing fails, all is as told.

ESCUTA_FUZZ is how many requests each operation is asked; `make fuzz` asks for many. Random input alone seldom gets past
the first refusal, so most of it is aimed: at things that are there, and as a legal request with a field or two of it.
"""

import os
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from moto import mock_aws
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from escuta import clock
from manage.described.document import described_routes, document
from tests.conftest import ENVIRONMENT, NOON, deploy, forget, tables_in_memory
from tests.functions.example_company import Company
from tests.kit import gateway, people

EXAMPLES = int(os.environ.get("ESCUTA_FUZZ", "5"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = sorted(operation.name for _, operation in described_routes())


@pytest.fixture(scope="module")
def schema() -> Any:
    made = schemathesis.openapi.from_dict(document())
    made.app = gateway.application
    return made


@pytest.fixture(scope="module")
def founded() -> Iterator[Company]:
    """Make the company once for all operations: every request finds it as it was made."""
    with pytest.MonkeyPatch.context() as patch, clock.at(NOON):
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        forget()
        with mock_aws(), tables_in_memory():
            deploy()
            yield Company(people.pool(patch))


@pytest.fixture
def company(founded: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("ESCUTA_USER_POOL", founded.pool)
    forget()
    return founded


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_as_described(name: str, schema: Any, company: Company) -> None:
    operation = schema.find_operation_by_id(name)
    strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if EXAMPLES > 1:
        strategy |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(crc32(name.encode()))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def every(case: Any) -> None:
        company.restore()
        aim(case, name, company, crc32(repr((case.path_parameters, case.query, case.body)).encode(errors="replace")))
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {company.key}"}
        case.call_and_validate(checks=CHECKS)

    every()


def aim(case: Any, name: str, company: Company, chance: int) -> None:
    """Let most of what is asked be about what there is."""
    if chance % 7:
        case.headers = {}  # that it was done before, or changed meanwhile, is the end of what can be learned
    if chance % 4:
        case.path_parameters = {part: company.named.get(part, old) for part, old in case.path_parameters.items()}
    legal = company.examples.get(name, {}).get("body")
    if isinstance(case.body, dict) and isinstance(legal, dict) and chance % 3:
        fields = sorted(case.body)
        chosen = {fields[chance // each % len(fields)] for each in (5, 7)} if fields else set()
        case.body = legal | {field: case.body[field] for field in chosen}
    if chance % 5 > 1:
        case.query = _naming(case.query, company.named)
        case.body = _naming(case.body, company.named)


def _naming(told: Any, named: dict[str, str]) -> Any:
    """Return a part of a request in which what bears the name of a thing, or of things, names one that is there."""
    if isinstance(told, list):
        return [_naming(each, named) for each in told]
    if not isinstance(told, dict):
        return told
    return {name: _named(name, value, named) for name, value in told.items()}


def _named(name: str, value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, str) and name in named:
        return named[name]
    if isinstance(value, list) and name.removesuffix("s") in named and all(isinstance(each, str) for each in value):
        return [named[name.removesuffix("s")] for _ in value]
    return _naming(value, named)
