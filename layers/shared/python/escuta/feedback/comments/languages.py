"""In which of the three languages a comment is written. Pure.

The small words that people cannot do without tell it, and letters that only one language has; of a single word the
dictionary of feelings does.
"""

from functools import cache
from typing import NamedTuple

from escuta import i18n
from escuta.feedback.comments import words

_OWN_LETTERS = {"pt-BR": "ãõç", "es": "ñ¿¡", "en": ""}
_SMALL, _FELT, _LETTER = 2, 1, 4  # how much each of these tells


class _Known(NamedTuple):
    small: frozenset[str]
    felt: frozenset[str]


def tell(text: str, spoken: str = "") -> str:
    """Return the language; `spoken`, the page's, where the words do not tell, as in "ok" or "👍"."""
    likely = i18n.match(spoken) or i18n.LANGUAGES[0]
    written = [word for sentence in words.sentences(text) for word in sentence]
    lower = text.lower()
    scores = {language: _score(language, written, lower) for language in i18n.LANGUAGES}
    best = max(scores.values())
    if scores[likely] == best:
        return likely
    return next(language for language, score in scores.items() if score == best)


def _score(language: str, written: list[str], lower: str) -> int:
    known = _known(language)
    told = sum(_SMALL * (word in known.small) + _FELT * (word in known.felt) for word in written)
    return told + _LETTER * any(letter in lower for letter in _OWN_LETTERS[language])


def known(language: str) -> frozenset[str]:
    """Return the plain words that say what language this is, or a feeling: none of them is a topic."""
    return frozenset().union(*_known(language))


@cache
def _known(language: str) -> _Known:
    told = words.data(language)
    return _Known(frozenset(map(words.plain, told["small"])), frozenset(map(words.plain, told["words"])))
