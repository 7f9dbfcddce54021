"""The store in memory against moto: the same verbs of our table, one after the other, with the same outcome."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escuta import table
from escuta.entity import Key, Table
from escuta.errors import EscutaError
from escuta.outreach.model import Invitation, InvitationState
from tests.kit import factories, guard, world
from tests.kit.account import Account, standing
from tests.kit.expressions import UnknownError

pytestmark = pytest.mark.usefixtures("aws_of_moto")

Step = tuple[str, tuple[Any, ...]]
NAMES = ("Ana", "Bruno", "Carla", "Davi")
COUNTER = "counter#1"
STATES = (InvitationState.QUEUED, InvitationState.CLAIMED, InvitationState.SENT)

who = st.sampled_from(NAMES)
state = st.sampled_from(STATES)
revision = st.integers(0, 3)
counter = st.sampled_from(("a", "b"))
guarded = st.sampled_from(("create", "save", "absent", "unchanged", "remove", "add", "below"))
action = st.tuples(guarded, who, state, revision, counter)
steps = st.one_of(
    st.tuples(st.sampled_from(("create", "put", "delete")), st.tuples(who, state)),
    st.tuples(st.just("save"), st.tuples(who, state, revision)),
    st.tuples(st.just("put_many"), st.tuples(st.lists(st.tuples(who, state), max_size=4))),
    st.tuples(st.just("delete_many"), st.tuples(st.lists(who, max_size=3))),
    st.tuples(st.just("transact"), st.tuples(st.lists(action, min_size=1, max_size=4))),
    st.tuples(st.just("find"), st.tuples(st.lists(who, max_size=4))),
    st.tuples(
        st.just("query"), st.tuples(st.sampled_from(("", "queued#", "s", "x")), st.integers(1, 3), st.booleans())
    ),
    st.tuples(st.just("between"), st.tuples(counter, counter)),
    st.tuples(st.just("count"), st.tuples(st.sampled_from(("", "queued#", "claimed#")))),
)


def person(name: str, state: InvitationState, rev: int = 0) -> Invitation:
    return factories.invitation(name=name, state=state, rev=rev)


def key(name: str) -> Key:
    return factories.invitation(name=name).key()


def staged(kind: str, name: str, state: InvitationState, rev: int, place: str) -> table.Action:
    here = Key(COUNTER, place)
    made: dict[str, Callable[[], table.Action]] = {
        "create": lambda: table.Create(person(name, state)),
        "save": lambda: table.Save(person(name, state, rev)),
        "absent": lambda: table.Absent(Invitation, key(name)),
        "unchanged": lambda: table.Unchanged(person(name, state, rev)),
        "remove": lambda: table.Remove(Invitation, key(name)),
        "add": lambda: table.Add(Table.OUTREACH, here, {"n": rev, "sum": -1}, expires_at=1_800_000_000),
        "below": lambda: table.Add(Table.OUTREACH, here, {"n": 1}, below={"n": 2, "sum": 1}),
    }
    return made[kind]()


def pages(prefix: str, limit: int, *, newest_first: bool) -> Iterator[Any]:
    """Yield every page of every index partition; that a full last page says there may be more is the store's own."""
    for shard in Invitation.shards("first"):
        cursor = None
        while True:
            page = table.query(
                Invitation, shard, prefix=prefix, index="g1", limit=limit, newest_first=newest_first, cursor=cursor
            )
            yield from page.items
            cursor = page.next
            if cursor is None:
                break


def done(step: Step) -> Any:
    """Do one step, and return all that can be seen of it: the answer, or the error."""
    verb, told = step
    try:
        return _verbs()[verb](*told)
    except table.CancelledError as error:
        return [(refused.action, refused.found) for refused in error.refused]
    except EscutaError as error:
        return type(error), error.code


def _verbs() -> dict[str, Callable[..., Any]]:
    return {
        "create": lambda name, state: table.create(person(name, state)),
        "put": lambda name, state: table.put(person(name, state)),
        "delete": lambda name, _state: table.delete(Invitation, key(name)),
        "save": lambda name, state, rev: table.save(person(name, state, rev)),
        "put_many": lambda some: table.put_many(person(*each) for each in dict(some).items()),
        "delete_many": lambda names: table.delete_many(Invitation, map(key, dict.fromkeys(names))),
        "transact": lambda actions: table.transact(*(staged(*each) for each in actions)),
        "find": lambda names: (
            [table.find(Invitation, key(name), consistent=True) for name in names],
            table.find_many(Invitation, map(key, names)),
            names and table.find_together(*((Invitation, key(name)) for name in dict.fromkeys(names))),
        ),
        "query": lambda prefix, limit, back: list(pages(prefix, limit, newest_first=back)),
        "between": lambda low, high: [
            list(table.numbers(Table.OUTREACH, COUNTER, between=(min(low, high), max(low, high)))),
            table.numbers_of(Table.OUTREACH, [Key(COUNTER, low), Key(COUNTER, "none")]),
        ],
        "count": lambda prefix: [
            (
                table.count(Table.OUTREACH, shard, prefix=prefix, index="g1"),
                table.tally(Table.OUTREACH, shard, index="g1"),
            )
            for shard in Invitation.shards("first")
        ],
    }


def rows() -> list[Any]:
    return sorted(world.scan(Table.OUTREACH), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def outcome(taken: list[Step], account: Account | None = None) -> list[Any]:
    with ExitStack() as stack:
        stack.enter_context(guard.down())  # an addition alone is done too, by both
        if account:
            stack.enter_context(standing(account))
        found: list[Any] = [done(step) for step in taken]
        return [*found, rows()]


@settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(steps, min_size=3, max_size=12))
def test_every_verb_of_the_table_does_in_memory_what_it_does_in_moto(taken: list[Step]) -> None:
    world.fresh()

    assert outcome(taken, Account(partly=0.3)) == outcome(taken)


def test_what_moto_refuses_as_too_much_is_refused() -> None:
    many = [table.Create(person(f"Ana {number}", InvitationState.QUEUED)) for number in range(101)]

    for account in (Account(), None):
        with standing(account) if account else nullcontext(), pytest.raises(table.RejectedError):
            table.transact(*many)


@pytest.mark.parametrize(
    "told",
    [
        {"ConditionExpression": "size(pk) < :n", "ExpressionAttributeValues": {":n": {"N": "1"}}},
        {"ConditionExpression": "rev = :n OR", "ExpressionAttributeValues": {":n": {"N": "1"}}},
        {"ConditionExpression": "NOT rev = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}},
        {"ReturnValues": "ALL_OLD"},
    ],
)
def test_what_it_does_not_know_raises(told: dict[str, Any]) -> None:
    key = {name: {"S": "x"} for name in ("pk", "sk")}

    with pytest.raises(UnknownError):
        Account().store.call("PutItem", {"TableName": "escuta-outreach", "Item": key, **told})
