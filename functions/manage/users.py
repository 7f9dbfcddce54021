"""Users: the people who sign in, what they may do, and where."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from escuta import table
from escuta.config import settings
from escuta.directory.access import sessions, users
from escuta.directory.model import Session, User, UserState
from escuta.errors import InvalidError, NotFoundError
from manage.asking import Asked, Created, Listing, Request

_KEPT = {"epoch", "subject", "unsettled"}
_SESSION_KEPT = {
    "idle_minutes",
    "seen_at",
    "rev",
    "user",
    "epoch",
    "role_epoch",
    "csrf",
    "scopes",
    "manager",
    "like",
    "token_key",
    "second_factor",
    "federated",
}

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Segments = Annotated[tuple[str, ...], Field(max_length=40)]


class Invitation(Asked):
    """Whom to invite. `role` is `admin`, `analyst`, `manager` or the id of a role of one's own."""

    email: Annotated[str, StringConstraints(max_length=254)]
    name: Name
    role: Annotated[str, StringConstraints(max_length=64)]
    language: str = ""  # the organisation's
    segments: Segments = ()  # (): everywhere; a manager has those of the manager with this address


class UserPatch(Asked):
    """What can be changed; a field that is not sent stays, and `segments` replaces the whole list."""

    name: Name = ""
    language: str = ""
    role: Annotated[str, StringConstraints(max_length=64)] = ""
    segments: Segments = ()
    state: UserState = UserState.ACTIVE


def listing(request: Request) -> dict[str, Any]:
    """Return users by name.

    A caller bound to segments sees those who see nothing beyond these; a page may be shorter although there is a next
    one.
    """
    asked = request.query(Listing)
    page = users.listing(limit=asked.limit, cursor=request.cursor(asked))
    seen = users.within_reach(request.caller, page.items)
    return request.page(table.Page(seen, page.next), shown)


def create(request: Request) -> Created:
    """Invite somebody by e-mail, in their language; the mail has a first password that works for seven days.

    Who was invited before and has not signed in yet is invited anew, as this request says; one that says the same
    within ten minutes is not mailed twice. Nobody gives a scope or a place that they do not have. A manager needs a
    manager account with the same address, whose segments hold.
    """
    asked = request.body(Invitation)
    _check_places(request, asked.segments)
    language = asked.language or settings().language
    wanted = users.Invitation(asked.email, asked.name, language, asked.role, asked.segments)
    made = users.invite(wanted, request.caller, told())
    return Created(shown(made), f"users/{made.id}")


def get(request: Request, user: str) -> dict[str, Any]:
    """Return one user."""
    request.query(Asked)
    return shown(_visible(request, user))


def change(request: Request, user: str) -> dict[str, Any]:
    """Change a name, a language, what somebody may do and where, or whether they may sign in at all.

    Other rights and `state: disabled` end all sessions of the user at once. Who has never signed in is `invited` again
    when let in. The last active administrator can be neither disabled nor made anything else.
    """
    asked = request.body(UserPatch)
    found = _visible(request, user)
    _check_places(request, asked.segments)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set}
    if fields.get("state") is UserState.INVITED:
        raise InvalidError("value_not_allowed", field="state", allowed="active, disabled")
    return shown(users.change(found, request.caller, **fields))


def delete(request: Request, user: str) -> dict[str, Any]:
    """Remove a user, from the user pool, too. All sessions end at once. Return what the user was."""
    request.query(Asked)
    found = _visible(request, user)
    request.match(found)
    return shown(users.remove(found, request.caller))


def invite(request: Request, user: str) -> dict[str, Any]:
    """Mail another first password to somebody who has not signed in yet; the one before no longer works."""
    request.query(Asked)
    return shown(users.invite_again(_visible(request, user), request.caller, told()))


def reset_password(request: Request, user: str) -> dict[str, Any]:
    """End all sessions of a user, and mail a code with which they choose another password; the old one is void."""
    request.query(Asked)
    return shown(users.reset_password(_visible(request, user), request.caller, told()))


def sign_out(request: Request, user: str) -> dict[str, Any]:
    """End all sessions of a user at once."""
    request.query(Asked)
    found = _visible(request, user)
    users.require_reach(found, request.caller)
    return shown(users.sign_out_everywhere(found, request.caller.name))


def drop_factor(request: Request, user: str) -> dict[str, Any]:
    """Ask a user who lost their telephone for no code any more, until they set up another one. All sessions end."""
    request.query(Asked)
    return shown(users.drop_factor(_visible(request, user), request.caller))


def list_sessions(request: Request, user: str) -> dict[str, Any]:
    """Return where a user is signed in, the newest session first."""
    request.query(Asked)
    return {"items": [session(each) for each in sessions.listing(_visible(request, user))]}


def end_session(request: Request, user: str, session_id: str) -> dict[str, Any]:
    """End one session of a user, and return what it was."""
    request.query(Asked)
    found = _visible(request, user)
    users.require_reach(found, request.caller)
    return ended(found, session_id)


def ended(user: User, session_id: str) -> dict[str, Any]:
    """End one session of somebody; NotFoundError when it is not theirs, or over."""
    found = next((each for each in sessions.listing(user) if sessions.identity(each) == session_id), None)
    if found is None:
        raise NotFoundError("session_not_found")
    sessions.end(found.token_key)
    return session(found)


def shown(user: User) -> dict[str, Any]:
    """Return a user as they are answered."""
    return user.model_dump(mode="json", exclude=_KEPT)


def session(found: Session) -> dict[str, Any]:
    """Return a session as it is answered."""
    return {"id": sessions.identity(found), **found.model_dump(mode="json", exclude=_SESSION_KEPT)}


def told() -> dict[str, str]:
    """Return what the mails of the user pool say besides their code."""
    return {"organisation": settings().organisation, "url": f"{settings().house}/console"}


def _check_places(request: Request, codes: tuple[str, ...]) -> None:
    """Deny to who is bound to segments that there are others."""
    if request.caller.segments:
        for code in codes:
            request.segment(code)


def _visible(request: Request, user: str) -> User:
    found = users.get(user)
    if not users.reaches(request.caller, found):
        raise NotFoundError("user_not_found")
    return found
