"""Keeping answers no longer than their survey says: what is older is emptied, day by day, and what was counted stays.

Nobody can read them from the first moment on (`escuta.feedback.keeping`); this only removes what is left.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from escuta import clock, queues, table
from escuta.config import settings
from escuta.errors import ConflictError
from escuta.feedback import belongings, emptying, keeping, responses, surveys
from escuta.feedback.model import Emptied, Retention, Survey
from escuta.feedback.submissions import LONGEST_WAIT

_DAY = timedelta(days=1)
_LATE = LONGEST_WAIT + 2 * _DAY  # an answer that waited on a device comes that much after the day it counts for


def begin() -> int:
    """Queue every survey that keeps answers for a time; return how many."""
    found = [survey.id for survey in _all() if survey.retention_days]
    queues.send(settings().erase_queue, ({"retain": survey} for survey in found))
    return len(found)


def _all() -> Iterator[Survey]:
    cursor: str | None = None
    while True:
        page = surveys.listing(cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def run(survey: str, in_time: Callable[[], bool]) -> int:
    """Empty what a survey keeps no longer, as long as there is time; the rest is queued. Return how many were emptied.

    How far it came is kept, so that a day that is done with is read no more. May run twice, and beside itself.
    """
    head = surveys.get(survey)
    end = keeping.kept_since(head, clock.now())
    if end is None:
        return 0
    known = table.find(Retention, Retention.at(survey), consistent=True) or Retention(survey=survey, day=_first(head))
    emptied, day = 0, date.fromisoformat(known.day)
    while day <= end.date() + _DAY:
        if not in_time():
            _note(known, day, end)
            queues.send(settings().erase_queue, [{"retain": survey}])
            return emptied
        emptied += _day(survey, day.isoformat(), end)
        day += _DAY
    _note(known, day, end)
    return emptied


def _first(head: Survey) -> str:
    """Return the first day that an answer can count for."""
    return (head.created_at.date() - _DAY).isoformat()


def _day(survey: str, day: str, end: datetime) -> int:
    emptied = 0
    for response in responses.of_day(survey, day):
        if response.received_at < end and response.emptied is None:
            emptying.answers(belongings.of_response(response), Emptied.EXPIRED)
            emptied += 1
    return emptied


def _note(known: Retention, day: date, end: datetime) -> None:
    """Keep how far it came: only a day for which nothing can come any more is done with."""
    reached = min(day, (end - _LATE).date()).isoformat()
    if reached <= known.day:
        return
    changed = known.changed(day=reached)
    try:
        table.save(changed) if known.rev else table.create(changed)
    except ConflictError:
        return  # another run noted it; the next one begins where that came to
