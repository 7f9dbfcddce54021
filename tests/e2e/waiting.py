"""Waiting for what happens elsewhere: look until it is there, or say what was seen last."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0  # seconds: generous, since only a failure waits for its end
_STEP = 0.1


def eventually(what: str, look: Callable[[], T], *, seconds: float = PATIENCE) -> T:
    """Return the first thing seen that is true; AssertionError names what was waited for and what was seen instead."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:.0f} s; last seen: {seen!r}")
        time.sleep(_STEP)
    return seen
