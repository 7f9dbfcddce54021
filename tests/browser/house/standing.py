"""The ground that a house stands on: moto and the tables in memory, for a whole process and all its threads."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.utils import camelcase_to_underscores

from escuta import config
from escuta.directory.model import Role
from tests import conftest
from tests.kit import ses
from tests.kit.store import Store

LOGS = {"POWERTOOLS_LOG_LEVEL": "ERROR"}  # what fails is told where the house runs


@contextmanager
def standing(url: str) -> Iterator[Store]:
    """Deploy in memory, with a pool of users that has every role; `url` is where people come in."""
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, conftest.ENVIRONMENT | _own(url)))
        stack.enter_context(patch("moto.sqs.models.camelcase_to_underscores", lru_cache(camelcase_to_underscores)))
        stack.enter_context(mock_aws())
        stack.enter_context(conftest.tables_in_memory())
        stack.enter_context(ses.saying())
        conftest.deploy()
        _pool()
        conftest.forget()
        yield conftest.in_memory()


def _own(url: str) -> dict[str, str]:
    """Return what a house has otherwise than the tests."""
    said = {"public_url": url, "sftp_host": "sftp.aurora.example", "sftp_role": "arn:aws:iam::123456789012:role/sftp"}
    said |= {"sftp_fingerprint": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"}
    return {config.variable(name): value for name, value in said.items()} | LOGS


def _pool() -> None:
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="console", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    for role in (Role.ADMIN, Role.ANALYST, Role.MANAGER):
        cognito.create_group(UserPoolId=pool, GroupName=role)
    os.environ[config.variable("user_pool")] = pool
    os.environ[config.variable("user_pool_client")] = client
