"""What the rows of a file mean for the hierarchy as it stands: decided as a whole, before anything is written.

Rows come in any order. What they want is put together into the hierarchy that there would be; a row that cannot be
is left out of it and everything is looked at again, until what is left can stand. Pure: no clock, no table.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from escuta.directory import outcomes
from escuta.directory.model import RowOutcome, RowResult, Segment, SegmentDraft
from escuta.directory.segments import hierarchy
from escuta.errors import ConflictError, EscutaError, InvalidError

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

_NAMED = 20  # rows of a circle that its rejections name
OWN_FIELDS = tuple(name for name in SegmentDraft.model_fields if name not in {"code", "parent", "share"})


class Plan:
    """The rows of one file against the segments that there are."""

    def __init__(
        self,
        things: Sequence["Thing"],
        known: Mapping[str, Segment],
        *,
        source: str,
        columns: Mapping[str, str],
        timezone: str,
        now: datetime,
    ) -> None:
        """Decide. `source` is what the marks of the rows begin with, `timezone` that of a root that names none."""
        self._known, self._source, self._columns = known, source, columns
        self._timezone, self._now = timezone, now
        self._results: dict[int, RowResult] = {}
        self._first: dict[str, Thing] = {}
        self._below: dict[str, list[Thing]] = defaultdict(list)
        self.wanted: dict[str, Segment] = {}  # what is to be written, parents first
        self._gather(things)
        while self._refuse_one_round():
            pass
        self._decide()

    def results(self) -> list[RowResult]:
        """Return what becomes of each row, in order."""
        return [self._results[row] for row in sorted(self._results)]

    def mark(self, code: str) -> str:
        """Return the mark of the row that speaks of this segment."""
        return f"{self._source}.{self._first[code].row}"

    def _gather(self, things: Sequence["Thing"]) -> None:
        for thing in things:
            first = self._first.setdefault(thing.said["code"], thing)
            if first is not thing:
                same = thing.said == first.said
                outcome, code = (RowOutcome.DUPLICATE, "same_code") if same else (RowOutcome.REJECTED, "code_conflict")
                column = "" if same else self._column("code")
                self._results[thing.row] = outcomes.told(thing, outcome, code, column=column, row=str(first.row))
            elif "parent" in thing.said:
                self._below[thing.said["parent"]].append(thing)
        for thing in self._first.values():
            self._check_alone(thing)

    def _check_alone(self, thing: "Thing") -> None:
        """Refuse a row for what it says, whatever the others say."""
        said, current = thing.said, self._known.get(thing.said["code"])
        try:
            if current is not None:
                if current.parent is None and {"parent", "retired"} & said.keys():
                    self._check_root(said.get("parent", ""), retired=said.get("retired", False))
                hierarchy.checked(current.changed(**self._fields(thing, current)))
            else:
                hierarchy.check_code(said["code"])
                draft = SegmentDraft.model_validate({"name": "", **said, "timezone": said.get("timezone", "UTC")})
                hierarchy.placed(draft, None)
        except EscutaError as error:
            self._refuse(thing, error)

    @staticmethod
    def _check_root(parent: str, *, retired: bool) -> None:
        if parent or retired:
            raise InvalidError("segment_root_stays", field="parent" if parent else "retired")

    def _refuse(self, thing: "Thing", error: EscutaError) -> None:
        self._refuse_all([thing], error)

    def _refuse_all(self, things: Sequence["Thing"], error: EscutaError) -> None:
        """Reject rows and, where they would have made a segment, those that wanted to stand below it."""
        left = deque((thing, error) for thing in things)
        while left:
            thing, error = left.popleft()
            if thing.row in self._results:
                continue
            self._results[thing.row] = outcomes.refused(thing, error, self._columns)
            if (code := thing.said["code"]) not in self._known:
                wrong = InvalidError("parent_rejected", field="parent", value=code, row=thing.row)
                left.extend((below, wrong) for below in self._below[code])

    def _standing(self) -> dict[str, "Thing"]:
        return {code: thing for code, thing in self._first.items() if thing.row not in self._results}

    def _refuse_one_round(self) -> bool:
        """Look at what is left as a whole; return whether something of it had to be refused."""
        before = len(self._results)
        standing = self._standing()
        self._refuse_roots(standing)
        if len(self._results) == before:
            parents = self._parents(standing)
            self._refuse_circles(standing, parents)
            if len(self._results) == before:
                self._refuse_depths(standing, parents)
                self._refuse_retired(standing, parents)
        return len(self._results) > before

    def _parents(self, standing: Mapping[str, "Thing"]) -> dict[str, str | None]:
        now = {code: segment.parent for code, segment in self._known.items()}
        return now | {code: thing.said.get("parent", now.get(code)) for code, thing in standing.items()}

    def _refuse_roots(self, standing: Mapping[str, "Thing"]) -> None:
        root = next((code for code, segment in self._known.items() if segment.parent is None), "")
        for code, thing in standing.items():
            parent = thing.said.get("parent")
            if parent is not None and parent not in self._known and parent not in standing:
                self._refuse(thing, InvalidError("parent_unknown", field="parent", value=parent))
            elif parent is None and code not in self._known:
                if root:
                    self._refuse(thing, InvalidError("parent_missing", field="parent", value=root))
                root = root or code

    def _refuse_circles(self, standing: Mapping[str, "Thing"], parents: Mapping[str, str | None]) -> None:
        done: set[str] = set()
        for code in standing:
            way: dict[str, None] = {}
            here: str | None = code
            while here is not None and here not in done and here not in way:
                way[here] = None
                here = parents.get(here)
            if here is not None and here in way:
                circle = list(way)[list(way).index(here) :]
                rows = [standing[each] for each in circle if each in standing and "parent" in standing[each].said]
                numbers = sorted(thing.row for thing in rows)
                named = ", ".join(map(str, numbers[:_NAMED])) + (" …" if len(numbers) > _NAMED else "")
                self._refuse_all(rows, InvalidError("parent_cycle", field="parent", rows=named))
            done.update(way)

    def _refuse_depths(self, standing: Mapping[str, "Thing"], parents: Mapping[str, str | None]) -> None:
        for path in _paths(parents).values():
            if len("/".join(path)) > hierarchy.MOST_PATH:
                moved = next((code for code in reversed(path) if code in standing), "")
                if moved:
                    wrong = InvalidError("segment_path_long", field="parent", most=hierarchy.MOST_PATH)
                    self._refuse(standing[moved], wrong)

    def _refuse_retired(self, standing: Mapping[str, "Thing"], parents: Mapping[str, str | None]) -> None:
        """Refuse to open or to put something under what is retired, and to retire what has something open below it."""
        closed = {code for code in parents if self._is_closed(code, standing.get(code))}
        for code, thing in standing.items():
            parent, current = parents[code], self._known.get(code)
            comes = current is None or current.parent != parent or current.retired_at is not None
            was = self._known.get(parent or "")
            if code not in closed and comes and parent in closed and was is not None and was.retired_at is not None:
                self._refuse(thing, ConflictError("parent_retired", field="parent", value=parent))
        open_below = {parent for code, parent in parents.items() if code not in closed and parent}
        for code in closed & open_below & standing.keys():
            current = self._known.get(code)
            if current is None or current.retired_at is None:
                self._refuse(standing[code], ConflictError("retire_with_children", field="retired"))

    def _is_closed(self, code: str, thing: "Thing | None") -> bool:
        current = self._known.get(code)
        now = current is not None and current.retired_at is not None
        return bool(thing.said.get("retired", now)) if thing else now

    def _decide(self) -> None:
        standing = self._standing()
        parents = self._parents(standing)
        for code, path in sorted(_paths(parents).items(), key=lambda each: len(each[1])):
            if code in standing:
                self._want(standing[code], parents[code], path)

    def _want(self, thing: "Thing", parent: str | None, path: tuple[str, ...]) -> None:
        code = thing.said["code"]
        current = self._known.get(code)
        mark = self.mark(code)
        if current is None:
            closed = {"retired_at": self._now} if thing.said.get("retired") else {}
            self.wanted[code] = self._made(thing, parent, path).changed(created_by=mark, **closed)
            self._results[thing.row] = outcomes.told(thing, RowOutcome.ACCEPTED)
            return
        fields = self._fields(thing, current)
        changes = parent != current.parent or any(getattr(current, name) != value for name, value in fields.items())
        if changes:
            placed = {"parent": parent, "path": path, "updated_by": mark}
            self.wanted[code] = hierarchy.checked(current.changed(**fields, **placed))
        outcome = outcomes.marked(current.created_by, current.updated_by, mark, changes=changes)
        flag = "unchanged" if outcome is RowOutcome.DUPLICATE else ""
        self._results[thing.row] = outcomes.told(thing, outcome, flag)

    def _made(self, thing: "Thing", parent: str | None, path: tuple[str, ...]) -> Segment:
        above = self.wanted.get(parent or "") or self._known.get(parent or "")
        said = {"parent": parent, "timezone": "" if above else self._timezone, **thing.said}
        return hierarchy.placed(SegmentDraft.model_validate(said), above and above.changed(retired_at=None)).changed(
            path=path
        )

    def _fields(self, thing: "Thing", current: Segment) -> dict[str, object]:
        said = {name: thing.said[name] for name in OWN_FIELDS if name in thing.said}
        if "attributes" in said:
            said["attributes"] = hierarchy.merged(current.attributes, said["attributes"])
        if thing.said.get("retired", current.retired_at is not None) != (current.retired_at is not None):
            said["retired_at"] = None if current.retired_at else self._now
        return said

    def _column(self, field: str) -> str:
        return self._columns.get(field, field)


def _paths(parents: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Return the path of every segment, however deep, of a hierarchy without circles."""
    paths: dict[str, tuple[str, ...]] = {}
    for code in parents:
        way = [*_upward(code, parents, paths)]
        for here in reversed(way):
            above = parents.get(here)
            paths[here] = (*paths[above], here) if above is not None else (here,)
    return paths


def _upward(code: str, parents: Mapping[str, str | None], known: Mapping[str, object]) -> Iterator[str]:
    here: str | None = code
    while here is not None and here not in known:
        yield here
        here = parents.get(here)
