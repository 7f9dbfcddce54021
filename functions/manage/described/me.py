"""Who asks."""

from datetime import datetime
from typing import Literal

from escuta.directory.model import Role, Scope
from manage import me
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, items
from manage.described.users import SessionShown


class Me(Shown):
    """Who asks, and what they may do where. No segments: everywhere."""

    id: str
    kind: Literal["user", "key"]
    user: str | None
    key: str | None
    name: str
    role: Role | None
    scopes: list[Scope]
    segments: list[str]
    language: str | None
    manager: str | None
    expires_at: datetime | None


OPERATIONS: Operations = {
    me.get: Operation(name="get_me", query=Asked, answer=Me),
    me.list_sessions: Operation(name="list_my_sessions", query=Asked, answer=items(SessionShown)),
    me.end_session: Operation(name="delete_my_session", query=Asked, answer=SessionShown),
    me.sign_out: Operation(name="delete_my_sessions", query=Asked, answer=items(SessionShown)),
}
