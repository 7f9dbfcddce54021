"""The expressions of DynamoDB that the product writes, and no others: whatever is not known here raises.

Each is read once and kept, since the same few come a hundred thousand times.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

Item = dict[str, Any]
Test = Callable[[Item, Mapping[str, str], Item], bool]  # of an item, with the names and the values of a request
_TOKEN = re.compile(r"\s*(?:([#:]?\w+)|([(),=<]))")
_PLACEHOLDER = re.compile(r"[#:]\w+")
_BEGINS = r"begins_with \((?P<begins>#\w+), (?P<prefix>:\w+)\)"
_BETWEEN = r"(?P<between>#\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)"
_KEY = re.compile(rf"\(?(?P<hash>#\w+) = (?P<is>:\w+)(?: AND (?:{_BEGINS}|{_BETWEEN})\))?")
_CLAUSE = re.compile(r"(ADD|SET) ((?:[#:]?\w+(?: =)? :\w+(?:, )?)+)\s*")
_STEP = re.compile(r"([#]?\w+)( =)? (:\w+)")
_WORDS = frozenset({"AND", "OR", "BETWEEN", "NOT", "IN", "ADD", "SET", "attribute_not_exists", "begins_with"})
_LAST = "\U0010ffff"


class UnknownError(AssertionError):
    """An expression, a parameter or an operation that this stand-in does not know. Teach it, or do without."""


class Wanted(NamedTuple):
    """What a query asks for: a partition, and the sort keys from `low` up to but without `high`."""

    hash_name: str
    sort_name: str
    partition: str
    low: str
    high: str


def placeholders(*texts: str) -> set[str]:
    """Return the placeholders of expressions: a request must define them all, and no others."""
    return set().union(*(_placeholders(text) for text in texts))


@lru_cache
def _placeholders(text: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(text))


@lru_cache
def condition(text: str) -> Test:
    """Return the test behind a condition: `attribute_not_exists`, `=` and `<`, joined by AND, or by OR in brackets."""
    tokens = list(_tokens(text))
    found = _all(tokens)
    if tokens:
        raise UnknownError(text)
    return found


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnknownError(text)
        yield match[1] or match[2]
        place = match.end()


def _all(tokens: list[str]) -> Test:
    parts = [_one(tokens)]
    word = tokens[0] if tokens else ""
    while tokens and tokens[0] == word and word in {"AND", "OR"}:
        tokens.pop(0)
        parts.append(_one(tokens))
    if len(parts) == 1:
        return parts[0]
    every = all if word == "AND" else any
    return lambda item, names, values: every(part(item, names, values) for part in parts)


def _one(tokens: list[str]) -> Test:
    word = _next(tokens)
    if word == "(":
        inner = _all(tokens)
        _next(tokens, ")")
        return inner
    if word == "attribute_not_exists":
        _next(tokens, "(")
        path = _path(_next(tokens))
        _next(tokens, ")")
        return lambda item, names, _values: names.get(path, path) not in item
    path, sign, value = _path(word), _next(tokens), _next(tokens)
    if sign not in {"=", "<"} or not value.startswith(":"):
        raise UnknownError(f"{word} {sign} {value}")

    def compare(item: Item, names: Mapping[str, str], values: Item) -> bool:
        mine, other = item.get(names.get(path, path)), values[value]
        if mine is None or mine.keys() != other.keys():
            return False
        return plain(mine) == plain(other) if sign == "=" else bool(plain(mine) < plain(other))

    return compare


def _next(tokens: list[str], expected: str = "") -> str:
    if not tokens or (expected and tokens[0] != expected):
        raise UnknownError(f"expected {expected or 'more'} before {tokens}")
    return tokens.pop(0)


def _path(word: str) -> str:
    if word in _WORDS or not re.fullmatch(r"#?\w+", word):
        raise UnknownError(word)
    return word


def plain(value: Item) -> Any:
    """Return a text or a whole number; the product stores nothing else."""
    match value:
        case {"S": str(text)}:
            return text
        case {"N": str(number)}:
            return int(number)
    raise UnknownError(value)


def key_condition(text: str, names: Mapping[str, str], values: Item) -> Wanted:
    """Read what a query asks for: one partition, and of it all, those with a prefix, or those between two."""
    found = _KEY.fullmatch(text)
    if found is None:
        raise UnknownError(text)
    partition = plain(values[found["is"]])
    if found["begins"]:
        prefix = plain(values[found["prefix"]])
        return Wanted(names[found["hash"]], names[found["begins"]], partition, prefix, prefix + _LAST)
    if not found["between"]:
        return Wanted(names[found["hash"]], "", partition, "", _LAST)
    low, high = plain(values[found["low"]]), plain(values[found["high"]])
    return Wanted(names[found["hash"]], names[found["between"]], partition, low, high + "\0")


def updated(item: Item, text: str, names: Mapping[str, str], values: Item) -> Item:
    """Return the item after an update: `ADD` of whole numbers, `SET` of values."""
    place, changed = 0, dict(item)
    while place < len(text):
        clause = _CLAUSE.match(text, place)
        if clause is None:
            raise UnknownError(text)
        for path, equals, value in _STEP.findall(clause[2]):
            if bool(equals) != (clause[1] == "SET"):
                raise UnknownError(text)
            name = names.get(path, path)
            number = clause[1] == "ADD"
            changed[name] = (
                {"N": str(plain(changed.get(name, {"N": "0"})) + int(values[value]["N"]))} if number else values[value]
            )
        place = clause.end()
    return changed
