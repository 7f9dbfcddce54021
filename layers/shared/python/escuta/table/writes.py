"""Writing single entities, guarded by revision unless said otherwise, and batches of what follows from its key."""

from collections.abc import Iterable
from typing import Any

from pynamodb.exceptions import PutError

from escuta.entity import Entity, Key
from escuta.errors import ConflictError, UnavailableError
from escuta.table.rows import E, Row, answering, code_of, row_of, to_row


def create(entity: E) -> E:
    """Store a new entity; ConflictError when its key is taken."""
    row = to_row(entity, 1)
    _guarded_put(row, row_of(entity.table).pk.does_not_exist(), f"{entity.kind}_exists")
    return entity.changed(rev=1)


def save(entity: E) -> E:
    """Store a changed entity if nobody changed it since it was read; else ConflictError `stale`."""
    row = to_row(entity, entity.rev + 1)
    _guarded_put(row, row_of(entity.table).rev == entity.rev, "stale")
    return entity.changed(rev=entity.rev + 1)


def put(entity: Entity) -> None:
    """Store an entity whatever was there. Only for things whose content follows from their key."""
    with answering():
        to_row(entity, entity.rev + 1).save()


def put_many(entities: Iterable[Entity]) -> None:
    """Store many entities of one table, 25 a call, whatever was there; unprocessed ones are sent again."""
    entities = list(entities)
    if entities:
        with answering(), row_of(entities[0].table).batch_write() as batch:
            for entity in entities:
                batch.save(to_row(entity, entity.rev + 1))


def delete(cls: type[Entity], key: Key) -> None:
    """Remove the row at this key, if it is there."""
    with answering():
        row_of(cls.table)(key.pk, key.sk).delete()


def delete_many(cls: type[Entity], keys: Iterable[Key]) -> None:
    """Remove the rows at these keys, as far as they are there, 25 a call; unprocessed ones are removed again."""
    row = row_of(cls.table)
    with answering(), row.batch_write() as batch:
        for key in keys:
            batch.delete(row(key.pk, key.sk))


def _guarded_put(row: Row, condition: Any, code: str) -> None:
    try:
        row.save(condition=condition)
    except PutError as error:
        if code_of(error) == "ConditionalCheckFailedException":
            raise ConflictError(code) from error
        raise UnavailableError("store_unavailable", retry_after=2) from error
