"""Finding people by what somebody remembers of them: the beginning of any word of a name, and a telephone.

Each word is a row of its own, which leads to the person. They are written before the person is, and again when that is
done again, so that nobody is missed; what they lead to in vain, whoever looks is not shown.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from escuta import table
from escuta.directory.model import WORD_LETTERS, Contact, ContactWord
from escuta.entity import Key

_MOST_WORDS = 6  # of one name: the first ones and the last
_MOST_READ = 2_000  # words that are looked at for one page, a quarter of them at a time
_LONGEST = 40  # letters of a word by which people are told apart
_WORD = re.compile(r"[^\W_]+")
_LEFT_OUT = frozenset(
    {"da", "das", "de", "del", "do", "dos", "e", "la", "las", "los", "van", "von", "y"}
)  # in too many


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as people are found by them: in lower case, without accents, each once."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(dict.fromkeys(word[:_LONGEST] for word in _WORD.findall(bare)))


def note(changes: Iterable[tuple[Contact | None, Contact | None]]) -> None:
    """Make people found as they are now, and no more as they were: pairs of before and after, None for nobody."""
    stored: dict[Key, ContactWord] = {}
    gone: set[Key] = set()
    for before, after in changes:
        was, now = rows(before), rows(after)
        stored |= {key: row for key, row in now.items() if was.get(key) != row}
        gone |= was.keys() - now.keys()
    if stored or gone:
        table.exchange(ContactWord, stored, gone - stored.keys())


def rows(contact: Contact | None) -> dict[Key, ContactWord]:
    """Return the rows by which a person is found."""
    if contact is None:
        return {}
    found = words(contact.name)
    told = [word for word in found if word not in _LEFT_OUT and (len(word) >= WORD_LETTERS or not word.isascii())]
    if len(told) > _MOST_WORDS:
        told = [*told[: _MOST_WORDS - 1], told[-1]]
    if contact.phone and contact.email:  # without an address the telephone is what the person is listed by
        told.append(contact.phone)
    every = [ContactWord(contact=contact.id, word=word, name=" ".join(found), segment=contact.segment) for word in told]
    return {row.key(): row for row in every}


def by_phone(phone: str, *, limit: int) -> list[str]:
    """Return whom a telephone belongs to, of those who are listed by an address."""
    found = table.query(ContactWord, ContactWord.among(phone), prefix=f"{phone}#", limit=limit)
    return [row.contact for row in found.items]


def by_name(
    sought: Sequence[str], may_see: Callable[[str], bool], *, limit: int, cursor: str | None = None
) -> table.Page[str]:
    """Return who has all these words in the name, or words that begin so, in the order of the longest one.

    `may_see` tells of a segment whether people of it are looked for. A page may be shorter than `limit` although there
    is a next one: how much is read for it is bounded.
    """
    sought = [word for word in sought if word not in _LEFT_OUT] or sought
    first = max(sought, key=len, default="")
    if len(first) < WORD_LETTERS and (first.isascii() or not first):
        return table.Page(())
    found: list[str] = []
    place = cursor or first
    for _ in range(4):
        page = table.query(
            ContactWord, ContactWord.among(first), between=(place, f"{first}\U0010ffff"), limit=_MOST_READ // 4
        )
        for row in page.items:
            place = f"{row.key().sk}\x00"  # right behind it
            if may_see(row.segment) and _has(row.name, sought):
                found.append(row.contact)
                if len(found) == limit:
                    return table.Page(tuple(dict.fromkeys(found)), place)
        if page.next is None:
            return table.Page(tuple(dict.fromkeys(found)))
    return table.Page(tuple(dict.fromkeys(found)), place)


def is_meant(contact: Contact, sought: Sequence[str]) -> bool:
    """Tell whether a person is still called so."""
    return _has(" ".join(words(contact.name)), [word for word in sought if word not in _LEFT_OUT] or sought)


def _has(name: str, sought: Sequence[str]) -> bool:
    parts = name.split(" ")
    return all(any(part.startswith(word) for part in parts) for word in sought)
