"""What was told to others: the events in the store, and what arrived on the bus."""

from typing import Any

from moto.backends import get_backend

from escuta import table
from escuta.entity import Table
from escuta.events import DomainEvent
from tests.conftest import ACCOUNT, REGION
from tests.kit import world


def events(*types: str) -> list[DomainEvent]:
    """Return the events that are stored, in their order; of these types, if any are named."""
    rows = [item for item in world.scan(Table.FEEDBACK) if item.get("kind", {}).get("S") == DomainEvent.kind]
    found = [each for row in rows if isinstance(each := table.from_image(row), DomainEvent)]
    return sorted((each for each in found if not types or each.type in types), key=lambda each: each.place)


class _Rule:
    """A rule of moto's bus whose target keeps what it gets: moto's own targets need calls of the SDK."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def send_to_targets(self, event: dict[str, Any]) -> None:
        self.heard.append(event)


def listen() -> None:
    """Hear what is put on the bus from now on."""
    _rules()["everything"] = _Rule()


def heard() -> list[dict[str, Any]]:
    """Return what arrived since the last time, as EventBridge hands it over."""
    rule: _Rule = _rules()["everything"]
    found, rule.heard = rule.heard, []
    return found


def _rules() -> dict[str, Any]:
    backends: Any = get_backend("events")
    rules: dict[str, Any] = backends[ACCOUNT][REGION].describe_event_bus("escuta").rules
    return rules
