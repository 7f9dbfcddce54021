"""What people do with a ticket: one change of any of its fields, with one line in its log that says what it was."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import Field, JsonValue

from escuta import table
from escuta.directory import managers, segments
from escuta.directory.model import Manager, Segment
from escuta.entity import Value
from escuta.errors import ConflictError, InvalidError
from escuta.feedback.model import Alert, Causes, Gesture, Priority, Ticket, TicketSettings, TicketState
from escuta.feedback.tickets import alerting, causes, causes_again, keeping, life, owning, settling
from escuta.feedback.tickets.keeping import Actor, Change, Line

MOST_WATCHERS = 20
MOST_TAGS, LONGEST_TAG = 20, 40
TAGS: dict[str, JsonValue] = {
    "maxItems": MOST_TAGS,
    "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_TAG},
}
_WORDS: dict[str, JsonValue] = {"maxLength": life.LONGEST_TEXT}  # told in the document; refused with words of its own
_LOGGED = ("state", "priority", "owner", "segment", "tags", "watchers", "root_causes", "action", "gesture")
_DEMANDED = frozenset({"state", "root_causes", "action", "gesture"})


class Patch(Value):
    """What of a ticket is to change: what is set, and nothing else. `owner` "": nobody; `gesture` None: none."""

    state: TicketState | None = None
    priority: Priority | None = None
    tags: tuple[str, ...] = Field(default=(), json_schema_extra=TAGS)
    owner: str = Field(default="", max_length=64)
    watchers: tuple[str, ...] = Field(default=(), json_schema_extra={"maxItems": MOST_WATCHERS})
    root_causes: tuple[str, ...] = ()
    action: str = Field(default="", json_schema_extra=_WORDS)
    gesture: Gesture | None = None
    segment: str = Field(default="", max_length=64)
    comment: str = Field(default="", json_schema_extra=_WORDS)


class Ruled(NamedTuple):
    """By what a change is judged: read once, for one ticket or for many."""

    settings: TicketSettings
    causes: Causes


class Planned(NamedTuple):
    """A change that may be made, and what is stored with it."""

    change: Change
    alerts: tuple[table.Action, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Tell whether the ticket is as it is wanted already, so that there is nothing to store."""
        return self.change.before == self.change.after and not self.change.line.text


def ruled() -> Ruled:
    """Return what holds now."""
    return Ruled(settling.settings(), settling.causes())


def change(ticket: str, patch: Patch, *, who: Actor, rev: int) -> Ticket:
    """Change a ticket that somebody read at this revision; one that is so already stays as it is.

    ConflictError `stale` when somebody else was faster, `ticket_cannot_move`, `ticket_merged` and `ticket_emptied`;
    ForbiddenError `ticket_move_forbidden` for a move that is not this role's; InvalidError for what a field may not
    be, and `required` for what the state demands.
    """
    planned = plan(keeping.at(ticket, rev), patch, who, ruled())
    return made(planned, who)


def made(planned: Planned, who: Actor) -> Ticket:
    """Store a planned change."""
    if planned.is_nothing:
        return planned.change.after
    before, after, line = planned.change
    return keeping.store(before, after, line, who, *planned.alerts)


def plan(current: Ticket, patch: Patch, who: Actor, by: Ruled) -> Planned:
    """Return what a patch makes of a ticket; nothing is stored."""
    given = patch.model_fields_set
    if not given:
        raise InvalidError("ticket_nothing", field="")
    if current.merged_into:
        raise ConflictError("ticket_merged", into=current.merged_into)
    after, people = current, tuple[Manager, ...]()
    if "state" in given:
        after = _gone(current, patch.state, who, by.settings)
    if "segment" in given:
        after, people = _handed_over(after, patch.segment)
    after = _filled(after, patch, who, by)
    if given & _DEMANDED:
        life.demand(after, by.settings)
        after = _compared(current, after)
    line = _line(current, after, patch)
    alerts = _told(current, after, people, who) if current.segment != after.segment else ()
    return Planned(Change(current, after, line), tuple(table.Create(alert) for alert in alerts))


def _told(before: Ticket, after: Ticket, people: tuple[Manager, ...], who: Actor) -> Iterator[Alert]:
    """Yield what tells of a ticket that is handed over: whoever answers there, and an owner who was named beside."""
    others = tuple(manager for manager in people if manager.id != who.manager)
    yield from alerting.wanted(after, others, "transferred", before.rev)
    if after.owner not in {"", before.owner, who.manager, *(manager.id for manager in people)}:
        yield from alerting.wanted(after, (managers.get(after.owner),), "assigned", before.rev)


def _gone(current: Ticket, state: TicketState | None, who: Actor, settings: TicketSettings) -> Ticket:
    if state is None:
        raise InvalidError("required", field="state")
    after = life.gone(current, state)
    life.allow(who.role, current.state, state, settings)
    return life.responded(after) if who.works_here else after


def _handed_over(current: Ticket, segment: str) -> tuple[Ticket, tuple[Manager, ...]]:
    """Return a ticket at another place, and who answers there. Where it came from stays on it.

    They are alerted with the change; the sweep sends it, so that a queue that is down refuses no transfer.
    """
    target = table.find(Segment, Segment.at(segment))
    if target is None or target.code == current.segment:
        raise InvalidError("segment_unknown" if target is None else "segment_same", field="segment", value=segment)
    if target.retired_at is not None:
        raise ConflictError("segment_retired", field="segment", value=segment)
    people = managers.answering_for(target.path)
    there = current.changed(segment=target.code, segment_path=target.path, timezone=target.timezone)
    return there.changed(owner=owning.choose(there, people)), people


