"""Loading one chunk of a file: its rows checked, its people written, what became of each row noted.

Everything here may be done twice: a person remembers which row of which file made and last changed it, so a chunk
that comes again says the same again and writes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from escuta import files, ids, table
from escuta.config import settings
from escuta.directory import contacts, drops, folders, products, segments
from escuta.directory.cells import Line, cells_of
from escuta.directory.decoding import text
from escuta.directory.model import Contact, DropFile, Product, RowOutcome, RowResult, Segment
from escuta.directory.rows import Person, Rows, Thing, rejected, segment_code
from escuta.directory.scan import Chunk
from escuta.errors import InvalidError, UnavailableError

_TOGETHER = 100  # actions of one transaction
_TRIES = 10


def _nobody(_people: Sequence[Person]) -> Mapping[str, str]:
    return {}


def _asked_by_nothing(_file: DropFile) -> Callable[[Person], tuple[str, str]]:
    return lambda _person: ("", "")


def _unknown_kind(things: Sequence[Thing], *, source: str, dry_run: bool) -> list[RowResult]:
    raise TypeError(f"nobody takes in {len(things)} rows of {source}, dry run: {dry_run}")


class TakeIn(Protocol):
    """Take in rows of another kind than people; the same source again says the same again and writes nothing."""

    def __call__(self, things: Sequence[Thing], *, source: str, dry_run: bool) -> list[RowResult]:
        """Return what became of each row, in order."""


class Hooks(NamedTuple):
    """What loading asks the parts above it, which it may not know.

    `closed` says which of these people (ids of contacts) said no to everything at every address, and why. `route` says
    for the rules of a file under which of them a person falls, and which keeps the person from being asked. `suppress`
    takes in the rows of a file of suppressions.
    """

    closed: Callable[[Sequence[Person]], Mapping[str, str]] = _nobody
    route: Callable[[DropFile], Callable[[Person], tuple[str, str]]] = _asked_by_nothing
    suppress: TakeIn = _unknown_kind


def load(chunk: Chunk, hooks: Hooks = Hooks()) -> DropFile:  # noqa: B008 - it never changes
    """Load a chunk and return its file as it then stands.

    NotFoundError when the object is no longer the one that was registered: the message stays in its queue and ends in
    the dead-letter queue, and the file is never called done.
    """
    file = drops.get(chunk.file, consistent=True)
    if not drops.is_open(file) or drops.is_done(file, chunk.number):
        return file
    checked = check(file, chunk, _read(file, chunk))
    products.ensure(_products(row for row in checked if isinstance(row, Person)))
    drops.write_results(file.id, chunk.number, _written(file, [row for row in checked if not isinstance(row, Thing)]))
    drops.mark_done(file, chunk.number)
    return file


def _read(file: DropFile, chunk: Chunk) -> str:
    blocks = files.stream(
        file.bucket,
        file.object_key,
        etag=file.etag,
        version=file.version,
        first=chunk.first_byte,
        last=chunk.last_byte,
    )
    return text(b"".join(blocks), file.encoding)


def check(file: DropFile, chunk: Chunk, content: str) -> list[Person | Thing | RowResult]:
    """Return a person or a rejection for every row of a chunk. RuntimeError unless there are as many as registered."""
    lines = list(cells_of(content, file.delimiter))
    place = next(place for place, name in enumerate(file.header) if file.mapping.get(name) == "segment")
    rows = Rows(file, folders.of(file.folder), _segments(lines, place), settings().country, {})
    checked: list[Person | Thing | RowResult] = [
        rejected(row, chunk.first_line + line.place, line.cells, InvalidError(line.code, **line.details))
        if line.code
        else rows.check(row, chunk.first_line + line.place, line.cells, flag=line.flag)
        for row, line in enumerate(lines, chunk.first_row)
    ]
    if len(checked) != chunk.rows:
        raise RuntimeError(f"file {file.id} chunk {chunk.number}: {len(checked)} rows in place of {chunk.rows}")
    return checked


def _segments(lines: Sequence[Line], place: int) -> dict[str, Segment]:
    """Return the segments there are, after a look in the table for those that the kept list may not have yet."""
    known = segments.by_code()
    named = {segment_code(line.cells[place]) for line in lines if len(line.cells) > place}
    new = [Segment.at(code) for code in named - known.keys() if 0 < len(code) <= 64]  # noqa: PLR2004 - no code is longer
    return {**known, **{segment.code: segment for segment in table.find_many(Segment, new).values()}}


def _products(people: Iterable[Person]) -> list[Product]:
    return [
        Product(code=code, name=said.get("product_name", code), group=said.get("product_group", ""))
        for person in people
        if (code := (said := person.said).get("product"))
    ]


def _written(file: DropFile, checked: Sequence[Person | RowResult]) -> list[RowResult]:
    """Write the people and return what became of each row, in order. The first row about a person holds."""
    source = ids.derive("content", file.sha256)
    people: dict[str, Person] = {}
    results: dict[int, RowResult] = {}
    for row in checked:
        if isinstance(row, RowResult):
            results[row.row] = row
        elif (first := people.setdefault(row.contact, row)) is not row:
            results[row.row] = _result(row, RowOutcome.DUPLICATE, "same_person", row=str(first.row))
    known = contacts.many(people, consistent=True)
    writer = _Writer(source, people, results)
    for person in people.values():
        writer.decide(person, known.get(person.contact))
    writer.write()
    return [results[row] for row in sorted(results)]


class _Writer:
    """The people of a chunk on their way to the table, a hundred at a time, decided again where others were faster."""

    def __init__(self, source: str, people: Mapping[str, Person], results: dict[int, RowResult]) -> None:
        self._source = source
        self._people = people
        self._results = results
        self._open: dict[str, table.Create | table.Save] = {}

    def decide(self, person: Person, known: Contact | None) -> None:
        """Decide what a row means for a person as stored, and what is to be written."""
        self._open.pop(person.contact, None)
        row = f"{self._source}.{person.row}"
        if known is not None and row in {known.created_by, known.updated_by}:
            said_before = RowOutcome.ACCEPTED if known.created_by == row else RowOutcome.UPDATED
            self._note(person, said_before)
        elif known is not None and (other := self._other_row(known)):
            self._note(person, RowOutcome.DUPLICATE, "same_person", row=other)
        elif (merged := contacts.merged(person.contact, person.said, known, row)) is None:
            self._note(person, RowOutcome.DUPLICATE, "nothing_new")
        else:
            self._open[person.contact] = table.Save(merged) if known else table.Create(merged)
            self._note(person, RowOutcome.UPDATED if known else RowOutcome.ACCEPTED)

    def write(self) -> None:
        """Write what was decided. UnavailableError when others kept changing the same people."""
        while batch := dict(list(self._open.items())[:_TOGETHER]):
            for _ in range(_TRIES):
                if not batch or self._wrote(batch):
                    break
                batch = {contact: self._open[contact] for contact in batch if contact in self._open}
            else:
                raise UnavailableError("store_unavailable", retry_after=2)

    def _wrote(self, batch: Mapping[str, table.Create | table.Save]) -> bool:
        try:
            table.transact(*batch.values())
        except table.CancelledError as error:
            for refused in error.refused:
                self._again(refused)
            return False
        for contact in batch:
            del self._open[contact]
        return True

    def _again(self, refused: table.Refused) -> None:
        if not isinstance(refused.action, table.Create | table.Save) or not isinstance(refused.action.entity, Contact):
            raise TypeError(f"no contact was refused: {refused.action}")
        found = refused.found
        self.decide(self._people[refused.action.entity.id], found if isinstance(found, Contact) else None)

    def _other_row(self, known: Contact) -> str:
        """Return the row of this very content that spoke of this person before, else ""."""
        marks = (mark.partition(".") for mark in (known.created_by, known.updated_by))
        return next((row for source, _, row in marks if source == self._source), "")

    def _note(self, person: Person, outcome: RowOutcome, code: str = "", **details: str) -> None:
        self._results[person.row] = _result(person, outcome, code, **details)


def _result(person: Person, outcome: RowOutcome, code: str = "", **details: str) -> RowResult:
    return RowResult(
        row=person.row,
        line=person.line,
        outcome=outcome,
        contact=person.contact,
        code=code or person.flag,
        details=details,
        original=tuple(person.original),
    )
