"""How a comment feels, from -1 to 1: words with a weight, what turns, strengthens or weakens them. Pure.

The rules are those of VADER (C. J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis
of Social Media Text", ICWSM 2014): a negation turns a word and takes a quarter of its force, words of degree change it,
what comes after "but" weighs more than what comes before. Complaints about a purchase seldom name a feeling, so the
dictionaries also hold what people who complain say: "not received", "until today", "my money back".
"""

from collections.abc import Iterator, Mapping
from functools import cache
from math import sqrt
from typing import NamedTuple

from escuta.feedback.comments import words

_TURNED = -0.74
_BEFORE, _AFTER = 0.5, 1.5  # of a "but"
_REACH = 3  # words that a negation reaches
_NEAR = 2  # words that a word of degree reaches
_ALPHA = 15.0  # brings a sum of weights between -1 and 1


class Lexicon(NamedTuple):
    """The dictionary of one language, stemmed."""

    weights: Mapping[str, float]
    phrases: Mapping[words.Term, float]
    beginnings: Mapping[str, tuple[words.Term, ...]]  # the phrases by their first stem
    negations: frozenset[str]
    degrees: Mapping[str, float]
    turns: frozenset[str]


def score(text: str, language: str) -> float:
    """Return the mood of a text of this language; 0 where no word of it says any."""
    lexicon = _lexicon(language)
    total = sum(_sentence(sentence, language, lexicon) for sentence in words.sentences(text))
    return total / sqrt(total * total + _ALPHA)


def _sentence(written: list[str], language: str, lexicon: Lexicon) -> float:
    stems = [words.stem(word, language) for word in written]
    told = dict(_told(written, stems, lexicon))
    turn = max((place for place, word in enumerate(written) if word in lexicon.turns), default=None)
    if turn is None:
        return sum(told.values())
    return sum(weight * (_BEFORE if place < turn else _AFTER) for place, weight in told.items())


def _told(written: list[str], stems: list[str], lexicon: Lexicon) -> Iterator[tuple[int, float]]:
    """Yield (place, weight): phrases first, the longest of them before all, then the words that stand in none."""
    taken: set[int] = set()
    for start, phrase in sorted(words.standing(lexicon.beginnings, stems), key=lambda found: -len(found[1])):
        covered = range(start, start + len(phrase))
        if taken.isdisjoint(covered):
            taken.update(covered)
            yield start, lexicon.phrases[phrase]
    for place, stem in enumerate(stems):
        if place not in taken and stem in lexicon.weights:
            yield place, lexicon.weights[stem] * _changed(written, place, taken, lexicon)


def _changed(written: list[str], place: int, taken: set[int], lexicon: Lexicon) -> float:
    factor = 1.0
    for near in range(max(0, place - _NEAR), place):
        factor *= lexicon.degrees.get(written[near], 1.0)
    before = range(max(0, place - _REACH), place)
    if any(written[near] in lexicon.negations and near not in taken for near in before):
        factor *= _TURNED
    return factor


@cache
def _lexicon(language: str) -> Lexicon:
    told = words.data(language)
    phrases = {words.stems(phrase, language): weight for phrase, weight in told["phrases"].items()}
    return Lexicon(
        weights={words.stems(word, language)[0]: weight for word, weight in told["words"].items()},
        phrases=phrases,
        beginnings=words.by_first(phrases),
        negations=frozenset(map(words.plain, told["negations"])),
        degrees={words.plain(word): factor for word, factor in told["degrees"].items()},
        turns=frozenset(map(words.plain, told["turns"])),
    )
