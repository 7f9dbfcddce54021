"""What each role may do: those that come with the product, and those that an organisation makes for itself."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from escuta import clock, ids, table
from escuta.directory import lines
from escuta.directory.access.seeing import require_scopes
from escuta.directory.model import Caller, CustomRole, Role, Scope, User
from escuta.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

_LONGEST_NAME = 100
_MOST = 100  # roles
_HOUSE = {Scope.USERS_READ, Scope.KEYS_READ, Scope.AUDIT_READ}  # who is there and what they did: for administrators
_READ = frozenset(scope for scope in Scope if scope.endswith(":read")) - _HOUSE
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


def built_in(role: str) -> Role | None:
    """Return the role that comes with the product under this name, if it is one."""
    return Role(role) if role in set(Role) else None


def get(role: str) -> CustomRole:
    """Return a role that the organisation made; NotFoundError when there is none."""
    return table.load(CustomRole, CustomRole.at(role), consistent=True)


def listing() -> tuple[CustomRole, ...]:
    """Return those that the organisation made, by name."""
    return table.query(CustomRole, "roles", index="g1").items


def create(name: str, scopes: Iterable[Scope], by: Caller, *, like: Role = Role.ANALYST, role: str = "") -> CustomRole:
    """Make a role of scopes that its maker has; ConflictError `role_exists` when there is one with the id `role`."""
    now = clock.now()
    wanted = CustomRole(
        id=role or ids.new(),
        name=name,
        scopes=tuple(scopes),
        like=like,
        epoch=ids.new(),
        created_at=now,
        created_by=by.name,
        updated_at=now,
        updated_by=by.name,
    )
    wanted = _checked(wanted, by)
    if len(listing()) >= _MOST:
        raise InvalidError("too_many", field="name", most=_MOST)
    return table.create(wanted)


def change(stored: CustomRole, by: Caller, **fields: Any) -> CustomRole:
    """Change a role as it was read. Who has it is signed out everywhere when its rights change."""
    _require(by, stored)
    changed = _checked(stored.changed(**fields, updated_at=clock.now(), updated_by=by.name), by)
    if (changed.scopes, changed.like) != (stored.scopes, stored.like):
        changed = changed.changed(epoch=ids.new())
    return table.save(changed)


def remove(stored: CustomRole, by: Caller) -> CustomRole:
    """Remove a role that nobody has; ConflictError `role_in_use` with how many have it."""
    _require(by, stored)
    having = [user for user in table.query(User, "users", index="g1").items if user.role == stored.id]
    if having:
        raise ConflictError("role_in_use", n=len(having))
    table.delete(CustomRole, stored.key())
    return stored


class Rights(NamedTuple):
    """What a role may do, and which built-in role it counts as."""

    scopes: frozenset[Scope]
    like: Role
    own: CustomRole | None  # for one that the organisation made


def rights(role: str) -> Rights:
    """Return what a role may do; InvalidError `role_unknown`."""
    known = built_in(role)
    if known:
        return Rights(SCOPES[known], known, None)
    try:
        own = get(role)
    except NotFoundError as error:
        raise InvalidError("role_unknown", field="role", value=role[:64]) from error
    return Rights(frozenset(own.scopes), own.like, own)


def _checked(role: CustomRole, by: Caller) -> CustomRole:
    name = lines.one(role.name)
    if not name:
        raise InvalidError("required", field="name")
    if len(name) > _LONGEST_NAME:
        raise InvalidError("too_long", field="name", most=_LONGEST_NAME)
    if not role.scopes:
        raise InvalidError("required", field="scopes")
    _require(by, role)
    return role.changed(name=name, scopes=tuple(sorted(set(role.scopes))))


def _require(by: Caller, role: CustomRole) -> None:
    """Refuse to let somebody give, change or take away a role that may do more than they do."""
    require_scopes(by, role.scopes)
    if role.like is Role.ADMIN and by.role not in {None, Role.ADMIN}:
        raise ForbiddenError("role_beyond_yours")
