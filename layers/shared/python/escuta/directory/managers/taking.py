"""Managers that a file names: made, changed and retired, with what became of every row."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escuta import clock, table
from escuta.config import settings
from escuta.directory import outcomes
from escuta.directory.managers import accounts
from escuta.directory.model import Manager, RowOutcome, RowResult, Segment
from escuta.errors import ConflictError, EscutaError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

_TRIES = 10


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
        if len(segments) > accounts.MOST_SEGMENTS:
            raise InvalidError("too_many", field="segments", most=accounts.MOST_SEGMENTS)
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
        said = {name: together[name] for name in (*accounts.SAID, "retired") if name in together}
        for _ in range(_TRIES):
            current = table.find(Manager, Manager.at(accounts.identity(together["email"])), consistent=True)
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
            accounts.checked(Manager.model_validate({**fields, "id": ""}))
        else:
            accounts.create(**fields, who=f"file {mark}")
        return RowOutcome.ACCEPTED

    def _updated(self, current: Manager, said: Mapping[str, Any], mark: str) -> RowOutcome:
        wanted = accounts.altered(current, {**said, "updated_by": current.updated_by}, clock.now())
        if wanted != current and not self._dry_run:
            accounts.update(current.id, rev=current.rev, who=f"file {mark}", **said, updated_by=mark)
        return outcomes.marked(current.created_by, current.updated_by, mark, changes=wanted != current)

    def _tell(self, thing: "Thing", outcome: RowOutcome, code: str = "", *, column: str = "", **details: str) -> None:
        self.results[thing.row] = outcomes.told(thing, outcome, code, column=column, **details)
