"""What the page of a ticket says of its log and of what was refused. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from console.case_view import Case
from console.words import Reader
from escuta import i18n
from escuta.feedback.model import TicketActivity
from escuta.feedback.tickets import CUSTOMER, RULES

_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)
_HOURS_UNTIL = dt.timedelta(days=2)  # up to here a span reads in hours, then in days


class Words:
    """The words of one page, for one reader."""

    def __init__(self, read: Reader, case: Case) -> None:
        """Remember who reads, and what those are called whom the log names by their ids."""
        self._read, self._people, self._places, self._messages = read, case.people, case.places, case.messages

    def line(self, entry: TicketActivity) -> str:
        """Return what happened, by whom."""
        known, details = i18n.catalog("console", self._read.language), entry.details
        code = f"case.log.{entry.what}"
        if entry.what == "assigned" and not details.get("owner"):
            code = "case.log.assigned_nobody"
        if entry.what == "reopened" and details.get("by") == "follow_up":
            code = "case.log.reopened_by_customer"
        return self._read.say(
            code if code in known else "case.log.other",
            who=self._who(entry),
            state=known.get(f"ticket.state.{details.get('state', '')}", ""),
            owner=details.get("owner_name") or self._people.get(details.get("owner", ""), ""),
            place=self._places.get(details.get("segment", ""), details.get("segment", "")),
        )

    def said(self, entry: TicketActivity) -> str:
        """Return what somebody wrote; of an opening what the rule is called, unless it is one that everybody has."""
        if entry.what != "opened" or entry.by:
            return entry.text
        name = entry.details.get("rule_name", "")
        return "" if name in {rule.name for rule in RULES} else name

    def day(self, moment: dt.datetime) -> str:
        """Return the day of a moment on the reader's clock."""
        return self._read.date(moment.astimezone(ZoneInfo(self._read.timezone)).date().isoformat())

    def span(self, span: dt.timedelta) -> str:
        """Return a span of time in words, in its largest fitting unit, rounded down."""
        span = abs(span)
        if span < _HOUR:
            return self._read.many("case.minutes", span // dt.timedelta(minutes=1))
        if span < _HOURS_UNTIL:
            return self._read.many("case.hours", span // _HOUR)
        return self._read.many("case.days", span // _DAY)

    def sent(self, entry: TicketActivity) -> str:
        """Return what became of a message to the customer; "" for any other line, and while it is on its way."""
        code = f"case.message.{self._messages.get(entry.number, '')}"
        return i18n.catalog("console", self._read.language).get(code, "")

    def unwritable(self, code: str) -> str:
        """Return why the customer cannot be written to; "" when something else was refused."""
        reason = code.removeprefix("customer_unwritable_")
        return i18n.catalog("escuta.feedback", self._read.language).get(f"unwritable.{reason}", "")

    def fault(self, code: str, details: Mapping[str, Any]) -> str:
        """Return why a field was refused."""
        known = i18n.catalog("console", self._read.language)
        code = f"case.fault.{code}"
        return self._read.say(code if code in known else "case.fault.other", most=details.get("most", ""))

    def _who(self, entry: TicketActivity) -> str:
        if entry.by == CUSTOMER.id:
            return self._read.say("case.log.customer")
        return entry.who or self._read.say("case.log.product")
