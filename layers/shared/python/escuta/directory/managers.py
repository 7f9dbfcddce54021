"""Managers: who answers for which segments, and who answers for a place when something happens there."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escuta import clock, ids, table
from escuta.config import settings
from escuta.directory import activity, addresses, outcomes
from escuta.directory.model import Activity, AlertChannel, Assignment, Manager, RowOutcome, RowResult, Segment
from escuta.errors import ConflictError, EscutaError, InvalidError, UnavailableError
from escuta.i18n import LANGUAGES

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

MOST_SEGMENTS = 40  # a change rewrites every edge in one transaction of at most 100 actions: 40 off, 40 on, the manager
_LIMITS = {"name": 200, "external_reference": 128}
_SAID = ("name", "phone", "language", "languages", "channels", "segments", "external_reference")
_TRIES = 10


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
    manager = _checked(Manager.model_validate({**given, "id": ""}))
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
    changed = _changed(stored, fields, clock.now())
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


def _changed(stored: Manager, fields: Mapping[str, Any], now: datetime) -> Manager:
    given = {"updated_by": "", **fields, "id": stored.id, "email": stored.email, "rev": stored.rev}
    if given.pop("retired", stored.retired_at is not None):
        given["retired_at"] = stored.retired_at or now
    else:
        given["retired_at"] = None
    return _checked(stored.changed(**given))


def _noted(stored: Manager, changed: Manager, who: str) -> Iterator[Activity]:
    """Yield what the log says of a change."""
    now = clock.now()
    if changed.segments != stored.segments:
        details = {"before": ", ".join(stored.segments) or "-", "after": ", ".join(changed.segments) or "-"}
        yield activity.of(stored.id, "segments_changed", at_time=now, once=stored.rev + 1, who=who, details=details)
    if bool(changed.retired_at) != bool(stored.retired_at):
        did = "account_retired" if changed.retired_at else "account_restored"
        yield activity.of(stored.id, did, at_time=now, once=stored.rev + 1, who=who)
    others = [name for name in _SAID if name != "segments" and getattr(changed, name) != getattr(stored, name)]
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


def _checked(manager: Manager) -> Manager:
    if not manager.name.strip():
        raise InvalidError("required", field="name")
    for field, most in _LIMITS.items():
        if len(getattr(manager, field)) > most:
            raise InvalidError("too_long", field=field, most=most)
    _check_languages(manager)
    if AlertChannel.SMS in manager.channels and not manager.phone:
        raise InvalidError("required", field="phone")
    return manager.changed(
        name=manager.name.strip(),
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


def take_in(
    things: Sequence["Thing"], *, source: str, dry_run: bool = False, columns: Mapping[str, str] = MappingProxyType({})
) -> list[RowResult]:
    """Return what became of each row, in order. The same `source` again says the same again and writes nothing.

    Rows with one address are one manager and complete each other: their segments are put together, and of a field
    the first row that says it holds. `columns` is field -> title of the column in the file, for what a rejection names.
    """
    named = {code for thing in things for code in thing.said.get("segments", ())}
    known = table.find_many(Segment, (Segment.at(code) for code in named), consistent=True)
    file = _File(source, columns, {segment.code for segment in known.values()}, dry_run=dry_run)
    for thing in things:
        file.gather(thing)
    for email in file.said:
        file.decide(email)
    return [file.results[row] for row in sorted(file.results)]


class _File:
    """The rows of a file, by the manager that they speak of."""

    def __init__(self, source: str, columns: Mapping[str, str], places: Collection[str], *, dry_run: bool) -> None:
        self._source, self._columns, self._places, self._dry_run = source, columns, places, dry_run
        self.said: dict[str, dict[str, Any]] = {}  # what the rows of one manager say together
        self.results: dict[int, RowResult] = {}
        self._rows: dict[str, list[Thing]] = {}

    def gather(self, thing: "Thing") -> None:
        """Put a row to those of its manager, if it does not contradict them."""
        email = thing.said["email"].casefold()
        said, rows = self.said.setdefault(email, {}), self._rows.setdefault(email, [])
        try:
            together = self._together(said, thing.said, str(rows[0].row) if rows else "")
        except InvalidError as error:
            self.results[thing.row] = outcomes.refused(thing, error, self._columns)
            return
        if rows and together == said:
            self._tell(thing, RowOutcome.DUPLICATE, "same_code", row=str(rows[0].row))
            return
        rows.append(thing)
        said.update(together)

    def _together(self, before: Mapping[str, Any], said: Mapping[str, Any], row: str) -> dict[str, Any]:
        for name, value in said.items():
            if name not in {"segments", "email"} and before.get(name, value) != value:
                raise InvalidError("manager_conflict", field=name, row=row)
        segments = tuple(dict.fromkeys((*before.get("segments", ()), *said.get("segments", ()))))
        if len(segments) > MOST_SEGMENTS:
            raise InvalidError("too_many", field="segments", most=MOST_SEGMENTS)
        if unknown := next((code for code in segments if code not in self._places), None):
            raise InvalidError("segment_unknown", field="segments", value=unknown)
        return {**said, **before, **({"segments": segments} if segments else {})}

    def decide(self, email: str) -> None:
        """Write what the rows of one manager say together, and note what became of each."""
        rows = self._rows[email]
        if not rows:
            return
        try:
            outcome = self._taken(self.said[email], f"{self._source}.{rows[0].row}")
        except UnavailableError:
            raise
        except EscutaError as error:
            for thing in rows:
                self.results[thing.row] = outcomes.refused(thing, error, self._columns)
            return
        for thing in rows:
            adds = RowOutcome.UPDATED if outcome is RowOutcome.ACCEPTED and thing is not rows[0] else outcome
            self._tell(thing, adds, "unchanged" if outcome is RowOutcome.DUPLICATE else "")

    def _taken(self, together: Mapping[str, Any], mark: str) -> RowOutcome:
        """Make or change a manager. UnavailableError when others kept changing it."""
        said = {name: together[name] for name in (*_SAID, "retired") if name in together}
        for _ in range(_TRIES):
            current = table.find(Manager, Manager.at(identity(together["email"])), consistent=True)
            try:
                if current is None:
                    return self._made(together["email"], said, mark)
                return self._updated(current, said, mark)
            except ConflictError:  # somebody else was first: what there is now decides
                continue
        raise UnavailableError("store_unavailable", retry_after=2)

    def _made(self, email: str, said: Mapping[str, Any], mark: str) -> RowOutcome:
        fields = {"name": "", "language": settings().language, **said, "email": email, "created_by": mark}
        if fields.pop("retired", False):
            fields["retired_at"] = clock.now()
        if self._dry_run:
            _checked(Manager.model_validate({**fields, "id": ""}))
        else:
            create(**fields, who=f"file {mark}")
        return RowOutcome.ACCEPTED

    def _updated(self, current: Manager, said: Mapping[str, Any], mark: str) -> RowOutcome:
        wanted = _changed(current, {**said, "updated_by": current.updated_by}, clock.now())
        if wanted != current and not self._dry_run:
            update(current.id, rev=current.rev, who=f"file {mark}", **said, updated_by=mark)
        return outcomes.marked(current.created_by, current.updated_by, mark, changes=wanted != current)

    def _tell(self, thing: "Thing", outcome: RowOutcome, code: str = "", *, column: str = "", **details: str) -> None:
        self.results[thing.row] = outcomes.told(thing, outcome, code, column=column, **details)
