"""A Cognito user pool as the stack makes it: people sign in with their e-mail and a password."""

import boto3
import pytest

from tests.conftest import forget


def pool(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make an empty pool, point the settings at it, and return its id."""
    cognito = boto3.client("cognito-idp")
    made = cognito.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=made, ClientName="console", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    monkeypatch.setenv("ESCUTA_USER_POOL", made)
    monkeypatch.setenv("ESCUTA_USER_POOL_CLIENT", client)
    forget()
    return made
