"""What every test may use: settings, a moved clock, and the AWS services of moto with our tables in them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from datetime import UTC, datetime
from functools import _lru_cache_wrapper, cache, lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from botocore.loaders import Loader
from moto import backend_index, mock_aws
from moto.backends import get_backend
from moto.core.utils import camelcase_to_underscores
from playwright.sync_api import Playwright, expect, sync_playwright

from escuta import clock, config
from escuta.entity import Table
from escuta.table import INDEXES, index_name
from tests.kit import guard, ses
from tests.kit.store import Store

NOON = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # noon in São Paulo, a Tuesday
ACCOUNT, REGION = "123456789012", "us-east-1"  # those of moto
PATIENCE = 20_000  # milliseconds that a page may take: generous, since only a failure waits for its end
QUEUES = ("drop", "load", "close", "plan", "deliver", "alert", "export", "erase", "lake", "digest", "event", "webhook")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    "POWERTOOLS_METRICS_DISABLED": "true",  # they are lines of the output; who looks at them switches them on
    **config.environment(
        stage="test",
        organisation="Lojas Aurora",
        directory_table="escuta-directory",
        outreach_table="escuta-outreach",
        feedback_table="escuta-feedback",
        audit_table="escuta-audit",
        drop_bucket="escuta-drop",
        reports_bucket="escuta-reports",
        lake_bucket="escuta-lake",
        attachments_bucket="escuta-attachments",
        **{f"{name}_queue": f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}" for name in QUEUES},
        event_bus="escuta",
        link_secret="escuta-link-secret",  # noqa: S106 - the name of a secret
        sender="pesquisa@aurora.example",
        configuration_set="escuta",
        user_pool="us-east-1_test",
        user_pool_client="client",
        public_url="https://fala.aurora.example",
        settle_seconds=0,
    ),
}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start the driver of browsers, of which a process can have one."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def models() -> Iterator[None]:
    """Read the service models of botocore once for all clients: they are most of what a test on moto costs."""
    original, shared = Loader.__init__, dict[Any, Any]()

    def remember(self: Loader, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        vars(self)["_cache"] = shared

    with patch.object(Loader, "__init__", remember):
        yield


@pytest.fixture(scope="session", autouse=True)
def light_moto() -> Iterator[None]:
    """Spare every test half of what moto costs: of what others than botocore may ask, it listens for S3 alone."""
    patterns = [each for each in backend_index.backend_url_patterns if each[0] == "s3"]
    listed = SimpleNamespace(backend_url_patterns=patterns)
    named = lru_cache(camelcase_to_underscores)
    with patch("moto.core.models.backend_index", listed), patch("moto.sqs.models.camelcase_to_underscores", named):
        yield


@pytest.fixture(scope="session", autouse=True)
def no_bare_add() -> Iterator[None]:
    """Refuse every addition that nothing guards, in every test."""
    with guard.standing():
        yield


@pytest.fixture(scope="session", autouse=True)
def account_of_ses() -> Iterator[None]:
    """Let the account send 14 messages a second, which moto says nothing of."""
    with ses.saying():
        yield


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give every test the same environment and no client of a test that had another."""
    for name in [name for name in os.environ if name.startswith(("AWS_", config.PREFIX))]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    forget()
    yield
    if _environment() != _FORGOTTEN:
        forget(clients=True)


def forget(*, clients: bool = False) -> None:
    """Empty every cached getter of the product, as a cold start does; but words, and clients of the same environment.

    Making clients anew would be a fifth of what all tests cost, and a client knows nothing of what it was used for.
    """
    now = _environment()
    kept = {"catalog"} if clients or now != _FORGOTTEN else {"catalog", *_CLIENTS}
    _FORGOTTEN.clear()
    _FORGOTTEN.update(now)
    for module in [module for name, module in sys.modules.items() if name.startswith("escuta.")]:
        for name, member in _getters(module):
            if name not in kept:
                member.cache_clear()


_CLIENTS = ("_client", "_ses", "_sns", "row_of")
_FORGOTTEN: dict[str, str] = {}  # the environment when all was forgotten last


