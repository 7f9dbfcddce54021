"""How counters are called: the rows of a place, and the names of the numbers in them."""

from typing import NamedTuple

from escuta.feedback.model import Standing

TAPPED = "tapped."
VERSION = "ver"  # rises with every write of a sub-counter; tells a recount whether anything moved meanwhile


class Row(NamedTuple):
    """One counter of one day, before it is spread over sub-counters."""

    survey: str
    place: str
    day: str


def partition(survey: str, place: str) -> str:
    """Return the partition of the counters of a place."""
    return f"counter#{survey}#{place}"


def prefix(standing: Standing) -> str:
    """Return what stands before the names of what is not simply counted."""
    return "" if standing is Standing.COUNTED else f"{standing}."
