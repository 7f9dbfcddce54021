"""The counters of tickets against the tickets themselves: nowhere apart, if all is well."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import InvalidError
from escuta.feedback.model import Ticket
from escuta.feedback.tickets import counts, finding
from escuta.feedback.tickets.counts import Row

MOST = 10_000  # tickets that somebody waits for
MOST_PLACES = 300  # segments whose tickets are listed, a call each
_PAGE = 500

Drift = dict[str, dict[str, int]]


def drift(place: Segment, *, most: int = MOST) -> Drift:
    """Return by how much the counters of a segment are above its tickets, of now and by day; {}: nowhere.

    What moves while it is read may differ for that moment. InvalidError `ticket_recount_too_large` for a place that is
    too wide, or has more than `most` tickets.
    """
    should = recounted(place.code, most=most)
    parents = {row.of for row in should if row.kind == "now"} | {place.path[-2] if len(place.path) > 1 else ""}
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    surveys = {row.of.rpartition("#")[0] for row in should if row.kind == "days"}
    for parent in parents:
        for survey, numbers in counts.standing((parent, place.code) if parent else (place.code,)).items():
            found[f"now {survey}"].update(numbers)
            surveys.add(survey)
    for survey in surveys:
        for day, numbers in counts.ever(survey, place.code).items():
            found[f"{day} {survey}"].update(numbers)
    for row, numbers in should.items():
        for name, number in numbers.items():
            if row.kind == "now":
                found[f"now {row.name.rpartition('#')[2]}"][name] -= number
            else:
                found[f"{row.name}-{name[:2]} {row.of.rpartition('#')[0]}"][name[3:]] -= number
    apart = {what: {name: number for name, number in numbers.items() if number} for what, numbers in found.items()}
    return {what: numbers for what, numbers in sorted(apart.items()) if numbers}


def recounted(code: str, *, most: int = MOST) -> dict[Row, Counter[str]]:
    """Return what the counters of a segment should say, out of every ticket that counts there."""
    found: defaultdict[Row, Counter[str]] = defaultdict(Counter)
    for number, ticket in enumerate(_all(code)):
        if number == most:
            raise InvalidError("ticket_recount_too_large", field="segment", most=most)
        for row, numbers in counts.contribution(ticket).items() if code in ticket.segment_path else ():
            own = row.name.rpartition("#")[0] if row.kind == "now" else row.of.rpartition("#")[2]
            if row.kind != "load" and own == code:
                found[row].update(numbers)
    return found


def _all(code: str) -> Iterator[Ticket]:
    places = segments.ever_under(code)
    if len(places) > MOST_PLACES:
        raise InvalidError("ticket_recount_too_large", field="segment", most=MOST_PLACES)
    for place in sorted(places):
        cursor: str | None = None
        while True:
            page = finding.listing(place, limit=_PAGE, cursor=cursor)
            yield from page.items
            cursor = page.next
            if cursor is None:
                break
