from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from escuta import table
from escuta.directory.model import Product
from escuta.entity import Key, Table
from escuta.errors import ConflictError, NotFoundError
from tests.kit.faults import recording
from tests.kit.guard import EVERY_CALL

pytestmark = pytest.mark.usefixtures("aws_of_moto")
COUNTER = Key("token#1", "used")
LAMP = Product(code="lamp", name="Lamp", group="Home")


def test_an_entity_comes_back_as_it_went() -> None:
    stored = table.create(LAMP)

    assert table.load(Product, LAMP.key()) == stored == LAMP.changed(rev=1)


def test_creating_twice_is_a_conflict() -> None:
    table.create(LAMP)

    with pytest.raises(ConflictError, match="product_exists"):
        table.create(LAMP)


def test_a_stale_copy_cannot_overwrite() -> None:
    first = table.create(LAMP)
    table.save(first.changed(name="Big lamp"))

    with pytest.raises(ConflictError, match="stale"):
        table.save(first.changed(name="Small lamp"))


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(NotFoundError, match="product_not_found"):
        table.load(Product, LAMP.key())


def test_a_cancelled_transaction_writes_nothing_and_says_what_was_in_the_way() -> None:
    stored = table.create(LAMP)
    chair = Product(code="chair", name="Chair")

    with pytest.raises(table.CancelledError) as cancelled:
        table.transact(table.Create(chair), table.Create(LAMP))

    assert cancelled.value.refused == (table.Refused(table.Create(LAMP), stored),)
    assert table.find(Product, chair.key()) is None


def test_each_refusal_names_its_own_action_whatever_the_order() -> None:
    lamp = table.create(LAMP)
    sofa = table.create(Product(code="sofa", name="Sofa"))
    taken = table.Create(lamp)
    stale = table.Unchanged(sofa.changed(rev=7))

    with pytest.raises(table.CancelledError) as cancelled:
        table.transact(table.Create(Product(code="chair", name="Chair")), taken, stale)

    assert cancelled.value.refused == (table.Refused(taken, lamp), table.Refused(stale, sofa))


def test_an_addition_below_its_limit_is_made_and_one_at_the_limit_is_refused_by_name() -> None:
    addition = table.Add(Table.FEEDBACK, COUNTER, {"n": 1}, below={"n": 2})
    table.transact(table.Create(Product(code="chair", name="Chair")), addition)
    table.transact(table.Create(Product(code="sofa", name="Sofa")), addition)

    with pytest.raises(table.CancelledError) as cancelled:
        table.transact(table.Create(LAMP), addition)

    assert cancelled.value.refused == (table.Refused(addition, None),)
    assert table.find(Product, LAMP.key()) is None
    assert dict(table.numbers(Table.FEEDBACK, COUNTER.pk)) == {"used": {"n": 2}}


def test_an_addition_is_limited_by_the_named_number_alone() -> None:
    addition = table.Add(Table.FEEDBACK, COUNTER, {"n": 5, "sum": 9}, below={"n": 6})

    table.transact(table.Create(LAMP), addition)
    table.transact(table.Create(Product(code="sofa", name="Sofa")), addition)

    assert dict(table.numbers(Table.FEEDBACK, COUNTER.pk)) == {"used": {"n": 10, "sum": 18}}


def test_a_counter_row_may_have_an_end() -> None:
    table.transact(table.Create(LAMP), table.Add(Table.FEEDBACK, COUNTER, {"n": 1}, expires_at=1_800_000_000))

    assert dict(table.numbers(Table.FEEDBACK, COUNTER.pk)) == {"used": {"n": 1, "expires_at": 1_800_000_000}}


def test_a_transaction_removes_too() -> None:
    table.create(LAMP)
    chair = Product(code="chair", name="Chair")

    table.transact(table.Create(chair), table.Remove(Product, LAMP.key()))

    assert table.find(Product, LAMP.key()) is None
    assert table.find(Product, chair.key()) == chair.changed(rev=1)


def test_a_query_goes_on_where_its_cursor_points() -> None:
    table.put_many(Product(code=f"{n:03}", name=f"{n:03}") for n in range(30))

    first = table.query(Product, "products", index="g1", limit=20)
    second = table.query(Product, "products", index="g1", limit=20, cursor=first.next)

    assert [p.code for p in first.items + second.items] == [f"{n:03}" for n in range(30)]
    assert second.next is None


