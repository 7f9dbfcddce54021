"""Where the tags of a template stand: a scan in one pass, before anything parses them. Pure.

A tag may be of a few tokens only, so that no text of a customer costs a parser more than its length: no number of a
million digits, no chain of a thousand filters.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

OPENING = re.compile(r"\{\{|\{%|\{#")
LINES = re.compile(r"\r\n|\r|\n")
_LONGEST = 1_000  # characters of a tag
_TOKENS = 10  # of a field with a fallback there are eight
_STRING = r"""'[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+\""""
_TOKEN = rf"(?:\w{{1,100}}+|[.|(),]|{_STRING})"
_INSIDE = re.compile(rf"[-+]?\s*+((?:{_TOKEN}\s*+){{1,{_TOKENS}}}+)[-+]?(\}}\}}|%\}})", re.DOTALL)
_BLOCKS = frozenset({"if", "else", "endif"})
_CLOSED = {"{{": "}}", "{%": "%}"}


class Tag(NamedTuple):
    """One tag: a field `{{`, a condition `{%` or a remark `{#`, its place in the text, and what is in it."""

    kind: str
    start: int
    end: int
    inside: str


class UnfitError(Exception):
    """Something opens at this place that is no field, no fallback and no simple condition."""

    def __init__(self, code: str, place: int) -> None:
        """Keep what it is, by its code, and where."""
        super().__init__(code, place)
        self.code = code
        self.place = place


def scan(source: str) -> Iterator[Tag]:
    """Yield the tags of a text in their order. UnfitError at the first that cannot be one of ours."""
    place = 0
    while opening := OPENING.search(source, place):
        start, kind = opening.start(), opening.group()
        if kind == "{#":
            end = source.find("#}", start + 2)
            if end < 0:
                raise UnfitError("syntax", start)
            place = end + 2
            yield Tag(kind, start, place, "")
            continue
        found = _INSIDE.match(source, start + 2, start + _LONGEST)
        if found is None or found.group(2) != _CLOSED[kind]:
            raise UnfitError(_why(source, start), start)
        inside = found.group(1).strip()
        if kind == "{%" and inside.split()[0] not in _BLOCKS:
            raise UnfitError("not_allowed", start)
        place = found.end()
        yield Tag(kind, start, place, inside)


def _why(source: str, start: int) -> str:
    """Tell a tag that nobody closed from one with something else in it."""
    following = OPENING.search(source, start + 2)
    within = source[start + 2 : following.start() if following else len(source)]
    return "not_allowed" if _CLOSED[source[start : start + 2]] in within else "syntax"


def many(source: str, most: int) -> bool:
    """Tell whether a text opens more tags than this."""
    return next(islice(OPENING.finditer(source), most, None), None) is not None


def place(source: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of a place in a text."""
    line, begins = 1, 0
    for end in LINES.finditer(source, 0, offset):
        line, begins = line + 1, end.end()
    return line, offset - begins + 1
