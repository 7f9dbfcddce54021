"""What DynamoDB bills for a call, by AWS's own examples: what the price of everything else rests on."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.capacity import Units, size
from tests.kit.store import Store

TABLE = "t"


def item(sk: str, length: int, **keys: str) -> dict[str, Any]:
    """Return an item of exactly this size."""
    plain: dict[str, Any] = {"pk": {"S": "p"}, "sk": {"S": sk}, **{name: {"S": key} for name, key in keys.items()}}
    return {**plain, "data": {"S": "x" * (length - size(plain) - len("data"))}}


def put(units: Units, row: dict[str, Any], **more: Any) -> None:
    units.call("PutItem", {"TableName": TABLE, "Item": row, **more})


@pytest.fixture
def units() -> Units:
    return Units(Store([TABLE]))


def test_the_size_of_an_item_is_that_of_its_names_and_values() -> None:
    assert size({"pk": {"S": "ação"}, "n": {"N": "-1234"}}) == 2 + 6 + 1 + 3
    assert size(item("s", 1024)) == 1024


@pytest.mark.parametrize(("length", "expected"), [(100, 1), (1024, 1), (1025, 2), (3000, 3)])
def test_a_write_is_billed_in_kilobytes_and_twice_in_a_transaction(units: Units, length: int, expected: int) -> None:
    put(units, item("s", length))
    assert units.writes == expected
    units.call("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": TABLE, "Item": item("z", length)}}]})
    assert units.writes == 3 * expected


def test_a_write_that_makes_an_item_smaller_is_billed_by_what_it_was(units: Units) -> None:
    put(units, item("s", 3000))
    put(units, item("s", 100))
    assert units.writes == 3 + 3
    assert units.stays == 100 + 100  # its own bytes, and those that DynamoDB adds to each


def test_an_index_is_written_once_where_its_keys_stay_and_twice_where_they_move(units: Units) -> None:
    put(units, item("s", 500, g1pk="a", g1sk="1"))
    assert units.writes == 2
    put(units, item("s", 600, g1pk="a", g1sk="1"))
    assert units.writes == 2 + 2
    put(units, item("s", 600, g1pk="a", g1sk="2"))
    assert units.writes == 4 + 3
    put(units, item("s", 600))
    assert units.writes == 7 + 2


def test_what_changes_nothing_leaves_the_indexes_alone(units: Units) -> None:
    for _ in range(2):
        put(units, item("s", 500, g1pk="a", g1sk="1"))
    assert units.writes == 2 + 1
    assert len(units.changes) == 1


def test_a_condition_that_fails_is_billed(units: Units) -> None:
    put(units, item("s", 2000))
    with pytest.raises(ClientError):
        put(units, item("s", 100), ConditionExpression="attribute_not_exists(pk)")
    assert units.writes == 2 + 2


@pytest.mark.parametrize(("length", "consistent", "expected"), [(100, True, 1), (100, False, 0.5), (5000, False, 1)])
def test_a_read_is_billed_in_four_kilobytes_and_half_unless_it_must_be_current(
    units: Units, length: int, *, consistent: bool, expected: float
) -> None:
    put(units, item("s", length))
    key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
    units.call("GetItem", {"TableName": TABLE, "Key": key, "ConsistentRead": consistent})
    assert units.reads == expected


def test_a_batch_is_billed_item_by_item_and_a_query_by_all_of_them_together(units: Units) -> None:
    for number in range(10):
        put(units, item(f"s{number}", 500))
    keys = [{"pk": {"S": "p"}, "sk": {"S": f"s{number}"}} for number in range(11)]  # one of them is not there
    units.call("BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys}}})
    assert units.reads == 11 * 0.5
    asked = {"KeyConditionExpression": "#0 = :0", "ExpressionAttributeNames": {"#0": "pk"}}
    asked |= {"TableName": TABLE, "ExpressionAttributeValues": {":0": {"S": "p"}}}
    units.call("Query", asked)
    assert units.reads == 5.5 + 1  # 5,000 bytes
    units.call("Query", {**asked, "Select": "COUNT"})
    assert units.reads == 6.5 + 1
