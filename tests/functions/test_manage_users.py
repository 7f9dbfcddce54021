"""Users over the API: invited, changed, shut out, and never beyond what who asks may do."""

import base64
from datetime import datetime
from typing import Any

import boto3
import pytest

from escuta import table
from escuta.directory import access, managers
from escuta.directory.access import roles, users
from escuta.directory.model import Admins, Caller, Role, Scope, User, UserState
from escuta.errors import ConflictError, ForbiddenError
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit import people as kit

ANA = {"email": "ana@aurora.example", "name": "Ana Souza", "role": "analyst", "language": "es"}
PASSWORD = "Girassol-2026"  # noqa: S105 - of people who do not exist


@pytest.fixture(autouse=True)
def pool(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: ARG001 - store and clock first
    found_company()
    return kit.pool(monkeypatch)


def invited(text: str = "", **fields: Any) -> Answer:
    return ask("POST", "/v1/users", text or key(), body=ANA | fields)


def in_pool(pool: str, name: str = "ana") -> Any:
    return boto3.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=f"{name}@aurora.example")


def entered(pool: str, email: str = "ana@aurora.example") -> str:
    """Give an invited person a password of their own, let them sign in, and return the cookie."""
    boto3.client("cognito-idp").admin_set_user_password(
        UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True
    )
    return access.sign_in(email, PASSWORD)[0]


def test_who_is_invited_is_in_the_pool_with_their_language_and_waits_for_a_first_password(pool: str) -> None:
    answer = invited()

    assert answer.status == 201
    assert answer.headers["Location"] == f"users/{answer.json['id']}"
    assert {name: answer.json[name] for name in ("email", "role", "state", "language", "segments")} == {
        "email": "ana@aurora.example",
        "role": "analyst",
        "state": "invited",
        "language": "es",
        "segments": [],
    }
    known = in_pool(pool)
    said = {each["Name"]: each["Value"] for each in known["UserAttributes"]}
    assert (known["UserStatus"], said["locale"], said["email_verified"]) == ("FORCE_CHANGE_PASSWORD", "es", "true")
    assert answer.json["username"] == known["Username"]


def test_who_was_invited_and_has_not_come_is_invited_anew_as_it_says_now(pool: str) -> None:
    first = invited().json
    again = invited(role="admin", name="Ana S.")

    assert (again.status, again.json["id"], again.json["role"]) == (201, first["id"], "admin")
    entered(pool)
    assert (invited().status, invited().code) == (409, "user_exists")


def test_a_first_sign_in_makes_a_user_active_with_the_role_of_the_invitation(pool: str) -> None:
    made = invited().json
    session = access.session(entered(pool))

    assert session is not None
    caller = access.caller_of_session(session)
    assert (caller.id, caller.role, caller.scopes) == (f"user:{made['id']}", Role.ANALYST, access.SCOPES[Role.ANALYST])
    assert ask("GET", f"/v1/users/{made['id']}", key()).json["state"] == "active"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"role": "boss"}, "role_unknown"),
        ({"email": "ana@"}, "email_invalid"),
        ({"language": "de"}, "language_unknown"),
        ({"segments": ["sudeste"]}, "segment_unknown"),
        ({"role": "admin", "segments": ["sul"]}, "admin_everywhere"),
        ({"role": "manager"}, "manager_without_segments"),
        ({"role": "manager", "segments": ["sul"]}, "segments_of_manager"),
        ({"name": "\x07"}, "required"),
        ({"scopes": ["users:write"]}, "field_unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_made(body: dict[str, Any], code: str, pool: str) -> None:
    answer = invited(**body)

    assert (answer.status, answer.code) == (422, code)
    assert users.listing().items == ()
    assert boto3.client("cognito-idp").list_users(UserPoolId=pool)["Users"] == []


def test_a_manager_sees_what_the_manager_account_of_their_address_answers_for(pool: str) -> None:
    managers.create("Ana Souza", "ana@aurora.example", language="pt-BR", segments=("poa",))
    assert invited(role="manager").status == 201

    assert ask("GET", "/v1/me", entered(pool)).json["segments"] == ["poa"]


def test_nobody_gives_what_they_may_not_do_nor_a_place_they_do_not_see() -> None:
    text = key(Scope.USERS_WRITE, Scope.SURVEYS_READ)
    beyond = invited(text)
    bound = key(segment="sul")

    assert (beyond.status, beyond.code) == (403, "scopes_beyond_yours")
    for segments, code in (([], 403), (["norte"], 404), (["poa", "manaus"], 404), (["poa"], 201)):
        assert invited(bound, segments=segments).status == code, segments


def test_who_may_do_less_touches_nobody_who_may_do_more() -> None:
    helena = kit.user("Helena")
    clerk = key(Scope.USERS_READ, Scope.USERS_WRITE)

    for method, path in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/sign-outs"),
        ("POST", "/password-resets"),
        ("DELETE", "/second-factor"),
    ):
        body = {"name": "Eu"} if method == "PATCH" else None
        answer = ask(method, f"/v1/users/{helena.id}{path}", clerk, body=body)
        assert (answer.status, answer.code) == (403, "scopes_beyond_yours"), path
    assert users.get(helena.id) == helena


