"""Forms as browsers read and send them: what a page's form holds is sent, with what somebody typed instead."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from tests.functions.console_company import Answer, Browser

_SEE_OTHER = 303
_HOST = "https://fala.aurora.example"


@dataclass
class Form:
    """A form of a page: where it is sent, how, and what stands in its fields."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Reads the forms of a page. What is not checked is not sent."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select, self._area, self._chosen = "", "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get")))
        elif not self.forms:
            return
        elif tag == "input" and "name" in said:
            if said.get("type") not in {"checkbox", "radio"} or "checked" in said:
                self._add(said["name"], said.get("value", ""))
        elif tag == "select":
            self._select, self._chosen = said["name"], False
        elif tag == "option" and self._select and ("selected" in said or not self._chosen):
            if self._chosen:
                self.forms[-1].fields.pop()
            self._add(self._select, said.get("value", ""))
            self._chosen = True
        elif tag == "textarea":
            self._area = said["name"]
            self._add(self._area, "")

    def handle_data(self, data: str) -> None:
        if self._area:
            name, value = self.forms[-1].fields.pop()
            self._add(name, value + data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].fields.append((name, value))


def form(answer: Answer, ending: str) -> Form:
    """Return the form of a page whose action ends so; AssertionError when there is none, or more than one."""
    posted = [each for each in _Forms(answer.text).forms if each.method == "post"]
    found = [each for each in posted if urlsplit(each.action).path.endswith(ending)]
    assert len(found) == 1, (ending, [each.action for each in posted])
    return found[0]


def holding(answer: Answer, name: str, value: str) -> Form:
    """Return the form of a page in which a field says this; of several the first."""
    return next(each for each in _Forms(answer.text).forms if (name, value) in each.fields)


def go(browser: Browser, path: str) -> Answer:
    """Return a page, of a path below `/console` that may have a query."""
    place = urlsplit(f"/console/{path}")
    return browser.get(place.path, **dict(parse_qsl(place.query)))


def send(browser: Browser, path: str, ending: str, **typed: Any) -> Answer:
    """Fill in a form of a page and send it; return what is answered. A list of texts is sent as often as it is long."""
    return deliver(browser, path, form(go(browser, path), ending), **typed)


def deliver(browser: Browser, path: str, sent: Form, **typed: Any) -> Answer:
    """Send a form that stood on the page of this path; None takes a field away."""
    kept = [(name, value) for name, value in sent.fields if name.replace(".", "__") not in typed]
    for name, value in typed.items():
        values = value if isinstance(value, list | tuple) else [value] if value is not None else []
        kept += [(name.replace("__", "."), each) for each in values]
    place = urlsplit(urljoin(f"{_HOST}/console/{path}", sent.action))
    said = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    return browser.send("POST", place.path, dict(parse_qsl(place.query)), urlencode(kept), said)


def then(browser: Browser, path: str, answer: Answer) -> Answer:
    """Return the page to which an answer leads that a form of the page of this path got."""
    assert answer.status == _SEE_OTHER, (answer.status, answer.words[:2000])
    place = urlsplit(urljoin(f"{_HOST}/console/{path}", answer.header("location")))
    return browser.get(place.path, **dict(parse_qsl(place.query)))


def undo(browser: Browser, answer: Answer) -> Answer:
    """Press the button that takes back what was just done; return the page after."""
    found = list(_Forms(answer.text.partition('class="toasts"')[2].partition("<dialog")[0]).forms)
    assert found, "nothing to undo"
    sent = deliver(browser, "x", Form("/console/" + found[0].action.partition("console/")[2], "post", found[0].fields))
    assert sent.status == _SEE_OTHER, (sent.status, sent.words[:2000])
    return browser.get("/console/" + sent.header("location").partition("console/")[2].partition("?")[0])
