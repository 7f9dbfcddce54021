"""What a caller is told about its rate: RateLimit headers on every answer, and 429 beyond it."""

from contextvars import ContextVar

from escuta.directory.access import rates
from escuta.directory.model import Caller
from escuta.errors import TooManyError

_standing: ContextVar[rates.Standing | None] = ContextVar("standing", default=None)


def begin() -> None:
    """Know of no caller yet: what is answered before one is known has no headers."""
    _standing.set(None)


def take(caller: Caller) -> None:
    """Count a request; TooManyError `rate_limited` beyond what the caller may make in a minute."""
    standing = rates.take(caller.id, caller.rate)
    _standing.set(standing)
    if not standing.passed:
        raise TooManyError("rate_limited", limit=standing.limit, retry_after=standing.reset)


def headers() -> dict[str, str]:
    """Return what is said of the rate with this answer (draft-ietf-httpapi-ratelimit-headers)."""
    standing = _standing.get()
    if standing is None:
        return {}
    return {
        "RateLimit-Policy": f"{standing.limit};w={int(rates.WINDOW.total_seconds())}",
        "RateLimit-Limit": str(standing.limit),
        "RateLimit-Remaining": str(standing.remaining),
        "RateLimit-Reset": str(standing.reset),
    }
