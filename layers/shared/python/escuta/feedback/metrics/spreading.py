"""Over how many rows the counters of a survey are spread, so that chunks which come at once rarely clash.

Readers take whatever rows there are, so that the number may grow at any time. It doubles when too many transactions of
this process clash with those of others.
"""

from functools import cache, lru_cache

from escuta import clock, table
from escuta.errors import ConflictError
from escuta.feedback.model import Spread
from escuta.observe import logger

MOST = 64
_FRESH_SECONDS = 60
_WINDOW = 300  # seconds over which clashes are compared with transactions
_ENOUGH = 100  # transactions that say something
_TOO_MANY = 0.01  # clashes to a transaction


class _Watch:
    """What became of the transactions of a survey in this process, of late."""

    def __init__(self) -> None:
        self.since, self.written, self.clashes = clock.epoch(), 0, 0


def rows(survey: str) -> int:
    """Return over how many rows to write, up to a minute late."""
    return _rows(survey, clock.epoch() // _FRESH_SECONDS)


def now(survey: str) -> int:
    """Return how many rows there can be at most, at this moment."""
    return _stored(survey).rows


def observe(survey: str, clashes: int) -> None:
    """Note that a transaction was written after so many clashes, and spread wider when there are too many."""
    watch = _watch(survey)
    if clock.epoch() - watch.since > _WINDOW:
        watch = _anew(survey)
    watch.written += 1
    watch.clashes += clashes
    if watch.written >= _ENOUGH and watch.clashes > _TOO_MANY * watch.written:
        _widen(survey, watch)
        _anew(survey)


def _widen(survey: str, watch: _Watch) -> None:
    known = rows(survey)
    stored = _stored(survey)
    wanted = min(2 * known, MOST)
    if stored.rows >= wanted:  # others saw the same
        return
    try:
        after = (table.save if stored.rev else table.create)(stored.changed(rows=wanted))
    except ConflictError:
        return
    _rows.cache_clear()
    said = {"survey": survey, "rows": after.rows, "clashes": watch.clashes, "transactions": watch.written}
    logger().warning("counters spread wider", extra=said)


def _stored(survey: str) -> Spread:
    return table.find(Spread, Spread.at(survey), consistent=True) or Spread(survey=survey)


@lru_cache(maxsize=256)
def _rows(survey: str, tick: int) -> int:  # noqa: ARG001 - the tick is the age of what is kept
    return _stored(survey).rows


@cache
def _watches() -> dict[str, _Watch]:
    return {}


def _watch(survey: str) -> _Watch:
    return _watches().setdefault(survey, _Watch())


def _anew(survey: str) -> _Watch:
    _watches()[survey] = _Watch()
    return _watches()[survey]
