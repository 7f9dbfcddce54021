import re
from datetime import datetime, timedelta

import boto3
import pytest

from escuta import clock, table
from escuta.directory import access, activity, managers, segments
from escuta.directory.access import sessions, users
from escuta.directory.model import ApiKey, Caller, Scope, Session
from escuta.errors import EscutaError, ForbiddenError, NotFoundError
from tests.kit import people as kit

PASSWORD = "Girassol-2026"  # noqa: S105 - of people who do not exist
WRONG = "Girassol-2025"


@pytest.fixture
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    segments.create("sul", "Sul", "aurora")
    segments.create("poa", "Porto Alegre", "sul")
    segments.create("norte", "Norte", "aurora")


@pytest.fixture
def people(company: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the company comes first
    cognito = boto3.client("cognito-idp")
    pool = kit.pool(monkeypatch)
    for role in ("admin", "analyst", "manager"):
        cognito.create_group(UserPoolId=pool, GroupName=role)
    person(pool, "ana@aurora.example", "Ana", "admin")
    person(pool, "bruno@aurora.example", "Bruno", "manager")
    person(pool, "carla@aurora.example", "Carla", "")
    person(pool, "davi@aurora.example", "Davi", "analyst", locale="es-MX")
    managers.create("Bruno Lima", "Bruno@aurora.example", language="es", segments=("poa",))


def person(pool: str, email: str, name: str, group: str, locale: str = "") -> None:
    cognito = boto3.client("cognito-idp")
    said = {"email": email, "name": name, "email_verified": "true", **({"locale": locale} if locale else {})}
    attributes = [{"Name": key, "Value": value} for key, value in said.items()]
    cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")  # type: ignore[arg-type]
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    if group:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)


def refusal(username: str, password: str) -> EscutaError:
    with pytest.raises(EscutaError) as refused:
        access.sign_in(username, password)
    return refused.value


@pytest.mark.usefixtures("company")
def test_a_key_speaks_for_its_scopes_and_its_segment() -> None:
    text, key = access.issue("ERP", [Scope.CONTACTS_READ, Scope.FILES_READ], "sul")

    assert re.fullmatch(r"esk_[0-9a-f]{16}_[A-Za-z0-9_-]{32}", text)
    assert access.caller_of_key(text) == Caller(
        id=f"key:{key.id}",
        name="ERP",
        scopes=frozenset({Scope.CONTACTS_READ, Scope.FILES_READ}),
        segments=("sul",),
    )


@pytest.mark.usefixtures("company")
def test_the_store_keeps_no_key_that_could_be_used() -> None:
    text, key = access.issue("ERP", [Scope.FILES_READ])

    stored = table.load(ApiKey, ApiKey.at(key.id)).model_dump_json()
    assert text[21:] not in stored


@pytest.mark.usefixtures("company")
def test_a_key_cannot_be_bound_to_a_segment_that_is_not_there() -> None:
    with pytest.raises(NotFoundError, match="segment_not_found"):
        access.issue("ERP", [Scope.FILES_READ], "sudeste")


@pytest.mark.usefixtures("company")
def test_a_revoked_key_speaks_for_nobody_at_once_and_for_good() -> None:
    text, key = access.issue("ERP", [Scope.FILES_READ])

    revoked = access.revoke(key.id)

    assert access.caller_of_key(text) is None
    assert access.revoke(key.id) == revoked


@pytest.mark.usefixtures("company")
def test_an_altered_key_speaks_for_nobody() -> None:
    text, key = access.issue("ERP", [Scope.FILES_READ])

    altered = text[:-1] + ("A" if text[-1] != "A" else "B")
    for wrong in (
        altered,
        text[:-1],
        text + "x",
        f"esk_{key.id}_",
        f"esk_{key.id}",
        "esk__x",
        "",
        text.upper(),
        text[4:],
    ):
        assert access.caller_of_key(wrong) is None, wrong


@pytest.mark.usefixtures("people")
def test_an_admin_signs_in_and_sees_and_does_everything() -> None:
    cookie, session = access.sign_in("ana@aurora.example", PASSWORD)

    found = access.session(cookie)
    assert found == session
    caller = access.caller_of_session(session)
    assert (caller.name, caller.scopes, caller.segments) == ("Ana", frozenset(Scope), ())
    assert caller.language == "pt-BR"


