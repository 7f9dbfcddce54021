"""Bursts: one hand that answers again and again at a store link or on a website, and floods of answers.

Nothing is refused and nothing is thrown away: what belongs to a burst is marked suspect, also the answers that came
before it could be seen. What a person decided about a response stands.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

from escuta import clock, table
from escuta.errors import ConflictError
from escuta.feedback.model import Response, ResponseState, Standing, Switch

WINDOW = timedelta(seconds=60)
SAME = 5  # equal scores through one link in the window; one more is a burst
FLOOD = 50  # answers through one link in the window; one more is a flood
BURST, FLOODED = "burst", "flood"
_MOST = 250  # answers read around one; a place that has more in two minutes is flooded
_HOT = timedelta(seconds=10)  # how long around its discovery a flood needs no reading
_REMEMBERED = 200  # links that are known to be flooded
_CHANNELS = frozenset({"store", "web"})
_TRIES = 3


def judge(response: Response) -> int:
    """Mark what this answer shows to be a burst; return how many were marked. Told twice, it marks nothing more.

    An image of a stream may be old, and the index lags: every answer of a burst asks again, and every mark does.
    """
    if response.channel not in _CHANNELS or not response.link_key or response.state is ResponseState.DELETED:
        return 0
    if _is_hot(response):
        return _mark(response, FLOODED)
    found = [each for each in _around(response) if each.link_key == response.link_key]
    reasons = {each.id: reason for each, reason in findings(found)}
    if FLOODED in reasons.values():
        _hot()[response.link_key] = response.received_at
        while len(_hot()) > _REMEMBERED:
            _hot().popitem(last=False)
    return sum(_mark(each, reasons[each.id]) for each in found if each.id in reasons)


def findings(some: Iterable[Response]) -> Iterator[tuple[Response, str]]:
    """Yield the answers of one link that belong to a burst or to a flood, with which of them."""
    ordered = sorted(some, key=lambda each: each.moment)
    by_score: dict[int, list[Response]] = {}
    for each in ordered:
        if each.score is not None:
            by_score.setdefault(each.score, []).append(each)
    burst = {name for same in by_score.values() for name in _crowded(same, SAME)}
    flooded = _crowded(ordered, FLOOD)
    for each in ordered:
        if each.id in burst | flooded:
            yield each, BURST if each.id in burst else FLOODED


def _crowded(ordered: Sequence[Response], most: int) -> set[str]:
    """Return those that have more than `most` within one window, themselves included."""
    crowded: set[str] = set()
    for start, (first, last) in enumerate(zip(ordered, ordered[most:], strict=False)):
        if last.moment - first.moment <= WINDOW:
            crowded.update(each.id for each in ordered[start : start + most + 1])
    return crowded


def _around(response: Response) -> tuple[Response, ...]:
    """Return the answers of the place that were given within a window before and after, this one included."""
    span = tuple((response.moment + shift).isoformat()[:19] for shift in (-WINDOW, WINDOW + timedelta(seconds=1)))
    pk = f"responses#{response.survey}#{response.segment}"
    found = table.query(Response, pk, between=(span[0], span[1]), index="g1", limit=_MOST).items
    return found if any(each.id == response.id for each in found) else (*found, response)


def _is_hot(response: Response) -> bool:
    since = _hot().get(response.link_key)
    return since is not None and response.answered_at is None and abs(response.received_at - since) <= _HOT


@cache
def _hot() -> OrderedDict[str, datetime]:
    """Return the links that were flooded when this warm function last looked: their answers need no reading."""
    return OrderedDict()


def _mark(response: Response, reason: str) -> int:
    """Mark one answer as it is stored now, unless a person decided about it or something else speaks against it."""
    for _ in range(_TRIES):
        now = table.find(Response, response.key(), consistent=True)
        if now is None or now.state is ResponseState.DELETED or any(line.who for line in now.switches):
            return 0
        if now.standing is not Standing.COUNTED:
            return 0
        line = Switch(at=clock.now(), who="", was=now.standing, now=Standing.SUSPECT, reason=reason)
        marks = {"standing": Standing.SUSPECT, "evidence": (*now.evidence, reason)}
        try:
            table.save(now.changed(switches=(*now.switches, line), **marks))
        except ConflictError:
            continue
        return 1
    raise ConflictError("stale")