def _filled(current: Ticket, patch: Patch, who: Actor, by: Ruled) -> Ticket:
    """Return a ticket with the fields that a patch sets."""
    given, fields = patch.model_fields_set, dict[str, object]()
    if "priority" in given:
        if patch.priority is None:
            raise InvalidError("required", field="priority")
        fields["priority"] = patch.priority
    if "tags" in given:
        fields["tags"] = life.several("tags", patch.tags, most=MOST_TAGS, longest=LONGEST_TAG)
    if "owner" in given:
        fields["owner"] = _present("owner", (patch.owner,), who, (current.owner,))[0] if patch.owner else ""
    if "watchers" in given:
        fields["watchers"] = _present("watchers", patch.watchers, who, current.watchers)
    if "root_causes" in given:
        fields["root_causes"] = causes.said(by.causes, patch.root_causes, current.root_causes)
    if "action" in given:
        fields["action"] = life.text("action", patch.action) if patch.action.strip() else ""
    if "gesture" in given:
        fields["gesture"] = patch.gesture
    return current.changed(**fields)


def _compared(before: Ticket, after: Ticket) -> Ticket:
    """Return a ticket that knows, once it is closed, which of its root causes had been there shortly before."""
    if after.state is not TicketState.CLOSED or (before.state, before.root_causes) == (after.state, after.root_causes):
        return after
    return after.changed(caused_again=causes_again.of(after))


def _present(field: str, wanted: Iterable[str], who: Actor, before: Iterable[str] = ()) -> tuple[str, ...]:
    """Return ids of managers who are there and answer for something; those who were named before may be gone.

    For who is bound to segments there is nobody who answers neither above nor below these.
    """
    names = tuple(dict.fromkeys(wanted))
    if len(names) > MOST_WATCHERS:
        raise InvalidError("too_many", field=field, most=MOST_WATCHERS)
    new = [name for name in names if name not in before]
    found = table.find_many(Manager, map(Manager.at, new)) if new else {}
    for name in new:
        manager = found.get(Manager.at(name))
        if manager is None or not _is_near(manager, who):
            raise InvalidError("manager_unknown", field=field, value=name)
        if manager.retired_at is not None:
            raise ConflictError("manager_retired", field=field, value=manager.name)
    return names


def _is_near(manager: Manager, who: Actor) -> bool:
    if not who.segments:
        return True
    roots = [segments.as_is(code) for code in who.segments]
    paths = [segments.as_is(code) for code in manager.segments]
    return any(path and root and (path[-1] in root or root[-1] in path) for path in paths for root in roots)


def _line(before: Ticket, after: Ticket, patch: Patch) -> Line:
    """Return what the log says: what it was and what it became, and in whose words."""
    details: dict[str, str] = {}
    for name in _LOGGED:
        was, now = _said(before, name), _said(after, name)
        if was != now:
            details |= {name: now, f"{name}_was": was}
    if details.get("owner"):
        details["owner_name"] = managers.get(after.owner).name
    comment = life.text("text", patch.comment) if "comment" in patch.model_fields_set else ""
    return Line(_what(before, after, details), comment or details.get("action", ""), details)


def _said(ticket: Ticket, name: str) -> str:
    match getattr(ticket, name):
        case None:
            return ""
        case tuple() as several:
            return ", ".join(several)
        case Gesture(amount=amount, currency=currency):
            return f"{amount} {currency}"
        case other:
            return str(other)


def _what(before: Ticket, after: Ticket, details: Mapping[str, str]) -> str:
    """Return what kind of change it is, by what matters most in it."""
    if before.segment != after.segment:
        return "transferred"
    if before.state is not after.state:
        return {TicketState.CLOSED: "closed", TicketState.REOPENED: "reopened"}.get(after.state, "moved")
    changed = {name for name in details if name in _LOGGED}
    if changed == {"owner"}:
        return "assigned"
    return "changed" if changed else "noted"


def move(ticket: str, state: TicketState, *, who: Actor, rev: int) -> Ticket:
    """Bring a ticket to another state."""
    return change(ticket, Patch(state=state), who=who, rev=rev)


def close(
    ticket: str, root_causes: tuple[str, ...], action: str, gesture: Gesture | None = None, *, who: Actor, rev: int
) -> Ticket:
    """Close a ticket with why it happened and what was done about it."""
    said: dict[str, object] = {"root_causes": root_causes, "action": action}
    said |= {"gesture": gesture} if gesture else {}
    return change(ticket, Patch.model_validate({"state": TicketState.CLOSED, **said}), who=who, rev=rev)


def comment(ticket: str, words: str, *, who: Actor, rev: int) -> Ticket:
    """Write into the log of a ticket, in any state."""
    return change(ticket, Patch(comment=words), who=who, rev=rev)


def assign(ticket: str, manager: str, *, who: Actor, rev: int) -> Ticket:
    """Give a ticket to another manager, to nobody with ""; `manager_retired` for one who answers for nothing."""
    return change(ticket, Patch(owner=manager), who=who, rev=rev)


def transfer(ticket: str, segment: str, *, who: Actor, rev: int) -> Ticket:
    """Hand a ticket to another segment, whose managers are alerted."""
    return change(ticket, Patch(segment=segment), who=who, rev=rev)
