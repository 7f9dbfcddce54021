"""Domains of addresses whose mail is opened by machines: what became of the scores out of messages to each."""

from collections.abc import Iterator

from escuta import table
from escuta.entity import Key, Table, Value
from escuta.feedback.model import Provisional, ProvisionalState


class Domain(Value):
    """What became of the scores out of messages to one domain."""

    domain: str
    n: int
    flagged: int


LOUD = 0.05  # share of flagged scores from which a domain is named
_FEWEST = 10  # scores below which a share says nothing


def loud(survey: str, segment: str, first_day: str, last_day: str) -> tuple[Domain, ...]:
    """Return the domains of which more than one score in twenty was flagged, the loudest first."""
    sums: dict[str, list[int]] = {}
    pk = _partition(survey, segment)
    for sk, numbers in table.numbers(Table.FEEDBACK, pk, between=(f"{first_day}#", f"{last_day}#~")):
        counted = sums.setdefault(sk.partition("#")[2], [0, 0])
        counted[0] += numbers["n"]
        counted[1] += numbers.get("flagged", 0)
    shares = (Domain(domain=name, n=n, flagged=flagged) for name, (n, flagged) in sums.items())
    named = (each for each in shares if each.n >= _FEWEST and each.flagged > LOUD * each.n)
    return tuple(sorted(named, key=lambda each: (-each.flagged / each.n, each.domain)))


def additions(settled: Provisional) -> Iterator[table.Add]:
    """Count what became of the scores of a domain, at its place and all above it, beside the guarded write."""
    flagged = {"flagged": 1} if settled.state is ProvisionalState.FLAGGED else {}
    for segment in settled.segment_path if settled.domain else ():
        key = Key(_partition(settled.survey, segment), f"{settled.day}#{settled.domain}")
        yield table.Add(Table.FEEDBACK, key, {"n": 1, **flagged})


def _partition(survey: str, segment: str) -> str:
    return f"taps#{survey}#{segment}"
