"""Calling a customer's server. The only module that opens a connection to an address which somebody else chose.

The name is resolved once; every address of the answer must be public, and the connection goes to one of these very
addresses, so that a name which leads elsewhere a moment later leads nowhere. No redirect is followed, no proxy taken
from the environment, nothing unpacked; connecting and answering have an end, also with who sends a byte now and then.
"""

import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple

from escuta import clock
from escuta.errors import InvalidError
from escuta.outreach.webhooks import addresses
from escuta.outreach.webhooks.addresses import Target

CONNECT = 5.0  # seconds, of resolving, connecting and TLS together
WHOLE = 15.0  # seconds
MOST_READ = 65_536  # bytes of an answer
MOST_KEPT = 1_024  # bytes of it that are shown
_ADDRESSES = 3  # that are tried
_GONE = 410
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Reply(NamedTuple):
    """What came of a call. `error` "": it was taken; `status` 0: there was no answer."""

    status: int = 0
    error: str = ""
    milliseconds: int = 0
    answer: str = ""
    retry_after: int = 0

    @property
    def gone(self) -> bool:
        """Tell whether the server wants no call any more."""
        return self.status == _GONE


class _RefusedError(Exception):
    """The call cannot be made; the argument says why."""


def post(url: str, body: bytes, headers: Mapping[str, str], allowed: str = "") -> Reply:
    """Send a body to a URL, and return what came of it: every fault of the other side is an answer, never an error."""
    begun = monotonic()
    try:
        reply = _posted(addresses.target(url, allowed), body, headers, begun)
    except InvalidError as error:
        reply = Reply(error=error.code)
    except _RefusedError as error:
        reply = Reply(error=str(error))
    except TimeoutError:
        reply = Reply(error="timeout")
    except ssl.SSLError:
        reply = Reply(error="tls_failed")
    except (HTTPException, OSError):
        reply = Reply(error="answer_broken")
    return reply._replace(milliseconds=round((monotonic() - begun) * 1_000))


def _posted(target: Target, body: bytes, headers: Mapping[str, str], begun: float) -> Reply:
    with closing(_Connection(target, begun)) as connection:
        connection.connect()
        connection.request("POST", target.path, body, {**headers, "Connection": "close"})
        with connection.getresponse() as response:
            answer = _read(response)
            taken = 200 <= response.status < 300  # noqa: PLR2004 - HTTP's own numbers
            return Reply(
                status=response.status,
                error="" if taken else "status",
                answer=_UNFIT.sub("", answer[:MOST_KEPT].decode(errors="replace")),
                retry_after=_seconds(response.headers.get("Retry-After", "")),
            )


def _read(response: HTTPResponse) -> bytes:
    """Return the beginning of an answer. What comes after it is not waited for."""
    read = b""
    while len(read) < MOST_READ and (part := response.read1(MOST_READ - len(read))):
        read += part
    return read


def _seconds(said: str) -> int:
    """Return the seconds of a Retry-After; 0 when there is none that can be read."""
    if said.isascii() and said.isdigit():
        return int(said[:9])
    try:
        return max(round((parsedate_to_datetime(said) - clock.now()).total_seconds()), 0)
    except (TypeError, ValueError, OverflowError):
        return 0


class _Connection(HTTPConnection):
    """A connection to an address that was looked at, which ends by itself."""

    def __init__(self, target: Target, begun: float) -> None:
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.scheme == "https" else 80  # what the header Host leaves out
        self._target = target
        self._begun = begun

    def connect(self) -> None:
        """Resolve, look at the addresses, connect to one of them, and shake hands with the name."""
        end = self._begun + CONNECT
        try:
            plain = _dialled(_resolved(self._target, end), end)
            made = plain if self._target.scheme == "http" else _wrapped(plain, self._target.host, end)
        except TimeoutError as error:
            raise _RefusedError("connect_timeout") from error
        made.deadline = self._begun + WHOLE
        self.sock = made


def _wrapped(plain: "_Plain", host: str, end: float) -> "_Tls":
    try:
        plain.settimeout(_left(end))
        made = _context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    assert isinstance(made, _Tls)  # noqa: S101 - the context makes no others
    return made


def _resolved(target: Target, end: float) -> list[tuple[Any, ...]]:
    """Return where a name leads, unless one of its addresses is not of the internet."""
    answers: SimpleQueue[Any] = SimpleQueue()
    # The system's resolver knows no limit of ours: a thread waits for it, and is left behind when it takes too long.
    Thread(target=_resolve, args=(target.host, target.port, answers), daemon=True).start()
    try:
        found = answers.get(timeout=_left(end))
    except Empty:
        raise TimeoutError from None
    if not found:
        raise _RefusedError("name_unknown")
    if not target.inside and not all(addresses.is_public(answer[4][0]) for answer in found):
        raise _RefusedError("address_refused")
    return found  # type: ignore[no-any-return] # as the socket module has it


def _resolve(host: str, port: int, answers: "SimpleQueue[Any]") -> None:
    try:
        answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        answers.put([])


def _dialled(found: list[tuple[Any, ...]], end: float) -> "_Plain":
    for family, _, _, _, address in found[:_ADDRESSES]:
        plain = _Plain(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(_left(end))
            plain.connect(address)
        except TimeoutError:
            plain.close()
            raise
        except OSError:
            plain.close()
        else:
            return plain
    raise _RefusedError("connect_failed")


def _left(end: float) -> float:
    """Return the seconds until then; TimeoutError when they are over."""
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Plain(socket.socket):
    """A socket whose every read and write ends at a moment; timeouts of sockets begin anew with each byte."""

    deadline = float("inf")

    def recv_into(self, *args: Any, **options: Any) -> int:
        """Read while there is time."""
        self.settimeout(min(_left(self.deadline), WHOLE))
        return super().recv_into(*args, **options)

    def sendall(self, *args: Any, **options: Any) -> None:
        """Write while there is time."""
        self.settimeout(min(_left(self.deadline), WHOLE))
        super().sendall(*args, **options)


class _Tls(ssl.SSLSocket):
    """The same over TLS."""

    deadline = float("inf")

    def recv_into(self, *args: Any, **options: Any) -> int:
        """Read while there is time."""
        self.settimeout(min(_left(self.deadline), WHOLE))
        return super().recv_into(*args, **options)

    def send(self, *args: Any, **options: Any) -> int:
        """Write while there is time."""
        self.settimeout(min(_left(self.deadline), WHOLE))
        return super().send(*args, **options)


@cache
def _context() -> ssl.SSLContext:
    """Return how servers prove who they are: by a certificate for their name of an authority that the system trusts."""
    context = ssl.create_default_context()
    context.sslsocket_class = _Tls
    return context
