"""Writing single entities, guarded by revision unless said otherwise, and batches of what follows from its key."""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pynamodb.connection.base import BOTOCORE_EXCEPTIONS
from pynamodb.exceptions import DeleteError, PutError

from escuta import deadline
from escuta.entity import Entity, Key, Table
from escuta.errors import ConflictError, OvertakenError, UnavailableError
from escuta.table import as_read, recording
from escuta.table.making import made, maker
from escuta.table.reads import find
from escuta.table.rows import E, answering, code_of, connection_of, name_of, row_of, to_item, to_key, to_row

_TOGETHER = 25  # requests of one call
_TRIES = 20


def create(entity: E) -> E:
    """Store a new entity; ConflictError when its key is taken, unless by what this very call made (`made_by`)."""
    try:
        _guarded_put(entity, 1, row_of(entity.table).pk.does_not_exist(), f"{entity.kind}_exists", maker())
    except ConflictError:
        if (ours := made(entity)) is None:
            raise
        recording.wrote(type(entity), entity.key(), ours)
        return ours
    return entity.changed(rev=1)


def save(entity: E) -> E:
    """Store a changed entity if nobody changed it since it was read; else ConflictError `stale`.

    OvertakenError for one that is held (`as_read`) to another revision.
    """
    as_read.check(entity)
    _guarded_put(entity, entity.rev + 1, row_of(entity.table).rev == entity.rev, "stale")
    return entity.changed(rev=entity.rev + 1)


def put(entity: Entity) -> None:
    """Store an entity whatever was there. Only for things whose content follows from their key."""
    with answering(), _told((entity,)):
        to_row(entity, entity.rev + 1).save()


def put_many(entities: Iterable[Entity]) -> None:
    """Store many entities of one table, 25 a call, whatever was there; unprocessed ones are sent again."""
    entities = list(entities)
    if entities:
        with answering(), _told(entities), row_of(entities[0].table).batch_write() as batch:
            for entity in entities:
                batch.save(to_row(entity, entity.rev + 1))


def exchange(cls: type[E], stored: Mapping[Key, E], gone: Collection[Key]) -> None:
    """Store some whatever was there and remove others, 25 a call. Only for what follows from other things.

    Requests are made as the store reads them: through the models of PynamoDB they cost more than what they belong to.
    """
    name = name_of(cls.table)
    wanted: list[dict[str, Any]] = [
        *({"PutRequest": {"Item": to_item(entity, entity.rev + 1)}} for entity in stored.values()),
        *({"DeleteRequest": {"Key": to_key(key)}} for key in gone),
    ]
    with _told(stored.values()), _told_gone(cls, gone):
        late = 0
        while wanted:
            left = _batch(name, wanted[:_TOGETHER])
            wanted = left + wanted[_TOGETHER:]
            if left:
                late += 1
                if late > _TRIES:
                    raise UnavailableError("store_unavailable", retry_after=2)
                deadline.pause(random.uniform(0, 0.05 * late))  # noqa: S311 - jitter, not a secret


def _batch(name: str, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write these in one call, and return those that the store left."""
    try:
        answer = connection_of(Table.FEEDBACK).connection.dispatch("BatchWriteItem", {"RequestItems": {name: wanted}})
    except BOTOCORE_EXCEPTIONS as error:
        raise UnavailableError("store_unavailable", retry_after=2) from error
    left: list[dict[str, Any]] = answer.get("UnprocessedItems", {}).get(name, [])
    return left


def delete(cls: type[Entity], key: Key) -> None:
    """Remove the row at this key, if it is there."""
    rev = as_read.held(cls, key)
    with answering(), _told_gone(cls, (key,)):
        if rev is None:
            row_of(cls.table)(key.pk, key.sk).delete()
        else:
            _delete_held(cls, key, rev)


def _delete_held(cls: type[Entity], key: Key, rev: int) -> None:
    """Remove a row that is held to this revision; one that is gone is removed."""
    row = row_of(cls.table)
    try:
        row(key.pk, key.sk).delete(condition=row.rev == rev)
    except DeleteError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        found = find(cls, key, consistent=True)
        if found is not None:
            raise OvertakenError("rev_stale", current_rev=found.rev) from error
    as_read.wrote(cls, key, None)


def delete_many(cls: type[Entity], keys: Iterable[Key]) -> None:
    """Remove the rows at these keys, as far as they are there, 25 a call; unprocessed ones are removed again."""
    row, keys = row_of(cls.table), list(keys)
    held = [key for key in keys if as_read.held(cls, key) is not None]
    for key in held:
        delete(cls, key)
    keys = [key for key in keys if key not in held]
    with answering(), _told_gone(cls, keys), row.batch_write() as batch:
        for key in keys:
            batch.delete(row(key.pk, key.sk))


def _guarded_put(entity: Entity, rev: int, condition: Any, code: str, call: str = "") -> None:
    row = to_row(entity, rev)
    row.made_by = call or None
    try:
        row.save(condition=condition)
    except PutError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            recording.wrote(type(entity), entity.key(), entity, is_sure=False)
            raise UnavailableError("store_unavailable", retry_after=2) from error
        if as_read.held(type(entity), entity.key()) is None:
            raise ConflictError(code) from error
        found = find(type(entity), entity.key(), consistent=True)
        if found != entity.changed(rev=rev):  # else it is what we wrote, and the store was asked twice
            raise OvertakenError("rev_stale", current_rev=found.rev if found else 0) from error
    as_read.wrote(type(entity), entity.key(), rev)
    recording.wrote(type(entity), entity.key(), entity)


@contextmanager
def _told(entities: Collection[Entity]) -> Iterator[None]:
    """Tell who records that these were written, or that nobody knows."""
    is_sure = False
    try:
        yield
        is_sure = True
    finally:
        for entity in entities:
            as_read.wrote(type(entity), entity.key(), entity.rev + 1)
            recording.wrote(type(entity), entity.key(), entity, is_sure=is_sure)


@contextmanager
def _told_gone(cls: type[Entity], keys: Collection[Key]) -> Iterator[None]:
    """Tell who records that these were removed, or that nobody knows."""
    is_sure = False
    try:
        yield
        is_sure = True
    finally:
        for key in keys:
            recording.wrote(cls, key, None, is_sure=is_sure)
