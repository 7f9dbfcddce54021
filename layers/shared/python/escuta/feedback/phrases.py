"""Looking for words in what people wrote: whatever their case, accents and endings. Pure."""

import re
from collections.abc import Iterable

from escuta.feedback.comments import languages, words

MOST = 10  # words that are looked for at once; a longer question says no more
_WORDS = re.compile(r"\w+")


def terms(asked: str) -> tuple[str, ...]:
    """Return the words that somebody looks for, as they are compared."""
    return tuple(dict.fromkeys(_WORDS.findall(words.plain(asked))))[:MOST]


def stand_in(wanted: Iterable[str], texts: Iterable[str], language: str) -> bool:
    """Tell whether all these terms stand in the texts: each begins a word there, or has the stem of one."""
    wanted = tuple(wanted)
    if not wanted:
        return True
    text = "\n".join(texts)[: words.LONGEST]
    written = frozenset(_WORDS.findall(words.plain(text)))
    spoken = languages.tell(text, language)
    return all(_is_there(term, written, spoken) for term in wanted)


def _is_there(term: str, written: Iterable[str], language: str) -> bool:
    if any(word.startswith(term) for word in written):
        return True
    root = words.stem(term, language)
    return any(words.stem(word, language) == root for word in written)
