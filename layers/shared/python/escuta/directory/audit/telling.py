"""What an entry says of the rows that were written: values where nothing personal can be, else names of fields."""

from collections.abc import Iterable, Iterator
from typing import Any

from escuta import table
from escuta.directory.audit.masking import masked
from escuta.directory.audit.shown import HIDDEN, IDENTIFIED, NOISE, SHOWN, SILENT
from escuta.directory.model.audit import AuditChange, AuditValue, Changed, Scalar
from escuta.entity import Entity

__all__ = ["SILENT", "changes"]

_MOST_VALUES = 40  # of one thing
_MOST_TEXT = 200  # characters of one value
_MOST_TOLD = 24_000  # characters of an entry: of a thousand things the first are told
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


def changes(recording: table.Recording) -> tuple[tuple[AuditChange, ...], int]:
    """Return what was written, and how many rows more than are told."""
    found = [change for written in recording.written.values() if (change := _change(written)) is not None]
    told, left = 0, _MOST_TOLD
    while told < len(found) and left > 0:
        left -= len(found[told].model_dump_json())
        told += 1
    return tuple(found[:told]), sum(recording.more.values()) + len(found) - told


def _change(written: table.Written) -> AuditChange | None:
    """Return what became of a row; None when it was written as it was."""
    before, after = written.before, written.after
    fields = tuple(sorted(_different(written.cls, before, after)))
    if before is not None and after is not None and not fields:
        return None
    allowed = [name for name in fields if _is_shown(written.cls.kind, name)]
    return AuditChange(
        kind=written.cls.kind,
        id=_identity(written),
        what=_what(written),
        values=tuple(_values(before, after, allowed)),
        fields=fields if before is not None and after is not None else (),
        is_sure=written.is_sure,
    )


def _what(written: table.Written) -> Changed:
    if written.after is None:
        return Changed.REMOVED
    return Changed.CHANGED if written.before is not None or written.after.rev else Changed.CREATED


def _different(cls: type[Entity], before: Entity | None, after: Entity | None) -> Iterator[str]:
    """Yield the fields that differ; of a thing that is new or gone, those that say something."""
    for name in cls.model_fields:
        was, became = getattr(before, name, None), getattr(after, name, None)
        if name not in NOISE and was != became and not (was in _EMPTY and became in _EMPTY):
            yield name


def _is_shown(kind: str, field: str) -> bool:
    return field in SHOWN.get(kind, frozenset())


def _identity(written: table.Written) -> str:
    """Return the id of a thing, as the API calls it, where that names nobody."""
    thing = written.after or written.before
    field = IDENTIFIED.get(written.cls.kind, "")
    said = str(getattr(thing, field, "")) if thing and field else ""
    return masked("contacts", said) if written.cls.kind == "contact" else said[:80]


def _values(before: Entity | None, after: Entity | None, allowed: list[str]) -> Iterator[AuditValue]:
    was, became = _flat(before, allowed), _flat(after, allowed)
    places = [place for place in dict.fromkeys([*was, *became]) if was.get(place) != became.get(place)]
    for place in places[:_MOST_VALUES]:
        yield AuditValue(field=place, before=_cut(was.get(place)), after=_cut(became.get(place)))


def _flat(entity: Entity | None, allowed: list[str]) -> dict[str, Scalar]:
    if entity is None or not allowed:
        return {}
    said = entity.model_dump(mode="json", include=set(allowed))
    return dict(_leaves((name, said[name]) for name in allowed if name in said))


def _leaves(parts: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Scalar]]:
    """Yield every single value with its place, but what is hidden wherever it stands."""
    for place, value in parts:
        if isinstance(value, dict):
            yield from _leaves((f"{place}.{name}", part) for name, part in value.items() if name not in HIDDEN)
        elif isinstance(value, list):
            yield from _leaves((f"{place}[{number}]", part) for number, part in enumerate(value))
        elif value not in _EMPTY:
            yield place, value


def _cut(value: Scalar) -> Scalar:
    return f"{value[:_MOST_TEXT]}…" if isinstance(value, str) and len(value) > _MOST_TEXT else value
