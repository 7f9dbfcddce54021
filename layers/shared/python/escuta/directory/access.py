"""Who asks, and what they may do and see: API keys of machines, sessions of people. The only Cognito adapter."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from escuta import clock, i18n, ids, table
from escuta.config import settings
from escuta.directory import activity, segments
from escuta.directory.model import ApiKey, Caller, Manager, Role, Scope, Session
from escuta.errors import EscutaError, ForbiddenError, TooManyError, UnavailableError
from escuta.observe import logger

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

KEY_PREFIX = "esk_"
SESSION_PREFIX = "ess_"
SESSION_HOURS = 8

_READ = frozenset(scope for scope in Scope if scope.endswith(":read"))
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.ANALYST: _READ | {Scope.DASHBOARDS_WRITE},
    Role.MANAGER: frozenset(
        {
            Scope.SURVEYS_READ,
            Scope.SEGMENTS_READ,
            Scope.CONTACTS_READ,
            Scope.RESPONSES_READ,
            Scope.RESPONSES_PERSONAL,  # they call the customer back
            Scope.TICKETS_READ,
            Scope.TICKETS_WRITE,
            Scope.TOKENS_READ,
            Scope.TOKENS_WRITE,
            Scope.METRICS_READ,
            Scope.DASHBOARDS_READ,
        }
    ),
}

_REFUSED = frozenset(
    {
        "InvalidParameterException",
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_TOO_MANY = frozenset({"LimitExceededException", "TooManyRequestsException"})


def issue(name: str, scopes: Iterable[Scope], segment: str = "") -> tuple[str, ApiKey]:
    """Make an API key and return its text, which is shown this once, with what is kept of it.

    `segment` binds the key to that segment's subtree.
    """
    if segment:
        segments.get(segment)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(24)
    key = ApiKey(
        id=key_id,
        name=name,
        secret_hash=_hash(secret),
        scopes=tuple(sorted(set(scopes))),
        segment=segment,
        created_at=clock.now(),
    )
    return f"{KEY_PREFIX}{key_id}_{secret}", table.create(key)


def revoke(key_id: str) -> ApiKey:
    """End an API key for good. Doing it again changes nothing."""
    key = table.load(ApiKey, ApiKey.at(key_id), consistent=True)
    return key if key.revoked_at else table.save(key.changed(revoked_at=clock.now()))


def caller_of_key(text: str) -> Caller | None:
    """Return whom an API key speaks for; None when it is unknown, revoked or not a key."""
    key_id, _, secret = text.removeprefix(KEY_PREFIX).partition("_")
    if not text.startswith(KEY_PREFIX) or not key_id or not secret:
        return None
    key = table.find(ApiKey, ApiKey.at(key_id), consistent=True)
    if key is None or key.revoked_at or not hmac.compare_digest(key.secret_hash, _hash(secret)):
        return None
    bound = (key.segment,) if key.segment else ()
    return Caller(id=f"key:{key.id}", name=key.name, scopes=frozenset(key.scopes), segments=bound)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # of 192 random bits: nothing to slow down a guesser for


def sign_in(username: str, password: str) -> tuple[str, Session]:
    """Check a person's password with Cognito; return the text of the cookie, and the session stored under its hash.

    Whatever is wrong with name or password is the one ForbiddenError `sign_in_refused`, so that nobody learns which
    names exist. Somebody without a group, or a manager without segments, gets in nowhere and is told so.
    """
    _authenticate(username, password)
    person = _person(username)
    manager = _manager(person.email) if person.role is Role.MANAGER else None
    if person.role is Role.MANAGER and not (manager and manager.segments and manager.retired_at is None):
        raise ForbiddenError("manager_without_segments")
    cookie, now = SESSION_PREFIX + secrets.token_urlsafe(24), clock.now()
    session = Session(
        token_key=ids.token_key(cookie),
        username=person.username,
        name=manager.name if manager else person.name,
        role=person.role,
        manager=manager.id if manager else "",
        segments=manager.segments if manager else (),
        language=manager.language if manager else person.language,
        csrf=ids.new(),
        created_at=now,
        expires_at=now + timedelta(hours=SESSION_HOURS),
    )
    stored = table.create(session)
    if manager:
        activity.note(manager.id, "signed_in", at_time=now, once=session.token_key)
    return cookie, stored


def session(cookie: str) -> Session | None:
    """Return the session of a cookie while it lasts; None when it is over or its manager answers for nothing."""
    if not cookie.startswith(SESSION_PREFIX):
        return None
    found = table.find(Session, Session.at(ids.token_key(cookie)), consistent=True)
    if found is None or found.expires_at <= clock.now():
        return None
    if found.role is not Role.MANAGER:
        return found
    manager = table.find(Manager, Manager.at(found.manager), consistent=True)
    if manager is None or not manager.segments or manager.retired_at is not None:
        return None
    return found.changed(segments=manager.segments)


def caller_of_session(found: Session) -> Caller:
    """Return whom a session speaks for."""
    return Caller(
        id=f"user:{found.username}",
        name=found.name,
        scopes=SCOPES[found.role],
        segments=found.segments,
        language=found.language,
        manager=found.manager,
        role=found.role,
    )


def sign_out(cookie: str) -> None:
    """End the session of this cookie, wherever it is open."""
    table.delete(Session, Session.at(ids.token_key(cookie)))


def end_sessions(username: str) -> None:
    """End all sessions of a person: after a new password, another role, or when the person has left."""
    for found in table.query(Session, f"sessions#{username}", index="g1").items:
        table.delete(Session, found.key())


def may_see(caller: Caller, segment_path: tuple[str, ...]) -> bool:
    """Tell whether a segment, given by its path, lies where the caller may look."""
    return not caller.segments or not frozenset(caller.segments).isdisjoint(segment_path)


def require(caller: Caller, scope: Scope) -> None:
    """Refuse a caller without this scope with ForbiddenError."""
    if scope not in caller.scopes:
        raise ForbiddenError("scope_missing", scope=scope.value)


class _Person(NamedTuple):
    username: str
    name: str
    email: str
    language: str
    role: Role


@cache
def _client() -> "CognitoIdentityProviderClient":
    return boto3.client("cognito-idp", config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard"}))


def _authenticate(username: str, password: str) -> None:
    if not username or not password:
        raise ForbiddenError("sign_in_refused")
    try:
        answer = _client().admin_initiate_auth(
            UserPoolId=settings().user_pool,
            ClientId=settings().user_pool_client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error) from error
    if "AuthenticationResult" not in answer:
        raise ForbiddenError("password_change_required")


def _person(username: str) -> _Person:
    pool = settings().user_pool
    try:
        found = _client().admin_get_user(UserPoolId=pool, Username=username)
        groups = _client().admin_list_groups_for_user(UserPoolId=pool, Username=username)["Groups"]
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error) from error
    said = {attribute["Name"]: attribute.get("Value", "") for attribute in found["UserAttributes"]}
    names = {group["GroupName"] for group in groups}
    role = next((role for role in Role if role in names), None)
    if role is None:
        raise ForbiddenError("role_missing")
    email = said.get("email", "")
    language = i18n.match(said.get("locale", "")) or settings().language
    return _Person(found["Username"], said.get("name") or email or username, email, language, role)


def _refusal(error: BotoCoreError | ClientError) -> EscutaError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    logger().warning("sign-in refused", extra={"reason": code})
    if code in _REFUSED:
        return ForbiddenError("sign_in_refused")
    if code in _TOO_MANY:
        return TooManyError("too_many_attempts", retry_after=60)
    return UnavailableError("sign_in_unavailable", retry_after=5)


def _manager(email: str) -> Manager | None:
    if not email:
        return None
    managers = table.query(Manager, "managers", index="g1").items
    return next((manager for manager in managers if manager.email.casefold() == email.casefold()), None)
