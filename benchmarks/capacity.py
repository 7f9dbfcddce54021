"""What a call of DynamoDB costs, by the rules that AWS documents: write units, read units, and bytes that stay.

Writes round the larger of the item before and after up to 1 KB; in a transaction they count twice, and so does a
condition that is only checked. Each index that carries the item is written beside it where the item changed: once when
its keys stay, twice when they move. Reads round up to 4 KB, an item at a time, or all items of a query together;
eventually consistent ones count half. What fails its condition is paid for all the same.
Sources: "DynamoDB on-demand capacity mode", "Item sizes and formats", "Provisioned throughput considerations for global
secondary indexes", "DynamoDB transactions: how it works" in the DynamoDB developer guide.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from tests.kit.store import Store

Item = dict[str, Any]
_INDEXES = ("g1", "g2")
_WRITE, _READ = 1024, 4096
_OVERHEAD = 100  # bytes that an item takes besides its own, in a table and in each index
_ALONE = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
_TRANSACTED = 2
SMALLER = 0.7  # of their size: rows as they could be, without what says nothing


def size(item: Item | None) -> int:
    """Return how large an item is, as DynamoDB counts."""
    return sum(len(name.encode()) + _width(value) for name, value in (item or {}).items())


def _width(value: dict[str, str]) -> int:
    if "N" in value:
        return (len(value["N"].lstrip("-")) + 1) // 2 + 1
    return len(value["S"].encode())


class Units:
    """What the calls so far have cost. `changes` are the rows that changed: table, before, after."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing, before these tables."""
        self.store = store
        self.writes = self.reads = self.smaller = 0.0  # `smaller`: the writes of smaller rows
        self.stays = 0
        self.changes: list[tuple[str, Item | None, Item | None]] = []

    def call(self, operation: str, request: Item) -> Item:
        """Let the tables answer, and count it."""
        if operation in {"GetItem", "BatchGetItem", "Query"}:
            answer = self.store.call(operation, request)
            self.reads += self._read(operation, request, answer)
            return answer
        places = list(_places(operation, request))
        before = [self._item(*place) for place in places]
        factor = _TRANSACTED if operation == "TransactWriteItems" else 1
        try:
            answer = self.store.call(operation, request)
        except ClientError:
            self.writes += factor * sum(map(_write, before))
            self.smaller += factor * sum(_write(item, SMALLER) for item in before)
            raise
        for place, old in zip(places, before, strict=True):
            self._note(place[0], old, self._item(*place), factor)
        return answer

    def _item(self, table: str, pk: str, sk: str) -> Item | None:
        found = self.store.call("GetItem", {"TableName": table, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}})
        return found.get("Item")

    def _note(self, table: str, old: Item | None, new: Item | None, factor: int) -> None:
        self.writes += _written(old, new, factor)
        self.smaller += _written(old, new, factor, SMALLER)
        if old == new:
            return
        self.stays += _stored(new) - _stored(old)
        self.changes.append((table, old, new))

    def _read(self, operation: str, request: Item, answer: Item) -> float:
        if operation == "Query":
            whole = sum(map(size, self._whole(request, answer)))
            return _reads(whole, consistent=request.get("ConsistentRead"))
        if operation == "GetItem":
            return _reads(size(answer.get("Item")), consistent=request.get("ConsistentRead"))
        units = 0.0
        for name, part in request["RequestItems"].items():
            found = answer["Responses"][name]
            missing = len(part["Keys"]) - len(found)
            units += sum(_reads(size(item), consistent=part.get("ConsistentRead")) for item in found)
            units += missing * _reads(0, consistent=part.get("ConsistentRead"))
        return units

    def _whole(self, request: Item, answer: Item) -> list[Item]:
        """Return the items that a query read, also where it gives only a part of them, or their number."""
        if "ProjectionExpression" not in request and request.get("Select", "ALL_ATTRIBUTES") == "ALL_ATTRIBUTES":
            return list(answer["Items"])
        asked = {name: value for name, value in request.items() if name not in {"ProjectionExpression", "Select"}}
        names = request.get("ExpressionAttributeNames", {})
        asked["ExpressionAttributeNames"] = {
            name: said for name, said in names.items() if name in request["KeyConditionExpression"]
        }
        if not asked["ExpressionAttributeNames"]:
            del asked["ExpressionAttributeNames"]
        return list(self.store.call("Query", asked)["Items"])


def _places(operation: str, request: Item) -> Iterator[tuple[str, str, str]]:
    """Yield table and key of everything that a call writes, or checks."""
    if operation in _ALONE:
        yield _place(request)
    elif operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            yield from map(_place, action.values())
    elif operation == "BatchWriteItem":
        for table, writes in request["RequestItems"].items():
            for write in writes:
                key = write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"]
                yield table, key["pk"]["S"], key["sk"]["S"]
    else:
        raise NotImplementedError(operation)


def _place(request: Item) -> tuple[str, str, str]:
    key = request.get("Key") or request["Item"]
    return request["TableName"], key["pk"]["S"], key["sk"]["S"]


def _written(old: Item | None, new: Item | None, factor: int, scale: float = 1.0) -> int:
    """Return the write units of making one item of another; `factor` is 2 in a transaction."""
    own = factor * max(_write(old, scale), _write(new, scale))
    return own if old == new else own + sum(_index(index, old, new, scale) for index in _INDEXES)


def _write(item: Item | None, scale: float = 1.0) -> int:
    return max(1, -(-int(size(item) * scale) // _WRITE))


def _reads(total: int, *, consistent: bool | None) -> float:
    return max(1, -(-total // _READ)) * (1.0 if consistent else 0.5)


def _index(index: str, old: Item | None, new: Item | None, scale: float) -> int:
    """Return the write units of an index when an item becomes another."""
    before, after = (_keys(index, each) for each in (old, new))
    if before == after:
        return max(_write(old, scale), _write(new, scale)) if after else 0
    return (_write(old, scale) if before else 0) + (_write(new, scale) if after else 0)


def _keys(index: str, item: Item | None) -> tuple[str, str] | None:
    if item is None or f"{index}pk" not in item:
        return None
    return item[f"{index}pk"]["S"], item[f"{index}sk"]["S"]


def _stored(item: Item | None) -> int:
    """Return the bytes that an item takes up, in its table and in the indexes that carry it."""
    if item is None:
        return 0
    return (size(item) + _OVERHEAD) * (1 + sum(_keys(index, item) is not None for index in _INDEXES))
