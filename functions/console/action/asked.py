"""Which tickets somebody wants to see: what the address says, and links that say it a little differently."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from console.visit import Visit

ROOT = "action/tickets"
STATES = ("new", "open", "waiting", "reopened", "resolved", "closed")
PRIORITIES = ("urgent", "high", "normal", "low")
SORTS = ("due", "priority", "opened", "updated")
BOARD = "board"
_FILTERS = (
    "q",
    "segment",
    "state",
    "priority",
    "owner",
    "watcher",
    "survey",
    "rule",
    "tag",
    "cause",
    "overdue",
    "escalated",
    "recovered",
    "opened_from",
    "opened_to",
    "closed_from",
    "closed_to",
)
KEPT = ("view", *_FILTERS, "sort", "look")
_COUNTED = frozenset({"segment", "survey", "state"})  # what the counters know
_LISTED = {"state": "states", "priority": "priorities", "rule": "rules", "tag": "tags", "cause": "causes"}


class Choice(NamedTuple):
    """What the address says, as far as it says anything."""

    said: Mapping[str, str]

    @property
    def filters(self) -> dict[str, str]:
        """Return what narrows the list, as the API calls it."""
        return {name: self.said[name] for name in _FILTERS if name in self.said}

    @property
    def is_board(self) -> bool:
        """Tell whether the tickets are shown as a board."""
        return self.said.get("look") == BOARD

    @property
    def is_counted(self) -> bool:
        """Tell whether the counters of a place answer for what is chosen."""
        return "view" not in self.said and self.filters.keys() <= _COUNTED

    def query(self) -> dict[str, Any]:
        """Return what the API is asked; a place is asked for with all below it."""
        query: dict[str, Any] = {**self.filters, "view": self.said.get("view"), "sort": self.said.get("sort")}
        if "segment" in self.said:
            query["subtree"] = True
        return query

    def kept(self) -> dict[str, Any]:
        """Return it as a view keeps it."""
        found: dict[str, Any] = {}
        for name, value in self.filters.items():
            if name == "q":
                continue
            several = _LISTED.get(name)
            truth = {"true": True, "false": False}.get(value)
            found[several or name] = value.split(",") if several else value if truth is None else truth
        return {"filter": found, "sort": self.said.get("sort", SORTS[0])}

    def way(self, **changed: str) -> str:
        """Return the path of the same list with another choice; "" takes one away."""
        said = {name: value for name, value in ({**self.said, **changed}).items() if value}
        return f"{ROOT}?{urlencode(said)}" if said else ROOT

    def chips(self) -> Iterator[tuple[str, str]]:
        """Yield what is chosen besides the fields that the page shows: name and value."""
        for name in ("watcher", "rule", "tag", "cause", "recovered", "opened_from", "opened_to"):
            if name in self.said:
                yield name, self.said[name]


def choice(visit: Visit) -> Choice:
    """Return what the address of this page says."""
    return Choice({name: visit.asked(name).strip() for name in KEPT if visit.asked(name).strip()})


def of_view(view: Mapping[str, Any]) -> Choice:
    """Return the choice that a view keeps, as the address would say it."""
    said: dict[str, str] = {}
    kept = view["filter"]
    for name in _FILTERS:
        value = kept.get(_LISTED.get(name, name))
        if value not in (None, "", []):
            said[name] = (
                ",".join(value)
                if isinstance(value, list)
                else str(value).lower()
                if isinstance(value, bool)
                else str(value)
            )
    return Choice(said | {"sort": view["sort"]})
