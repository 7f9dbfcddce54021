"""A Cognito user pool as the stack makes it, in which people sign in with their e-mail; and sessions without it."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

from escuta import clock, ids, table
from escuta.directory import access
from escuta.directory.access import roles
from escuta.directory.model import Admins, Role, Session, User, UserState
from tests.conftest import forget, moto


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


def users(pool: str) -> dict[str, Any]:
    """Return those who are in a pool, as moto keeps them."""
    found: dict[str, Any] = moto("cognito-idp").user_pools[pool].users
    return found


def settle(pool: str, email: str) -> None:
    """Give somebody who was invited a password of their own."""
    boto3.client("cognito-idp").admin_set_user_password(
        UserPoolId=pool,
        Username=email,
        Password="Girassol-2026",  # noqa: S106 - of nobody
        Permanent=True,
    )


def user(name: str, role: str = Role.ADMIN, **fields: Any) -> User:
    """Return somebody who has signed in before, stored unless they are there; the id is the name in lower case."""
    now = clock.now()
    if there := table.find(User, User.at(name.lower()), consistent=True):
        return there
    said = {"email": f"{name.lower()}@aurora.example", "language": "pt-BR", "state": UserState.ACTIVE, **fields}
    made = User(
        **{"id": name.lower(), "username": name.lower(), "epoch": ids.new(), **said},
        name=name,
        role=role,
        created_at=now,
        updated_at=now,
    )
    if role == Role.ADMIN and made.state is UserState.ACTIVE:
        known = table.find(Admins, Admins.at(), consistent=True) or Admins()
        table.put(known.changed(users=(*known.users, made.id)))
    return table.create(made)


def seat(made: User, *, cookie: str = "", manager: str = "", csrf: str = "", **fields: Any) -> str:
    """Open a session for a user without asking for a password, and return its cookie."""
    cookie = cookie or access.SESSION_PREFIX + ids.new()
    scopes, like, own = roles.rights(made.role)
    now = clock.now()
    said = {"segments": made.segments, "language": made.language, "name": made.name, **fields}
    table.put(
        Session(
            token_key=ids.token_key(cookie),
            user=made.id,
            epoch=made.epoch,
            role_epoch=own.epoch if own else "",
            role=made.role,
            like=like,
            scopes=tuple(sorted(scopes)),
            manager=manager,
            csrf=csrf or ids.new(),
            created_at=now,
            expires_at=now + timedelta(hours=8),
            **said,
        )
    )
    return cookie
