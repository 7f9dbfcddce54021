"""How an organisation follows up: its settings and its tree of causes, as they are stored or as they are without."""

from typing import TypeVar

from escuta import table
from escuta.errors import InvalidError
from escuta.feedback.model import Causes, TicketSettings, TicketSettingsDraft
from escuta.feedback.tickets import life, rule_checks

S = TypeVar("S", TicketSettings, Causes)


def settings() -> TicketSettings:
    """Return what holds now."""
    return table.find(TicketSettings, TicketSettings.at(), consistent=True) or TicketSettings()


def causes() -> Causes:
    """Return the tree of causes; an empty one before somebody made it: then any words are a cause."""
    return table.find(Causes, Causes.at(), consistent=True) or Causes()


def put(changed: S) -> S:
    """Store settings or causes; ConflictError when somebody changed them since `changed` was read."""
    return table.save(changed) if changed.rev else table.create(changed)


def check(draft: TicketSettingsDraft) -> None:
    """Refuse settings that contradict how tickets live: a move that there is not, and quiet hours without an end.

    Nor may key customers be told by what is never known of a person or a place.
    """
    for role, own in draft.moves.items():
        for origin, targets in own.items():
            wrong = sorted(targets - life.MOVES[origin])
            if wrong:
                raise InvalidError("ticket_cannot_move", field=f"moves.{role}.{origin}", origin=origin, target=wrong[0])
    if (draft.quiet_from is None) != (draft.quiet_to is None):
        raise InvalidError("required", field="quiet_to" if draft.quiet_to is None else "quiet_from")
    if draft.quiet_from is not None and draft.quiet_from == draft.quiet_to:
        raise InvalidError("value_invalid", field="quiet_to")  # all day: no text message would ever leave
    if draft.key_promise is not None and draft.key_customers is None:
        raise InvalidError("required", field="key_customers")
    if draft.key_customers is not None:
        rule_checks.condition(draft.key_customers, "key_customers")
