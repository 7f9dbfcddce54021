"""Questions to the figures and their answers: out of counters where there are any, else out of the responses.

Figures are exact and not rounded: `rounded` does that once, where they are told.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from escuta.errors import EscutaError
from escuta.feedback.model import Query, Reckoned
from escuta.feedback.querying import asked, composing
from escuta.feedback.querying.asked import MOST_DAYS
from escuta.feedback.querying.checking import check, check_filters
from escuta.feedback.querying.composing import Plan
from escuta.feedback.querying.rounding import rounded
from escuta.feedback.querying.shelf import Shelf

__all__ = ["MOST_DAYS", "Counted", "ask", "ask_many", "check", "check_filters", "counted", "rounded"]


class Counted(NamedTuple):
    """An answer with the counters of its whole period as they are kept, every standing apart."""

    reckoned: Reckoned
    numbers: Counter[str]


def ask(query: Query, language: str = "") -> Reckoned:
    """Return the answer to a query; parts are named in this language where they have names in several.

    NotFoundError: the survey or the segment. InvalidError: what makes no sense (`value_not_allowed` with what does), a
    period that cannot be, too many parts, or more responses than may be read (`query_too_wide`).
    """
    (found,) = counted((query,), language)
    return found.reckoned


def ask_many(queries: Iterable[Query], language: str = "") -> tuple[Reckoned | EscutaError, ...]:
    """Return the answers to several queries, or why there is none, in their order; what they share is read once."""
    shelf = Shelf()
    plans: list[Plan | EscutaError] = []
    for query in queries:
        try:
            plans.append(composing.plan(asked.look_up(query, language), shelf))
        except EscutaError as refusal:
            plans.append(refusal)
    return tuple(each if isinstance(each, EscutaError) else _answer(each, shelf) for each in plans)


def counted(queries: Iterable[Query], language: str = "") -> tuple[Counted, ...]:
    """Return the answers to several queries with their counters; refused as `ask` when one of them is."""
    shelf = Shelf()
    plans = [composing.plan(asked.look_up(query, language), shelf) for query in queries]
    return tuple(Counted(*composing.answer(each, shelf)) for each in plans)


def _answer(plan: Plan, shelf: Shelf) -> Reckoned | EscutaError:
    try:
        return composing.answer(plan, shelf)[0]
    except EscutaError as refusal:
        return refusal
