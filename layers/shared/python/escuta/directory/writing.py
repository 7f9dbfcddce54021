"""The people and visits of a chunk on their way to the table, a hundred at a time, and what became of each row.

What is to be written is decided from what is stored, and decided again where others were faster: a row is never
written over what somebody else wrote meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from escuta import table
from escuta.directory import finding, persons, visits
from escuta.directory.merging import Merged, Said, moment, row_of, rows_of
from escuta.directory.model import Contact, RowOutcome, Segment, Transaction
from escuta.entity import Key
from escuta.errors import UnavailableError

_TOGETHER = 100  # actions of one transaction
_WEIGHT = 2_500_000  # bytes of one transaction, which may have four million
_TRIES = 10
_RANK = {RowOutcome.DUPLICATE: 0, RowOutcome.UPDATED: 1, RowOutcome.ACCEPTED: 2}

Thing = Contact | Transaction


class Fate(NamedTuple):
    """What a row was for its person or its visit."""

    outcome: RowOutcome
    row: int = 0  # of the same file: it holds what this one says too
    newer: bool = False  # something newer is known than what this row says

    def beside(self, other: "Fate") -> "Fate":
        """Return what a row was for both: new if either is new, changed if either changed."""
        if _RANK[other.outcome] != _RANK[self.outcome]:
            return max(self, other, key=lambda fate: _RANK[fate.outcome])
        return Fate(self.outcome, self.row or other.row, self.newer or other.newer)


_NEW = Fate(RowOutcome.ACCEPTED)


@dataclass
class Wish:
    """What the rows of a chunk say of one person or one visit."""

    key: Key
    content: str
    add_up: Callable[["Wish", Thing | None], tuple[Thing | None, Merged]]
    said: list[Said] = field(default_factory=list)
    visits: list[Mapping[str, Any] | None] = field(default_factory=list)
    fates: dict[int, Fate] = field(default_factory=dict)

    def decide(self, known: Thing | None) -> table.Create | table.Save | None:
        """Decide what is to be written in place of what is stored, and what each row is for that."""
        wanted, found = self.add_up(self, known)
        if known is None and len(self.said) == 1 and wanted is not None:
            self.fates = {self.said[0].row: _NEW}
            return table.Create(wanted)
        first = known.created_by if known else self.said[0].source
        again = rows_of(known.updated_by, self.content) if known else frozenset[int]()
        self.fates = {
            each.row: _NEW
            if each.source == first
            else Fate(RowOutcome.UPDATED)
            if each.row in found.changed or each.row in again
            else _duplicate(each, found)
            for each in self.said
        }
        if wanted is None:
            return None
        return table.Save(wanted) if known else table.Create(wanted)


def _duplicate(said: Said, found: Merged) -> Fate:
    """Say why a row brings nothing new: another row of its file holds, or something newer, or it repeats."""
    holders = {found.holders[name] for name in said.fields}
    rows = {row_of(mark, said.content) for mark in holders} - {said.row}
    newer = any(found.values.get(name, "") != value for name, value in said.fields.items())
    return Fate(RowOutcome.DUPLICATE, min((row for row in rows if row), default=0), newer)


class Batch:
    """The rows of one chunk: `add` each, `decide`, `write` unless it is a dry run, and ask for the `fate` of each."""

    def __init__(
        self, content: str, came: datetime, segments: Mapping[str, Segment], told: Callable[[int], str]
    ) -> None:
        """Start with what the rows' content is known by, when it came, and how a row is named to people."""
        self._content = content
        self._came = came
        self._segments = segments
        self._told = told
        self._when = moment(came)
        self._contacts: dict[Key, Wish] = {}
        self._visits: dict[Key, Wish] = {}
        self._open: dict[Key, table.Create | table.Save] = {}
        self._people: dict[Key, Contact] = {}  # as they were when it was decided
        self._wishes: dict[int, tuple[Wish, ...]] = {}
        self._told_of: dict[int, str] = {}

    def add(
        self, row: int, contact: str, said: Mapping[str, Any], visit: Mapping[str, Any] | None, transaction: str
    ) -> None:
        """Add a row: whom it speaks of, what it says, the visit it tells of, and its id ("" : none)."""
        speech = persons.said_of(
            said, visit, content=self._content, row=row, when=self._when, told=self._told(row), told_at=self._came
        )
        wishes = [self._wish(self._contacts, Contact.at(contact), _person, visit, speech)]
        if transaction and visit is not None:
            speech = visits.said_of(said, visit, content=self._content, row=row, when=self._when)
            wishes.append(self._wish(self._visits, Transaction.at(contact, transaction), self._visit, visit, speech))
        self._wishes[row] = tuple(wishes)
        self._told_of[row] = transaction

    def _wish(
        self,
        wishes: dict[Key, Wish],
        key: Key,
        add_up: Callable[[Wish, Thing | None], tuple[Thing | None, Merged]],
        visit: Mapping[str, Any] | None,
        said: Said,
    ) -> Wish:
        wish = wishes.get(key)
        if wish is None:
            wish = wishes[key] = Wish(key, self._content, add_up)
        wish.said.append(said)
        wish.visits.append(visit)
        return wish

    def _visit(self, wish: Wish, known: Thing | None) -> tuple[Thing | None, Merged]:
        return visits.added_up(
            (wish.key.pk.partition("#")[2], wish.key.sk.partition("#")[2]),
            (wish.visits[0] or {}).get("reference", ""),
            known if isinstance(known, Transaction) else None,
            wish.said,
            came=self._came,
            segments=self._segments,
        )

    def decide(self, people: Mapping[str, Contact]) -> None:
        """Decide about every person and visit; `people` are those of them that are known, as they are now."""
        # of somebody who is not known no visit is, in all likelihood; if there is one, the store refuses another
        asked = (key for key in self._visits if key.pk.partition("#")[2] in people)
        known = table.find_many(Transaction, asked, consistent=True)
        for key, wish in self._contacts.items():
            self._decide(key, wish, people.get(key.pk.partition("#")[2]))
        for key, wish in self._visits.items():
            self._decide(key, wish, known.get(key))

    def _decide(self, key: Key, wish: Wish, known: Thing | None) -> None:
        self._open.pop(key, None)
        self._people.pop(key, None)
        if isinstance(known, Contact):
            self._people[key] = known
        action = wish.decide(known)
        if action is not None:
            self._open[key] = action

    def write(self) -> None:
        """Write what was decided. UnavailableError when others kept changing the same people."""
        while batch := self._next():
            for _ in range(_TRIES):
                if not batch or self._wrote(batch):
                    break
                batch = {key: self._open[key] for key in batch if key in self._open}
            else:
                raise UnavailableError("store_unavailable", retry_after=2)

    def _next(self) -> dict[Key, table.Create | table.Save]:
        """Return what is written next: as much as one transaction takes."""
        batch: dict[Key, table.Create | table.Save] = {}
        weight = 0
        for key, action in self._open.items():
            weight += _weight(action)
            if batch and (len(batch) == _TOGETHER or weight > _WEIGHT):
                break
            batch[key] = action
        return batch

    def _wrote(self, batch: Mapping[Key, table.Create | table.Save]) -> bool:
        named = ((self._people.get(key), action.entity) for key, action in batch.items())
        finding.note((before, after) for before, after in named if isinstance(after, Contact))
        try:
            table.transact(*batch.values())
        except table.CancelledError as error:
            for refused in error.refused:
                self._again(refused)
            return False
        for key in batch:
            del self._open[key]
        return True

    def _again(self, refused: table.Refused) -> None:
        found = refused.found
        if not isinstance(refused.action, table.Create | table.Save) or not isinstance(found, Thing | None):
            raise TypeError(f"neither a person nor a visit was refused: {refused.action}")
        if isinstance(refused.action.entity, Contact):
            finding.note([(refused.action.entity, found if isinstance(found, Contact) else None)])
        if found is None and isinstance(refused.action, table.Save):
            # whoever was there and is no more was erased: the next try knows, and keeps the person out
            raise UnavailableError("store_unavailable", retry_after=2)
        key = refused.action.entity.key()
        self._decide(key, self._contacts.get(key) or self._visits[key], found)

    def visit(self, row: int) -> str:
        """Return the id of the visit that a row tells of; "" when it tells of none."""
        return self._told_of[row]

    def fate(self, row: int) -> Fate:
        """Return what a row was for its person and its visit."""
        first, *rest = self._wishes[row]
        return first.fates[row].beside(rest[0].fates[row]) if rest else first.fates[row]


def _person(wish: Wish, known: Thing | None) -> tuple[Contact | None, Merged]:
    contact = wish.key.pk.partition("#")[2]
    return persons.added_up(contact, known if isinstance(known, Contact) else None, wish.said, wish.visits)


def _weight(action: table.Create | table.Save) -> int:
    """Return about how many bytes an action has, rather more than fewer."""
    custom: Mapping[str, str] = getattr(action.entity, "custom", {})
    return 4_000 + 4 * sum(map(len, custom.values())) if custom else 4_000
