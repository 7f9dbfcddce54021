"""Who is taken for whom at the door: an account of the pool, and the row that says what somebody may do."""

from datetime import datetime
from typing import Any

import boto3
import pytest

from escuta import table
from escuta.directory import access, managers
from escuta.directory.access import cognito, users
from escuta.directory.model import Admins, Role, User, UserState
from escuta.errors import ForbiddenError
from tests.functions.callers import ask, found_company, key
from tests.kit import people as kit
from tests.kit.faults import recording

ANA = {"email": "ana@aurora.example", "name": "Ana Souza", "role": "analyst", "language": "es"}
PASSWORD = "Girassol-2026"  # noqa: S105 - of people who do not exist


@pytest.fixture(autouse=True)
def pool(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: ARG001 - store and clock first
    found_company()
    return kit.pool(monkeypatch)


def account(pool: str, name: str, group: str = "", **attributes: str) -> None:
    """Make an account in the pool, as an operator does, with a password of its own."""
    client: Any = boto3.client("cognito-idp")
    who = {"UserPoolId": pool, "Username": f"{name}@aurora.example"}
    said = {"email": who["Username"], "name": name.title(), **attributes}
    listed = [{"Name": each, "Value": value} for each, value in said.items()]
    client.admin_create_user(**who, UserAttributes=listed, MessageAction="SUPPRESS")
    client.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
    if group:
        client.create_group(UserPoolId=pool, GroupName=group)
        client.admin_add_user_to_group(**who, GroupName=group)


def sign_in(name: str) -> str:
    return access.sign_in(f"{name}@aurora.example", PASSWORD)[0]


def test_an_account_that_takes_the_address_of_somebody_else_does_not_become_them(pool: str) -> None:
    helena = kit.user("Helena", id=users.identity("helena@aurora.example"), username="Entra-Aurora_helena")
    account(pool, "davi", "analyst")
    sign_in("davi")
    changed: Any = [{"Name": "email", "Value": "helena@aurora.example"}, {"Name": "email_verified", "Value": "false"}]
    boto3.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=pool, Username="davi@aurora.example", UserAttributes=changed
    )

    with pytest.raises(ForbiddenError, match="sign_in_refused"):
        sign_in("helena")
    assert users.get(helena.id) == helena


def test_an_account_that_an_operator_made_anew_is_the_same_person(pool: str) -> None:
    account(pool, "helena", "admin")
    sign_in("helena")
    boto3.client("cognito-idp").admin_delete_user(UserPoolId=pool, Username="helena@aurora.example")
    account(pool, "helena", email_verified="true")

    session = access.session(sign_in("helena"))

    assert session is not None
    assert session.role == Role.ADMIN


def test_who_is_removed_while_they_sign_in_does_not_come_back_by_their_group(pool: str) -> None:
    account(pool, "davi", "analyst")
    sign_in("davi")
    kit.user("Helena")
    on_the_way = cognito.person("davi@aurora.example")
    davi = users.identity("davi@aurora.example")
    assert ask("DELETE", f"/v1/users/{davi}", key()).status == 200

    with pytest.raises(ForbiddenError, match="sign_in_refused"):
        users.adopt(on_the_way)
    assert users.find(davi) is None


