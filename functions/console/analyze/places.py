"""Where a figure's answers are listed: the pages that a number opens."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from console.analyze import choosing
from console.analyze.said import OF_TICKETS
from console.visit import Visit
from escuta.directory import organisation
from escuta.directory.model import Noun, Scope

RESPONSES = "analyze/responses"
COMMENTS = "analyze/comments"
TICKETS = "action/tickets"
_PARTS = {"segment": "segment", "product": "product", "product_group": "group", "channel": "channel"}
_PARTS |= {"language": "language", "question": "question"}


class Ways:
    """The links of one widget; where somebody may not look, there is none."""

    def __init__(self, visit: Visit, query: Mapping[str, Any], first: str = "", last: str = "") -> None:
        """Begin with the question of the widget, and the days of its answer."""
        self.visit = visit
        self.query = query
        self.first, self.last = first, last
        self._of_tickets = query["metric"] in OF_TICKETS

    def within(self, first: str, last: str) -> "Ways":
        """Return the links within these days."""
        return Ways(self.visit, self.query, first, last)

    def figure(self, **more: str) -> str:
        """Return the page behind a figure, narrowed down by `more`."""
        if self._of_tickets:
            return self._tickets_of_days()
        return self._answers(RESPONSES, more)

    def comments(self, **more: str) -> str:
        """Return the comments behind a figure."""
        return self._answers(COMMENTS, more)

    def part(self, grouping: str, key: str, last: str = "") -> str:
        """Return the page behind a part of a figure, by what the parts are."""
        if last:
            return self.within(key, last).figure()
        if self._of_tickets:
            return self.tickets(segment=key) if grouping == "segment" else ""
        if grouping == "dimension":
            return self.figure(filter=f"dimension.{self.query['dimension']}:{choosing.quoted(key)}")
        if grouping == "answer":
            return self.answered(self.query["by"], key)
        value = key if grouping in {"segment", "question"} else choosing.quoted(key)
        return self.figure(**{_PARTS[grouping]: value}) if grouping in _PARTS else ""

    def answered(self, question: str, value: str) -> str:
        """Return those who gave one answer to a question."""
        return self.figure(filter=f"answer.{question}:{choosing.quoted(value)}")

    def both(self, grouping: str, key: str, question: str) -> str:
        """Return those of a part who answered a question."""
        query = {**self.query, "question": question}
        return Ways(self.visit, query, self.first, self.last).part(grouping, key)

    def response(self, response: str) -> str:
        """Return the page of one answer."""
        return f"{RESPONSES}/{response}" if self.visit.api.may(Scope.RESPONSES_READ) else ""

    def tickets(self, **more: str) -> str:
        """Return tickets of the place and the survey."""
        if not self.visit.api.may(Scope.TICKETS_READ):
            return ""
        where = {"segment": self.query["segment"], "subtree": "true", "survey": self.query["survey"]}
        return f"{TICKETS}?{urlencode({**where, **more})}"

    def closed(self) -> dict[str, str]:
        """Return the days within which tickets were closed, as their list asks for them."""
        return {"closed_from": self.first, "closed_to": self.last} if self.first else {}

    def invitations(self) -> str:
        """Return where sendings are followed."""
        return "deploy/history" if self.visit.api.may(Scope.DEPLOYMENTS_READ) else ""

    def visit_place(self) -> str:
        """Return what the organisation calls a place, as the head of a column."""
        words = organisation.label(Noun.SEGMENT, self.visit.language).one
        return words[:1].upper() + words[1:]

    def _tickets_of_days(self) -> str:
        days = "opened" if self.query["metric"] in {"tickets", "first_response"} else "closed"
        return self.tickets(**{f"{days}_from": self.first, f"{days}_to": self.last})

    def _answers(self, page: str, more: Mapping[str, str]) -> str:
        if not self.visit.api.may(Scope.RESPONSES_READ):
            return ""
        return f"{page}?{choosing.of_query(self.query, self.first, self.last, more)}"
