"""What the bar above every page of Analyze chooses: one set of parameters in the address, which holds everywhere.

Whoever follows a link, comes back, or sends it on, sees the same answers.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from console.visit import Visit
from escuta import clock
from escuta.config import settings
from escuta.errors import InvalidError

PERIODS = ("7", "30", "90", "365")  # days up to today
COMPARISONS = ("before", "year_before")
CLASSES = ("promoter", "passive", "detractor")
TONES = ("positive", "neutral", "negative")
PLAIN = {  # what is filtered by one field alone, under its name in the address and in the API
    "product": "product",
    "group": "product_group",
    "channel": "channel",
    "language": "language",
    "class": "class",
    "tone": "tone",
    "topic": "topic",
}
_APART = {"score": 60, "filter": 4_000, "question": 40, "hierarchy": 10, "subtree": 5, "include": 100, "without": 20}
_DAY = re.compile(r"2[01]\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_ALL = ("survey", "segment", "days", "from", "to", "compare", *PLAIN, *_APART, "words", "commented")


class Chosen(NamedTuple):
    """What is chosen, by the names of the address; what is not there is not chosen."""

    kept: Mapping[str, str]

    def of(self, name: str) -> str:
        """Return what is chosen under a name; "" for nothing."""
        return self.kept.get(name, "")

    @property
    def first(self) -> str:
        """Return the first day that is chosen; "" without a period."""
        if self.of("from") or not self.of("days"):
            return self.of("from")
        return (date.fromisoformat(_today()) - timedelta(days=int(self.of("days")) - 1)).isoformat()

    @property
    def last(self) -> str:
        """Return the last day, likewise."""
        return self.of("to") or (_today() if self.of("days") and not self.of("from") else "")

    @property
    def filter(self) -> str:
        """Return the filters as the API takes them. `score` needs the name of the question: see `scored`."""
        found = [f"{api}:{self.of(name)}" for name, api in PLAIN.items() if self.of(name)]
        return ";".join([*found, *filter(None, [self.of("filter")])])

    def scored(self, question: str) -> str:
        """Return the filters, with that by the answers to the question that gives the score."""
        own = [f"answer.{question}:{self.of('score')}"] if self.of("score") and question else []
        return ";".join(filter(None, [self.filter, *own]))

    def but(self, **changed: str) -> str:
        """Return the query string of the same choice with other values; "" takes one away. `first` is `from`."""
        renamed = {{"first": "from", "last": "to", "klass": "class"}.get(name, name): v for name, v in changed.items()}
        kept = {**self.kept, **renamed}
        return urlencode({name: kept[name] for name in _ALL if kept.get(name)})

    def to(self, path: str, **changed: str) -> str:
        """Return a page of Analyze with the same choice."""
        query = self.but(**changed)
        return f"{path}?{query}" if query else path

    @property
    def narrowed(self) -> tuple[str, ...]:
        """Return the names that narrow the answers down, beyond place and period."""
        return tuple(name for name in (*PLAIN, *_APART, "words", "commented") if self.of(name))


def read(visit: Visit) -> Chosen:
    """Return what the address of a page chooses; what cannot be is refused."""
    asked = visit.event.query_string_parameters or {}
    kept = {name: (asked.get(name) or "").strip() for name in _ALL}
    if kept["from"] or kept["to"]:
        kept["days"] = ""
    for name in ("from", "to"):
        if kept[name] and not _DAY.fullmatch(kept[name]):
            raise InvalidError("value_invalid", field=name)
    _allow("days", kept["days"], PERIODS)
    _allow("compare", kept["compare"], (*COMPARISONS, "none"))
    for name, most in _APART.items():
        if len(kept[name]) > most:
            raise InvalidError("value_invalid", field=name)
    return Chosen({name: value for name, value in kept.items() if value})


def of_query(query: Mapping[str, Any], first: str, last: str, more: Mapping[str, str]) -> str:
    """Return the choice, as a query string, that lists the answers behind a figure of this question to the figures."""
    kept: dict[str, str] = {"survey": query["survey"], "segment": query["segment"], "from": first, "to": last}
    rest: list[str] = []
    by_api = {api: name for name, api in PLAIN.items()}
    for each in query["filters"]:
        values = ",".join(quoted(value) for value in each["values"])
        name = by_api.get(each["field"], "")
        if name and name not in kept and name not in more:
            kept[name] = values
        else:
            rest.append(f"{each['field']}{'.' + each['of'] if each['of'] else ''}:{values}")
    kept["filter"] = ";".join(filter(None, [*rest, more.get("filter", "")]))
    kept["question"] = query["question"]
    kept["hierarchy"] = query["hierarchy"] if query["hierarchy"] != "as_was" else ""
    kept["subtree"] = "" if query["subtree"] else "false"
    kept["include"] = ",".join(query["include"])
    kept["without"] = "" if query["tapped"] else "tapped"
    return Chosen(kept).but(**{name: value for name, value in more.items() if name != "filter"})


def quoted(value: str) -> str:
    """Return a value as it stands in a filter, in which some signs part values from each other."""
    return value.translate({ord(sign): quote(sign, safe="") for sign in "%,;:"})


def plain(values: str) -> tuple[str, ...]:
    """Return the values of a filter as they are."""
    return tuple(unquote(value) for value in values.split(",") if value)


def _today() -> str:
    return clock.local_day(clock.now(), settings().timezone)


def _allow(field: str, value: str, allowed: Iterable[str]) -> None:
    if value and value not in allowed:
        raise InvalidError("value_not_allowed", field=field, allowed=", ".join(allowed))
