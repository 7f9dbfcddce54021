"""Writing single entities, guarded by revision unless said otherwise, and batches of what follows from its key."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pynamodb.exceptions import PutError

from escuta.entity import Entity, Key
from escuta.errors import ConflictError, UnavailableError
from escuta.table import recording
from escuta.table.making import made, maker
from escuta.table.rows import E, answering, code_of, row_of, to_row


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
    """Store a changed entity if nobody changed it since it was read; else ConflictError `stale`."""
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


def delete(cls: type[Entity], key: Key) -> None:
    """Remove the row at this key, if it is there."""
    with answering(), _told_gone(cls, (key,)):
        row_of(cls.table)(key.pk, key.sk).delete()


def delete_many(cls: type[Entity], keys: Iterable[Key]) -> None:
    """Remove the rows at these keys, as far as they are there, 25 a call; unprocessed ones are removed again."""
    row, keys = row_of(cls.table), list(keys)
    with answering(), _told_gone(cls, keys), row.batch_write() as batch:
        for key in keys:
            batch.delete(row(key.pk, key.sk))


def _guarded_put(entity: Entity, rev: int, condition: Any, code: str, call: str = "") -> None:
    row = to_row(entity, rev)
    row.made_by = call or None
    try:
        row.save(condition=condition)
    except PutError as error:
        if code_of(error) == "ConditionalCheckFailedException":
            raise ConflictError(code) from error
        recording.wrote(type(entity), entity.key(), entity, is_sure=False)
        raise UnavailableError("store_unavailable", retry_after=2) from error
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
