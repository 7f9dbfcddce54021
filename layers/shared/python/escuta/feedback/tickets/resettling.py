"""Tickets that stand where a segment no longer does: they follow it, one by one, and are seen and counted there.

Nothing is noted of how far this came: a ticket that is still listed under a path that somebody left is what is left to
do. So it may stop anywhere, run twice at once, or run after days. What is closed stays counted where it was.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from escuta import clock, table
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import ConflictError, TooLargeError
from escuta.feedback.model import Ticket
from escuta.feedback.tickets import finding, keeping
from escuta.feedback.tickets.keeping import Line
from escuta.observe import logger

LOOK_BACK = timedelta(days=30)  # moves, after which answers may still come by the old path
MOST = 200  # tickets of one run


def resettle(most: int = MOST) -> int:
    """Bring open tickets under the path on which their segments stand now; return how many were moved.

    At most so many: who calls this again and again goes on. One that somebody changes at this moment is left for the
    next time.
    """
    moved = 0
    for path in _left():
        found = finding.open_upto(path, most - moved)[: most - moved]
        places = table.find_many(Segment, {Segment.at(ticket.segment) for ticket in found}, consistent=True)
        for ticket in found:
            place = places.get(Segment.at(ticket.segment))
            if place and place.path != ticket.segment_path:
                moved += _follow(ticket, place)
        if moved >= most:
            break
    return moved


def _left() -> Iterator[tuple[str, ...]]:
    """Yield the paths that segments left lately, and to which they did not come back."""
    since, known = clock.now() - LOOK_BACK, segments.by_code()
    for path in dict.fromkeys(move.from_path for move in segments.everything_moved() if move.moved_at >= since):
        place = known.get(path[-1])
        if place and place.path != path:
            yield path


def _follow(ticket: Ticket, place: Segment) -> bool:
    """Move one ticket, as it is now; whether it was."""
    with suppress(ConflictError):
        current = keeping.get(ticket.id)  # the index may show it as it was before
        if current.segment != place.code or current.segment_path == place.path or current.emptied:
            return False
        there = current.changed(segment_path=place.path, timezone=place.timezone)
        details = {"segment_path": "/".join(place.path), "segment_path_was": "/".join(current.segment_path)}
        try:
            keeping.store(current, there, Line("resettled", details=details))
        except (TooLargeError, table.RejectedError):  # it stays where it was, and holds up no other
            logger().exception("ticket cannot follow", extra={"ticket": ticket.id})
            return False
        return True
    return False
