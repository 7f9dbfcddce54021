"""Who was erased and is not to come back: keyed hashes of an external id, an e-mail address, a telephone number.

A warm function keeps the list. Whether it changed is asked with one strong read: once for each chunk of a file, not for
each row. Nobody forgotten costs that one read and nothing more.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple

from escuta import ids, secrets, table
from escuta.directory.model import Contact, Forgotten, ForgottenHead
from escuta.errors import UnavailableError

__all__ = ["Known", "is_forgotten", "known", "mark", "marks", "remember"]

_TRIES = 8


class Known(NamedTuple):
    """The list as it was at one moment."""

    rev: int
    marks: Mapping[str, datetime]
    shared: frozenset[str] = frozenset()

    def keeps_out(self, known: Contact | None, external_id: str = "", email: str = "", phone: str = "") -> bool:
        """Tell whether whoever is spoken of so is kept out; `known` is who is stored as that person now.

        Two may share an address, each with an external id. Whoever of them was not erased, and is known, is somebody
        else and stays; of somebody new with that address nobody can tell.
        """
        if not self.marks:
            return False
        own = known.external_id if known else ""
        held = {each for each in marks(external_id or own, email, phone) if each in self.marks}
        return bool(held - self.shared if own else held)

    def holds(self, external_id: str = "", email: str = "", phone: str = "") -> bool:
        """Tell whether any of these belongs to somebody who is not to come back."""
        return bool(self.marks) and self.since(external_id, email, phone) is not None

    def since(self, external_id: str = "", email: str = "", phone: str = "") -> datetime | None:
        """Return when somebody with any of these was forgotten the last time; None: never."""
        if not self.marks:
            return None
        found = (self.marks.get(each) for each in marks(external_id, email, phone))
        return max((moment for moment in found if moment is not None), default=None)


def mark(kind: str, value: str) -> str:
    """Return what an `external_id`, an `email` or a `phone` is known by here, however it is spelled."""
    text = unicodedata.normalize("NFKC", value).strip()
    return ids.keyed_hash(secrets.link_secret(), f"forgotten:{kind}:{text.casefold() if kind == 'email' else text}")


def marks(external_id: str, email: str, phone: str) -> Iterator[str]:
    """Yield the marks of a person."""
    said = {"external_id": external_id, "email": email, "phone": phone}
    yield from (mark(kind, value) for kind, value in said.items() if value)


def known() -> Known:
    """Return the list as it is now. One strong read when nobody was added since the last time."""
    head = table.find(ForgottenHead, ForgottenHead.at(), consistent=True)
    rev = head.rev if head else 0
    kept = _kept()
    if not kept or kept[-1].rev != rev:
        found = table.query(Forgotten, Forgotten.at("").pk, consistent=True).items if head else ()
        shared = frozenset(each.mark for each in found if each.shared)
        kept[:] = [Known(rev, {each.mark: each.at_time for each in found}, shared)]
    return kept[-1]


@cache
def _kept() -> list[Known]:
    return []


def is_forgotten(external_id: str = "", email: str = "", phone: str = "") -> bool:
    """Tell whether somebody with any of these is not to come back. Of many people ask `known()` once."""
    return known().holds(external_id, email, phone)


def remember(moment: datetime, external_id: str = "", email: str = "", phone: str = "") -> int:
    """Keep a person out who was forgotten at this moment; return how many marks that added. Doing it again adds none.

    UnavailableError when too many are forgotten at once: call again.
    """
    own = mark("external_id", external_id) if external_id else ""
    wanted = {each: own not in {"", each} for each in marks(external_id, email, phone)}  # whether others may share it
    for _ in range(_TRIES):
        there = table.find_many(Forgotten, map(Forgotten.at, wanted), consistent=True)
        fresh = [
            table.Create(Forgotten(mark=each, at_time=moment, shared=shared))
            for each, shared in wanted.items()
            if Forgotten.at(each) not in there
        ]
        told = [
            (each, each.changed(at_time=max(each.at_time, moment), shared=each.shared and wanted[each.mark]))
            for each in there.values()
        ]
        again = [table.Save(now) for each, now in told if now != each]
        if not fresh and not again:
            return 0
        try:
            table.transact(*fresh, *again, _counted(len(fresh)))
        except table.CancelledError:
            continue  # somebody else was forgotten at this moment
        return len(fresh)
    raise UnavailableError("store_unavailable", retry_after=1)


def _counted(more: int) -> table.Action:
    """Return the change of the head: its revision rises with every change of the list."""
    head = table.find(ForgottenHead, ForgottenHead.at(), consistent=True)
    if head is None:
        return table.Create(ForgottenHead(marks=more))
    return table.Save(head.changed(marks=head.marks + more))


def of(contact: Contact) -> tuple[str, str, str]:
    """Return what a person is known by, in the order that the functions here take."""
    return contact.external_id, contact.email, contact.phone