@pytest.mark.usefixtures("people")
def test_a_manager_sees_the_segments_of_the_entry_with_the_same_address() -> None:
    _, session = access.sign_in("bruno@aurora.example", PASSWORD)

    caller = access.caller_of_session(session)
    assert (caller.name, caller.segments, caller.language) == ("Bruno Lima", ("poa",), "es")
    assert Scope.TICKETS_WRITE in caller.scopes
    assert Scope.DEPLOYMENTS_WRITE not in caller.scopes


@pytest.mark.usefixtures("people")
def test_an_analyst_reads_everything_and_writes_dashboards_alone() -> None:
    _, session = access.sign_in("davi@aurora.example", PASSWORD)

    caller = access.caller_of_session(session)
    assert [scope.value for scope in caller.scopes if not scope.value.endswith(":read")] == ["dashboards:write"]
    assert caller.language == "es"


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ana@aurora.example", WRONG),
        ("nobody@aurora.example", PASSWORD),
        ("ana@aurora.example", ""),
        ("", PASSWORD),
        ("ana@aurora.example\0", PASSWORD),
    ],
)
def test_whatever_is_wrong_the_refusal_is_the_same(username: str, password: str) -> None:  # W10
    refused = refusal(username, password)

    assert (type(refused), refused.code, refused.details) == (ForbiddenError, "sign_in_refused", {})


@pytest.mark.usefixtures("people")
def test_somebody_disabled_is_refused_like_a_stranger() -> None:  # W10
    pool = boto3.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    boto3.client("cognito-idp").admin_disable_user(UserPoolId=pool, Username="ana@aurora.example")

    assert refusal("ana@aurora.example", PASSWORD).code == "sign_in_refused"


@pytest.mark.usefixtures("people")
def test_a_manager_who_signs_in_finds_it_in_the_log_and_one_who_retired_gets_in_nowhere() -> None:
    _, session = access.sign_in("bruno@aurora.example", PASSWORD)
    bruno = managers.get(session.manager)

    assert access.caller_of_session(session).manager == bruno.id
    assert [noted.did for noted in activity.listing(bruno.id).items].count("signed_in") == 1
    managers.update(bruno.id, rev=bruno.rev, retired=True)
    assert refusal("bruno@aurora.example", PASSWORD).code == "manager_without_segments"


@pytest.mark.usefixtures("people")
def test_somebody_without_a_group_gets_in_nowhere() -> None:
    assert refusal("carla@aurora.example", PASSWORD).code == "role_missing"


@pytest.mark.usefixtures("people")
def test_a_manager_without_segments_gets_in_nowhere_and_never_everywhere() -> None:
    bruno = managers.listing().items[0]
    managers.update(bruno.id, rev=bruno.rev, segments=())

    assert refusal("bruno@aurora.example", PASSWORD).code == "manager_without_segments"


@pytest.mark.usefixtures("people")
def test_a_first_password_must_be_changed_before_anything_else() -> None:
    cognito = boto3.client("cognito-idp")
    pool = cognito.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    cognito.admin_set_user_password(UserPoolId=pool, Username="ana@aurora.example", Password=PASSWORD, Permanent=False)

    assert refusal("ana@aurora.example", PASSWORD).code == "password_change_required"


@pytest.mark.usefixtures("people")
def test_the_store_keeps_no_cookie_that_could_be_used() -> None:
    cookie, session = access.sign_in("ana@aurora.example", PASSWORD)

    stored = table.load(Session, Session.at(session.token_key)).model_dump_json()
    assert cookie not in stored
    assert cookie.startswith("ess_")
    assert len(session.csrf) == 22


@pytest.mark.usefixtures("people")
def test_a_session_ends_after_eight_hours(noon: datetime) -> None:
    cookie, _ = access.sign_in("ana@aurora.example", PASSWORD)

    for minutes in range(59, 8 * 60, 30):
        used(cookie, noon + timedelta(minutes=minutes))
    with clock.at(noon + timedelta(hours=8, minutes=1)):
        assert access.session(cookie) is None


