"""Reading entities: by key, in batches, by query. Eventually consistent unless asked."""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pynamodb.connection.base import BOTOCORE_EXCEPTIONS

from escuta.entity import Entity, Key, Table
from escuta.errors import NotFoundError, UnavailableError
from escuta.table.rows import (
    E,
    answering,
    connection_of,
    fits,
    index_name,
    name_of,
    of_item,
    row_of,
    to_key,
)

T = TypeVar("T")
_TOGETHER = 100  # keys of one call


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a query: the items and, when there may be more, the opaque `next` cursor."""

    items: tuple[T, ...]
    next: str | None = None


def find(cls: type[E], key: Key, *, consistent: bool = False) -> E | None:
    """Return the entity at this key, or None. UnavailableError when the store did not answer."""
    if not fits(key):
        return None
    with answering():
        answer = connection_of(cls.table).get_item(key.pk, range_key=key.sk, consistent_read=consistent)
    return of_item(cls, answer["Item"]) if answer and "Item" in answer else None


def find_together(*wanted: tuple[type[Entity], Key]) -> tuple[Entity | None, ...]:
    """Return what is at these keys, whatever their tables, in one call and strongly consistent; None where nothing is.

    At most 100 keys. What the store leaves unprocessed is asked for again, one by one.
    """
    asked: dict[str, Any] = {}
    for cls, key in wanted:
        asked.setdefault(name_of(cls.table), {"Keys": [], "ConsistentRead": True})["Keys"].append(to_key(key))
    try:
        answer = connection_of(Table.FEEDBACK).connection.dispatch("BatchGetItem", {"RequestItems": asked})
    except BOTOCORE_EXCEPTIONS as error:
        raise UnavailableError("store_unavailable", retry_after=2) from error
    items = {
        (name, item["pk"]["S"], item["sk"]["S"]): item for name, found in answer["Responses"].items() for item in found
    }
    late = {(name, key["pk"]["S"]) for name, left in answer.get("UnprocessedKeys", {}).items() for key in left["Keys"]}
    found: list[Entity | None] = []
    for cls, key in wanted:
        name = name_of(cls.table)
        item = items.get((name, *key))
        known = of_item(cls, item) if item else None
        found.append(find(cls, key, consistent=True) if (name, key.pk) in late else known)
    return tuple(found)


def load(cls: type[E], key: Key, *, consistent: bool = False) -> E:
    """Return the entity at this key; NotFoundError when there is none."""
    entity = find(cls, key, consistent=consistent)
    if entity is None:
        raise NotFoundError(f"{cls.kind}_not_found")
    return entity


def find_many(cls: type[E], keys: Iterable[Key], *, consistent: bool = False) -> dict[Key, E]:
    """Return what is there of these keys, in batches of 100; keys the store left unprocessed are asked again."""
    wanted = [to_key(key) for key in dict.fromkeys(keys) if fits(key)]
    name = name_of(cls.table)
    found: dict[Key, E] = {}
    while wanted:
        asked = {name: {"Keys": wanted[:_TOGETHER], "ConsistentRead": consistent}}
        try:
            answer = connection_of(cls.table).connection.dispatch("BatchGetItem", {"RequestItems": asked})
        except BOTOCORE_EXCEPTIONS as error:
            raise UnavailableError("store_unavailable", retry_after=2) from error
        for item in answer["Responses"].get(name, ()):
            found[Key(item["pk"]["S"], item["sk"]["S"])] = of_item(cls, item)
        wanted = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", []) + wanted[_TOGETHER:]
    return found


def query(
    cls: type[E],
    pk: str,
    *,
    prefix: str = "",
    between: tuple[str, str] | None = None,
    index: str = "",
    limit: int | None = None,
    newest_first: bool = False,
    cursor: str | None = None,
    consistent: bool = False,
) -> Page[E]:
    """Return the entities of one partition (of an index when named), in sort-key order.

    `prefix` or `between` (both ends included) narrow the sort key. Without `limit` every page is read.
    """
    if not fits(Key(pk, prefix)):
        return Page(())
    sort: Any = getattr(row_of(cls.table), f"{index}sk" if index else "sk")
    condition = sort.between(*between) if between else sort.startswith(prefix) if prefix else None
    items: list[E] = []
    start, missing = _decode(cursor), limit
    while True:
        with answering():  # not through PynamoDB's models: what they make of an item costs more than reading it
            answer = connection_of(cls.table).query(
                pk,
                range_key_condition=condition,
                index_name=index_name(index) if index else None,
                consistent_read=consistent and not index,
                limit=missing,
                scan_index_forward=not newest_first,
                exclusive_start_key=start,
            )
        items += [of_item(cls, item) for item in answer["Items"] if item["kind"]["S"] == cls.kind]
        start = answer.get("LastEvaluatedKey")
        if missing is not None:
            missing -= len(answer["Items"])
        if start is None or (missing is not None and missing <= 0):
            return Page(tuple(items), _encode(start) if limit is not None else None)


def query_spread(
    cls: type[E], pks: Sequence[str], *, index: str, limit: int, prefix: str = "", cursor: str | None = None
) -> Page[E]:
    """Return a page of entities that are spread over index partitions, one partition after the other.

    The page is full while there is more; only the last one is short.
    """
    number, _, place = (cursor or "0:").partition(":")
    items: tuple[E, ...] = ()
    for current in range(int(number), len(pks)):
        missing = limit - len(items)
        if not missing:
            return Page(items, f"{current}:")
        page = query(cls, pks[current], index=index, prefix=prefix, limit=missing, cursor=place or None)
        items, place = items + page.items, ""
        if page.next:
            return Page(items, f"{current}:{page.next}")
    return Page(items)


def count(table: Table, pk: str, *, prefix: str = "", index: str = "") -> int:
    """Return how many rows one partition holds under a sort-key prefix, without reading them out."""
    row = row_of(table)
    source = getattr(row, index) if index else row
    sort: Any = getattr(row, f"{index}sk" if index else "sk")
    with answering():
        return int(source.count(pk, range_key_condition=sort.startswith(prefix) if prefix else None))


def tally(table: Table, pk: str, *, index: str) -> Counter[str]:
    """Return how many rows of an index partition have which first part of their sort key, up to the first `#`.

    Reads the partition once, where a count for each possible part would ask once for each of them.
    """
    found: Counter[str] = Counter()
    start: dict[str, Any] | None = None
    while True:
        with answering():
            answer = connection_of(table).query(
                pk, index_name=index_name(index), attributes_to_get=[f"{index}sk"], exclusive_start_key=start
            )
        found.update(item[f"{index}sk"]["S"].partition("#")[0] for item in answer["Items"])
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return found


def _encode(key: Mapping[str, Any] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode() if key else None


def _decode(cursor: str | None) -> dict[str, Any] | None:
    return json.loads(base64.urlsafe_b64decode(cursor)) if cursor else None


def numbers(table: Table, pk: str, *, between: tuple[str, str] | None = None) -> Iterator[tuple[str, dict[str, int]]]:
    """Return (sort key, numbers) of the counter rows of one partition, strongly consistent."""
    row = row_of(table)
    connection = connection_of(table)
    start: dict[str, Any] | None = None
    while True:
        with answering():
            answer = connection.query(
                pk,
                range_key_condition=row.sk.between(*between) if between else None,
                consistent_read=True,
                exclusive_start_key=start,
            )
        for item in answer["Items"]:
            yield item["sk"]["S"], {name: int(value["N"]) for name, value in item.items() if "N" in value}
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return


def numbers_of(table: Table, keys: Iterable[Key]) -> dict[Key, dict[str, int]]:
    """Return the numbers of these counter rows, as far as they are there, in batches of 100; strongly consistent."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, dict[str, int]] = {}
    while wanted:
        asked: Any = [{"pk": key.pk, "sk": key.sk} for key in wanted[:100]]
        with answering():
            answer = connection_of(table).batch_get_item(asked, consistent_read=True)
        for item in answer["Responses"][connection_of(table).table_name]:
            values = {name: int(value["N"]) for name, value in item.items() if "N" in value}
            found[Key(item["pk"]["S"], item["sk"]["S"])] = values
        left = answer.get("UnprocessedKeys", {}).get(connection_of(table).table_name, {}).get("Keys", [])
        wanted = [*(Key(key["pk"]["S"], key["sk"]["S"]) for key in left), *wanted[100:]]
    return found
