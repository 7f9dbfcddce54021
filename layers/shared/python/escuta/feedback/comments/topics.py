"""What a comment is about: the topics of a dictionary whose terms it has. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from escuta import i18n
from escuta.feedback.comments import words

Texts = Mapping[str, Sequence[str]]
_Stems = Mapping[str, tuple[words.Term, ...]]


@dataclass(frozen=True, eq=False)
class Topic:
    """A topic with its name and its terms by language, and what is not meant where a term stands within it."""

    code: str
    name: Mapping[str, str]
    terms: Texts
    excluding: Texts
    on: bool = True  # one that is off is not looked for, and has a name nevertheless: it may have been counted


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Topics in the order in which they are found."""

    topics: tuple[Topic, ...]

    def names(self, language: str) -> dict[str, str]:
        """Return what each topic is called, also one that is off; by another language where it has no name in this."""
        return {topic.code: _name(topic, language) for topic in self.topics}

    def found(self, text: str, language: str) -> Iterator[str]:
        """Yield the topics of a text of this language."""
        written = [[words.stem(word, language) for word in sentence] for sentence in words.sentences(text)]
        for code, (terms, excluding) in self._sought[language].items():
            if any(_stands(terms, excluding, sentence) for sentence in written):
                yield code

    @cached_property
    def _sought(self) -> dict[str, dict[str, tuple[_Stems, _Stems]]]:
        return {
            language: {
                topic.code: (_stems(topic.terms, language), _stems(topic.excluding, language))
                for topic in self.topics
                if topic.on
            }
            for language in i18n.LANGUAGES
        }


def _stems(texts: Texts, language: str) -> _Stems:
    return words.by_first(stems for term in texts.get(language, ()) if (stems := words.stems(term, language)))


def _stands(terms: _Stems, excluding: _Stems, sentence: Sequence[str]) -> bool:
    standing = words.standing(terms, sentence)
    if not excluding:
        return next(standing, None) is not None
    taken = {place + each for place, term in words.standing(excluding, sentence) for each in range(len(term))}
    return any(not taken.issuperset(range(place, place + len(term))) for place, term in standing)


def _name(topic: Topic, language: str) -> str:
    return topic.name.get(language) or next(iter(topic.name.values()), topic.code)


@cache
def built_in() -> Dictionary:
    """Return the topics that ship with the product."""
    listed = words.data("topics").items()
    return Dictionary(tuple(Topic(code, told["name"], told["terms"], {}) for code, told in listed))


def extended(changes: Iterable[Topic]) -> Dictionary:
    """Return the topics that ship with what somebody adds to them or says in their place."""
    known = {topic.code: topic for topic in built_in().topics}
    for change in changes:
        old = known.get(change.code)
        known[change.code] = _joined(old, change) if old else change
    return Dictionary(tuple(known.values()))


def _joined(old: Topic, new: Topic) -> Topic:
    terms = {language: (*old.terms.get(language, ()), *new.terms.get(language, ())) for language in i18n.LANGUAGES}
    return Topic(old.code, {**old.name, **new.name}, terms, new.excluding, new.on)
