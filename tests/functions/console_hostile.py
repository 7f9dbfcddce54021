"""Whoever means harm, in the console: reads what a page lets them send, sends it as they like, and looks again."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode, urljoin, urlsplit

from console.routes import PAGES, Page
from escuta.directory.access import rates
from tests.browser.house.serving import House, session
from tests.browser.test_console_pages import place
from tests.kit.store import Store

HOST = "http://127.0.0.1:8801"
FORM = "application/x-www-form-urlencoded"
_WRITTEN = set("text search email url tel password number date time datetime-local color".split()) | {""}  # noqa: SIM905
_LEADS = {"href", "src", "action", "formaction", "data", "hx-get", "hx-post", "poster", "srcset", "ping"}
_SCHEMES = ("https:", "http:", "mailto:", "tel:", "sms:", "data:image/", "data:,", "blob:")
_WRITES = {"PutItem", "DeleteItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"}


@dataclass
class Control:
    """A field of a form: its name, what kind it is, what stands in it."""

    name: str
    kind: str  # "text": somebody writes in it; "hidden", "choice", "area"
    value: str
    options: list[str] = field(default_factory=list)

    @property
    def is_written(self) -> bool:
        """Tell whether people write in it."""
        return self.kind in {"text", "area"}


@dataclass
class Form:
    """A form of a page: the path to which it is sent, and its fields."""

    stands: str
    path: str
    query: str
    method: str
    controls: list[Control] = field(default_factory=list)

    @property
    def page(self) -> Page | None:
        """Return the line of the table of pages that takes it."""
        return next((page for page, pattern in _POSTED if pattern.fullmatch(self.path)), None)


class Reading(HTMLParser):
    """A page as a browser takes it: its forms, each kind of tag with its attributes, and what no page may hold."""

    def __init__(self, text: str, place: str, nonce: str = "") -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.shapes: set[tuple[str, str]] = set()
        self.wrong: list[str] = []
        self._place, self._nonce, self._named = place, nonce, dict[str, Form]()
        self._open: Form | None = None
        self._select: Control | None = None
        self._area: Control | None = None
        self._loose: list[tuple[str, Control]] = []
        self.feed(text)
        self.close()
        for name, control in self._loose:
            if name in self._named:
                self._named[name].controls.append(control)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.shapes |= {(tag, name) for name in said} | {(tag, "")}
        self._judge(tag, said)
        if tag == "form":
            to = urlsplit(urljoin(HOST + self._place, said.get("action", "")))
            self._open = Form(self._place, to.path, to.query, said.get("method", "get"))
            self._named[said.get("id", "")] = self._open
            self.forms.append(self._open)
        elif tag in {"input", "textarea", "select", "button"} and said.get("name"):
            self._control(tag, said)
        elif tag == "option" and self._select is not None:
            value = said.get("value", "")
            self._select.options.append(value)
            if "selected" in said or len(self._select.options) == 1:
                self._select.value = value

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self._area.value = self._area.value.removeprefix("\n")
            self._area = None

    def _control(self, tag: str, said: dict[str, str]) -> None:
        kind, value = said.get("type", ""), said.get("value", "")
        control = Control(said["name"], "choice", value)
        if tag == "textarea":
            control.kind, self._area = "area", control
        elif tag == "select":
            self._select = control
        elif tag == "input" and kind in _WRITTEN:
            control.kind = "text"
        elif tag == "input" and kind == "hidden":
            control.kind = "hidden"
        elif tag == "button" or ("checked" not in said and kind in {"checkbox", "radio"}):
            return
        if "form" in said:
            self._loose.append((said["form"], control))
        elif self._open is not None:
            self._open.controls.append(control)

    def _judge(self, tag: str, said: dict[str, str]) -> None:
        if tag in {"script", "style"} and said.get("nonce") != self._nonce and said.get("type") != "application/json":
            self.wrong.append(f"<{tag}> without the nonce: {said}")
        for name, value in said.items():
            if name.startswith("on") or name == "style":
                self.wrong.append(f"<{tag} {name}={value[:80]!r}>")
            elif name in _LEADS and ":" in (head := re.sub(r"[\s\x00-\x20]", "", value).lower()[:30]):
                if re.match(r"[\w+.-]+:", head) and not head.startswith(_SCHEMES):
                    self.wrong.append(f"<{tag} {name}={value[:80]!r}>")
            elif name == "srcdoc":
                self.wrong += Reading(value, self._place, self._nonce).wrong


@dataclass
class Got:
    """What came back."""

    place: str
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")

    def read(self) -> Reading:
        """Read it as a browser does, by the nonce that its policy names."""
        found = re.search(r"'nonce-([\w-]+)'", self.headers.get("content-security-policy", ""))
        return Reading(self.text, self.place, found[1] if found else "")


class Hostile:
    """Somebody with a session who sends what they like."""

    def __init__(self, house: House, cookies: dict[str, str]) -> None:
        self.house, self.cookies = house, dict(cookies)

    @classmethod
    def signing_in(cls, house: House, name: str) -> "Hostile":
        """Return somebody who comes in by the form."""
        one = cls(house, {})
        for each in session(name, {"Host": "127.0.0.1:8801"}):
            one._keep(each)
        return one

    def get(self, place: str, **headers: str) -> Got:
        return self._ask("GET", place, {**headers}, b"")

    def post(self, place: str, pairs: Iterable[tuple[str, str]] | bytes, **headers: str) -> Got:
        body = pairs if isinstance(pairs, bytes) else urlencode(list(pairs), errors="surrogatepass").encode()
        said = {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask("POST", place, said, body)

    def follow(self, got: Got) -> Got | None:
        """Go where an answer leads; None when it leads nowhere of ours."""
        to = got.headers.get("location") or got.headers.get("hx-redirect") or ""
        where = urlsplit(urljoin(HOST + got.place, to))
        if not to or where.netloc != urlsplit(HOST).netloc:
            return None
        return self.get(where.path + (f"?{where.query}" if where.query else ""))

    def token(self) -> str:
        """Return the token of the session."""
        return str(re.findall(r'name="csrf" value="([^"]+)"', self.get("/console/account").text)[0])

    def _ask(self, method: str, place: str, headers: dict[str, str], body: bytes) -> Got:
        said = {"Host": "127.0.0.1:8801", "Accept-Language": "pt-BR", **headers}
        said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        status, told, content = self.house.answer(method, place, said, body)
        cookies = [value for name, value in told if name.lower() == "set-cookie"]
        for each in cookies:
            self._keep(each)
        return Got(place, status, {name.lower(): value for name, value in told}, cookies, content)

    def _keep(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        if value:
            self.cookies[name] = value
        else:
            self.cookies.pop(name, None)


@contextmanager
def untouched(store: Store) -> Iterator[None]:
    """Put the rows back as they were after the block."""
    kept = {name: _copied(table.spread) for name, table in store.tables.items()}
    try:
        yield
    finally:
        for name, spread in kept.items():
            store.tables[name].spread = spread


@contextmanager
def writing(store: Store) -> Iterator[list[str]]:
    """Note which rows are written in the block, by their partition keys."""
    noted: list[str] = []
    call = store.call

    def noting(operation: str, request: dict[str, Any]) -> Any:
        if operation in _WRITES:
            noted.append(f"{operation} {' '.join(re.findall(r'.pk.: {.S.: .([^}]+).}', str(request)))}")
        return call(operation, request)

    with patch.object(store, "call", noting):
        yield noted


@contextmanager
def unhurried() -> Iterator[None]:
    """Let everybody ask as often as they like."""
    with patch.object(rates, "take", lambda _, limit: rates.Standing(passed=True, limit=limit, remaining=9, reset=1)):
        yield


def posted(found: Iterable[Form]) -> dict[str, Form]:
    """Return a form for each line of the table of pages that takes one: the one with most fields."""
    best: dict[str, Form] = {}
    for form in found:
        if form.method == "post" and (page := form.page):
            known = best.get(page.path)
            if known is None or len(form.controls) > len(known.controls):
                best[page.path] = form
    return best


def shapes_of_templates() -> set[tuple[str, str]]:
    """Return every tag that a template or a drawing makes, with its attributes."""
    source = "\n".join(_sources(files("console") / "templates"))
    tags = set(re.findall(r"<([a-z][\w-]*)", source))
    names = set(re.findall(r"[\s\"}]([a-z][\w-]*)(?=[=\s>{\"])", source))
    return {(tag, name) for tag in tags for name in names | {""}}


def example(path: str, named: dict[str, str]) -> str:
    """Return an example of a page's path."""
    return place(path, named)


def _sources(folder: Any) -> Iterator[str]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _sources(each)
        elif each.name.endswith(".html"):
            yield each.read_text(encoding="utf-8")


def _copied(spread: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = {}
    for index, partitions in spread.items():
        copied[index] = {}
        for name, each in partitions.items():
            other = type(each)()
            other.places, other.rows = list(each.places), dict(each.rows)
            copied[index][name] = other
    return copied


_POSTED = sorted(
    ((page, re.compile("/console" + re.sub(r"<\w+>", "[^/]+", page.path))) for page in PAGES if page.method == "POST"),
    key=lambda each: each[0].path.count("<"),
)
