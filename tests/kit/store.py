"""DynamoDB in memory, for tests that write a hundred thousand rows: what moto does for the product, much faster.

It takes the requests that `escuta.table` makes of the SDK, before the SDK serialises them. An operation, a parameter or
an expression that it does not know raises, so that it can never do something else in silence. As in the store itself, a
query that reached its limit gives a key to go on from even when nothing follows (moto does not). test_store.py compares
it with moto, verb by verb.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from random import Random
from threading import RLock
from typing import Any

from botocore.exceptions import ClientError

from tests.kit.expressions import Item, UnknownError, condition, key_condition, placeholders, updated

Place = tuple[str, ...]  # where a row stands in its partition: its sort key, in an index also its primary key
_INDEXES = {"by_g1": ("g1pk", "g1sk"), "by_g2": ("g2pk", "g2sk")}
_PAGE = 1_000_000  # bytes of one answer
_LARGEST = 400 * 1024  # bytes of an item
_PARTITION_KEY, _SORT_KEY = 2048, 1024
_REQUEST = frozenset({"TableName", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"})
_EXPRESSED = frozenset({"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"})
_WRITE = _REQUEST | _EXPRESSED | {"ReturnValuesOnConditionCheckFailure"}
_KNOWN = {
    "GetItem": _REQUEST | {"Key", "ConsistentRead"},
    "BatchGetItem": _REQUEST | {"RequestItems"},
    "Query": _REQUEST
    | {"KeyConditionExpression", "ProjectionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
    | {"IndexName", "Limit", "ScanIndexForward", "ExclusiveStartKey", "ConsistentRead", "Select"},
    "Scan": _REQUEST,
    "PutItem": _WRITE | {"Item"},
    "DeleteItem": _WRITE | {"Key"},
    "UpdateItem": _WRITE | {"Key", "UpdateExpression"},
    "BatchWriteItem": _REQUEST | {"RequestItems"},
    "TransactWriteItems": _REQUEST | {"TransactItems", "ClientRequestToken"},
    "Put": _WRITE | {"Item"},
    "Delete": _WRITE | {"Key"},
    "Update": _WRITE | {"Key", "UpdateExpression"},
    "ConditionCheck": _WRITE | {"Key"},
}


class _Partition:
    """The rows of one partition, in the order of their sort keys, as their UTF-8 bytes have it."""

    __slots__ = ("places", "rows")

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.rows: dict[Place, Item] = {}

    def put(self, place: Place, item: Item) -> None:
        if place not in self.rows:
            insort(self.places, place)
        self.rows[place] = item

    def remove(self, place: Place) -> None:
        del self.rows[place], self.places[bisect_left(self.places, place)]

    def between(self, low: str, high: str, start: Place | None, *, forward: bool) -> Iterator[Place]:
        first, last = bisect_left(self.places, (low,)), bisect_left(self.places, (high,))
        if forward:
            return iter(self.places[bisect_right(self.places, start) if start else first : last])
        return reversed(self.places[first : bisect_left(self.places, start) if start else last])


class _Table:
    """A table with its two indexes."""

    def __init__(self) -> None:
        self.spread: dict[str, dict[str, _Partition]] = {"": {}, **{name: {} for name in _INDEXES}}

    def get(self, key: Item) -> Item | None:
        partition = self.spread[""].get(key["pk"]["S"])
        return partition.rows.get((key["sk"]["S"],)) if partition else None

    def set(self, key: Item, item: Item | None) -> None:
        """Store an item at its key, or nothing."""
        before = self.get(key)
        for index in self.spread:
            old, new = (_place(index, each) for each in (before, item))
            if old and old != new:
                self.spread[index][old[0]].remove(old[1])
            if new and item is not None:
                self.spread[index].setdefault(new[0], _Partition()).put(new[1], item)


def _place(index: str, item: Item | None) -> tuple[str, Place] | None:
    if item is None:
        return None
    if not index:
        return item["pk"]["S"], (item["sk"]["S"],)
    pk, sk = _INDEXES[index]
    if pk not in item or sk not in item:
        return None
    return item[pk]["S"], (item[sk]["S"], item["pk"]["S"], item["sk"]["S"])


class Store:
    """The tables of these names. `partly`: how often a batch leaves its last part unprocessed, as DynamoDB may."""

    def __init__(self, tables: Iterable[str], *, partly: float = 0.0, seed: int = 0) -> None:
        """Start empty."""
        self.tables = {name: _Table() for name in tables}
        self._partly, self._random = partly, Random(seed)  # noqa: S311 - repeatable disorder, not a secret
        self._lock = RLock()
        self._operations: dict[str, Callable[[Item], Item]] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._query,
            "Scan": self._scan,
            "PutItem": lambda request: self._alone("PutItem", "Put", request),
            "DeleteItem": lambda request: self._alone("DeleteItem", "Delete", request),
            "UpdateItem": lambda request: self._alone("UpdateItem", "Update", request),
            "BatchWriteItem": self._batch_write_item,
            "TransactWriteItems": self._transact_write_items,
        }

    def call(self, operation: str, request: Item) -> Item:
        """Answer one request as DynamoDB does, or raise the SDK's error."""
        if operation not in self._operations:
            raise UnknownError(operation)
        _known(operation, request)
        with self._lock:
            return self._operations[operation](request)

    def items(self, table: str) -> list[Item]:
        """Return every item of a table, by its key."""
        found = self.tables[table].spread[""]
        return [found[pk].rows[place] for pk in sorted(found) for place in found[pk].places]

    def _table(self, name: str) -> _Table:
        if name not in self.tables:
            raise _error("ResourceNotFoundException", f"no table {name}", "")
        return self.tables[name]

    def _get_item(self, request: Item) -> Item:
        found = self._table(request["TableName"]).get(_key(request["Key"], "GetItem"))
        return {"Item": dict(found)} if found else {}

    def _batch_get_item(self, request: Item) -> Item:
        asked = [(name, key) for name, part in request["RequestItems"].items() for key in part["Keys"]]
        for part in request["RequestItems"].values():
            if not part.keys() <= {"Keys", "ConsistentRead"}:
                raise UnknownError(part.keys())
        _batch([(name, *_key(key, "BatchGetItem").values()) for name, key in asked], 100, "BatchGetItem")
        done, left = self._part(asked)
        answer: Item = {"Responses": {name: [] for name in request["RequestItems"]}, "UnprocessedKeys": {}}
        for name, key in done:
            found = self._table(name).get(key)
            answer["Responses"][name] += [dict(found)] if found else []
        for name, key in left:
            answer["UnprocessedKeys"].setdefault(name, {"Keys": []})["Keys"].append(key)
        return answer

    def _part(self, asked: list[Any]) -> tuple[list[Any], list[Any]]:
        if len(asked) > 1 and self._random.random() < self._partly:
            return asked[:-1], asked[-1:]
        return asked, []

    def _query(self, request: Item) -> Item:
        index = request.get("IndexName", "")
        names, values = request.get("ExpressionAttributeNames", {}), request["ExpressionAttributeValues"]
        projection = request.get("ProjectionExpression", "")
        _defined(request, request["KeyConditionExpression"], projection)
        wanted = key_condition(request["KeyConditionExpression"], names, values)
        keys = _INDEXES[index] if index else ("pk", "sk")
        if (wanted.hash_name, wanted.sort_name or keys[1]) != keys or (index and request.get("ConsistentRead")):
            raise _error("ValidationException", "query condition missed key schema element", "Query")
        partition = self._table(request["TableName"]).spread[index].get(wanted.partition) or _Partition()
        start = request.get("ExclusiveStartKey")
        begin = _place(index, start) if start else None
        forward = request.get("ScanIndexForward", True)
        walk = partition.between(wanted.low, wanted.high, begin[1] if begin else None, forward=forward)
        found, more = _page((partition.rows[place] for place in walk), request.get("Limit"))
        answer: Item = {"Count": len(found), "ScannedCount": len(found)}
        if request.get("Select", "ALL_ATTRIBUTES") == "ALL_ATTRIBUTES":
            chosen = [names[name] for name in projection.split(", ")] if projection else None
            answer["Items"] = [_chosen(item, chosen) for item in found]
        elif request["Select"] != "COUNT":
            raise UnknownError(request["Select"])
        if more:
            answer["LastEvaluatedKey"] = {name: found[-1][name] for name in dict.fromkeys(("pk", "sk", *keys))}
        return answer

    def _scan(self, request: Item) -> Item:
        return {"Items": [dict(item) for item in self.items(request["TableName"])]}

    def _alone(self, operation: str, action: str, request: Item) -> Item:
        _checked(action, request, operation)
        if not self._holds(request):
            raise _error("ConditionalCheckFailedException", "The conditional request failed", operation)
        self._write(action, request)
        return {}

    def _batch_write_item(self, request: Item) -> Item:
        asked = [(name, write) for name, writes in request["RequestItems"].items() for write in writes]
        staged = [(name, write, *_staged(write)) for name, write in asked]
        _batch([(name, key["pk"]["S"], key["sk"]["S"]) for name, _, key, _ in staged], 25, "BatchWriteItem")
        done, left = self._part(staged)
        for name, _, key, item in done:
            self._table(name).set(key, item)
        answer: Item = {"UnprocessedItems": {}}
        for name, write, _, _ in left:
            answer["UnprocessedItems"].setdefault(name, []).append(write)
        return answer

    def _transact_write_items(self, request: Item) -> Item:
        actions = [next(iter(each.items())) for each in request["TransactItems"]]
        keys = [_checked(action, each, "TransactWriteItems") for action, each in actions]
        places = [(each["TableName"], *_key(key, "").values()) for key, (_, each) in zip(keys, actions, strict=True)]
        _batch(places, 100, "TransactWriteItems")
        failed = [not self._holds(each) for _, each in actions]
        if any(failed):
            raise _cancelled([self._reason(each, bad=bad) for bad, (_, each) in zip(failed, actions, strict=True)])
        for action, each in actions:
            self._write(action, each)
        return {}

    def _holds(self, request: Item) -> bool:
        text = request.get("ConditionExpression")
        if text is None:
            return True
        item = self._table(request["TableName"]).get(_key_of(request)) or {}
        names, values = (request.get(f"ExpressionAttribute{part}", {}) for part in ("Names", "Values"))
        return condition(text)(item, names, values)

    def _write(self, action: str, request: Item) -> None:
        table, key = self._table(request["TableName"]), _key_of(request)
        if action == "Put":
            table.set(key, request["Item"])
        elif action == "Delete":
            table.set(key, None)
        elif action == "Update":
            names, values = (request.get(f"ExpressionAttribute{part}", {}) for part in ("Names", "Values"))
            table.set(key, updated(table.get(key) or dict(key), request["UpdateExpression"], names, values))

    def _reason(self, request: Item, *, bad: bool) -> Item:
        if not bad:
            return {"Code": "None"}
        reason: Item = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
            found = self._table(request["TableName"]).get(_key_of(request))
            reason |= {"Item": dict(found)} if found else {}
        return reason


