"""Roles."""

from datetime import datetime

from escuta.directory.model import Role, Scope
from manage import roles
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, items


class BuiltInRole(Shown):
    """A role that comes with the product."""

    id: Role
    name: str
    scopes: list[Scope]
    like: Role
    built_in: bool


class OwnRole(Shown):
    """A role that the organisation made."""

    id: str
    name: str
    scopes: list[Scope]
    like: Role
    built_in: bool
    rev: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


OPERATIONS: Operations = {
    roles.listing: Operation(name="list_roles", query=Asked, answer=items(BuiltInRole | OwnRole)),
    roles.create: Operation(name="create_role", body=roles.RoleDraft, answer=OwnRole, statuses=(201,)),
    roles.get: Operation(name="get_role", query=Asked, answer=BuiltInRole | OwnRole),
    roles.change: Operation(name="change_role", body=roles.RolePatch, answer=OwnRole, matched=True),
    roles.delete: Operation(name="delete_role", query=Asked, answer=OwnRole, matched=True),
}