def _environment() -> dict[str, str]:
    """Return all that makes a client another one; moto has keys of its own while it runs, and reads none."""
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    return {
        name: value
        for name, value in os.environ.items()
        if (name.startswith("AWS_") and name not in keys) or name.endswith(("_TABLE", "COMPREHEND_REGION"))
    }


@cache
def _getters(module: ModuleType) -> tuple[tuple[str, Any], ...]:
    found = (member for member in vars(module).values() if isinstance(member, _lru_cache_wrapper))
    return tuple((member.__name__, member) for member in found)


@pytest.fixture
def noon() -> Iterator[datetime]:
    """Stop wondering what time it is: the clock starts from NOON."""
    with clock.at(NOON):
        yield NOON


@pytest.fixture
def aws(settings: None) -> Iterator[None]:  # noqa: ARG001 - the environment comes first
    """Run on moto, with the buckets, queues, secret and sender of a deployment; its tables are in memory.

    They are most of what tests ask for, and twice as fast there. test_store.py proves that they do what moto's do.
    """
    with mock_aws(), tables_in_memory():
        deploy()
        yield


@pytest.fixture
def aws_of_moto(settings: None) -> Iterator[None]:  # noqa: ARG001 - the environment comes first
    """Run on moto, with the tables of a deployment, too."""
    with mock_aws():
        deploy()
        yield


_store: ContextVar[list[Store] | None] = ContextVar("store", default=None)  # the one that stands now, if it is ours


@contextmanager
def tables_in_memory() -> Iterator[None]:
    """Let every call of DynamoDB find the tables in memory; all others find what stands in for their service."""
    standing: list[Store] = []
    token, original = _store.set(standing), vars(BaseClient)[guard.EVERY_CALL]

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        if self.meta.service_model.service_name != "dynamodb":
            return original(self, operation_name, api_params)
        guard.check(operation_name, api_params)
        return standing[0].call(operation_name, api_params)

    with patch.object(BaseClient, guard.EVERY_CALL, call):
        yield
    _store.reset(token)


def in_memory() -> Store:
    """Return the tables that stand in memory."""
    standing = _store.get()
    assert standing, "the tables of this test are not in memory"
    return standing[0]


def deploy() -> None:
    """Make what a deployment has, where the test runs.

    Through moto's own models, since it happens before every test and at every fault: calls of the SDK cost a hundred
    times as much. The tables of moto are made by a call once, and copied empty from then on.
    """
    standing = _store.get()
    if standing is None:
        moto("dynamodb").tables = deepcopy(_tables())
    else:
        standing[:] = [Store(f"escuta-{each}" for each in Table)]
    for bucket in ("escuta-drop", "escuta-reports", "escuta-lake", "escuta-attachments"):
        moto("s3").create_bucket(bucket, REGION)
    for name in QUEUES:
        moto("sqs").create_queue(name, None)
    moto("secretsmanager").create_secret(
        "escuta-link-secret", "correct horse battery", *(None,) * 5, replica_regions=[], force_overwrite=False
    )
    moto("events").create_event_bus("escuta")
    for identity in ("aurora.example", "pesquisa@aurora.example"):
        moto("sesv2").create_email_identity(identity, None, None, None)


def moto(service: str) -> Any:
    """Return what stands behind a service in the moto that runs."""
    backends: Any = get_backend(service)  # type: ignore[call-overload] # any service by name
    return backends[ACCOUNT]["aws" if service == "s3" else REGION]


@cache
def _tables() -> Any:
    for each in Table:
        _create_table(f"escuta-{each}")
    return deepcopy(moto("dynamodb").tables)


def _create_table(name: str) -> None:
    """Make a table as the stack does: the keys of a row, and its two indexes."""
    pairs = {"": ("pk", "sk"), **{index_name(index): (f"{index}pk", f"{index}sk") for index in INDEXES}}
    schemas = {
        index: [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]
        for index, (pk, sk) in pairs.items()
    }
    owner("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schemas.pop(""),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for pair in pairs.values() for key in pair],
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
            for index, schema in schemas.items()
        ],
    )


@cache
def owner(service: str) -> Any:
    """Return the client with which tests prepare an account, the same for the whole run: making one costs most."""
    return boto3.client(service)  # type: ignore[call-overload] # any service by name
