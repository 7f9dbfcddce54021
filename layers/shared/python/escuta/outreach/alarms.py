"""Alarms for messages that go out later: set when it is known that they will, rung by the clock.

An alarm only says that somebody is to look. Whoever looks finds out anew whether the message is to go out and when, so
that one alarm too many, too early or rung twice does no harm; a missing one would. So it is set before whatever relies
on it, and taken away only after its message is in the queue.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from escuta import clock, measured, queues, table
from escuta.config import settings
from escuta.errors import ConflictError
from escuta.measured import Measure
from escuta.outreach.model import SLOT, Due, DueCursor

MOST = 50_000  # alarms of one run; the next one goes on
_TOGETHER = 200
_LATE = timedelta(hours=1)  # an alarm is never set for a time that is longer ago: no function runs that long
_FIRST = timedelta(days=1)  # how far back the first run of all looks


def put(alarms: Iterable[Due]) -> None:
    """Set alarms; one that is set already stays. One for a time that is over rings next: its hour was worked off."""
    now = clock.now()
    table.put_many(alarm.changed(due_at=max(alarm.due_at, now)) for alarm in alarms)


def ring(most: int = MOST) -> int:
    """Queue what is due, at most so much; return how much. Two runs at once queue some of it twice."""
    now, left = clock.now(), most
    cursor = _cursor(now)
    moment = cursor.slot
    while moment <= now:
        left -= _rung(moment, now, left)
        if left <= 0:
            break
        moment += SLOT
    _move(cursor, min(moment, _hour(now - _LATE)))
    return most - left


def _rung(hour: datetime, now: datetime, most: int) -> int:
    """Ring what is due of one hour; return how much that was."""
    count = 0
    for shard in Due.shards(hour):
        more = True
        while more and count < most:
            page = table.query(Due, shard, limit=min(_TOGETHER, most - count), consistent=True)
            due = [alarm for alarm in page.items if alarm.due_at <= now]
            measured.count(Measure.BEHIND, max(((now - each.due_at).total_seconds() for each in due), default=0))
            queues.send(settings().deliver_queue, (message(alarm.link_key, alarm.reminder) for alarm in due))
            if due:
                table.delete_many(Due, (alarm.key() for alarm in due))
            count += len(due)
            more = page.next is not None and len(due) == len(page.items)
    return count


def message(link_key: str, reminder: int = 0) -> dict[str, Any]:
    """Return what the deliver queue is told: to look at an invitation, or at a reminder of it."""
    return {"invitation": link_key, **({"reminder": reminder} if reminder else {})}


def _cursor(now: datetime) -> DueCursor:
    found = table.find(DueCursor, DueCursor.at(), consistent=True)
    return found or DueCursor(slot=_hour(now - _FIRST))


def _move(cursor: DueCursor, slot: datetime) -> None:
    """Remember where the next run begins; never past an hour for which an alarm may still be set."""
    if cursor.rev and slot <= cursor.slot:
        return
    moved = cursor.changed(slot=slot)
    try:
        if cursor.rev:
            table.save(moved)
        else:
            table.create(moved)
    except ConflictError:  # another run was faster; the next one begins where either of them left
        return


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
