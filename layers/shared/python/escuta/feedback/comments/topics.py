"""What a comment is about: the topics of a dictionary whose terms it has. Pure."""

from collections.abc import Iterator, Mapping
from functools import cache

from escuta.feedback.comments import words


def found(text: str, language: str) -> Iterator[str]:
    """Yield the topics of a text of this language, in the order of the dictionary."""
    written = [[words.stem(word, language) for word in sentence] for sentence in words.sentences(text)]
    for topic, terms in _terms(language).items():
        if any(next(words.standing(terms, sentence), None) for sentence in written):
            yield topic


def names(language: str) -> dict[str, str]:
    """Return what each topic is called."""
    return {topic: told["name"][language] for topic, told in words.data("topics").items()}


@cache
def _terms(language: str) -> Mapping[str, Mapping[str, tuple[words.Term, ...]]]:
    return {
        topic: words.by_first(words.stems(term, language) for term in told["terms"][language])
        for topic, told in words.data("topics").items()
    }