def test_who_is_bound_to_a_region_sees_and_finds_only_users_within_it() -> None:
    kit.user("Ana", Role.ANALYST, segments=("poa",))
    kit.user("Bruno", Role.ANALYST, segments=("norte",))
    kit.user("Helena")
    bound = key(segment="sul")

    assert [each["id"] for each in ask("GET", "/v1/users", bound).json["items"]] == ["ana"]
    assert ask("GET", "/v1/users/ana", bound).status == 200
    for user in ("bruno", "helena", "nobody"):
        for path in ("", "/sessions"):
            answer = ask("GET", f"/v1/users/{user}{path}", bound)
            assert (answer.status, answer.code) == (404, "user_not_found"), user


def test_where_a_list_goes_on_tells_nobody_of_whom_they_may_not_see() -> None:
    kit.user("Ana", Role.ANALYST, segments=("poa",))
    kit.user("Bruno", Role.ANALYST, segments=("norte",))
    kit.user("Zoe", Role.ANALYST, segments=("poa",))
    bound = key(segment="sul")

    first = ask("GET", "/v1/users", bound, query={"limit": 2}).json
    sealed = base64.urlsafe_b64decode(first["next"] + "==")[16:]  # behind the signature
    told = sealed if not sealed.isascii() else base64.urlsafe_b64decode(sealed)  # of the store's own cursor

    assert [each["id"] for each in first["items"]] == ["ana"]
    assert b"bruno" not in told
    again = ask("GET", "/v1/users", bound, query={"limit": 2, "cursor": first["next"]}).json
    assert ([each["id"] for each in again["items"]], again["next"]) == (["zoe"], None)


@pytest.mark.parametrize(
    "body", [{"role": "admin"}, {"segments": ["poa"]}, {"state": "disabled"}], ids=["role", "segments", "state"]
)
def test_other_rights_end_every_session_at_once(body: dict[str, Any], pool: str) -> None:  # W6
    made = invited().json["id"]
    phone, desk = entered(pool), entered(pool)

    assert ask("PATCH", f"/v1/users/{made}", key(), body=body).status == 200

    assert (access.session(phone), access.session(desk)) == (None, None)


def test_another_name_ends_no_session_and_reaches_the_pool(pool: str) -> None:
    made = invited().json["id"]
    desk = entered(pool)
    answer = ask("PATCH", f"/v1/users/{made}", key(), body={"name": "Ana Lima", "language": "en"})

    assert answer.json["name"] == "Ana Lima"
    assert access.session(desk) is not None
    said = {each["Name"]: each["Value"] for each in in_pool(pool)["UserAttributes"]}
    assert (said["name"], said["locale"]) == ("Ana Lima", "en")


def test_a_session_made_in_the_moment_of_a_change_does_not_survive_it(pool: str) -> None:  # W6
    """Between the look at the user and the write of the session the rights change: the session has the old epoch."""
    made = users.get(invited().json["id"])
    entered(pool)
    read_before = users.get(made.id)
    ask("PATCH", f"/v1/users/{made.id}", key(), body={"segments": ["poa"]})

    cookie, _ = access.sessions.opened(read_before, second_factor=False)

    assert access.session(cookie) is None


