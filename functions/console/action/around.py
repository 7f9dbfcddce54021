"""What the pages of tickets name besides tickets: places, surveys, people, causes, and which moves are offered."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import InvalidError
from escuta.feedback.model import TicketState
from escuta.feedback.tickets import life

_MOST_ROOTS = 5
_PAGES = 5  # of managers: five hundred to choose from
Row = dict[str, Any]


class Around:
    """Names for one page; each list is asked for when the page first names something of it."""

    def __init__(self, visit: Visit, place: str = "") -> None:
        """Ask in the name of this visit; `place` is the code of the one that the page is about."""
        self.visit, self.api, self.place = visit, visit.api, place

    @cached_property
    def tree(self) -> list[Row]:
        """The places that the reader may see, a parent before its children."""
        found: list[Row] = self.api.get("/segment-tree")["items"] if self.api.may(Scope.SEGMENTS_READ) else []
        return found

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What each place is called."""
        return {each["code"]: each["name"] for each in self.tree}

    @cached_property
    def roots(self) -> list[Row]:
        """The places at the top of what the reader sees."""
        return [each for each in self.tree if not each["depth"]]

    @property
    def places(self) -> list[tuple[str, str]]:
        """Return the places as options, each further in than what it stands below."""
        return [(each["code"], "\N{EM SPACE}" * each["depth"] + each["name"]) for each in self.tree]

    @cached_property
    def surveys(self) -> Mapping[str, str]:
        """What each survey is called."""
        if not self.api.may(Scope.SURVEYS_READ):
            return {}
        return {each["id"]: each["name"] for each in self.api.get("/surveys", limit=100)["items"]}

    @cached_property
    def offered(self) -> Mapping[str, str]:
        """Who may be given the tickets of the place that the page is about, by name, the nearest first."""
        if self.place:
            found = self.api.get(f"/segments/{self.place}/ticket-owners")["items"]
            return {each["id"]: each["name"] for each in found}
        return self.people

    @cached_property
    def people(self) -> Mapping[str, str]:
        """The managers whom the reader may know, by name; whoever reads is one of them when they are a manager."""
        mine = self.visit.session
        known = {mine.manager: mine.name} if mine and mine.manager else {}
        if not self.api.may(Scope.MANAGERS_READ):
            return {**known, **(self.offered if self.place else self._holding())}
        cursor: str | None = None
        for _ in range(_PAGES):
            page = self.api.get("/managers", limit=100, cursor=cursor)
            known |= {each["id"]: each["name"] for each in page["items"]}
            cursor = page["next"]
            if cursor is None:
                break
        return known

    def _holding(self) -> dict[str, str]:
        """Return who answers at the places of the reader, and who holds their tickets."""
        found: dict[str, str] = {}
        for root in self.roots[:_MOST_ROOTS]:
            near = self.api.get(f"/segments/{root['code']}/ticket-owners")["items"]
            found |= {each["id"]: each["name"] for each in near}
        try:
            held = self.api.get("/ticket-buckets")["owners"]
        except InvalidError:  # too many to be read at once
            return found
        return found | {each["owner"]: each["name"] for each in held if each["owner"]}

    @cached_property
    def settings(self) -> Row:
        """What is promised, demanded and allowed."""
        found: Row = self.api.get("/ticket-settings")
        return found

    @cached_property
    def causes(self) -> list[Row]:
        """The tree of root causes."""
        found: list[Row] = self.api.get("/ticket-causes")["causes"]
        return found

    @property
    def me(self) -> str:
        """Return the id of the manager who reads; "" for who is none."""
        return self.visit.session.manager if self.visit.session else ""

    def moves(self, state: str) -> list[str]:
        """Return the states that are offered from this one: what the API would refuse to this role is not."""
        role = self.api.caller.role
        own = self.settings["moves"].get(role) if role else None
        allowed = {str(each) for each in life.MOVES[TicketState(state)]}
        return [each for each in TicketState if each in allowed and (own is None or each in own.get(state, ()))]

    def demands(self, state: str) -> list[str]:
        """Return the fields that must be filled for a state."""
        found: list[str] = self.settings["demands"].get(state, [])
        return found

    def word(self, texts: Mapping[str, str]) -> str:
        """Return words in the reader's language, else in whichever there is."""
        return texts.get(self.visit.language) or next((each for each in texts.values() if each), "")

    @cached_property
    def cause_names(self) -> Mapping[str, str]:
        """What each cause is called."""
        return {each["id"]: self.word(each["text"]) for each in self.causes}

    def cause_groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the causes that are offered, below the name of what they stand under; "": at the top."""
        offered = [each for each in self.causes if not each["retired"]]
        parents = {each["parent"] for each in offered}
        groups: dict[str, list[tuple[str, str]]] = {}
        for each in offered:
            if each["id"] not in parents:
                groups.setdefault(each["parent"], []).append((each["id"], self.cause_names[each["id"]]))
        return [(self.cause_names.get(parent, ""), some) for parent, some in groups.items()]
