"""Roles: those that come with the product, and those that the organisation makes for itself."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from escuta.directory.access import roles
from escuta.directory.model import CustomRole, Role, Scope
from escuta.errors import ConflictError
from manage.asking import Asked, Created, Request

_KEPT = {"epoch"}

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Scopes = Annotated[tuple[Scope, ...], Field(min_length=1)]


class RoleDraft(Asked):
    """A role: its scopes, and as which built-in role it counts where views, dashboards and moves of tickets name those.

    `id` is chosen here, or made.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$|^$")] = ""
    name: Name
    scopes: Scopes
    like: Role = Role.ANALYST


class RolePatch(Asked):
    """What can be changed; a field that is not sent stays, and `scopes` replaces the whole list."""

    name: Name = ""
    scopes: Scopes = ()
    like: Role = Role.ANALYST


def listing(request: Request) -> dict[str, Any]:
    """Return all roles: first the three that come with the product, then those of the organisation, by name."""
    request.query(Asked)
    return {"items": [*(_built_in(role) for role in Role), *(_shown(role) for role in roles.listing())]}


def create(request: Request) -> Created:
    """Make a role of scopes that the caller has; a caller bound to segments makes none."""
    asked = request.body(RoleDraft)
    request.everywhere()
    if roles.built_in(asked.id):
        raise ConflictError("role_exists")
    with request.making():
        made = roles.create(
            asked.name, asked.scopes, request.caller, like=asked.like, role=asked.id or request.identity("role")
        )
    return Created(_shown(made), f"roles/{made.id}")


def get(request: Request, role: str) -> dict[str, Any]:
    """Return one role, built-in or not."""
    request.query(Asked)
    known = roles.built_in(role)
    return _built_in(known) if known else _shown(roles.get(role))


def change(request: Request, role: str) -> dict[str, Any]:
    """Change a role of the organisation. Who has it is signed out everywhere when what it may do changes.

    Nobody changes a role that may do what they may not. The built-in roles stay as they are.
    """
    asked = request.body(RolePatch)
    request.everywhere()
    found = _own(role)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set}
    return _shown(roles.change(found, request.caller, **fields) if fields else found)


def delete(request: Request, role: str) -> dict[str, Any]:
    """Remove a role that no user has, and return what it was."""
    request.query(Asked)
    request.everywhere()
    found = _own(role)
    request.match(found)
    return _shown(roles.remove(found, request.caller))


def _own(role: str) -> CustomRole:
    if roles.built_in(role):
        raise ConflictError("role_built_in")
    return roles.get(role)


def _shown(role: CustomRole) -> dict[str, Any]:
    return {**role.model_dump(mode="json", exclude=_KEPT), "built_in": False}


def _built_in(role: Role) -> dict[str, Any]:
    return {
        "id": role.value,
        "name": role.value,
        "scopes": sorted(roles.SCOPES[role]),
        "like": role.value,
        "built_in": True,
    }
