"""Who asks: what a key or a session may do, and the sessions of the person behind it."""

from typing import Any

from escuta.directory.access import sessions, users
from escuta.directory.model import User
from escuta.errors import ConflictError
from manage.asking import Asked, Request
from manage.users import ended, session


def get(request: Request) -> dict[str, Any]:
    """Return who asks and what they may do where. It takes no scope: any key and any session may ask."""
    request.query(Asked)
    caller = request.caller
    kind, _, identity = caller.id.partition(":")
    return {
        "id": caller.id,
        "kind": kind,
        "user": identity if kind == "user" else None,
        "key": identity if kind == "key" else None,
        "name": caller.name,
        "role": caller.role,
        "scopes": sorted(caller.scopes),
        "segments": list(caller.segments),
        "language": caller.language or None,
        "manager": caller.manager or None,
        "expires_at": caller.expires_at,
    }


def list_sessions(request: Request) -> dict[str, Any]:
    """Return where the caller is signed in, the newest session first. Takes no scope; a key is signed in nowhere."""
    request.query(Asked)
    return {"items": [session(each) for each in sessions.listing(_person(request))]}


def end_session(request: Request, session_id: str) -> dict[str, Any]:
    """End one of the caller's own sessions, and return what it was. Takes no scope."""
    request.query(Asked)
    return ended(_person(request), session_id)


def sign_out(request: Request) -> dict[str, Any]:
    """End all sessions of the caller at once, also the one that asks. Takes no scope. Return those that were open."""
    request.query(Asked)
    person = _person(request)
    open_ones = sessions.listing(person)
    users.sign_out_everywhere(person, person.name)
    return {"items": [session(each) for each in open_ones]}


def _person(request: Request) -> User:
    kind, _, identity = request.caller.id.partition(":")
    if kind != "user":
        raise ConflictError("caller_is_no_person")
    return users.get(identity)
