"""By which call a row was made, so that the same call, coming again, finds that it made it.

A call may die between making a thing and saying so. Where the caller names the thing (a code, an e-mail address), the
call that comes again finds the name taken: by itself, which is no conflict.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from escuta.entity import Key
from escuta.table.rows import E, answering, row_of, to_entity

_maker: ContextVar[str] = ContextVar("maker", default="")


@contextmanager
def made_by(call: str) -> Iterator[None]:
    """Let what is created inside bear the id of this call, and take what bears it already for made; "": no call.

    A row bears it until it is changed. Only around what makes one thing: a second one at the same key would be lost.
    """
    token = _maker.set(call)
    try:
        yield
    finally:
        _maker.reset(token)


def maker() -> str:
    """Return the call that makes things now, "" for none."""
    return _maker.get()


def made(entity: E) -> E | None:
    """Return what stands where this entity is to be stored, if the call that makes things now made it."""
    return mine(type(entity), entity.key())


def mine(cls: type[E], key: Key) -> E | None:
    """Return what stands at a key, if the call that makes things now (`made_by`) made it."""
    if not maker():
        return None
    row = row_of(cls.table)
    try:
        with answering():
            found = row.get(key.pk, key.sk, consistent_read=True)
    except row.DoesNotExist:
        return None
    return to_entity(cls, found) if found.made_by == maker() else None