def test_two_first_administrators_come_in_at_one_moment(pool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    account(pool, "helena", "admin")
    bruno = User(**kit.user("Bruno", Role.ANALYST).model_dump() | {"role": "admin", "state": UserState.INVITED})
    table.put(bruno)
    find = table.find

    def find_then_be_overtaken(cls: Any, key: Any, **options: Any) -> Any:
        found = find(cls, key, **options)
        if cls is Admins:
            monkeypatch.setattr(table, "find", find)
            table.put(Admins(users=("bruno",)))
        return found

    monkeypatch.setattr(table, "find", find_then_be_overtaken)

    assert access.session(sign_in("helena")) is not None
    assert table.load(Admins, Admins.at()).users == ("bruno", users.identity("helena@aurora.example"))


@pytest.mark.parametrize("first", ["active", "disabled"])
def test_who_never_signed_in_stays_invited_and_can_be_invited_again(first: str) -> None:
    made = ask("POST", "/v1/users", key(), body=ANA).json["id"]
    ask("PATCH", f"/v1/users/{made}", key(), body={"state": first})

    assert ask("PATCH", f"/v1/users/{made}", key(), body={"state": "active"}).json["state"] == "invited"
    assert ask("POST", f"/v1/users/{made}/invitations", key()).status == 200


def test_a_change_of_name_that_the_pool_did_not_hear_of_reaches_it_when_it_is_said_again(pool: str) -> None:
    made = ask("POST", "/v1/users", key(), body=ANA).json["id"]
    table.save(users.get(made).changed(name="Ana Lima", language="en"))  # and then the function died

    ask("PATCH", f"/v1/users/{made}", key(), body={"name": "Ana Lima", "language": "en"})

    known = boto3.client("cognito-idp").admin_get_user(UserPoolId=pool, Username="ana@aurora.example")
    said = {each["Name"]: each["Value"] for each in known["UserAttributes"]}
    assert (said["name"], said["locale"]) == ("Ana Lima", "en")


def test_who_is_removed_after_half_an_invitation_leaves_no_account(pool: str) -> None:
    made = ask("POST", "/v1/users", key(), body=ANA).json["id"]
    table.save(users.get(made).changed(username="", invited_at=None))  # it died before the account's name was kept

    assert ask("DELETE", f"/v1/users/{made}", key()).status == 200

    assert boto3.client("cognito-idp").list_users(UserPoolId=pool)["Users"] == []


def test_a_list_for_a_bound_caller_reads_places_together_however_many_people_there_are() -> None:
    for name in ("Ana", "Bia", "Caio"):
        kit.user(name, Role.ANALYST, segments=("poa",))
    for name, place in (("Davi", "poa"), ("Eva", "curitiba"), ("Fabio", "manaus")):
        managers.create(name, f"{name.lower()}@aurora.example", language="pt-BR", segments=(place,))
        kit.user(name, Role.MANAGER)
    kit.user("Gil", Role.MANAGER)  # answers for nothing
    bound = key(segment="sul")
    ask("GET", "/v1/me", bound)

    with recording() as calls:
        answer = ask("GET", "/v1/users", bound)

    assert [each["id"] for each in answer.json["items"]] == ["ana", "bia", "caio", "davi", "eva"]
    assert [call.operation for call in calls].count("BatchGetItem") == 2


def test_who_is_bound_learns_of_an_address_elsewhere_only_that_it_is_taken() -> None:
    for state in (UserState.ACTIVE, UserState.INVITED):
        email = f"{state}@aurora.example"
        kit.user("Bruno", Role.ANALYST, id=users.identity(email), email=email, segments=("manaus",), state=state)
        answer = ask("POST", "/v1/users", key(segment="sul"), body={**ANA, "email": email, "segments": ["poa"]})
        assert (answer.status, answer.code, answer.json.get("details", {})) == (409, "user_exists_elsewhere", {})


def test_a_role_that_counts_as_administrator_is_touched_by_administrators_alone() -> None:
    body = {"id": "chefe", "name": "Chefe", "scopes": ["users:read", "users:write"], "like": "admin"}
    assert ask("POST", "/v1/roles", key(), body=body).status == 201
    body = {"id": "rh", "name": "RH", "scopes": ["users:read", "users:write"]}
    ask("POST", "/v1/roles", key(), body=body)
    clerk = kit.seat(kit.user("Ana", "rh"))

    for method, said in (("PATCH", {"like": "analyst"}), ("DELETE", None)):
        answer = ask(method, "/v1/roles/chefe", clerk, body=said)
        assert (answer.status, answer.code) == (403, "role_beyond_yours")
