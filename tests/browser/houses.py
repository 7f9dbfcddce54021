"""Houses in processes of their own, and a browser that walks through them with somebody's session."""

import atexit
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from tests.conftest import PATIENCE

_ROOT = Path(__file__).parents[2]
_KEPT = 12  # lines
_PATIENCE = 300  # seconds in which a house is made, beside whatever else runs
_MORE_PATIENCE = 3600  # of a large one
_LANGUAGE = "__Host-escuta-language"
_VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation',"
    " each => console.error('policy: ' + each.violatedDirective + ' ' + each.blockedURI + ' ' + each.sample))"
)


@dataclass
class House:
    """A house that is being served: where, and what there is in it."""

    url: str
    named: dict[str, str] = field(default_factory=dict)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))  # the end of its log

    def last(self) -> str:
        """Return the end of its log."""
        return "".join(self.said)

    def get(self, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
        """Return what is answered, without following where it leads."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders() if value or name.lower() != "set-cookie"}
        cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        body = answer.read()
        connection.close()
        return answer.status, {**headers, "set-cookie": next(iter(cookies), "")}, body

    def session(self, who: str) -> str:
        """Sign somebody in; return what their browser would send."""
        status, headers, body = self.get(f"/__as/{who}")
        assert status == 303, body.decode()
        return headers["set-cookie"].partition(";")[0]


@contextmanager
def house(*arguments: str) -> Iterator[House]:
    """Serve a house as it was made, in a process of its own, on a port of its own.

    It is made once for all tests, and each gets a copy. Of houses of the same kind one is served at a time.
    """
    made = _made(arguments)
    assert made.process.stdin, "the house hears nobody"
    made.said.clear()
    made.process.stdin.write("\n")
    made.process.stdin.flush()
    url = made.urls.get(timeout=_MORE_PATIENCE if "--contacts" in arguments else _PATIENCE)
    assert url, f"the house did not come up: {''.join(made.said)}"
    served = House(url, said=made.said)
    served.named = json.loads(served.get("/__house")[2])
    yield served


@dataclass
class _Made:
    """A house that was made, and what is heard of it: the addresses of its copies, and the end of its log."""

    process: "subprocess.Popen[str]"
    urls: "Queue[str]" = field(default_factory=Queue)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def hear(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line)
            if line.startswith("http://"):
                self.urls.put(line.strip().partition("/__as")[0])
        self.urls.put("")


@cache
def _made(arguments: tuple[str, ...]) -> _Made:
    """Make a house. It ends with these tests, of which it then hears nothing more."""
    command = [sys.executable, "-m", "tests.browser.house", "--port", "0", "--copies", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ESCUTA_"))}
    pipe = subprocess.PIPE
    made = _Made(subprocess.Popen(command, cwd=_ROOT, env=clean, stdin=pipe, stdout=pipe, text=True))  # noqa: S603 - ours
    Thread(target=made.hear, daemon=True).start()
    atexit.register(_end, made.process)
    return made


def _end(process: "subprocess.Popen[str]") -> None:
    if process.stdin:
        process.stdin.close()
    process.wait()


class Visitor:
    """Somebody's browser in one language: one page that goes from place to place, and what it complains about."""

    def __init__(self, browser: Browser, house: House, language: str, who: str = "helena", **options: object) -> None:
        """Come in, signed in."""
        self.house, self.heard = house, list[str]()
        said: dict[str, object] = {"locale": language, "timezone_id": "America/Sao_Paulo", "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(**{**said, **options})  # type: ignore[arg-type] # by name
        self.context.set_default_timeout(PATIENCE)
        host = urlsplit(house.url).hostname
        name, _, value = house.session(who).partition("=")
        pairs = {name: value, _LANGUAGE: language}
        self.context.add_cookies(
            [{"name": each, "value": text, "url": f"https://{host}/", "secure": True} for each, text in pairs.items()]
        )
        self.page: Page = self.context.new_page()
        self.page.add_init_script(_VIOLATIONS)
        self.page.on("console", lambda said: self._hear(f"{said.type}: {said.text}", loud=said.type in _LOUD))
        self.page.on("pageerror", lambda error: self._hear(f"error: {error}"))
        self.page.on("response", lambda said: self._hear(f"{said.status}: {said.url}", loud=said.status >= _BAD))
        self.page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self._hear(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _hear(self, words: str, *, loud: bool = True) -> None:
        if loud:
            self.heard.append(words)

    def go(self, path: str) -> tuple[int, list[str]]:
        """Go to a page of the house; return its status, and what the browser complains about until it is quiet."""
        self.heard.clear()
        answer = self.page.goto(f"{self.house.url}{path}", wait_until="load")
        assert answer is not None
        return answer.status, self.heard

    def close(self) -> None:
        """Leave."""
        self.context.close()


_LOUD, _BAD = {"error", "warning"}, 400
