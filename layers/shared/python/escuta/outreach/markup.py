"""The HTML of a template: cleaned, with its merge fields and conditions where they were, each for its place. Pure.

Fields go through the cleaner as plain words, conditions as comments. What comes out is walked: a field in a text or in
the text of an attribute is escaped, one in an address percent-encoded, and one that would be an address may only be a
link of ours. A condition that would cut through an element, or vanishes with one, is refused with its place.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from escuta.entity import Value
from escuta.outreach import cleaning, merge, tags
from escuta.outreach.merge import Field, If, Problem, Program, Step
from escuta.outreach.tags import Tag

LINKS = frozenset({"link", "unsubscribe"})
MADE_HERE = frozenset({"scale"})  # markup of this product, put into a text as it is
_ADDRESSES = frozenset({"href", "src"})
_SPOKEN = frozenset({"alt", "title", "aria-label", "abbr", "summary"})
_TOKEN = re.compile(r"<!--(.*?)-->|<(/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:=\"[^\"]*\")?)*)\s*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"\s+([a-z-]+)(?:=\"([^\"]*)\")?")
_LEADS = re.compile(r"(?:https?://[^/?#\s\\@{}]+[/?#]|mailto:)", re.IGNORECASE)
_WHOLE = re.compile(r"(?:https?://|mailto:)\S|#", re.IGNORECASE)


class Link(NamedTuple):
    """Where a link of a message leads, and what it says; fields in both stand as `{{ name }}`."""

    href: str
    text: str


class Markup(Value):
    """The HTML of a template as it may be kept and sent."""

    html: str  # what was cleaned, with its tags
    steps: Program
    problems: tuple[Problem, ...] = ()
    links: tuple[Link, ...] = ()
    mute_images: int = 0  # without a text for who does not see them
    relative: tuple[str, ...] = ()  # addresses that would lead nowhere from a message, and are taken out
    classes: frozenset[str] = frozenset()
    lost: tuple[str, ...] = ()  # fields that went with what was removed


class Event(NamedTuple):
    """A part of cleaned HTML: `text`, `open`, `close`, or one of our comments as `tag`."""

    kind: str
    text: str  # of an element its name
    attributes: tuple[tuple[str, str], ...] = ()


def compiled(source: str) -> Markup:
    """Return the HTML of a valid template cleaned and ready to be filled in; kept by its content."""
    return _compiled(source)


@lru_cache(maxsize=128)
def _compiled(source: str) -> Markup:
    marked = Marked(source)
    return _Reading(marked).read()


class Marked:
    """A template whose tags became words and comments that a reader of HTML leaves where they are."""

    def __init__(self, source: str) -> None:
        """Take the tags out, and clean what is left."""
        self.source = source
        self.tags: tuple[Tag, ...] = tuple(tags.scan(source))
        self._key = "e" + sha256(source.encode("utf-8", "replace")).hexdigest()[:12] + "v"
        self._word = re.compile(self._key + "([0-9]+)z")
        # A reader of HTML opens the body of a table at its first row: not within the condition of that row, please.
        self._rows = re.compile(rf"(<table\b[^<>]*>)(\s*(?:<!--{self._key}[0-9]+z-->\s*)+<tr\b)", re.IGNORECASE)
        self.clean = cleaning.clean(self._marked())

    def _marked(self) -> str:
        out, place = [], 0
        for number, tag in enumerate(self.tags):
            word = f"{self._key}{number}z"
            mark = {"{{": word, "{%": f"<!--{word}-->", "{#": ""}[tag.kind]
            out += [self.source[place : tag.start], mark]
            place = tag.end
        return self._rows.sub(r"\1<tbody>\2", "".join((*out, self.source[place:])))

    def split(self, text: str) -> Iterator[str | int]:
        """Yield a text and the numbers of the tags in it, in their order."""
        for place, part in enumerate(self._word.split(text)):
            if place % 2:
                yield int(part)
            elif part:
                yield part

    def spaced(self, text: str) -> str:
        """Return a text in which no brace opens a tag, by itself or with the one that follows."""
        return re.sub(rf"\{{(?=[{{%#]|{self._word.pattern})", "{ ", text)

    def restored(self, text: str) -> str:
        """Return a text with the tags in it as they are written."""
        return self._word.sub(lambda found: self.written(int(found.group(1))), text)

    def written(self, number: int) -> str:
        """Return a tag as it is written."""
        tag = self.tags[number]
        return f"{tag.kind} {tag.inside} {'}}' if tag.kind == '{{' else '%}'}"

    def events(self) -> Iterator[Event]:
        """Yield the parts of the cleaned HTML. Of comments only ours are there."""
        place = 0
        for token in _TOKEN.finditer(self.clean):
            if token.start() > place:
                yield Event("text", self.clean[place : token.start()])
            place = token.end()
            comment, closing, name, attributes = token.groups()
            if name is None:
                if self._word.fullmatch(comment):
                    yield Event("tag", comment)
            elif closing:
                yield Event("close", name)
            else:
                yield Event("open", name, tuple(_ATTRIBUTE.findall(attributes)))
        if place < len(self.clean):
            yield Event("text", self.clean[place:])


class _Block(NamedTuple):
    """A condition's tag in the cleaned HTML, and the elements that it stands in."""

    number: int
    within: tuple[int, ...]