def _page(items: Iterable[Item], limit: int | None) -> tuple[list[Item], bool]:
    """Return the items of one answer, and whether it stopped at its limit or at its size."""
    found, size = list[Item](), 0
    for item in items:
        size += _size(item)
        if found and size > _PAGE:
            return found, True
        found.append(item)
        if len(found) == limit:
            return found, True
    return found, False


def _size(item: Item) -> int:
    """Return about how large an item is: nearly all of it is its data."""
    if "data" in item:
        return len(item["data"]["S"]) + 300
    return sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())


def _chosen(item: Item, names: list[str] | None) -> Item:
    return dict(item) if names is None else {name: item[name] for name in names if name in item}


def _checked(action: str, request: Item, operation: str) -> Item:
    """Return the key that a write is about; an error when the store would not take it."""
    _known(action, request)
    _defined(request, request.get("ConditionExpression", ""), request.get("UpdateExpression", ""))
    if action == "Put":
        _whole(request["Item"], operation)
    return _key(_key_of(request), operation)


def _staged(write: Item) -> tuple[Item, Item | None]:
    match write:
        case {"PutRequest": {"Item": item}}:
            _whole(item, "BatchWriteItem")
            return {name: item[name] for name in ("pk", "sk")}, item
        case {"DeleteRequest": {"Key": key}}:
            return _key(key, "BatchWriteItem"), None
    raise UnknownError(write)


