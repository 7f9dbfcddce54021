"""Managers: who answers for which segments, and who answers for a place when something happens there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escuta import ids, table
from escuta.config import settings
from escuta.directory import addresses
from escuta.directory.model import AlertChannel, Assignment, Manager, RowResult, Segment
from escuta.errors import ConflictError, InvalidError
from escuta.i18n import LANGUAGES

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

MOST_SEGMENTS = 40  # a change rewrites every edge in one transaction of at most 100 actions: 40 off, 40 on, the manager


def create(
    name: str,
    email: str,
    *,
    language: str,
    segments: Iterable[str] = (),
    phone: str = "",
    channels: Iterable[AlertChannel] = (AlertChannel.EMAIL,),
) -> Manager:
    """Store a manager with the edges to the segments they answer for.

    The id follows from the e-mail address: a call repeated after a lost reply is a ConflictError, and never a second
    manager who gets every alert twice.
    """
    manager = _checked(
        Manager(
            id="",
            name=name,
            email=email,
            phone=phone,
            language=language,
            channels=tuple(channels),
            segments=tuple(segments),
        )
    )
    manager = manager.changed(id=ids.derive("manager", manager.email.casefold()))
    try:
        table.transact(table.Create(manager), *_edges_on(manager, manager.segments))
    except table.CancelledError as error:
        raise ConflictError("manager_exists") from error
    return manager.changed(rev=1)


def update(manager: str, *, rev: int, **fields: Any) -> Manager:
    """Change what is given; `segments` replaces the whole list, edges included.

    ConflictError `stale` when somebody changed the manager since `rev` was read.
    """
    stored = get(manager)
    if stored.rev != rev:
        raise ConflictError("stale")
    changed = _checked(stored.changed(**fields, id=stored.id, rev=rev))
    gone = [Assignment(segment=code, manager=manager) for code in stored.segments if code not in changed.segments]
    come = [code for code in changed.segments if code not in stored.segments]
    removals = [table.Remove(Assignment, edge.key()) for edge in gone]
    table.transact(table.Save(changed), *removals, *_edges_on(changed, come))
    return changed.changed(rev=rev + 1)


def get(manager: str) -> Manager:
    """Return the manager with this id; NotFoundError when there is none."""
    return table.load(Manager, Manager.at(manager), consistent=True)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Manager]:
    """Return managers by name."""
    return table.query(Manager, "managers", index="g1", limit=limit, cursor=cursor)


def answering_for(segment_path: tuple[str, ...]) -> tuple[Manager, ...]:
    """Return the managers of the nearest segment upward that has any, by name; () when nobody answers at all.

    One query a level until somebody is found, then one batch: a store with its own manager costs two reads.
    """
    for code in reversed(segment_path):
        edges = table.query(Assignment, f"segment#{code}", prefix="manager#").items
        found = table.find_many(Manager, (Manager.at(edge.manager) for edge in edges))
        if found:
            return tuple(sorted(found.values(), key=lambda manager: (manager.name.casefold(), manager.id)))
    return ()


def _edges_on(manager: Manager, segments: Iterable[str]) -> list[table.Create]:
    return [table.Create(Assignment(segment=code, manager=manager.id)) for code in segments]


def _checked(manager: Manager) -> Manager:
    if not manager.name.strip():
        raise InvalidError("required", field="name")
    if manager.language not in LANGUAGES:
        raise InvalidError("language_unknown", field="language", allowed=", ".join(LANGUAGES))
    if AlertChannel.SMS in manager.channels and not manager.phone:
        raise InvalidError("required", field="phone")
    return manager.changed(
        name=manager.name.strip(),
        email=_canonical("email", lambda: addresses.email(manager.email.strip())),
        phone=manager.phone and _canonical("phone", lambda: addresses.phone(manager.phone, settings().country)),
        segments=_known(manager.segments),
    )


def _known(codes: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(codes))
    if len(wanted) > MOST_SEGMENTS:
        raise InvalidError("too_many", field="segments", most=MOST_SEGMENTS)
    found = table.find_many(Segment, (Segment.at(code) for code in wanted), consistent=True)
    for code in wanted:
        if Segment.at(code) not in found:
            raise InvalidError("segment_unknown", field="segments", value=code)
    return wanted


def _canonical(field: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except InvalidError as error:
        raise InvalidError(error.code, field=field, **error.details) from error


def take_in(
    things: Sequence["Thing"], *, source: str, dry_run: bool = False, columns: Mapping[str, str] = MappingProxyType({})
) -> list[RowResult]:
    """Return what became of each row, in order. The same `source` again says the same again and writes nothing.

    `columns` is field -> title of the column in the file, for what a rejection names.
    """
    raise NotImplementedError
