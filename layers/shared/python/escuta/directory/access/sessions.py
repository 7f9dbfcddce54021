"""Sessions of people: rows, good for as long as the user behind them is the one for whom they were opened."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from escuta import clock, ids, table
from escuta.directory import activity
from escuta.directory.access import cognito, roles, users
from escuta.directory.model import Caller, CustomRole, Manager, Organisation, Role, Scope, Session, User, UserState
from escuta.entity import Entity, Key
from escuta.errors import ForbiddenError, InvalidError, NotFoundError

SESSION_PREFIX = "ess_"
SESSION_HOURS = 8  # unless the organisation decided otherwise
_LONGEST_AGENT = 200
_SEEN_EVERY = timedelta(minutes=5)  # so that a request seldom writes


class Place(NamedTuple):
    """From where somebody signs in, as far as it is known."""

    agent: str = ""
    address: str = ""


_UNKNOWN = Place()


def sign_in(username: str, password: str, place: Place = _UNKNOWN) -> tuple[str, Session]:
    """Check a password with Cognito; return the text of the cookie, and the session stored under its hash.

    For who has a password of their own and no second factor: else ForbiddenError `password_change_required` or
    `code_required`. Whatever is wrong with name or password is the one ForbiddenError `sign_in_refused`, so that nobody
    learns which names exist.
    """
    proof = cognito.authenticate(username, password)
    if proof.asks:
        raise ForbiddenError({"new_password": "password_change_required"}.get(proof.asks, "code_required"))
    person = cognito.person(proof.username)
    return opened(users.adopt(person), place, second_factor=False)


def opened(user: User, place: Place = _UNKNOWN, *, second_factor: bool, federated: bool = False) -> tuple[str, Session]:
    """Open a session for somebody whose identity is proved, with what they may do now.

    ForbiddenError `manager_without_segments` or `role_missing` for who may do nothing.
    """
    manager, scopes, like, own = _rights(user)
    decided = _decided()
    cookie, now = SESSION_PREFIX + secrets.token_urlsafe(24), clock.now()
    session = Session(
        token_key=ids.token_key(cookie),
        user=user.id,
        epoch=user.epoch,
        role_epoch=own.epoch if own else "",
        name=manager.name if manager else user.name,
        role=user.role,
        like=like,
        scopes=tuple(sorted(scopes)),
        manager=manager.id if manager else "",
        segments=manager.segments if manager else user.segments,
        language=manager.language if manager else user.language,
        csrf=ids.new(),
        second_factor=second_factor,
        federated=federated,
        agent=place.agent[:_LONGEST_AGENT],
        address=place.address,
        idle_minutes=decided.idle_minutes,
        created_at=now,
        expires_at=now + timedelta(hours=decided.session_hours),
    )
    stored = table.create(session)
    users.signed_in(user, second_factor=None if federated else second_factor)
    if manager:
        activity.note(manager.id, "signed_in", at_time=now, once=session.token_key)
    return cookie, stored


def session(cookie: str) -> Session | None:
    """Return the session of a cookie while it lasts; None when it is over.

    It is over at its end, when nobody used it for as long as the organisation says, and when its user is gone,
    disabled, or of another epoch: after another role, other segments, a new password, a sign-out everywhere. All of
    that is read strongly at every use. An administrator's is over, too, when these need a second factor by now and it
    was opened without.
    """
    if not cookie.startswith(SESSION_PREFIX):
        return None
    found = table.find(Session, Session.at(ids.token_key(cookie)), consistent=True)
    if found is None or not _lasts(found, clock.now()):
        return None
    return _as_of_now(found)


def seen(found: Session) -> Session | None:
    """Note that somebody uses a session that `session` returned; None when it was ended in between.

    Written at most every five minutes, so that a session may end that much early, and never late.
    """
    now = clock.now()
    if not found.idle_minutes or now - (found.seen_at or found.created_at) < _SEEN_EVERY:
        return found
    try:
        table.change(found, lambda each: each.changed(seen_at=max(now, each.seen_at or now)))
    except NotFoundError:
        return None
    return found


def _lasts(found: Session, now: datetime) -> bool:
    """Tell whether a session has reached neither of its two ends."""
    idle = timedelta(minutes=found.idle_minutes)
    return found.expires_at > now and (not idle or (found.seen_at or found.created_at) + idle > now)


def _as_of_now(found: Session) -> Session | None:
    behind: list[tuple[type[Entity], Key]] = [(User, User.at(found.user))]
    if found.role_epoch:
        behind.append((CustomRole, CustomRole.at(found.role)))
    if found.manager:
        behind.append((Manager, Manager.at(found.manager)))
    user, *others = table.find_together(*behind)
    if not isinstance(user, User) or user.state is not UserState.ACTIVE or user.epoch != found.epoch:
        return None
    scopes: frozenset[Scope] = roles.SCOPES.get(roles.built_in(found.role) or Role.MANAGER, frozenset())
    segments, language = user.segments, user.language
    for other in others:
        if isinstance(other, CustomRole) and other.epoch == found.role_epoch:
            scopes = frozenset(other.scopes)
        elif isinstance(other, Manager) and other.segments and other.retired_at is None:
            segments, language = other.segments, other.language
        else:
            return None
    if found.like is Role.ADMIN and not (found.second_factor or found.federated) and _need_factor():
        return None
    return found.changed(scopes=tuple(sorted(scopes)), segments=segments, language=language)


def caller_of_session(found: Session) -> Caller:
    """Return whom a session, as `session` returned it, speaks for."""
    return Caller(
        id=f"user:{found.user}",
        name=found.name,
        scopes=frozenset(found.scopes),
        segments=found.segments,
        language=found.language,
        manager=found.manager,
        role=found.like,
    )


def listing(user: User) -> tuple[Session, ...]:
    """Return the sessions of somebody that last, the newest first."""
    now = clock.now()
    found = table.query(Session, f"sessions#{user.id}", index="g1").items
    lasting = [each for each in found if each.epoch == user.epoch and _lasts(each, now)]
    return tuple(sorted(lasting, key=lambda each: each.created_at, reverse=True))


def identity(found: Session) -> str:
    """Return the name of a session, which opens nothing."""
    return ids.derive("session", found.token_key)


def sign_out(cookie: str) -> None:
    """End the session of this cookie, wherever it is open."""
    end(ids.token_key(cookie))


def end(token_key: str) -> None:
    """End the session with this hash."""
    table.delete(Session, Session.at(token_key))


def end_sessions(user: str) -> None:
    """End all sessions of a person at once."""
    users.sign_out_everywhere(users.get(user))


class _Rights(NamedTuple):
    manager: Manager | None
    scopes: frozenset[Scope]
    like: Role
    own: CustomRole | None


def _rights(user: User) -> _Rights:
    manager = users.manager_of(user.email) if user.role == Role.MANAGER else None
    if user.role == Role.MANAGER and manager is None:
        raise ForbiddenError("manager_without_segments")
    try:
        scopes, like, own = roles.rights(user.role)
    except InvalidError as error:
        raise ForbiddenError("role_missing") from error
    return _Rights(manager, scopes, like, own)


def _need_factor() -> bool:
    return _decided().admins_need_second_factor


def _decided() -> Organisation:
    from escuta.directory import organisation  # noqa: PLC0415 - the gate, which opens no session, need not load it

    return organisation.current()
