"""Keeping answers no longer than their survey says: what is older is emptied, day by day, and what was counted stays.

Nobody can read them from the first moment on (`escuta.feedback.keeping`); this only removes what is left.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from escuta import clock, queues, table
from escuta.config import settings
from escuta.errors import ConflictError
from escuta.feedback import belongings, emptying, keeping, responses, surveys
from escuta.feedback.model import Emptied, Response, Retention, Survey
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


def run(survey: str, in_time: Callable[[], bool], day: str = "") -> int:
    """Empty what a survey keeps no longer, from a day on (where the run before ended) as long as there is time.

    The rest is queued. Returns how many were emptied. May run twice, and beside itself.
    """
    head = surveys.get(survey)
    end = keeping.kept_since(head, clock.now())
    if end is None:
        return 0
    known = table.find(Retention, Retention.at(survey), consistent=True) or Retention(survey=survey, day=_first(head))
    emptied, current = 0, date.fromisoformat(day or known.day)
    while current <= end.date() + _DAY:
        for response in _over(survey, current.isoformat(), end):
            emptying.answers(belongings.of_response(response), Emptied.EXPIRED)
            emptied += 1
            if not in_time():
                break  # the rest of the day with the next message
        else:
            current += _DAY
        if not in_time():
            queues.send(settings().erase_queue, [{"retain": survey, "day": current.isoformat()}])
            return emptied
    _note(known, (end - _LATE).date().isoformat())
    return emptied


def _first(head: Survey) -> str:
    """Return the first day that an answer can count for."""
    return (head.created_at.date() - _DAY).isoformat()


def _over(survey: str, day: str, end: datetime) -> Iterator[Response]:
    return (each for each in responses.of_day(survey, day) if each.received_at < end and each.emptied is None)


def _note(known: Retention, day: str) -> None:
    """Keep how far it came: only a day for which nothing can come any more is done with."""
    if day <= known.day:
        return
    changed = known.changed(day=day)
    try:
        table.save(changed) if known.rev else table.create(changed)
    except ConflictError:
        return  # another run noted it; the next one begins where that came to
