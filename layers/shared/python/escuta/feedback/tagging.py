"""Trying topics on comments before they are saved: what would be found, and which words no topic knows. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from escuta.feedback.comments import Dictionary, languages, words

MOST_WORDS = 20
_LEAST_COMMENTS = 2  # in which a word must stand: what one person wrote alone is nobody's topic
_SHORTEST = 4  # letters of a word that may be one
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Tagged:
    """A comment with the topics that are found in it now, and those that would be."""

    text: str
    language: str
    now: tuple[str, ...]
    then: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """A word of comments without any topic, and in how many of them it stands."""

    word: str
    comments: int


def tagged(comments: Iterable[tuple[str, str]], now: Dictionary, then: Dictionary) -> tuple[Tagged, ...]:
    """Return what two dictionaries find in comments, each with the language of its page."""
    found = []
    for text, spoken in comments:
        language = languages.tell(text, spoken)
        found.append(Tagged(text, language, tuple(now.found(text, language)), tuple(then.found(text, language))))
    return tuple(found)


def unknown(some: Sequence[Tagged]) -> tuple[Unknown, ...]:
    """Return the words that stand most often in comments without a topic, as they are written most often."""
    written: Mapping[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[str] = Counter()
    for each in some:
        if not each.then:
            forms = {word: words.plain(word) for word in _WORD.findall(each.text[: words.LONGEST].lower())}
            known = languages.known(each.language)
            roots = set()
            for word, plain in forms.items():
                if len(plain) >= _SHORTEST and plain not in known:
                    roots.add(root := words.stem(plain, each.language))
                    written[root][word] += 1
            seen.update(roots)
    often = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Unknown(min(written[root].items(), key=lambda form: (-form[1], form[0]))[0], n)
        for root, n in often[:MOST_WORDS]
        if n >= _LEAST_COMMENTS
    )
