"""All or nothing: guarded writes across the three tables in one transaction."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action as Step
from pynamodb.transactions import TransactWrite

from escuta.entity import Entity, Key, Table
from escuta.errors import ConflictError, UnavailableError
from escuta.table.reads import find
from escuta.table.rows import code_of, connection_of, from_image, row_of, to_row

_CONFLICT_TRIES = 6
_RETRIED = frozenset({"TransactionConflict", "None"})
_CONDITION = "ConditionalCheckFailed"
_NEVER = frozenset({"ValidationError", "ItemCollectionSizeLimitExceeded"})


@dataclass(frozen=True)
class Create:
    """Store a new entity; fails when its key is taken."""

    entity: Entity


@dataclass(frozen=True)
class Save:
    """Store a changed entity; fails when somebody changed it since it was read."""

    entity: Entity


@dataclass(frozen=True)
class Absent:
    """Demand that nothing is stored at this key."""

    cls: type[Entity]
    key: Key


@dataclass(frozen=True)
class Unchanged:
    """Demand that this entity still has the revision that was read."""

    entity: Entity


@dataclass(frozen=True)
class Add:
    """Add whole numbers to the top-level attributes of a counter row. Only ever beside a guarded action."""

    table: Table
    key: Key
    numbers: Mapping[str, int]


@dataclass(frozen=True)
class Remove:
    """Remove what is at this key, if it is there."""

    cls: type[Entity]
    key: Key


Action = Create | Save | Absent | Unchanged | Add | Remove


@dataclass(frozen=True)
class Refused:
    """Why one action of a transaction failed its condition: what the store held instead (None: nothing)."""

    action: Action
    found: Entity | None


class CancelledError(ConflictError):
    """The transaction wrote nothing, because conditions failed. `refused` names each, in the order of the actions."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        """Keep the failed actions."""
        super().__init__("stale")
        self.refused = tuple(refused)


class RejectedError(UnavailableError):
    """The store will never take this transaction as it is: too large, too many actions, or malformed."""


def transact(*actions: Action) -> None:
    """Write all of these (at most 100, no item twice) or nothing.

    CancelledError when a condition failed. A clash with another transaction is tried again here a few times; a throttle
    or any reason not known here is UnavailableError, never taken for a duplicate. RejectedError: trying again is vain.
    """
    for attempt in range(_CONFLICT_TRIES):
        try:
            _transact(actions)
        except TransactWriteError as error:
            reasons = list(error.cancellation_reasons)
            codes = {reason.code if reason else "None" for reason in reasons}
            if code_of(error) == "ValidationException" or codes & _NEVER:
                raise RejectedError("store_rejected") from error
            if not reasons or not codes <= _RETRIED | {_CONDITION}:
                raise UnavailableError("store_unavailable", retry_after=2) from error
            refused = [
                Refused(action, _found(action, reason.raw_item))
                for action, reason in zip(sorted(actions, key=_rank), reasons, strict=True)
                if reason and reason.code == _CONDITION
            ]
            refused.sort(key=lambda refusal: actions.index(refusal.action))
            if refused:
                raise CancelledError(refused) from error
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        else:
            return
    raise UnavailableError("store_unavailable", retry_after=1)


def _transact(actions: Sequence[Action]) -> None:
    with TransactWrite(connection=connection_of(Table.FEEDBACK).connection) as transaction:
        for action in actions:
            _stage(transaction, action)


def _rank(action: Action) -> int:
    """Return the place of the action in the request: PynamoDB groups them, and the reasons come in that order."""
    match action:
        case Absent() | Unchanged():
            return 0
        case Remove():
            return 1
        case Create() | Save():
            return 2
        case Add():
            return 3


def _stage(transaction: TransactWrite, action: Action) -> None:
    old = "ALL_OLD"
    match action:
        case Create(entity):
            row = row_of(entity.table)
            transaction.save(to_row(entity, 1), condition=row.pk.does_not_exist(), return_values=old)
        case Save(entity):
            row = row_of(entity.table)
            transaction.save(to_row(entity, entity.rev + 1), condition=row.rev == entity.rev, return_values=old)
        case Absent(cls, key):
            row = row_of(cls.table)
            transaction.condition_check(row, key.pk, key.sk, condition=row.pk.does_not_exist())
        case Unchanged(entity):
            row = row_of(entity.table)
            transaction.condition_check(row, *entity.key(), condition=row.rev == entity.rev)
        case Add(table, key, numbers):
            steps: list[Step] = [Path([name]).add({"N": str(number)}) for name, number in numbers.items()]
            transaction.update(row_of(table)(key.pk, key.sk), actions=steps)
        case Remove(cls, key):
            transaction.delete(row_of(cls.table)(key.pk, key.sk))


def _found(action: Action, image: Mapping[str, Any] | None) -> Entity | None:
    if image:
        return from_image(image)
    match action:
        case Create(entity) | Save(entity) | Unchanged(entity):
            return find(type(entity), entity.key(), consistent=True)
        case Absent(cls, key):
            return find(cls, key, consistent=True)
        case Add() | Remove():
            return None
