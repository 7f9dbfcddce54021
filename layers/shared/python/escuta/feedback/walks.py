"""What names a person where no key leads: lists that are short, and the rows of a year's files. One step at a time.

Whoever walks keeps the position, does as many steps as there is time for, and goes on later.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from escuta import files, table
from escuta.config import settings
from escuta.directory import drops, replies, unpacking
from escuta.directory.decoding import RefusedFileError
from escuta.directory.mentions import Person
from escuta.directory.model import DropFile, FileKind, FileState, PrivacyRequest, Reply, RowResult
from escuta.entity import Value
from escuta.errors import NotFoundError
from escuta.feedback import parking
from escuta.feedback.model import Parked
from escuta.outreach import deployments, pieces
from escuta.outreach.model import Deployment

STEPS = ("parked", "requests", "replies", "deployments", "files")
KEPT = timedelta(days=365)  # the results and reports of files
_PAGE = 100
_CHUNKS = 20  # of a file, in one step
_OF_PEOPLE = frozenset({FileKind.CONTACTS, FileKind.SUPPRESSIONS})
_OPEN = frozenset({FileState.REGISTERED, FileState.HELD, FileState.LOADING})


class Position(Value):
    """Where a walk goes on."""

    step: str = STEPS[0]
    cursor: str = ""
    chunk: int = 0  # of the file that comes next


class Hit(NamedTuple):
    """Something that names the person. `what`: parked, request, reply, deployment, rows, file, waiting."""

    what: str
    id: str
    chunk: int = 0
    found: Parked | PrivacyRequest | Reply | Deployment | DropFile | None = None
    rows: tuple[RowResult, ...] = ()

    def place(self) -> str:
        """Return where it is, as a receipt that is under way keeps it."""
        return f"{self.what}:{self.id}" + (f":{self.chunk}" if self.what == "rows" else "")


def step(
    person: Person, links: frozenset[str], position: Position, since: datetime
) -> tuple[list[Hit], Position | None]:
    """Look at a page of a list, or at some chunks of one file; return what names the person, and where to go on.

    `links` are the person's invitations, `since` is how far back the files are looked at. None: that was everything.
    """
    if position.step == "files":
        return _files(person, position, since)
    found, cursor = _listed(person, links, position)
    if cursor:
        return found, position.changed(cursor=cursor)
    return found, Position(step=STEPS[STEPS.index(position.step) + 1])


def _listed(person: Person, links: frozenset[str], position: Position) -> tuple[list[Hit], str | None]:
    cursor = position.cursor or None
    match position.step:
        case "parked":
            parked = parking.listing(limit=_PAGE, cursor=cursor)
            named = (each for each in parked.items if each.link_key in links or person.in_text(_plain(each)))
            return [Hit("parked", each.id, found=each) for each in named], parked.next
        case "requests":
            asked = table.query(PrivacyRequest, "privacy", index="g1", limit=_PAGE, cursor=cursor)
            return [Hit("request", one.id, found=one) for one in asked.items if one.contact in person.ids], asked.next
        case "replies":
            told = replies.listing(limit=_PAGE, cursor=cursor)
            own = {*person.ids, replies.SOMEBODY}
            return [
                Hit("reply", one.id, found=one) for one in told.items if not own.isdisjoint(one.contacts)
            ], told.next
        case _:
            sent = deployments.listing(limit=_PAGE, cursor=cursor)
            listed = (each for each in sent.items if not frozenset(person.ids).isdisjoint(pieces.everybody(each)))
            return [Hit("deployment", each.id, found=each) for each in listed], sent.next


def _plain(parked: Parked) -> str:
    """Return a payload with its letters as they are, for what JSON has escaped."""
    return (
        parked.payload.encode().decode("unicode_escape", errors="replace")
        if "\\u" in parked.payload
        else parked.payload
    )


def _files(person: Person, position: Position, since: datetime) -> tuple[list[Hit], Position | None]:
    page = drops.listing(limit=1, cursor=position.cursor or None)
    file = next(iter(page.items), None)
    if file is not None and file.received_at < since:
        return [], None
    following = Position(step="files", cursor=page.next) if page.next else None
    if file is None or file.file_kind not in _OF_PEOPLE:
        return [], following
    if file.state in _OPEN:  # its object is still needed, and its rows are not all there
        return ([Hit("waiting", file.id, found=file)] if is_named(person, file) else []), following
    found = list(_in_chunks(person, file, position.chunk))
    last = position.chunk + _CHUNKS
    if last < file.chunks:
        return found, position.changed(chunk=last)
    loaded = file.state is FileState.DONE and file.chunks  # what it holds is in its results
    named = [] if loaded or not is_named(person, file) else [Hit("file", file.id, found=file)]
    return found + named, following


def _in_chunks(person: Person, file: DropFile, first: int) -> Iterator[Hit]:
    for chunk in range(first, min(first + _CHUNKS, file.chunks)):
        rows = tuple(row for row in _results(person, file, chunk) if person.in_row(file, row))
        if rows:
            yield Hit("rows", file.id, chunk, found=file, rows=rows)
            yield Hit("file", file.id, found=file)


def _results(person: Person, file: DropFile, chunk: int) -> Iterator[RowResult]:
    """Yield the rows of a chunk if it may name the person at all: most are put aside without being read row by row."""
    try:
        if person.in_blocks(drops.raw_results(file.id, chunk)):
            yield from drops.results(file.id, chunk)
    except NotFoundError:
        return  # not loaded yet, or no longer kept


def is_named(person: Person, file: DropFile) -> bool:
    """Tell whether the object of a file names the person. A packed one that cannot be opened might: it does."""
    try:
        if file.staged_key:
            return person.in_blocks(files.stream(settings().reports_bucket, file.staged_key))
        head = next(iter(files.stream(file.bucket, file.object_key)), b"")
    except NotFoundError:
        return False
    try:
        packing = unpacking.packing(head, file.object_key)
    except RefusedFileError:
        packing = ""

    def opened() -> Iterator[bytes]:
        return files.stream(file.bucket, file.object_key)

    try:
        return person.in_blocks(unpacking.unpack(packing, opened) if packing else opened())
    except RefusedFileError:
        return True
