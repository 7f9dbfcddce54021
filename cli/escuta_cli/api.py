"""Asking the API: patiently, safely again after a lost reply, and with refusals as they were told."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from escuta_cli.exits import Exit, StoppedError
from escuta_cli.profiles import Profile

TRIES = 6
LONGEST_WAIT = 60.0  # seconds that one Retry-After may cost
_AGAIN = frozenset({429, 502, 503, 504})
_PATIENCE = httpx.Timeout(30, connect=10)
_BUSY = "idempotency_key_busy"


class RefusedError(StoppedError):
    """The API said no, with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        """Keep what was told; an answer that is no problem of ours is told by its status."""
        unheard = status == 429 or status >= 500  # noqa: PLR2004 - HTTP's own numbers
        ends = Exit.NO_ACCESS if status in {401, 403} else Exit.UNREACHABLE if unheard else Exit.REFUSED
        super().__init__("refused", ends)
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class Reply:
    """What the API answered, and after how many lost replies."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    told: Any = None  # the JSON of it, where it is some
    tried: int = 1
    url: str = ""

    @property
    def body(self) -> Any:
        """Return what was told; a page of somebody in between, or of another server, is refused."""
        if self.told is None:
            raise _stranger(self.url, self.headers)
        return self.told

    @property
    def etag(self) -> str:
        """Return the revision, for `If-Match`; "" where there is none."""
        return self.headers.get("etag", "")


class Api:
    """The management API at one address, asked with one key."""

    def __init__(
        self,
        profile: Profile,
        language: str,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Ask in this language; `transport` and `pause` are for who has no network and no time."""
        headers = {"Accept": "application/json, application/problem+json", "Accept-Language": language}
        headers |= {"Authorization": f"Bearer {profile.key}", "User-Agent": "escuta-cli"}
        self.http = httpx.Client(base_url=profile.url, headers=headers, timeout=_PATIENCE, transport=transport)
        self.plain = httpx.Client(timeout=httpx.Timeout(300, connect=10), transport=transport)
        self.pause = pause

    def get(self, path: str, **query: Any) -> Reply:
        """Read one thing."""
        return self.ask("GET", path, query=query)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Read a list to its end."""
        cursor, onward = None, "after" if path == "events" else "cursor"
        while True:
            page = self.get(path, **query, **({onward: cursor} if cursor else {})).body
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise StoppedError("no_list", Exit.USAGE, path=path)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor or not page.get("more", True):
                return

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        match: str = "",
        key: str = "",
        absent: bool = False,
    ) -> Reply:
        """Ask, again and again while it is worth it. Every POST has a key, so that a lost reply makes nothing twice."""
        headers = {"If-Match": match} if match else {"If-None-Match": "*"} if absent else {}
        if method == "POST":
            headers["Idempotency-Key"] = key or secrets.token_urlsafe(24)
        place = path if path.startswith("/") else f"/v1/{path}"
        asked = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        try:
            request = self.http.build_request(method, place, params=asked or None, json=body, headers=headers)
        except (ValueError, httpx.InvalidURL) as error:  # numbers that JSON does not have, headers that are none
            raise StoppedError("request_wrong", Exit.USAGE) from error
        return self._sent(request)

    def _sent(self, request: httpx.Request) -> Reply:
        for tried in range(1, TRIES + 1):
            last = tried == TRIES
            try:
                answer = self.http.send(request)
            except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:  # whose words repeat the headers
                raise StoppedError("request_wrong", Exit.USAGE) from error
            except httpx.RequestError as error:
                if last:
                    place = request.url.copy_with(query=None)
                    raise StoppedError("unreachable", Exit.UNREACHABLE, url=place, why=error) from error
                self.pause(2.0 ** (tried - 2))
                continue
            told, asked = _told(answer), str(request.url.copy_with(query=None))
            if answer.is_success:
                return Reply(answer.status_code, answer.headers, answer.content, told, tried, asked)
            if answer.is_redirect:
                raise _stranger(asked, answer.headers)
            problem = told if isinstance(told, dict) else {"title": answer.reason_phrase, "status": answer.status_code}
            wait = _wait(answer, tried)
            again = answer.status_code in _AGAIN or problem.get("code") == _BUSY
            if last or not again or wait > LONGEST_WAIT:
                raise RefusedError(answer.status_code, problem)
            self.pause(wait)
        raise AssertionError  # the last try has returned or raised


def _told(answer: httpx.Response) -> Any:
    try:
        return answer.json() if "json" in answer.headers.get("content-type", "") and answer.content else None
    except ValueError:  # half an answer, or none of ours
        return None


def _stranger(url: str, headers: Mapping[str, str]) -> StoppedError:
    kind = headers.get("location") or headers.get("content-type", "").partition(";")[0] or "-"
    return StoppedError("not_escuta", Exit.UNREACHABLE, url=url, kind=kind)


def _wait(answer: httpx.Response, tried: int) -> float:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 2.0 ** (tried - 2)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