class _Reading:
    """One walk over cleaned HTML."""

    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self._stream: list[str | Field | _Block] = []
        self._text: list[str] = []  # as `html` of the result
        self._problems: list[Problem] = []
        self._open: list[int] = []
        self._elements = 0
        self._links: list[list[str]] = []
        self._anchor = False
        self._mute = 0
        self._relative: list[str] = []
        self._classes: set[str] = set()
        self._seen: list[int] = []  # numbers of the fields, in the order in which they stand now

    def read(self) -> Markup:
        for event in self._marked.events():
            match event.kind:
                case "text":
                    self._said(event.text)
                case "tag":
                    self._block(next(number for number in self._marked.split(event.text) if isinstance(number, int)))
                case "open":
                    self._opened(event)
                case _:
                    self._closed(event.text)
        self._check_blocks()
        steps = () if self._problems else _program(self._stream, self._marked.tags)
        return Markup(
            html="".join(self._text),
            steps=steps,
            problems=tuple(self._problems),
            links=tuple(Link(href, " ".join(text.split())) for href, text in self._links),
            mute_images=self._mute,
            relative=tuple(dict.fromkeys(self._relative)),
            classes=frozenset(self._classes),
            lost=tuple(
                tag.inside
                for number, tag in enumerate(self._marked.tags)
                if tag.kind == "{{" and number not in self._seen
            ),
        )

    def _problem(self, code: str, number: int) -> None:
        tag = self._marked.tags[number]
        line, column = tags.place(self._marked.source, tag.start)
        self._problems.append(Problem(part="html", code=code, name=tag.inside[:80], line=line, column=column))

    def _literal(self, text: str) -> None:
        """Put down what is no tag: a brace that the cleaner decoded may not become one."""
        text = text.replace("{", "&#123;")
        self._stream.append(text)
        self._text.append(text)

    def _field(self, number: int, step: Field) -> None:
        self._seen.append(number)
        self._stream.append(step)
        self._text.append(self._marked.written(number))

    def _parts(self, text: str) -> list[str | int]:
        """Return a text and the fields in it. A condition that landed here, in an attribute, is found missing later."""
        parts = self._marked.split(text)
        return [part for part in parts if isinstance(part, str) or self._marked.tags[part].kind == "{{"]

    def _of(self, number: int) -> Field:
        step = merge.program(f"{{{{ {self._marked.tags[number].inside} }}}}")[0]
        assert isinstance(step, Field)  # noqa: S101 - the tag was found valid before
        return step

    def _said(self, text: str) -> None:
        if self._anchor:
            self._links[-1][1] += html.unescape(self._marked.restored(text))
        for part in self._parts(text):
            if isinstance(part, str):
                self._literal(part)
            else:
                step = self._of(part)
                self._field(part, step if step.name in MADE_HERE else step._replace(written=html.escape))

    def _block(self, number: int) -> None:
        self._stream.append(_Block(number, tuple(self._open)))
        self._text.append(self._marked.written(number))

    def _opened(self, event: Event) -> None:
        attributes = dict(event.attributes)
        self._literal(f"<{event.text}")
        for name, value in event.attributes:
            self._literal(f' {name}="')
            self._attribute(name, value)
            self._literal('"')
        self._literal(">")
        self._noted(event.text, attributes)
        if event.text not in cleaning.VOID:
            self._elements += 1
            self._open.append(self._elements)

    def _noted(self, name: str, attributes: Mapping[str, str]) -> None:
        self._classes |= set(attributes.get("class", "").split())
        self._mute += name == "img" and not attributes.get("alt", "").strip() and "alt" not in attributes
        if name == "a":
            self._links.append([html.unescape(self._marked.restored(attributes.get("href", ""))), ""])
            self._anchor = True

    def _closed(self, name: str) -> None:
        self._literal(f"</{name}>")
        self._open.pop()
        self._anchor = self._anchor and name != "a"

    def _attribute(self, name: str, value: str) -> None:
        parts = self._parts(value.strip() if name in _ADDRESSES else value)
        if name in _ADDRESSES:
            self._address(name, parts)
            return
        for part in parts:
            if isinstance(part, str):
                self._literal(part)
            else:
                step = self._of(part)
                if name not in _SPOKEN or step.name in MADE_HERE:
                    self._problem("field_place", part)
                self._field(part, step._replace(written=html.escape))

    def _address(self, name: str, parts: Sequence[str | int]) -> None:
        first = parts[0] if parts else ""
        leads = isinstance(first, str) and _LEADS.match(html.unescape(first)) is not None
        if isinstance(first, str) and len(parts) < 2 and not _WHOLE.match(html.unescape(first)):  # noqa: PLR2004 - alone
            self._relative += [html.unescape(first)[:80]] if first else []
            return
        for place, part in enumerate(parts):
            if isinstance(part, str):
                self._literal(part)
                continue
            step = self._of(part)
            ours = place == 0 and step.name in LINKS and name == "href" and step.fallback is None
            if step.name in MADE_HERE or not (ours or leads or (place and self._led(parts, name))):
                self._problem("field_address", part)
            self._field(part, step._replace(written=html.escape if ours else _encoded))

    def _led(self, parts: Sequence[str | int], name: str) -> bool:
        """Tell whether an address begins with a link of ours."""
        return isinstance(parts[0], int) and self._of(parts[0]).name in LINKS and name == "href"

    def _check_blocks(self) -> None:
        blocks = [item for item in self._stream if isinstance(item, _Block)]
        expected = [number for number, tag in enumerate(self._marked.tags) if tag.kind == "{%"]
        if [block.number for block in blocks] != expected:
            found = {block.number for block in blocks}
            lost = next((number for number in expected if number not in found), expected[0] if expected else 0)
            self._problem("condition_place", lost)
            return
        opened: list[_Block] = []
        for block in blocks:
            if self._marked.tags[block.number].inside.startswith("if"):
                opened.append(block)
            elif opened[-1].within != block.within:
                self._problem("condition_crosses", opened[-1].number)
                return
            if self._marked.tags[block.number].inside.startswith("endif"):
                opened.pop()
        self._check_fields()

    def _check_fields(self) -> None:
        """Refuse a field that the reader of HTML took out of its condition: text between the rows of a table moves."""
        meant = _branches(range(len(self._marked.tags)), self._marked.tags)
        order = [item.number if isinstance(item, _Block) else None for item in self._stream]
        seen = iter(self._seen)
        numbers = [
            number if number is not None else next(seen)
            for number, item in zip(order, self._stream, strict=True)
            if not isinstance(item, str)
        ]
        stands = _branches(numbers, self._marked.tags)
        moved = next((number for number, branch in stands if dict(meant).get(number) != branch), None)
        if moved is not None:
            self._problem("condition_crosses", moved)


