"""Managers: who answers for which segments, and who answers for a place when something happens there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from escuta import clock, ids, table
from escuta.config import settings
from escuta.directory import activity, addresses, lines
from escuta.directory.model import Activity, AlertChannel, Assignment, Manager, Segment
from escuta.errors import ConflictError, InvalidError
from escuta.i18n import LANGUAGES

MOST_SEGMENTS = 40  # a change rewrites every edge in one transaction of at most 100 actions: 40 off, 40 on, the manager
_FRESH_SECONDS = 60
_LIMITS = {"name": 200, "external_reference": 128}
SAID = ("name", "phone", "language", "languages", "channels", "alerts", "digest", "segments", "external_reference")


def create(
    name: str,
    email: str,
    *,
    language: str,
    segments: Iterable[str] = (),
    channels: Iterable[AlertChannel] = (AlertChannel.EMAIL,),
    who: str = "",
    **fields: Any,
) -> Manager:
    """Store a manager with the edges to the segments they answer for; `fields` are the others of a Manager.

    The id follows from the e-mail address: a call repeated after a lost reply is a ConflictError, and never a second
    manager who gets every alert twice. `who` did it, for the log.
    """
    given = {**fields, "name": name, "email": email, "language": language}
    given |= {"channels": tuple(channels), "segments": tuple(segments)}
    manager = checked(Manager.model_validate({**given, "id": ""}))
    manager = manager.changed(id=identity(manager.email))
    noted = activity.of(manager.id, "account_made", at_time=clock.now(), once=1, who=who)
    try:
        table.transact(table.Create(manager), *_edges_on(manager, manager.segments), table.Create(noted))
    except table.CancelledError as error:
        raise ConflictError("manager_exists") from error
    return manager.changed(rev=1)


def identity(email: str) -> str:
    """Return the id of the manager with this address, which stays for ever."""
    return ids.derive("manager", email.casefold())


def update(manager: str, *, rev: int, who: str = "", **fields: Any) -> Manager:
    """Change what is given, but never the address; `segments` replaces the whole list, edges included.

    `retired` says whether the manager still answers for anything. ConflictError `stale` when somebody changed the
    manager since `rev` was read. `who` did it, for the log.
    """
    stored = get(manager)
    if stored.rev != rev:
        raise ConflictError("stale")
    changed = altered(stored, fields, clock.now())
    gone = [Assignment(segment=code, manager=manager) for code in stored.segments if code not in changed.segments]
    come = [code for code in changed.segments if code not in stored.segments]
    removals = [table.Remove(Assignment, edge.key()) for edge in gone]
    log = [table.Create(each) for each in _noted(stored, changed, who)]
    table.transact(table.Save(changed), *removals, *_edges_on(changed, come), *log)
    return changed.changed(rev=rev + 1)


def get(manager: str) -> Manager:
    """Return the manager with this id; NotFoundError when there is none."""
    return table.load(Manager, Manager.at(manager), consistent=True)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Manager]:
    """Return managers by name, retired ones too."""
    return table.query(Manager, "managers", index="g1", limit=limit, cursor=cursor)


def answering_for(segment_path: tuple[str, ...]) -> tuple[Manager, ...]:
    """Return the managers of the nearest segment upward that has any, by name; () when nobody answers at all.

    Who retired answers for nothing. One query a level until somebody is found, then one batch: a store with its own
    manager costs two reads.
    """
    for code in reversed(segment_path):
        edges = table.query(Assignment, f"segment#{code}", prefix="manager#").items
        found = table.find_many(Manager, (Manager.at(edge.manager) for edge in edges))
        answering = [manager for manager in found.values() if manager.retired_at is None]
        if answering:
            return tuple(sorted(answering, key=lambda manager: (manager.name.casefold(), manager.id)))
    return ()


def near(segment_path: tuple[str, ...]) -> dict[str, tuple[Manager, ...]]:
    """Return who answers for a place, and for each one above it, the nearest first; by name. One query a level."""
    edges = {
        code: table.query(Assignment, f"segment#{code}", prefix="manager#").items for code in reversed(segment_path)
    }
    found = table.find_many(Manager, (Manager.at(edge.manager) for some in edges.values() for edge in some))
    there = {manager.id: manager for manager in found.values() if manager.retired_at is None}
    return {
        code: tuple(
            sorted(
                (there[edge.manager] for edge in some if edge.manager in there),
                key=lambda manager: (manager.name.casefold(), manager.id),
            )
        )
        for code, some in edges.items()
    }


def nearest(segment_path: tuple[str, ...]) -> Manager | None:
    """Return the first by name of those who answer for a place, as `answering_for`. Up to 60 seconds old.

    Everything is read at once and kept, for messages by the thousand: nothing is read for each.
    """
    kept = _by_segment(clock.epoch() // _FRESH_SECONDS)
    return next((found for code in reversed(segment_path) if (found := kept.get(code))), None)


@lru_cache(maxsize=1)
def _by_segment(minute: int) -> Mapping[str, Manager]:  # noqa: ARG001 - the minute is the age of the list
    listed = table.query(Manager, "managers", index="g1").items
    active = sorted(
        (one for one in listed if one.retired_at is None),
        key=lambda one: (one.name.casefold(), one.id),
        reverse=True,
    )
    return {code: manager for manager in active for code in manager.segments}


def altered(stored: Manager, fields: Mapping[str, Any], now: datetime) -> Manager:
    """Return the manager as `update` would store it."""
    given = {"updated_by": "", **fields, "id": stored.id, "email": stored.email, "rev": stored.rev}
    if given.pop("retired", stored.retired_at is not None):
        given["retired_at"] = stored.retired_at or now
    else:
        given["retired_at"] = None
    return checked(stored.changed(**given))


def _noted(stored: Manager, changed: Manager, who: str) -> Iterator[Activity]:
    """Yield what the log says of a change."""
    now = clock.now()
    if changed.segments != stored.segments:
        details = {"before": ", ".join(stored.segments) or "-", "after": ", ".join(changed.segments) or "-"}
        yield activity.of(stored.id, "segments_changed", at_time=now, once=stored.rev + 1, who=who, details=details)
    if bool(changed.retired_at) != bool(stored.retired_at):
        did = "account_retired" if changed.retired_at else "account_restored"
        yield activity.of(stored.id, did, at_time=now, once=stored.rev + 1, who=who)
    others = [name for name in SAID if name != "segments" and getattr(changed, name) != getattr(stored, name)]
    if others:
        yield activity.of(
            stored.id,
            "account_changed",
            at_time=now,
            once=stored.rev + 1,
            who=who,
            details={"fields": ", ".join(others)},
        )


def _edges_on(manager: Manager, segments: Iterable[str]) -> list[table.Create]:
    return [table.Create(Assignment(segment=code, manager=manager.id)) for code in segments]


def checked(manager: Manager) -> Manager:
    """Return the manager with its values as they are kept; InvalidError names the field that cannot be."""
    manager = manager.changed(**{field: lines.one(getattr(manager, field)) for field in _LIMITS})
    if not manager.name:
        raise InvalidError("required", field="name")
    for field, most in _LIMITS.items():
        if len(getattr(manager, field)) > most:
            raise InvalidError("too_long", field=field, most=most)
    _check_languages(manager)
    if AlertChannel.SMS in manager.channels and not manager.phone:
        raise InvalidError("required", field="phone")
    return manager.changed(
        email=_canonical("email", lambda: addresses.email(manager.email.strip())),
        phone=manager.phone and _canonical("phone", lambda: addresses.phone(manager.phone, settings().country)),
        segments=_known(manager.segments),
    )


def _check_languages(manager: Manager) -> None:
    for field, spoken in (("language", (manager.language,)), ("languages", manager.languages)):
        for language in spoken:
            if language not in LANGUAGES:
                raise InvalidError("language_unknown", field=field, value=language[:64], allowed=", ".join(LANGUAGES))


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
