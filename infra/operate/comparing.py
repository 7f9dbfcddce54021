"""Whether a restored table holds what its source held at that moment, row by row, in bounded memory.

The source goes on changing, so that counts alone prove nothing. Each table is walked once, and of its rows nothing is
kept but, for each kind and each of 256 shares of the keys, their number and the sum of their digests. Where both agree,
the same rows are there at the same revisions. Where they do not, both are walked once more, and of those shares alone
each row is looked at: what differs must have been changed in the source after that moment.
"""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

_SHARES = 256
_SEGMENTS = 4
_SHOWN = 20
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
Cell = tuple[str, int]  # kind, share
Key = tuple[str, str]
Item = dict[str, Any]
_Part = TypeVar("_Part")


class Compared(NamedTuple):
    """What a comparison found; `missing` and `wrong` must be empty, and `unexplained` looked at."""

    restored: dict[str, int]  # kind -> rows in the restored table
    source: dict[str, int]  # the same in the source, which goes on
    newer: int  # rows that the source got since
    changed: int  # rows that it changed since
    gone: int  # rows that it lost since: removed, or at their end
    missing: tuple[str, ...]  # rows that were there before and are not restored
    wrong: tuple[str, ...]  # rows restored at a later revision than the source has now
    unexplained: int  # rows of the source alone that tell no moment, such as counters

    @property
    def holds(self) -> bool:
        """Tell whether the restored table holds what it should."""
        return not (self.missing or self.wrong)


class Walk:
    """Walks over a table, at most so many read units a second, so that nobody who works on it is starved."""

    def __init__(self, client: Any, name: str, *, rate: float) -> None:
        """Take a client that may be used by several threads, as those of boto3."""
        self._client, self._name, self._rate = client, name, rate / _SEGMENTS

    def fold(self) -> dict[Cell, tuple[int, int]]:
        """Return number and sum of the digests of the rows of each cell."""
        found: dict[Cell, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for part in self._each(self._fold):
            for cell, (number, digests) in part.items():
                before = found[cell]
                found[cell] = before[0] + number, before[1] + digests
        return dict(found)

    def rows(self, cells: AbstractSet[Cell]) -> dict[Key, tuple[int, str]]:
        """Return revision and newest moment of each row of these cells."""
        return {key: row for part in self._each(lambda items: _rows(items, cells)) for key, row in part.items()}

    def _each(self, does: Callable[[Iterator[Item]], _Part]) -> list[_Part]:
        with ThreadPoolExecutor(_SEGMENTS) as pool:
            return list(pool.map(lambda segment: does(self._items(segment)), range(_SEGMENTS)))

    @staticmethod
    def _fold(items: Iterator[Item]) -> dict[Cell, tuple[int, int]]:
        found: dict[Cell, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for item in items:
            number, digests = found[_cell(item)]
            found[_cell(item)] = number + 1, digests + _digest(item, str(_revision(item)))
        return found

    def _items(self, segment: int) -> Iterator[Item]:
        start: dict[str, Any] = {}
        while True:
            began = time.monotonic()
            page = self._client.scan(
                TableName=self._name,
                Segment=segment,
                TotalSegments=_SEGMENTS,
                ReturnConsumedCapacity="TOTAL",
                **start,
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
            units = page.get("ConsumedCapacity", {}).get("CapacityUnits", 0)
            time.sleep(max(0.0, units / self._rate - (time.monotonic() - began)))


def compare(source: Walk, restored: Walk, at_time: datetime) -> Compared:
    """Compare a restored table with its source, which was at the same state at that moment."""
    there, here = restored.fold(), source.fold()
    differing = {cell for cell in there.keys() | here.keys() if there.get(cell) != here.get(cell)}
    old, new = (walk.rows(differing) if differing else {} for walk in (restored, source))
    both = old.keys() & new.keys()
    alone = {key: new[key][1] for key in new.keys() - old.keys()}
    missing = sorted(key for key, told in alone.items() if told and datetime.fromisoformat(told) < at_time)
    unexplained = sum(not told for told in alone.values())
    wrong = sorted(key for key in both if old[key][0] > new[key][0])
    return Compared(
        restored=_by_kind(there),
        source=_by_kind(here),
        newer=len(alone) - len(missing) - unexplained,
        changed=sum(old[key][0] < new[key][0] for key in both),
        gone=len(old.keys() - new.keys()),
        missing=_shown(missing),
        wrong=_shown(wrong),
        unexplained=unexplained,
    )


def _rows(items: Iterator[Item], cells: AbstractSet[Cell]) -> dict[Key, tuple[int, str]]:
    return {
        (item["pk"]["S"], item["sk"]["S"]): (_revision(item), _newest(item)) for item in items if _cell(item) in cells
    }


def _cell(item: Item) -> Cell:
    return item.get("kind", {}).get("S", "-"), _digest(item, "") % _SHARES


def _revision(item: Item) -> int:
    """Return what counts the changes of a row: `rev` of a thing, `ver` of a row of counters."""
    told: dict[str, str] = item.get("rev") or item.get("ver") or {"N": "0"}
    return int(told["N"])


def _digest(item: Item, besides: str) -> int:
    text = "\0".join((item["pk"]["S"], item["sk"]["S"], besides))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest())


def _newest(item: Item) -> str:
    """Return the latest moment that a row tells; "" when it tells none."""
    told = _MOMENT.findall(item.get("data", {}).get("S", ""))
    return max(told, key=datetime.fromisoformat, default="")


def _by_kind(cells: dict[Cell, tuple[int, int]]) -> dict[str, int]:
    kinds: Counter[str] = Counter()
    for (kind, _), (number, _) in cells.items():
        kinds[kind] += number
    return dict(sorted(kinds.items()))


def _shown(keys: list[Key]) -> tuple[str, ...]:
    """Return the first keys in a form to look them up by."""
    return tuple(" ".join(key) for key in keys[:_SHOWN])
