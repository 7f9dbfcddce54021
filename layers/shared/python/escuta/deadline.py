"""How long the call that is served may take: an answer that comes after Lambda ended the function reaches nobody.

Who waits for something asks here first. What is left is counted without a reserve, in which the answer is made.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import Any

_SHARE, _LEAST, _MOST = 0.1, 0.5, 2.0  # of the time that is left at the start, and seconds: the reserve
_ends: ContextVar[float] = ContextVar("ends", default=inf)  # by the monotonic clock


@contextmanager
def of(context: Any) -> Iterator[None]:
    """Keep to the time that Lambda leaves for this call. A context that tells none leaves things as they are."""
    tell = getattr(context, "get_remaining_time_in_millis", None)
    if tell is None:
        yield
        return
    seconds = tell() / 1000
    token = _ends.set(time.monotonic() + seconds - min(max(_SHARE * seconds, _LEAST), _MOST))
    try:
        yield
    finally:
        _ends.reset(token)


def left() -> float:
    """Return the seconds that are left: endless where nobody waits, less than 0 when it is over."""
    return _ends.get() - time.monotonic()


def pause(seconds: float) -> None:
    """Wait, but never longer than what is left."""
    time.sleep(max(0.0, min(seconds, left())))
