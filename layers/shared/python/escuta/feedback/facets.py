"""The dimensions of its own by which a survey is counted: at most three, of what links and people bring along.

A dimension has at most 50 values, those that come first; whatever else comes is counted together as OTHER. So a field
that somebody fills with names or numbers costs no more rows than one with three plans, and once a value is decided
on it stays so: the list only grows, and when it is full it stays as it is.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from escuta import clock, table
from escuta.errors import ConflictError
from escuta.feedback.model import FacetValues, Response, SurveyDraft
from escuta.feedback.sources import Source
from escuta.outreach.model import Invitation

MOST_VALUES = 50
OTHER = "~other"
_LONGEST = 60
_FRESH_SECONDS = 5
_ABOUT_SOMEBODY = re.compile(r"@|(?:\d\D?){7}")  # an address, a telephone number, a document


def of(source: Source, version: SurveyDraft, hidden: Mapping[str, str]) -> dict[str, str]:
    """Return what an answer brings in each dimension of its survey; nothing where it has nothing there."""
    known = {f"hidden.{name}": value for name, value in hidden.items()}
    if isinstance(source, Invitation):
        known |= {f"contact.{name}": value for name, value in source.custom.items()}
    facets = {name: " ".join(known.get(name, "").split())[:_LONGEST] for name in version.dimensions}
    return {name: value for name, value in facets.items() if value}


def admit(some: Iterable[Response]) -> None:
    """Decide on every value that these responses bring: from then on `settled` says the same of it for ever."""
    for response in some:
        for dimension, value in response.facets.items():
            if not _is_decided(_known(response.survey, dimension), value):
                _admit(response.survey, dimension, value)


def settled(survey: str, dimension: str, value: str) -> str:
    """Return the value under which an answer is counted: its own if that is in the list, or OTHER.

    Whoever only reads may know a list to which others added: it is looked at again, at most every 5 seconds.
    """
    known = _known(survey, dimension)
    if not _is_decided(known, value):
        known.update(dict.fromkeys(_lately(survey, dimension, clock.epoch() // _FRESH_SECONDS)))
    return value if value in known else OTHER


def values(survey: str, dimension: str) -> tuple[str, ...]:
    """Return every value under which answers may be counted in a dimension."""
    return (*_stored(survey, dimension), OTHER)


def places(response: Response) -> Iterable[str]:
    """Yield the places of a response in the dimensions of its survey."""
    for dimension, value in response.facets.items():
        yield f"{dimension}#{settled(response.survey, dimension, value)}"


def kept(response: Response) -> dict[str, str]:
    """Return what may be left in a response that holds nothing of a person: the values under which it is counted.

    What nobody has decided on yet goes, and counts as OTHER.
    """
    return {
        dimension: value if value in _stored(response.survey, dimension) else OTHER
        for dimension, value in response.facets.items()
    }


def _is_decided(known: Mapping[str, None], value: str) -> bool:
    return value in known or len(known) >= MOST_VALUES or value == OTHER or _ABOUT_SOMEBODY.search(value) is not None


@lru_cache(maxsize=1024)
def _known(survey: str, dimension: str) -> dict[str, None]:
    """Return the list as this process knows it, which may lack what others added; `_admit` adds to it in place."""
    return dict.fromkeys(_stored(survey, dimension))


@lru_cache(maxsize=256)
def _lately(survey: str, dimension: str, tick: int) -> tuple[str, ...]:  # noqa: ARG001 - the tick is the age of the list
    return _stored(survey, dimension)


def _stored(survey: str, dimension: str) -> tuple[str, ...]:
    found = table.find(FacetValues, FacetValues.at(survey, dimension), consistent=True)
    return found.values if found else ()


def _admit(survey: str, dimension: str, value: str) -> None:
    key = FacetValues.at(survey, dimension)
    stored = table.find(FacetValues, key, consistent=True)
    if stored is None:
        try:
            stored = table.create(FacetValues(survey=survey, dimension=dimension, values=(value,)))
        except ConflictError:
            stored = table.load(FacetValues, key, consistent=True)
    stored = table.change(stored, lambda now: _with(now, value))
    _known(survey, dimension).update(dict.fromkeys(stored.values))


def _with(now: FacetValues, value: str) -> FacetValues:
    if _is_decided(dict.fromkeys(now.values), value):
        return now
    return now.changed(values=(*now.values, value))
