"""Inviting, changing, removing a user while AWS is at its worst: one mail, nobody half inside, and again it ends."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.cognitoidp.models import CognitoIdpBackend

from escuta import config, table
from escuta.directory import access
from escuta.directory.access import cognito, users
from escuta.directory.model import Caller, Scope, User, UserState
from escuta.errors import EscutaError
from tests.kit import people as kit
from tests.kit import world
from tests.kit.faults import READS, Call, Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")
PASSWORD = "Girassol-2026"  # noqa: S105 - of people who do not exist
ANA = "ana@aurora.example"
ADMIN = Caller(id="key:erp", name="ERP", scopes=frozenset(Scope))
FAULTS = (Fault.CRASH_AFTER, Fault.LOST_REPLY)  # dying before a call is dying after the one before it


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note whom Cognito mails a first password."""
    sent: list[str] = []
    create = CognitoIdpBackend.admin_create_user

    def noted(self: Any, pool: str, username: str, action: str, *said: Any) -> Any:
        made = create(self, pool, username, action, *said)
        if action != "SUPPRESS":
            sent.append(username)
        return made

    monkeypatch.setattr(CognitoIdpBackend, "admin_create_user", noted)
    return sent


def invite() -> User:
    return users.invite(users.Invitation(ANA, "Ana Souza", "pt-BR", "analyst"), ADMIN, {})


def entered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Ana in, and return her cookie."""
    pool = kit.pool(monkeypatch)
    invite()
    cognito._client().admin_set_user_password(  # noqa: SLF001 - a client costs more than the call
        UserPoolId=pool, Username=ANA, Password=PASSWORD, Permanent=True
    )
    return [access.sign_in(ANA, PASSWORD)[0]]


def standing(cookies: list[str]) -> world.Snapshot:
    """Return what the row and the pool say of Ana, whether she is inside, and whether her password lets her in."""
    found = users.find(users.identity(ANA))
    pool = cognito._client().list_users(UserPoolId=config.settings().user_pool)["Users"]  # noqa: SLF001 - as above
    try:
        enters = access.session(access.sign_in(ANA, PASSWORD)[0]) is not None
    except EscutaError:
        enters = False
    return {
        ("user", "", ""): {
            "row": [found.role, found.state, found.name, bool(found.username)] if found else None,
            "pool": [each["Enabled"] for each in pool],
            "called": [one["Value"] for each in pool for one in each["Attributes"] if one["Name"] == "name"],
            "inside": [access.session(cookie) is not None for cookie in cookies],
            "enters": enters,
        }
    }


def written(call: Call) -> bool:
    return not call.operation.removeprefix("Admin").startswith(READS)


def test_who_is_invited_is_mailed_once_and_known_whatever_fails(
    mails: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare() -> None:
        kit.pool(monkeypatch)
        mails.clear()

    def view() -> world.Snapshot:
        return {**standing([]), ("mails", "", ""): {"sent": list(mails)}}

    assert survey_of_faults(prepare, invite, view=view, faults=(*FAULTS, Fault.THROTTLE), at=written) == []


def sweep(act: Callable[[User], object], monkeypatch: pytest.MonkeyPatch, *faults: Fault) -> list[str]:
    """Return after which faults the same call, said again, makes something else of Ana, or finds her half shut out.

    Half: the pool lets her in no more, and a session of hers still does.
    """
    cookies: list[str] = []
    half: list[bool] = []

    def prepare() -> None:
        cookies[:] = entered(monkeypatch)
        half.clear()

    def call() -> None:
        if found := users.find(users.identity(ANA)):
            act(found)

    def again() -> None:
        now = standing(cookies)["user", "", ""]
        half.append(now["inside"] == [True] and now["pool"] != [True])
        call()

    def view() -> world.Snapshot:
        return {**standing(cookies), ("half", "", ""): {"ever": any(half)}}

    return survey_of_faults(prepare, call, recover=again, view=view, faults=faults or FAULTS, at=written)


def disable(user: User) -> None:
    users.change(user, ADMIN, state=UserState.DISABLED)


def promote(user: User) -> None:
    users.change(user, ADMIN, name="Ana Lima", role="admin")


def remove(user: User) -> None:
    users.remove(user, ADMIN)


def remove_from_the_pool_first(user: User) -> None:
    """Remove an account before its owner is shut out, as one would at first."""
    cognito.remove(user.username)
    table.delete(User, user.key())


@pytest.mark.parametrize("act", [disable, promote, remove], ids=["disable", "change", "remove"])
def test_a_change_that_stops_anywhere_ends_when_it_is_said_again_and_leaves_nobody_half_inside(
    act: Callable[[User], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sweep(act, monkeypatch) == []


def test_the_sweep_catches_a_removal_that_begins_in_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sweep(remove_from_the_pool_first, monkeypatch, Fault.CRASH_AFTER) != []
