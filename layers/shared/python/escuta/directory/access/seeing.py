"""Where a caller may look, and what a caller may do."""

from collections.abc import Iterable

from escuta.directory.model import Caller, Scope
from escuta.errors import ForbiddenError


def may_see(caller: Caller, segment_path: tuple[str, ...]) -> bool:
    """Tell whether a segment, given by its path, lies where the caller may look."""
    return not caller.segments or not frozenset(caller.segments).isdisjoint(segment_path)


def require(caller: Caller, scope: Scope) -> None:
    """Refuse a caller without this scope with ForbiddenError."""
    if scope not in caller.scopes:
        raise ForbiddenError("scope_missing", scope=scope.value)


def require_scopes(caller: Caller, scopes: Iterable[Scope]) -> None:
    """Refuse to let a caller give, or touch, what they may not do themselves: ForbiddenError names what that is."""
    beyond = sorted(set(scopes) - caller.scopes)
    if beyond:
        raise ForbiddenError("scopes_beyond_yours", scopes=", ".join(beyond))
