"""The only clock. Tests and the demo move it; nothing else reads the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from escuta.config import settings

_moved: ContextVar[timedelta | None] = ContextVar("moved", default=None)


def now() -> datetime:
    """Return the current time in UTC, to the millisecond, moved as the test or the demo asked."""
    moment, shift = datetime.now(UTC), _moved.get()
    if shift is not None:
        moment += shift
    elif seconds := settings().clock_shift:
        moment += timedelta(seconds=seconds)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def epoch() -> int:
    """Return the current time as whole seconds since 1970."""
    return int(now().timestamp())


def local_day(moment: datetime, timezone: str) -> str:
    """Return the calendar day `YYYY-MM-DD` that `moment` falls on in that time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Make `now()` start from `moment` inside the block."""
    token = _moved.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _moved.reset(token)
