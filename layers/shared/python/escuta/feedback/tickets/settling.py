"""How an organisation follows up: its settings and its tree of causes, as they are stored or as they are without."""

from typing import TypeVar

from escuta import table
from escuta.feedback.model import Causes, TicketSettings

S = TypeVar("S", TicketSettings, Causes)


def settings() -> TicketSettings:
    """Return what holds now."""
    return table.find(TicketSettings, TicketSettings.at()) or TicketSettings()


def causes() -> Causes:
    """Return the tree of causes; an empty one before somebody made it: then any words are a cause."""
    return table.find(Causes, Causes.at()) or Causes()


def put(changed: S) -> S:
    """Store settings or causes; ConflictError when somebody changed them since `changed` was read."""
    return table.save(changed) if changed.rev else table.create(changed)
