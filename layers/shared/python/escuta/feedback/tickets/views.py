"""Choices of tickets under a name: somebody's own, or shared with roles."""

from escuta import clock, ids, table
from escuta.directory import access, segments
from escuta.directory.model import Caller, Role
from escuta.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from escuta.feedback.model import TicketView, TicketViewDraft

MOST = 200  # views of everybody together: they are listed in one read


def listing(caller: Caller) -> tuple[TicketView, ...]:
    """Return the views that somebody may use, by name."""
    found = table.query(TicketView, TicketView.at("").pk, consistent=True).items
    return tuple(sorted(filter(lambda view: is_shown_to(view, caller), found), key=lambda view: (view.name, view.id)))


def get(view: str, caller: Caller) -> TicketView:
    """Return the view with this id; NotFoundError where there is none that the caller may use."""
    found = table.find(TicketView, TicketView.at(view), consistent=True)
    if found is None or not is_shown_to(found, caller):
        raise NotFoundError("ticket_view_not_found")
    return found


def create(draft: TicketViewDraft, caller: Caller, *, key: str = "") -> TicketView:
    """Keep a view; with the same `key` again it is the one that was made first. ConflictError `ticket_views_many`."""
    draft = _checked(draft)
    name = ids.derive("ticket_view", caller.id, key) if key else ids.new()
    known = table.find(TicketView, TicketView.at(name), consistent=True)
    if known is not None:
        return known
    if len(table.query(TicketView, TicketView.at("").pk, consistent=True).items) >= MOST:
        raise ConflictError("ticket_views_many", most=MOST)
    now = clock.now()
    made = TicketView(**dict(draft), id=name, owner=caller.id, created_at=now, updated_at=now)
    try:
        return table.create(made)
    except ConflictError:  # the same call at the same moment
        return table.load(TicketView, made.key(), consistent=True)


def put(current: TicketView, draft: TicketViewDraft, caller: Caller) -> TicketView:
    """Put something in place of what a view is. ForbiddenError `ticket_view_not_yours`; ConflictError `stale`."""
    _own(current, caller)
    return table.save(current.changed(**dict(_checked(draft)), updated_at=clock.now()))


def delete(current: TicketView, caller: Caller) -> None:
    """Remove a view as it was read."""
    _own(current, caller)
    table.transact(table.Remove(TicketView, current.key(), rev=current.rev))


def is_shown_to(view: TicketView, caller: Caller) -> bool:
    """Tell whether somebody may use it: the owner, and, where they may see its place, admins and the roles named."""
    role = _role(caller)
    return view.owner == caller.id or ((role is Role.ADMIN or role in view.shared) and _reaches(caller, view))


def _reaches(caller: Caller, view: TicketView) -> bool:
    if not view.filter.segment or not caller.segments:
        return True
    path = segments.as_is(view.filter.segment)
    return bool(path) and access.may_see(caller, path)


def _own(view: TicketView, caller: Caller) -> None:
    if _role(caller) is not Role.ADMIN and view.owner != caller.id:
        raise ForbiddenError("ticket_view_not_yours")


def _role(caller: Caller) -> Role:
    """Return the role of a person. A program counts as a manager where it is bound to a part, else as an admin."""
    return caller.role or (Role.MANAGER if caller.segments else Role.ADMIN)


def _checked(draft: TicketViewDraft) -> TicketViewDraft:
    name = " ".join(draft.name.split())
    if not name:
        raise InvalidError("required", field="name")
    return draft.changed(name=name)
