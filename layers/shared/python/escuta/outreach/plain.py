"""The text part of a mail made of its HTML, fields and conditions where they were. Pure."""

import html
import re

from escuta.outreach.cleaning import VOID
from escuta.outreach.markup import Event, Marked

_LINES = frozenset({"tr", "li", "dt", "dd", "caption", "center"})
_PARAGRAPHS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "blockquote", "pre", "hr", "address"}
)
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")


def text(source: str) -> str:
    """Return what a valid HTML template says, for who reads no HTML: links follow what leads to them."""
    return _Reading(Marked(source)).read()


class _Reading:
    """One walk over cleaned HTML."""

    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self._out: list[str] = []
        self._hidden = 0  # elements that are open within a hidden one, itself included
        self._links: list[tuple[str, int]] = []  # where the open links lead, and where in `out` they began

    def read(self) -> str:
        for event in self._marked.events():
            if self._hidden:
                self._hidden += {"open": event.text not in VOID, "close": -1}.get(event.kind, 0)
                continue
            match event.kind:
                case "text":
                    self._out.append(_SPACE.sub(" ", html.unescape(event.text)))
                case "tag":
                    self._out.append(event.text)
                case "open":
                    self._opened(event)
                case _:
                    self._closed(event.text)
        return _tidy(self._marked.restored(self._marked.spaced("".join(self._out))))

    def _opened(self, event: Event) -> None:
        attributes = dict(event.attributes)
        if _HIDDEN.search(attributes.get("style", "")) or attributes.get("aria-hidden") == "true":
            self._hidden = event.text not in VOID
        elif event.text == "br" or event.text in _LINES:
            self._out.append("\n- " if event.text == "li" else "\n")
        elif event.text in _PARAGRAPHS:
            self._out.append("\n\n")
        elif event.text in {"td", "th"}:
            self._out.append(" ")
        elif event.text == "img":
            self._out.append(html.unescape(attributes.get("alt", "")))
        elif event.text == "a":
            self._links.append((html.unescape(attributes.get("href", "")), len(self._out)))

    def _closed(self, name: str) -> None:
        if name in _PARAGRAPHS:
            self._out.append("\n\n")
        elif name == "a" and self._links:
            href, began = self._links.pop()
            said = "".join(self._out[began:]).strip()
            if href and not href.startswith("#") and href.removeprefix("mailto:") != said:
                self._out.append(f":\n{href}\n" if said else href)


def _tidy(said: str) -> str:
    """Return lines without blanks at their ends, and paragraphs one empty line apart."""
    lines = [line.strip() for line in said.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
