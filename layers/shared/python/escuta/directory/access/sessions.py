"""Sessions of people: rows, so that deleting one ends it everywhere."""

import secrets
from datetime import timedelta

from escuta import clock, ids, table
from escuta.directory import activity
from escuta.directory.access import cognito
from escuta.directory.access.roles import SCOPES
from escuta.directory.model import Caller, Manager, Role, Session
from escuta.errors import ForbiddenError

SESSION_PREFIX = "ess_"
SESSION_HOURS = 8


def sign_in(username: str, password: str) -> tuple[str, Session]:
    """Check a person's password with Cognito; return the text of the cookie, and the session stored under its hash.

    Whatever is wrong with name or password is the one ForbiddenError `sign_in_refused`, so that nobody learns which
    names exist. Somebody without a group, or a manager without segments, gets in nowhere and is told so.
    """
    cognito.authenticate(username, password)
    person = cognito.person(username)
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


def _manager(email: str) -> Manager | None:
    if not email:
        return None
    managers = table.query(Manager, "managers", index="g1").items
    return next((manager for manager in managers if manager.email.casefold() == email.casefold()), None)