def test_who_is_disabled_is_shut_out_and_let_in_again_with_the_same_rights(pool: str) -> None:
    made = invited().json["id"]
    entered(pool)
    ask("PATCH", f"/v1/users/{made}", key(), body={"state": "disabled"})
    assert in_pool(pool)["Enabled"] is False
    with pytest.raises(ForbiddenError, match="sign_in_refused"):
        access.sign_in("ana@aurora.example", PASSWORD)

    ask("PATCH", f"/v1/users/{made}", key(), body={"state": "active"})

    assert in_pool(pool)["Enabled"] is True
    assert access.session(access.sign_in("ana@aurora.example", PASSWORD)[0]) is not None


def test_who_is_removed_is_gone_from_the_pool_and_may_be_invited_as_somebody_new(pool: str) -> None:
    made = invited().json["id"]
    desk = entered(pool)

    assert ask("DELETE", f"/v1/users/{made}", key()).json["id"] == made

    assert access.session(desk) is None
    assert boto3.client("cognito-idp").list_users(UserPoolId=pool)["Users"] == []
    assert ask("GET", f"/v1/users/{made}", key()).status == 404
    assert invited().status == 201
    assert access.session(desk) is None


def test_the_last_active_administrator_stays_one() -> None:
    helena = kit.user("Helena")
    kit.user("Davi", state=UserState.DISABLED)
    for method, body in (("PATCH", {"role": "analyst"}), ("PATCH", {"state": "disabled"}), ("DELETE", None)):
        answer = ask(method, f"/v1/users/{helena.id}", key(), body=body)
        assert (answer.status, answer.code) == (409, "last_admin")

    kit.user("Bruno")
    assert ask("PATCH", f"/v1/users/{helena.id}", key(), body={"role": "analyst"}).status == 200
    assert ask("DELETE", "/v1/users/bruno", key()).code == "last_admin"


def test_two_administrators_cannot_demote_each_other_in_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    helena, bruno = kit.user("Helena"), kit.user("Bruno")
    admin = Caller(id="user:x", name="X", scopes=frozenset(Scope), role=Role.ADMIN)
    find = table.find

    def find_then_be_overtaken(cls: Any, key: Any, **options: Any) -> Any:
        found = find(cls, key, **options)
        if cls is Admins:
            monkeypatch.setattr(table, "find", find)
            users.change(bruno, admin, role="analyst")
        return found

    monkeypatch.setattr(table, "find", find_then_be_overtaken)
    with pytest.raises(ConflictError, match="stale"):
        users.change(helena, admin, role="analyst")

    assert [users.get(each).role for each in ("helena", "bruno")] == ["admin", "analyst"]


def test_a_password_is_reset_and_its_old_sessions_are_over(pool: str) -> None:
    made = invited().json["id"]
    desk = entered(pool)

    assert ask("POST", f"/v1/users/{made}/password-resets", key()).status == 200

    assert access.session(desk) is None
    assert in_pool(pool)["UserStatus"] == "RESET_REQUIRED"


def test_only_who_has_a_password_gets_another_one_and_only_who_has_none_is_invited_again(pool: str) -> None:
    made = invited().json["id"]
    early = ask("POST", f"/v1/users/{made}/password-resets", key())
    assert (early.status, early.code) == (409, "user_not_active")
    assert ask("POST", f"/v1/users/{made}/invitations", key()).status == 200

    entered(pool)
    late = ask("POST", f"/v1/users/{made}/invitations", key())
    assert (late.status, late.code) == (409, "user_is_active")


def test_an_administrator_ends_one_session_of_somebody_or_all(pool: str) -> None:
    made = invited().json["id"]
    cookies = [entered(pool) for _ in range(3)]
    listed = ask("GET", f"/v1/users/{made}/sessions", key()).json["items"]
    assert len(listed) == 3
    assert not any(cookie in str(listed) for cookie in cookies)

    assert ask("DELETE", f"/v1/users/{made}/sessions/{listed[0]['id']}", key()).json["id"] == listed[0]["id"]
    assert sum(access.session(cookie) is not None for cookie in cookies) == 2
    assert ask("DELETE", f"/v1/users/{made}/sessions/{listed[0]['id']}", key()).code == "session_not_found"

    ask("POST", f"/v1/users/{made}/sign-outs", key())
    assert [access.session(cookie) for cookie in cookies] == [None, None, None]


