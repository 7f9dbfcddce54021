"""From a figure to the answers behind it: the newest first, page by page, never more read than one call may read.

Answers lie in lists by segment and in lists by day, both sorted by when they were answered, so that several can be
merged. A small subtree is merged from the lists of its segments; for a large one the days are gone through, since most
of what they hold belongs to it. Both give the same answers in the same order, and a cursor of one fits the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple

from escuta import clock, table
from escuta.directory import segments
from escuta.entity import Value
from escuta.feedback import filtering, keeping, phrases, revealing, surveys
from escuta.feedback.model import (
    Contribution,
    Filter,
    Hierarchy,
    Origin,
    Response,
    ResponseState,
    Standing,
)
from escuta.feedback.newest import TOGETHER, Listed, Reading
from escuta.feedback.submissions import LONGEST_WAIT

MOST_ROWS = 1_000  # answers read for one page
MOST_TURNS = 60  # lists opened, or gone on with, for one page
MOST_PLACES = 40  # segments whose lists are merged: all of them are opened at once
MOST_DAYS = 731  # gone through where neither somebody nor the survey says from when
_LITTLE = 8  # places that are always merged
_FEW = 5  # answers of a segment read at first; at least two, since the first may be the one that a cursor names
_A_LIST = 4  # to open a list costs as much as reading so many answers
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)  # a day begins so long before that in UTC, and ends so late


class Wanted(Value):
    """Which answers. Without days: of all times."""

    survey: str
    segment: str
    subtree: bool = False
    hierarchy: Hierarchy = Hierarchy.WAS  # of the subtree: what stood under the segment then, or what stands there now
    first: date | None = None
    last: date | None = None
    standings: frozenset[Standing] | None = None  # None: whatever it is
    origin: Origin | None = None
    tapped: bool = True  # False: without those that were only tapped in a message
    evidence: str = ""
    question: str = ""  # only of who answered it
    commented: bool = False  # only of who wrote a comment
    filters: tuple[Filter, ...] = ()
    words: str = ""  # all of them, in what somebody wrote
    masked: bool = True  # whoever may not see personal data cannot search for it, either


class Found(NamedTuple):
    """A page. It may be short, even empty, while `next` says that there may be more: so much was read for it.

    `looked_back_to` is the moment down to which everything was looked at; None: there is nothing left.
    """

    items: tuple[Response, ...]
    next: str | None
    looked_back_to: datetime | None


def page(wanted: Wanted, *, limit: int = 25, cursor: str | None = None) -> Found:
    """Return the answers that follow a cursor, the newest first. What arrives meanwhile moves none of the others."""
    before = cursor or _end_of(min(wanted.last or _today(), _today()))
    places = _places(wanted)
    reading = Reading(
        _lists(wanted, places, limit, before),
        earliest=_start_of(wanted.first) if wanted.first else "0",
        before=before,
        rows=MOST_ROWS,
        turns=MOST_TURNS,
    )
    answers, items = iter(reading), list[Response]()
    while len(items) < limit and (some := list(islice(answers, limit))):
        items += _fitting(wanted, places, some)
    after = items[limit - 1].place_in_time if len(items) > limit else reading.position
    return Found(tuple(items[:limit]), after, datetime.fromisoformat(after.partition("#")[0]) if after else None)


def _places(wanted: Wanted) -> frozenset[str]:
    """Return the codes of the segments whose answers may be wanted."""
    if not wanted.subtree:
        return frozenset({wanted.segment})
    if wanted.hierarchy is Hierarchy.WAS:
        return segments.ever_under(wanted.segment)
    return frozenset(place.code for place in segments.all() if wanted.segment in place.path) | {wanted.segment}


def _lists(wanted: Wanted, places: frozenset[str], limit: int, before: str) -> Iterable[Listed]:
    """Return the lists to go through, those that end latest first."""
    few = max(_FEW, limit // len(places) + 1)
    if _by_place(len(places), limit, few):
        pks = (f"responses#{wanted.survey}#{place}" for place in sorted(places))
        return [Listed(pk, "g1", before, min(few, TOGETHER)) for pk in pks]
    return _by_day(wanted, before, min(limit * len(segments.by_code()) // len(places) + 1, TOGETHER))


def _by_place(places: int, limit: int, few: int) -> bool:
    """Tell whether merging the lists of so many places reads less for a page than going through the days.

    Of what lies in a day, as much belongs to them as they are many among all places, as far as anybody knows before.
    Days may be empty, which nobody knows before either: so few places as cost little anyway are always merged.
    """
    if places == 1:
        return True
    days = _A_LIST + limit * len(segments.by_code()) / places
    return places <= MOST_PLACES and (places <= _LITTLE or places * (_A_LIST + few) <= days)


def _by_day(wanted: Wanted, before: str, few: int) -> Iterator[Listed]:
    newest = (datetime.fromisoformat(before.partition("#")[0]) + _EAST).date()
    day = min(newest, wanted.last) if wanted.last else newest
    first = _first_day(wanted)
    while day >= first:
        yield Listed(f"responses#{wanted.survey}#{day.isoformat()}", "g2", _end_of(day), few)
        day -= timedelta(days=1)


def _first_day(wanted: Wanted) -> date:
    """Return a day before which no answer is wanted, or the survey has none."""
    head = surveys.head(wanted.survey)
    if head is None:
        return wanted.first or _today() - timedelta(days=MOST_DAYS)
    begun = (head.created_at - LONGEST_WAIT - _WEST).date()
    return max(wanted.first or begun, begun)


def _today() -> date:
    """Return the last of all days that have begun somewhere."""
    return (clock.now() + _EAST).date()


def _start_of(day: date) -> str:
    """Return where the answers of a local day begin, wherever it is."""
    return (datetime.combine(day, time(), UTC) - _EAST).isoformat()


def _end_of(day: date) -> str:
    """Return where the answers of a local day end, wherever it is."""
    return (datetime.combine(day + timedelta(days=1), time(), UTC) + _WEST).isoformat() + "#~"


def _fitting(wanted: Wanted, places: frozenset[str], some: Sequence[Response]) -> Iterator[Response]:
    """Yield those of some answers that are wanted."""
    near = [each for each in some if _is_near(wanted, places, each) and _stands(wanted, each)]
    groups = _groups(near) if filtering.by_group(wanted.filters) else {}
    terms = phrases.terms(wanted.words)
    for each in near:
        if filtering.fits(each, wanted.filters, group=groups.get(each.id, "")) and _says(wanted, terms, each):
            yield each


def _is_near(wanted: Wanted, places: frozenset[str], response: Response) -> bool:
    """Tell whether an answer is of the place and the days, and may be read at all."""
    if wanted.subtree and wanted.hierarchy is Hierarchy.WAS:
        inside = wanted.segment in response.segment_path
    else:
        inside = response.segment in places
    first, last = (day.isoformat() if day else "" for day in (wanted.first, wanted.last))
    timely = response.day >= first and (not last or response.day <= last)
    return inside and timely and response.state is ResponseState.FINAL and not keeping.is_over(response)


def _stands(wanted: Wanted, response: Response) -> bool:
    return (
        (wanted.standings is None or response.standing in wanted.standings)
        and wanted.origin in {None, response.origin}
        and (wanted.tapped or response.origin is not Origin.TAPPED)
        and (not wanted.evidence or wanted.evidence in response.evidence)
    )


def _says(wanted: Wanted, terms: Sequence[str], response: Response) -> bool:
    if wanted.question and wanted.question not in response.answers:
        return False
    if wanted.commented and not response.comment:
        return False
    if not terms:
        return True
    shown = revealing.masked(response, response.language) if wanted.masked else response
    return phrases.stand_in(terms, (*revealing.texts(shown), shown.comment), response.language)


def _groups(some: Iterable[Response]) -> dict[str, str]:
    """Return the groups of products in which answers were counted."""
    found = table.find_many(Contribution, (Contribution.at(each.survey, each.id) for each in some if each.product))
    return {each.response: each.group for each in found.values()}
