"""Words as they are compared: in lower case, without accents, and by their stem. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from pydantic_core import from_json

_SENTENCES = re.compile(r"[.!?;\n]+")
_WORDS = re.compile(r"[a-z0-9]+")
_SNOWBALL = {"pt-BR": "portuguese", "en": "english", "es": "spanish"}
Term = tuple[str, ...]  # the stems of one or more words
LONGEST = 10_000  # characters of a comment that are read; no answer is longer


def sentences(text: str) -> Iterator[list[str]]:
    """Yield the words of each sentence, plain and not stemmed."""
    for sentence in _SENTENCES.split(plain(text[:LONGEST])):
        found = _WORDS.findall(sentence)
        if found:
            yield found


def plain(text: str) -> str:
    """Return text in lower case and without its accents: what people type on a telephone."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter)
    )


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """Return the stem of a plain word, by Snowball (M. F. Porter)."""
    return str(_stemmer(language).stemWord(word))


@cache
def _stemmer(language: str) -> Any:
    from Stemmer import Stemmer  # type: ignore[import-not-found] # noqa: PLC0415 - only who reads comments needs it

    return Stemmer(_SNOWBALL[language])


def stems(text: str, language: str) -> Term:
    """Return the stems of a term of a dictionary."""
    return tuple(stem(word, language) for word in _WORDS.findall(plain(text)))


def by_first(terms: Iterable[Term]) -> dict[str, tuple[Term, ...]]:
    """Return terms by their first stem, the longest first: a text is then compared with few of them."""
    found: dict[str, list[Term]] = {}
    for term in sorted(dict.fromkeys(terms), key=lambda term: -len(term)):
        found.setdefault(term[0], []).append(term)
    return {first: tuple(some) for first, some in found.items()}


def standing(terms: Mapping[str, Sequence[Term]], among: Sequence[str]) -> Iterator[tuple[int, Term]]:
    """Yield (place, term) for every term, as `by_first` has them, that stands among stems."""
    for place, first in enumerate(among):
        for term in terms.get(first, ()):
            if tuple(among[place : place + len(term)]) == term:
                yield place, term


@cache
def data(name: str) -> Any:
    """Return a dictionary that ships with the product."""
    return from_json(resources.files("escuta.feedback.comments").joinpath("data", f"{name}.json").read_bytes())