def test_everybody_may_ask_who_they_are_whatever_their_scopes() -> None:
    text = key(Scope.TOKENS_READ, segment="sul")
    seat = kit.seat(kit.user("Ana", Role.ANALYST, segments=("poa",)))

    machine, person = ask("GET", "/v1/me", text).json, ask("GET", "/v1/me", seat).json

    assert (machine["kind"], machine["scopes"], machine["segments"]) == ("key", ["tokens:read"], ["sul"])
    assert (person["id"], person["role"], person["segments"]) == ("user:ana", "analyst", ["poa"])
    assert ask("GET", "/v1/me/sessions", text).code == "caller_is_no_person"


def test_somebody_ends_their_own_sessions_and_nobody_elses() -> None:
    ana, davi = kit.user("Ana"), kit.user("Davi")
    desk, phone, other = kit.seat(ana), kit.seat(ana), kit.seat(davi)
    theirs = ask("GET", "/v1/me/sessions", other).json["items"][0]["id"]
    assert ask("DELETE", f"/v1/me/sessions/{theirs}", desk).status == 404

    assert len(ask("DELETE", "/v1/me/sessions", desk).json["items"]) == 2

    assert (access.session(desk), access.session(phone)) == (None, None)
    assert access.session(other) is not None


def test_a_role_of_ones_own_gives_its_scopes_and_its_change_ends_the_sessions_of_who_has_it(pool: str) -> None:
    body = {"id": "quality", "name": "Qualidade", "scopes": ["responses:read", "tickets:read"]}
    role = ask("POST", "/v1/roles", key(), body=body)
    assert (role.status, role.headers["Location"]) == (201, "roles/quality")
    invited(role="quality")
    desk = entered(pool)
    assert ask("GET", "/v1/me", desk).json["scopes"] == ["responses:read", "tickets:read"]
    assert ask("GET", "/v1/dashboards", desk).code == "scope_missing"

    ask("PATCH", "/v1/roles/quality", key(), body={"name": "Qualidade e SAC"})
    assert access.session(desk) is not None
    ask("PATCH", "/v1/roles/quality", key(), body={"scopes": ["tickets:read"]})
    assert access.session(desk) is None
    assert (ask("DELETE", "/v1/roles/quality", key()).code) == "role_in_use"


def test_a_role_that_is_gone_opens_nothing(pool: str) -> None:
    ask("POST", "/v1/roles", key(), body={"id": "quality", "name": "Qualidade", "scopes": ["tickets:read"]})
    invited(role="quality")
    desk = entered(pool)
    table.delete(type(roles.get("quality")), roles.get("quality").key())

    assert access.session(desk) is None
    with pytest.raises(ForbiddenError, match="role_missing"):
        access.sign_in("ana@aurora.example", PASSWORD)


def test_roles_list_the_three_of_the_product_which_nobody_changes() -> None:
    listed = ask("GET", "/v1/roles", key()).json["items"]

    assert [each["id"] for each in listed] == ["admin", "analyst", "manager"]
    for answer in (
        ask("PATCH", "/v1/roles/admin", key(), body={"name": "Chefe"}),
        ask("DELETE", "/v1/roles/analyst", key()),
    ):
        assert (answer.status, answer.code) == (409, "role_built_in")
    assert ask("POST", "/v1/roles", key(), body={"id": "admin", "name": "A", "scopes": ["users:read"]}).status == 409


def test_nobody_makes_a_role_of_scopes_that_they_lack() -> None:
    clerk = key(Scope.USERS_READ, Scope.USERS_WRITE)
    made = ask("POST", "/v1/roles", clerk, body={"name": "Mais", "scopes": ["users:read", "keys:write"]})

    assert (made.status, made.code, made.json["details"]["scopes"]) == (403, "scopes_beyond_yours", "keys:write")
    assert ask("POST", "/v1/roles", key(segment="sul"), body={"name": "Sul", "scopes": ["users:read"]}).status == 403


def test_a_manager_that_becomes_a_custom_role_is_never_taken_for_an_administrator() -> None:
    ask("POST", "/v1/roles", key(), body={"id": "quality", "name": "Qualidade", "scopes": ["dashboards:read"]})
    seat = kit.seat(kit.user("Ana", "quality"))

    assert ask("GET", "/v1/me", seat).json["role"] == "analyst"


def test_the_store_keeps_no_password_of_a_user() -> None:
    invited()

    assert "assword" not in table.load(User, User.at(users.identity("ana@aurora.example"))).model_dump_json()
