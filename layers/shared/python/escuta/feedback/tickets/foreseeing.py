"""What rules would have opened in the last days: found out on the answers that there are, before the rules hold.

It reads whole days of answers through their index, and refuses more than it may read: a part is never told as the
whole.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escuta import clock, table
from escuta.directory.model import Segment
from escuta.errors import InvalidError
from escuta.feedback import surveys
from escuta.feedback.model import Response, RuleKind, TicketRule
from escuta.feedback.tickets import finding, knowing, ruling
from escuta.feedback.tickets.history import FOLLOW_UP

MOST_DAYS = 366
MOST_RESPONSES = 10_000  # that are read
MOST_PARTITIONS = 800  # days of surveys that are looked at
EXAMPLES = 5  # of each rule, the newest
_TOGETHER = 500  # answers whose facts are found at once


class Example(NamedTuple):
    """An answer that a rule would have opened a ticket for, and the tickets that it has."""

    response: Response
    tickets: tuple[str, ...]


class Foreseen(NamedTuple):
    """What one rule would have opened. `tickets` None: answers do not tell it."""

    rule: TicketRule
    tickets: int | None
    segments: Mapping[str, int]
    known: int  # of these answers so many have a ticket already, of this rule or another
    examples: tuple[Example, ...]


class Foresight(NamedTuple):
    """What rules would have opened for the answers of a time."""

    first: date
    last: date
    responses: int
    rules: tuple[Foreseen, ...]

    @property
    def tickets(self) -> int:
        """Return how many tickets that is in all."""
        return sum(each.tickets or 0 for each in self.rules)


def foresee(rules: Sequence[TicketRule], place: Segment, days: int, *, survey: str = "") -> Foresight:
    """Return what these rules would have opened in a place and all below it, in the last so many days.

    Days are those of the place's own clock, today included. An answer is judged as it is now: one that was taken out
    of the figures since, or that replaced what was tapped, as that. InvalidError `preview_too_wide`.
    """
    zone = ZoneInfo(place.timezone)
    last = clock.now().astimezone(zone).date()
    first = last - timedelta(days=days - 1)
    since = datetime.combine(first, time(), zone)
    answers = [each for each in _answers(_named(survey), since, last) if place.code in each.segment_path]
    fits = _fits(rules, answers)
    fallen = {answers[each].id for places in fits for each in places}
    known = finding.names_by_answer(sorted(fallen))
    return Foresight(
        first, last, len(answers), tuple(_foreseen(*each, answers, known) for each in zip(rules, fits, strict=True))
    )


def _named(survey: str) -> tuple[str, ...]:
    if survey:
        return (surveys.get(survey).id,)
    page = surveys.listing(limit=MOST_PARTITIONS)
    return tuple(each.id for each in page.items if each.version and each.id != FOLLOW_UP)


def _answers(named: Sequence[str], since: datetime, last: date) -> Iterator[Response]:
    """Yield the answers since a moment. Days are called by the clock of each store: the days beside them hold some."""
    days = (last - since.date()).days + 3
    if len(named) * days > MOST_PARTITIONS:
        raise _too_wide()
    begin, end, left = since.astimezone(UTC).isoformat(), (clock.now() + timedelta(days=1)).isoformat(), MOST_RESPONSES
    for survey in named:
        for ahead in range(-1, days - 1):
            pk = f"responses#{survey}#{(since.date() + timedelta(days=ahead)).isoformat()}"
            found = table.query(Response, pk, index="g2", between=(begin, end), limit=left + 1).items
            left -= len(found)
            if left < 0:
                raise _too_wide()
            yield from found


def _too_wide() -> InvalidError:
    return InvalidError("preview_too_wide", field="days", most=MOST_RESPONSES, most_partitions=MOST_PARTITIONS)


def _fits(rules: Sequence[TicketRule], answers: Sequence[Response]) -> list[list[int]]:
    """Return for each rule the places of the answers that fall under it. Facts are found together, a few at a time."""
    wanted, found = ruling.names(rules), [list[int]() for _ in rules]
    for begin in range(0, len(answers), _TOGETHER):
        some = answers[begin : begin + _TOGETHER]
        for at, (answer, known) in enumerate(zip(some, knowing.of_many(some, wanted), strict=True), begin):
            for places, rule in zip(found, rules, strict=True):
                if ruling.opens(rule, answer, known):
                    places.append(at)
    return found


def _foreseen(
    rule: TicketRule, places: Sequence[int], answers: Sequence[Response], tickets: Mapping[str, tuple[str, ...]]
) -> Foreseen:
    if rule.kind is RuleKind.OPENED_UNANSWERED:
        return Foreseen(rule, None, {}, 0, ())
    own = sorted((answers[place] for place in places), key=lambda each: each.place_in_time, reverse=True)
    return Foreseen(
        rule=rule,
        tickets=len(own),
        segments=dict(Counter(each.segment for each in own).most_common()),
        known=sum(each.id in tickets for each in own),
        examples=tuple(Example(each, tickets.get(each.id, ())) for each in own[:EXAMPLES]),
    )