def test_a_page_over_spread_partitions_is_full_until_the_last() -> None:
    table.put_many(Product(code=f"{n:03}", name=f"{n:03}") for n in range(30))
    spread = ["nothing", "products", "nothing more"]

    first = table.query_spread(Product, spread, index="g1", limit=20)
    second = table.query_spread(Product, spread, index="g1", limit=20, cursor=first.next)

    assert ([len(first.items), len(second.items)], second.next) == ([20, 10], None)


def counters(number: int) -> list[Key]:
    """Count each of these once, beside a new entity."""
    keys = [Key(f"token_id#{place:03d}", "used") for place in range(number)]
    for start in range(0, number, 99):
        some = [table.Add(Table.FEEDBACK, key, {"used": 1, "n": 2}) for key in keys[start : start + 99]]
        table.transact(table.Create(LAMP.changed(code=f"lamp {start}")), *some)
    return keys


def test_numbers_of_many_counters_are_read_in_batches_of_a_hundred() -> None:
    keys = counters(150)

    with recording() as calls:
        found = table.numbers_of(Table.FEEDBACK, [*keys, keys[0], Key("token_id#none", "used")])

    assert found == {key: {"used": 1, "n": 2} for key in keys}
    assert [call.operation for call in calls] == ["BatchGetItem", "BatchGetItem"]
    assert table.numbers_of(Table.FEEDBACK, []) == {}


def test_counters_that_the_store_left_out_are_asked_for_again() -> None:
    keys, original, answers = counters(3), vars(BaseClient)[EVERY_CALL], list[int]()

    def half(self: BaseClient, operation: str, parameters: Any) -> Any:
        answer = original(self, operation, parameters)
        rows = answer["Responses"]["escuta-feedback"]
        answers.append(len(rows))
        if len(answers) == 1:
            left = rows.pop()
            missing = {"Keys": [{name: left[name] for name in ("pk", "sk")}]}
            answer["UnprocessedKeys"] = {"escuta-feedback": missing}
        return answer

    with patch.object(BaseClient, EVERY_CALL, half):
        found = table.numbers_of(Table.FEEDBACK, keys)

    assert (found, answers) == ({key: {"used": 1, "n": 2} for key in keys}, [3, 1])


def test_what_has_a_long_name_is_stored_and_listed_all_the_same() -> None:
    long = Product(code="long", name="\u0390" * 200, group="\u0390" * 200)
    table.put_many([long])
    table.create(long.changed(code="longer"))

    assert [each.code for each in table.query(Product, "products", index="g1").items] == ["long", "longer"]


def test_at_a_key_that_the_store_would_not_take_there_is_nothing() -> None:
    nowhere = Product.at("x" * 2048)

    assert table.find(Product, nowhere) is None
    assert table.find_many(Product, [nowhere]) == {}
    assert table.query(Product, "products", index="g1", prefix="x" * 1025, limit=5) == table.Page(())


def test_a_change_of_a_stale_copy_is_made_again_on_what_others_stored() -> None:
    first = table.create(LAMP)
    table.save(first.changed(group="Garden"))

    changed = table.change(first, lambda found: found.changed(name="Big lamp"))

    assert changed == table.load(Product, LAMP.key()) == LAMP.changed(name="Big lamp", group="Garden", rev=3)


def test_a_change_that_others_made_already_is_not_written() -> None:
    first = table.create(LAMP)
    stored = table.save(first.changed(name="Big lamp"))

    assert table.change(first, lambda found: found.changed(name="Big lamp")) == stored


def test_what_follows_from_a_change_is_counted_once_though_the_copy_was_stale() -> None:
    first = table.create(LAMP)
    table.save(first.changed(group="Garden"))

    table.change(
        first,
        lambda found: found.changed(name="Big lamp"),
        beside=lambda before, after: [table.Add(Table.DIRECTORY, COUNTER, {f"{before.group} to {after.group}": 1})],
    )

    assert table.numbers_of(Table.DIRECTORY, [COUNTER]) == {COUNTER: {"Garden to Garden": 1}}


def test_what_is_gone_cannot_be_changed() -> None:
    first = table.create(LAMP)
    table.delete(Product, LAMP.key())

    with pytest.raises(NotFoundError, match="product_not_found"):
        table.change(first, lambda found: found.changed(name="Big lamp"))