def _branches(numbers: Sequence[int], known: Sequence[Tag]) -> list[tuple[int, tuple[int, ...]]]:
    """Return for each field in this order the branches that it stands in, by the numbers of their tags."""
    within: list[int] = []
    found: list[tuple[int, tuple[int, ...]]] = []
    for number in numbers:
        tag = known[number]
        if tag.kind == "{{":
            found.append((number, tuple(within)))
        elif tag.kind == "{%":
            if not tag.inside.startswith("if"):
                within.pop()
            if not tag.inside.startswith("endif"):
                within.append(number)
    return found


def _encoded(value: str) -> str:
    """Return a value as a part of an address: nothing in it can end that part, nor the attribute."""
    return quote(value.encode("utf-8", "replace"), safe="")


def _program(stream: Sequence[str | Field | _Block], known: Sequence[Tag]) -> Program:
    steps, _ = _steps(stream, 0, known)
    return steps


def _steps(stream: Sequence[str | Field | _Block], place: int, known: Sequence[Tag]) -> tuple[Program, int]:
    """Return the steps from here to the end of the branch, and where that is."""
    steps: list[Step] = []
    literal: list[str] = []

    def flush() -> None:
        if literal:
            steps.append("".join(literal))
            literal.clear()

    while place < len(stream):
        item = stream[place]
        if isinstance(item, str):
            literal.append(item)
            place += 1
            continue
        if isinstance(item, Field):
            flush()
            steps.append(item)
            place += 1
            continue
        inside = known[item.number].inside
        if not inside.startswith("if"):
            break
        flush()
        then, place = _steps(stream, place + 1, known)
        other: Program = ()
        if known[_number(stream[place])].inside.startswith("else"):
            other, place = _steps(stream, place + 1, known)
        test = merge.program(f"{{% {inside} %}}{{% endif %}}")[0]
        assert isinstance(test, If)  # noqa: S101 - the tag was found valid before
        steps.append(If(test.name, then, other))
        place += 1
    flush()
    return tuple(steps), place


def _number(item: str | Field | _Block) -> int:
    assert isinstance(item, _Block)  # noqa: S101 - a branch ends at a tag
    return item.number
