"""When to try again what was not taken: pure."""

from datetime import timedelta
from zlib import crc32

WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds: ten tries in a little over three days
TRIES = len(WAITS) + 1
_STRIKES = 5
_JITTER = 0.2  # of the wait, on top
_LONGEST_ASKED = 6 * 3_600  # seconds that a server may ask for beyond our own wait


def wait(delivery: str, tries: int, asked: int = 0) -> timedelta | None:
    """Return how long to wait after so many tries; None: it was the last one.

    `asked` are the seconds of a Retry-After. The jitter follows from the delivery, so that what failed together does
    not come back together.
    """
    if tries >= TRIES:
        return None
    dice = crc32(f"{delivery}|{tries}".encode()) % 1_000 / 1_000
    own = WAITS[tries - 1] * (1 + _JITTER * dice)
    return timedelta(seconds=round(max(own, min(asked, _LONGEST_ASKED)), 3))


def hold(failures: int) -> timedelta:
    """Return how long a server is left alone that did not take so many calls in a row."""
    return timedelta(seconds=min(5 * 2 ** min(failures - _STRIKES, 9), 300) if failures >= _STRIKES else 0)