def _whole(item: Item, operation: str) -> None:
    """Refuse an item that the store does not take: without its keys, with an empty one, too large."""
    _key({name: item.get(name, {}) for name in ("pk", "sk")}, operation)
    empty = [name for pair in _INDEXES.values() for name in pair if name in item and not item[name].get("S")]
    if empty or len(item["pk"]["S"]) > _PARTITION_KEY or _size(item) > _LARGEST:
        raise _error("ValidationException", f"an empty key {empty}, or too large", operation)


def _key_of(request: Item) -> Item:
    return request["Key"] if "Key" in request else {name: request["Item"][name] for name in ("pk", "sk")}


def _key(key: Item, operation: str) -> Item:
    if key.keys() != {"pk", "sk"} or not (key["pk"].get("S") and key["sk"].get("S")):
        raise _error("ValidationException", f"not a key: {key}", operation)
    if len(key["pk"]["S"].encode()) > _PARTITION_KEY or len(key["sk"]["S"].encode()) > _SORT_KEY:
        raise _error("ValidationException", "a key that is too long", operation)
    return key


def _batch(places: list[Any], most: int, operation: str) -> None:
    """Refuse too much at once, and one thing twice."""
    if not 0 < len(places) <= most or len({str(place) for place in places}) < len(places):
        raise _error("ValidationException", f"{len(places)} items of at most {most}, or one of them twice", operation)


def _known(operation: str, request: Item) -> None:
    unknown = {name for name, value in request.items() if value is not None} - _KNOWN[operation]
    if unknown:
        raise UnknownError(f"{operation} with {unknown}")


def _defined(request: Item, *texts: str) -> None:
    """Refuse placeholders that are used and not defined, or defined and not used, as the store does."""
    given = {*request.get("ExpressionAttributeNames", ()), *request.get("ExpressionAttributeValues", ())}
    if placeholders(*texts) != given:
        raise _error("ValidationException", f"{given} in {texts}", "")


def _cancelled(reasons: list[Item]) -> ClientError:
    named = "Transaction cancelled, please refer cancellation reasons for specific reasons"
    error = {"Error": {"Code": "TransactionCanceledException", "Message": named}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")  # type: ignore[arg-type] # botocore leaves out what services add


def _error(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
