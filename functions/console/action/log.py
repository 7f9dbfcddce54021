"""What the log of a ticket says, in words; and what became of a message to the customer."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from console.action.around import Around, Row
from console.visit import Visit
from escuta import i18n
from escuta.feedback.tickets import CUSTOMER, RULES, writing

_SHIPPED = frozenset(rule.name for rule in RULES)
_MEGA = 1_000_000
_QUIET = frozenset({"opened"})  # what stands beside these is no word of anybody


class Log:
    """The words of one page."""

    def __init__(self, visit: Visit, around: Around, messages: Iterable[Row]) -> None:
        """Remember who reads, and what became of each message."""
        self._read, self._around = visit.reader(visit.timezone), around
        self._known = i18n.catalog("console", visit.language)
        self._sent = {each["number"]: each for each in messages}

    def line(self, entry: Row) -> str:
        """Return what happened, by whom."""
        details = entry["details"]
        code = f"action.log.{entry['what']}"
        if entry["what"] == "assigned" and not details.get("owner"):
            code = "action.log.assigned_nobody"
        if entry["what"] == "reopened" and details.get("by") == "follow_up":
            code = "action.log.reopened_by_customer"
        return self._read.say(
            code if code in self._known else "action.log.other",
            who=self.who(entry),
            state=self._known.get(f"ticket.state.{details.get('state', '')}", ""),
            owner=details.get("owner_name") or self._around.people.get(details.get("owner", ""), "…"),
            place=self._around.names.get(details.get("segment", ""), details.get("segment", "")),
        )

    def who(self, entry: Row) -> str:
        """Return who did it."""
        if entry["by"] == CUSTOMER.id:
            return self._read.say("case.log.customer")
        return entry["who"] or self._read.say("case.log.product")

    def words(self, entry: Row) -> str:
        """Return what somebody wrote; of an opening what the rule is called, unless it is one that everybody has."""
        if entry["what"] not in _QUIET or entry["by"]:
            return str(entry["text"])
        name = entry["details"].get("rule_name", "")
        return "" if name in _SHIPPED else name

    def changes(self, entry: Row) -> Iterator[tuple[str, str, str]]:
        """Yield what else changed: of which field, from what, to what."""
        details: Mapping[str, str] = entry["details"]
        for name in ("state", "priority", "tags", "root_causes", "action", "gesture", "watchers", "product"):
            was, now = details.get(f"{name}_was"), details.get(name)
            if was is None or now is None or (name == "state" and entry["what"] in {"moved", "closed", "reopened"}):
                continue
            yield self._read.say(f"action.field.{name}"), self._value(name, was), self._value(name, now)

    def sent(self, entry: Row) -> str:
        """Return what became of a message to the customer; "" for any other line."""
        message: dict[str, Any] | None = self._sent.get(entry["number"])
        return self._known.get(f"action.message.{message['state']}", "") if message else ""

    def way(self, entry: Row) -> str:
        """Return over which channel it was written; "" for any other line."""
        message = self._sent.get(entry["number"])
        return self._known.get(f"case.way.{message['channel']}", "") if message else ""

    def unwritable(self, reasons: Iterable[str]) -> str:
        """Return why nobody can write to the customer, what was decided before what is only missing."""
        known = i18n.catalog("escuta.feedback", self._read.language)
        several = sorted(reasons, key=lambda reason: reason == writing.NO_ADDRESS)
        return next((known[f"unwritable.{each}"] for each in several if f"unwritable.{each}" in known), "")

    def rule(self, ticket: Row) -> str:
        """Return what the rule is called that opened a ticket."""
        name, _, _ = str(ticket["rule"]).partition("@")
        return self._known.get(f"action.rule.{name}", "") if ticket["rule_name"] in _SHIPPED else ticket["rule_name"]

    def size(self, size: int) -> str:
        """Return how large a file is."""
        return f"{self._read.decimal(size / 1000)} kB" if size < _MEGA else f"{self._read.decimal(size / _MEGA)} MB"

    def _value(self, name: str, value: str) -> str:
        if name == "watchers":
            return ", ".join(self._around.people.get(each, "…") for each in _several(value))
        if name == "root_causes":
            return ", ".join(self._around.cause_names.get(each, each) for each in _several(value))
        if name in {"state", "priority"}:
            return self._known.get(f"ticket.state.{value}" if name == "state" else f"action.priority.{value}", value)
        return value


def _several(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]
