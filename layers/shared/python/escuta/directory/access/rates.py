"""How many requests a caller may make in a minute, counted in leases: most requests cost no write.

Each warm function takes a portion of the minute's allowance by one guarded write and serves from it. A caller never
gets more than its rate; spread over many functions it may be refused a little earlier, since what one of them has taken
no other can give. A portion is therefore half of what the function has served so far, and small at first: of a low
rate one request at a time, so that fifty functions together hold back less than half of it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from escuta import clock, table
from escuta.directory.model import Allowance
from escuta.errors import UnavailableError
from escuta.observe import logger

WINDOW = timedelta(minutes=1)
LEAST = 4  # requests of the first portion, or a hundredth of the rate if that is less
BLIND = timedelta(seconds=5)  # for so long nobody asks a store again that did not answer
CROWDED = timedelta(seconds=1)  # for so long a single request passes uncounted where others were always faster
_MOST_CALLERS = 1000  # that a warm function remembers


class Standing(NamedTuple):
    """What became of a request, and what is left, as far as this function knows."""

    passed: bool
    limit: int
    remaining: int
    reset: int  # seconds until all of it is there again


@dataclass
class _Lease:
    """A portion of a caller's minute. `row` is what the store was last known to hold; None: it was not asked yet."""

    ends: datetime
    row: Allowance | None = None
    left: int = 0
    spent: int = 0
    blind: bool = False


def take(caller: str, limit: int) -> Standing:
    """Count one request of a caller who may make `limit` a minute. While the store does not answer, all pass."""
    now, leases = clock.now(), _leases()
    lease = leases.get(caller)
    if lease is None or not now < lease.ends <= now + 2 * WINDOW:
        lease = _Lease(now, lease.row if lease else None)
    if not lease.left and not lease.blind and (lease.ends == now or _rest(lease, limit)):
        lease = _renewed(caller, lease, limit, now)
    if len(leases) >= _MOST_CALLERS:
        leases.clear()
    leases[caller] = lease
    passed = lease.blind or lease.left > 0
    if lease.left:
        lease.left, lease.spent = lease.left - 1, lease.spent + 1
    reset = max(1, math.ceil((lease.ends - now).total_seconds()))
    return Standing(passed, limit, min(limit, lease.left + _rest(lease, limit)), reset)


def forget() -> None:
    """Forget all portions, as a cold start does."""
    _leases.cache_clear()


def used(callers: Iterable[str]) -> dict[str, datetime]:
    """Return when these callers last took a portion, as far as they ever did."""
    found = table.find_many(Allowance, [Allowance.at(caller) for caller in callers])
    return {row.caller: row.used_at for row in found.values()}


def _renewed(caller: str, lease: _Lease, limit: int, now: datetime) -> _Lease:
    granted = 0

    def taken(row: Allowance) -> Allowance:
        nonlocal granted
        running = abs(now - row.began_at) < WINDOW  # the clocks of two functions are not quite the same
        began, before = (row.began_at, row.taken) if running else (now, 0)
        granted = min(max(1, min(LEAST, limit // 100), lease.spent // 2), max(0, limit - before))
        return row.changed(began_at=began, taken=before + granted, used_at=now) if granted else row

    try:
        known = lease.row or table.find(Allowance, Allowance.at(caller), consistent=True)
        row = table.change(known or Allowance(caller=caller, began_at=now, taken=0, used_at=now), taken)
    except UnavailableError as error:
        if error.__cause__ is None:  # the store answers: others take portions of the same minute at this very moment
            return _Lease(now + CROWDED, left=1, spent=lease.spent)
        logger().warning("requests not counted", extra={"caller": caller})
        return _Lease(now + BLIND, blind=True)
    return _Lease(row.began_at + WINDOW, row, granted, lease.spent)


def _rest(lease: _Lease, limit: int) -> int:
    """Return how much of the minute nobody has taken yet, as far as this function knows."""
    return max(0, limit - (lease.row.taken if lease.row else 0))


@cache
def _leases() -> dict[str, _Lease]:
    return {}
