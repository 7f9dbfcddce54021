"""Users, and where they are signed in."""

from datetime import datetime

from escuta.directory.model import User
from manage import users
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, items, page, shape

UserShown = shape(User, without={"epoch", "subject", "unsettled"})


class SessionShown(Shown):
    """A place where somebody is signed in."""

    id: str
    name: str
    role: str
    segments: list[str]
    language: str
    agent: str
    address: str
    created_at: datetime
    expires_at: datetime


OPERATIONS: Operations = {
    users.listing: Operation(name="list_users", query=Listing, answer=page(UserShown)),
    users.create: Operation(name="invite_user", body=users.Invitation, answer=UserShown, statuses=(201,)),
    users.get: Operation(name="get_user", query=Asked, answer=UserShown),
    users.change: Operation(name="change_user", body=users.UserPatch, answer=UserShown, matched=True),
    users.delete: Operation(name="delete_user", query=Asked, answer=UserShown, matched=True),
    users.invite: Operation(name="invite_user_again", query=Asked, answer=UserShown),
    users.reset_password: Operation(name="reset_user_password", query=Asked, answer=UserShown),
    users.sign_out: Operation(name="sign_out_user", query=Asked, answer=UserShown),
    users.drop_factor: Operation(name="delete_second_factor", query=Asked, answer=UserShown),
    users.list_sessions: Operation(name="list_user_sessions", query=Asked, answer=items(SessionShown)),
    users.end_session: Operation(name="delete_user_session", query=Asked, answer=SessionShown),
}