@pytest.mark.usefixtures("people")
def test_a_session_that_nobody_uses_ends_after_an_hour_and_one_in_use_goes_on(noon: datetime) -> None:
    idle, _ = access.sign_in("ana@aurora.example", PASSWORD)
    desk, opened = access.sign_in("ana@aurora.example", PASSWORD)

    used(desk, noon + timedelta(minutes=50))
    with clock.at(noon + timedelta(minutes=61)):
        assert access.session(idle) is None
        assert access.session(desk) is not None
        assert [each.token_key for each in sessions.listing(users.get(opened.user))] == [opened.token_key]
    with clock.at(noon + timedelta(minutes=109)):
        assert access.session(desk) is not None  # which is no use by itself: programs look, too
    with clock.at(noon + timedelta(minutes=110)):
        assert access.session(desk) is None


@pytest.mark.usefixtures("people")
def test_a_session_in_use_is_written_at_most_every_five_minutes(noon: datetime) -> None:
    cookie, opened = access.sign_in("ana@aurora.example", PASSWORD)

    for seconds in range(30, 660, 30):
        used(cookie, noon + timedelta(seconds=seconds))

    assert table.load(Session, opened.key(), consistent=True).rev == opened.rev + 2


@pytest.mark.usefixtures("people")
def test_a_session_that_was_ended_while_it_was_used_is_over(noon: datetime) -> None:
    cookie, _ = access.sign_in("ana@aurora.example", PASSWORD)
    with clock.at(noon + timedelta(minutes=10)):
        found = access.session(cookie)
        access.sign_out(cookie)
        assert found is not None
        assert access.seen(found) is None
        assert access.session(cookie) is None


@pytest.mark.usefixtures("people")
def test_a_session_from_before_there_was_such_an_end_lasts_its_hours(noon: datetime) -> None:
    cookie, opened = access.sign_in("ana@aurora.example", PASSWORD)
    table.save(opened.changed(idle_minutes=0))

    with clock.at(noon + timedelta(hours=7, minutes=59)):
        found = access.session(cookie)
        assert found is not None
        assert access.seen(found) == found


def used(cookie: str, at: datetime) -> None:
    """Use a session as the console does."""
    with clock.at(at):
        found = access.session(cookie)
        assert found is not None
        assert access.seen(found) is not None


@pytest.mark.usefixtures("people")
def test_signing_out_ends_this_session_everywhere_and_no_other() -> None:  # W6
    phone, _ = access.sign_in("ana@aurora.example", PASSWORD)
    desk, _ = access.sign_in("ana@aurora.example", PASSWORD)

    access.sign_out(phone)

    assert access.session(phone) is None
    assert access.session(desk) is not None


@pytest.mark.usefixtures("people")
def test_all_sessions_of_a_person_end_at_once() -> None:  # W6
    phone, session = access.sign_in("ana@aurora.example", PASSWORD)
    desk, _ = access.sign_in("ana@aurora.example", PASSWORD)
    other, _ = access.sign_in("davi@aurora.example", PASSWORD)

    access.end_sessions(session.user)

    assert (access.session(phone), access.session(desk)) == (None, None)
    assert access.session(other) is not None


@pytest.mark.usefixtures("people")
def test_a_manager_who_loses_a_segment_loses_sight_of_it_at_once() -> None:  # W6
    cookie, _ = access.sign_in("bruno@aurora.example", PASSWORD)
    bruno = managers.listing().items[0]

    moved = managers.update(bruno.id, rev=bruno.rev, segments=("norte",))
    found = access.session(cookie)
    assert found is not None
    assert found.segments == ("norte",)

    managers.update(bruno.id, rev=moved.rev, segments=())
    assert access.session(cookie) is None


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("cookie", ["", "ess_", "esk_0123456789abcdef_x", "ess_" + "A" * 32, "\N{SNOWMAN}"])
def test_a_cookie_that_is_not_ours_is_no_session(cookie: str) -> None:
    assert access.session(cookie) is None
