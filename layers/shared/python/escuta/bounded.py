"""Clients of AWS that wait no longer than the call that is served may take; all of ours are made here.

What a client may wait by itself, times its tries, is more than most functions have: Lambda would end them in the
middle, and who asked would be told nothing. Out of time is said as `OutOfTimeError` instead, as if the service had not
answered, so that whoever hears it says when to come again. botocore has hooks for all of it but the length of a wait.
"""

from collections.abc import Callable
from math import inf
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.retries import standard
from urllib3 import Timeout

from escuta import deadline

_SHORTEST = 0.1  # seconds: in less, no service answers


class OutOfTimeError(BotoCoreError):
    """Nothing was sent: the function would be ended before an answer comes."""

    fmt = "no time is left to ask"


def config(*, connect: float = 2, read: float = 5, tries: int = 3, **more: Any) -> Config:
    """Return how long a client waits for a connection and for each answer, in seconds, and how often it tries."""
    retries: Any = {"mode": "standard", "total_max_attempts": tries}
    return Config(connect_timeout=connect, read_timeout=read, retries=retries, **more)


def client(service: str, configured: Config, **options: Any) -> Any:
    """Return a bounded client of a service."""
    return bind(boto3.client(service, config=configured, **options))  # type: ignore[call-overload] # any service by name


def bind(made: Any) -> Any:
    """Bound a client that was made by `config`, and return it.

    One that tries once is for what must not be done twice. It does not begin what it cannot wait for to the end: what
    was sent and not answered nobody knows.
    """
    events, limits = made.meta.events, made.meta.config
    name, tries = made.meta.service_model.service_id.hyphenize(), limits.retries["total_max_attempts"]
    waits = limits.connect_timeout + limits.read_timeout
    events.register_first(f"before-send.{name}", _in_time(_SHORTEST if tries > 1 else waits))
    retried, known = f"needs-retry.{name}", f"retry-config-{name}"
    events.unregister(retried, unique_id=known)
    handler = standard.register_retry_handler(made, tries)
    events.unregister(retried, unique_id=known)
    events.register(retried, _while_there_is_time(handler.needs_retry), unique_id=known)
    session = made._endpoint.http_session  # noqa: SLF001 - a wait cannot be set from outside once a client is made
    session._timeout = session._manager.connection_pool_kw["timeout"] = _Wait(  # noqa: SLF001 - as above
        connect=limits.connect_timeout, read=limits.read_timeout
    )
    return made


def _in_time(needed: float) -> Callable[..., None]:
    def check(**_: Any) -> None:
        if deadline.left() < needed:
            raise OutOfTimeError

    return check


def _while_there_is_time(usual: Callable[..., float | None]) -> Callable[..., float | None]:
    def needs_retry(**told: Any) -> float | None:
        delay = usual(**told)
        return None if delay is None or deadline.left() < delay + _SHORTEST else delay

    return needs_retry


class _Wait(Timeout):
    """The waits of a client, within what is left. urllib3 takes a copy for each request."""

    def clone(self) -> Timeout:
        """Return the waits of the request that is about to be sent."""
        left = deadline.left()
        whole = None if left == inf else max(left, _SHORTEST)
        return Timeout(total=whole, connect=self._connect, read=self._read)
