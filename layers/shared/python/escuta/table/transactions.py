"""All or nothing: guarded writes across the tables in one transaction."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.exceptions import TransactWriteError

from escuta import deadline
from escuta.entity import Entity, Key, Table
from escuta.errors import ConflictError, OvertakenError, UnavailableError
from escuta.table import as_read, recording
from escuta.table.making import made, maker
from escuta.table.reads import find
from escuta.table.rows import Item, code_of, connection_of, from_image, name_of, to_item, to_key

_CONFLICT_TRIES = 6
_RETRIED = frozenset({"TransactionConflict", "None"})
_CONDITION = "ConditionalCheckFailed"
_ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
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
    """Add whole numbers to the top-level attributes of a counter row. Only ever beside a guarded action.

    Fails when an attribute named in `below` is not below its limit beforehand. `expires_at`: when DynamoDB may delete
    the row.
    """

    table: Table
    key: Key
    numbers: Mapping[str, int]
    below: Mapping[str, int] = field(default_factory=dict)
    expires_at: int | None = None


@dataclass(frozen=True)
class Remove:
    """Remove what is at this key, if it is there; with `rev`, fails unless it has that revision."""

    cls: type[Entity]
    key: Key
    rev: int = 0


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


def transact(*actions: Action) -> int:
    """Write all of these (at most 100, no item twice) or nothing; return how often others were in the way before.

    CancelledError when a condition failed. A clash with another transaction is tried again here a few times; a throttle
    or any reason not known here is UnavailableError, never taken for a duplicate. RejectedError: trying again is vain.
    Within `made_by` a transaction whose new things this very call made before is done. OvertakenError when something is
    held (`as_read`) to another revision.
    """
    actions = tuple(map(_held, actions))
    for attempt in range(_CONFLICT_TRIES):
        try:
            _transact(actions)
        except TransactWriteError as error:
            reasons = list(error.cancellation_reasons)
            codes = {reason.code if reason else "None" for reason in reasons}
            if code_of(error) == "ValidationException" or codes & _NEVER:
                raise RejectedError("store_rejected") from error
            if not reasons or not codes <= _RETRIED | {_CONDITION}:
                _tell(actions, is_sure=False)
                raise UnavailableError("store_unavailable", retry_after=2) from error
            refused = [
                Refused(action, _found(action, reason.raw_item))
                for action, reason in zip(sorted(actions, key=_rank), reasons, strict=True)
                if reason and reason.code == _CONDITION
            ]
            refused.sort(key=lambda refusal: actions.index(refusal.action))
            if _is_done(refused):
                _tell(actions, is_sure=True)
                return attempt
            if refused:
                _check_held(refused)
                raise CancelledError(refused) from error
            deadline.pause(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        else:
            _tell(actions, is_sure=True)
            return attempt
    raise UnavailableError("store_unavailable", retry_after=1)


def _held(action: Action) -> Action:
    """Return an action as what is held allows it."""
    match action:
        case Save(entity) | Unchanged(entity):
            as_read.check(entity)
        case Remove(cls, key, rev):
            held = as_read.held(cls, key)
            if held is not None and rev not in {0, held}:
                raise OvertakenError("rev_stale", current_rev=rev)
            return Remove(cls, key, held or rev)
    return action


def _check_held(refused: Sequence[Refused]) -> None:
    """Tell who was overtaken in something that is held."""
    for each in refused:
        action, found = each.action, each.found
        match action:
            case Create(entity) | Save(entity) | Unchanged(entity):
                cls, key = type(entity), entity.key()
            case Remove(cls, key):
                found = find(cls, key, consistent=True)
            case Absent() | Add():
                continue
        if as_read.held(cls, key) is not None:
            raise OvertakenError("rev_stale", current_rev=found.rev if found else 0)


def _tell(actions: Sequence[Action], *, is_sure: bool) -> None:
    """Tell who records what these became, or that nobody knows."""
    for action in actions:
        match action:
            case Create(entity) | Save(entity):
                as_read.wrote(type(entity), entity.key(), 1 if isinstance(action, Create) else entity.rev + 1)
                recording.wrote(type(entity), entity.key(), entity, is_sure=is_sure)
            case Remove(cls, key):
                as_read.wrote(cls, key, None)
                recording.wrote(cls, key, None, is_sure=is_sure)
            case Absent() | Unchanged() | Add():
                pass


def _is_done(refused: Sequence[Refused]) -> bool:
    """Tell whether what is in the way was made by this very call, when it came before."""
    return bool(maker()) and any(isinstance(each.action, Create) and made(each.action.entity) for each in refused)


def _transact(actions: Sequence[Action]) -> None:
    """Send the request as the store reads it: what PynamoDB would build of models is the same, and costs more."""
    groups: tuple[list[Item], ...] = ([], [], [], [])
    for action in actions:
        groups[_rank(action)].append(_staged(action))
    checks, removals, puts, updates = groups
    connection = connection_of(Table.FEEDBACK).connection
    connection.transact_write_items(checks, removals, puts, updates)


def _rank(action: Action) -> int:
    """Return the place of the action in the request: PynamoDB groups them, and the reasons come in that order."""
    match action:
        case Create() | Save():  # nearly always
            return 2
        case Absent() | Unchanged():
            return 0
        case Remove():
            return 1
        case Add():
            return 3


def _staged(action: Action) -> Item:
    match action:
        case Create(entity):
            staged = _put(entity, 1, _ABSENT)
            if maker():
                staged["Item"]["made_by"] = {"S": maker()}
            return staged
        case Save(entity):
            return _put(entity, entity.rev + 1, _unchanged(entity))
        case Absent(cls, key):
            return {"TableName": name_of(cls.table), "Key": to_key(key), **_ABSENT}
        case Unchanged(entity):
            return {"TableName": name_of(entity.table), "Key": to_key(entity.key()), **_unchanged(entity)}
        case Add():
            return _addition(action)
        case Remove(cls, key, rev):
            return {"TableName": name_of(cls.table), "Key": to_key(key), **(_seen(rev) if rev else {})}


def _put(entity: Entity, rev: int, condition: Item) -> Item:
    return {
        "TableName": name_of(entity.table),
        "Item": to_item(entity, rev),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **condition,
    }


def _unchanged(entity: Entity) -> Item:
    return _seen(entity.rev)


def _seen(rev: int) -> Item:
    return {"ConditionExpression": "rev = :seen", "ExpressionAttributeValues": {":seen": {"N": str(rev)}}}


def _addition(add: Add) -> Item:
    names = {f"#{place}": name for place, name in enumerate(add.numbers)}
    values = {f":{place}": {"N": str(number)} for place, number in enumerate(add.numbers.values())}
    update = "ADD " + ", ".join(f"#{place} :{place}" for place in range(len(add.numbers)))
    if add.expires_at is not None:
        update += " SET expires_at = :end"
        values[":end"] = {"N": str(add.expires_at)}
    staged = {"TableName": name_of(add.table), "Key": to_key(add.key), "UpdateExpression": update}
    if add.below:
        staged["ConditionExpression"] = " AND ".join(
            f"(attribute_not_exists(#b{place}) OR #b{place} < :b{place})" for place in range(len(add.below))
        )
        names |= {f"#b{place}": name for place, name in enumerate(add.below)}
        values |= {f":b{place}": {"N": str(limit)} for place, limit in enumerate(add.below.values())}
    return {**staged, "ExpressionAttributeNames": names, "ExpressionAttributeValues": values}


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
