"""The hierarchy of segments: one root, stores at the leaves. A code joins files, links and answers to it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escuta import clock, table
from escuta.directory.model import Root, Segment
from escuta.errors import ConflictError, InvalidError

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_FRESH_SECONDS = 60


def create(
    code: str,
    name: str,
    parent: str | None = None,
    timezone: str = "",
    *,
    address: str = "",
    city: str = "",
    state: str = "",
    country: str = "",
) -> Segment:
    """Put a segment under its parent; without a parent it is the root, of which there is one.

    What is not given (time zone, country) comes from the parent. `timezone` is an IANA name.
    """
    if not _CODE.fullmatch(code):
        raise InvalidError("segment_code_invalid", field="code", value=code[:64])
    above = _parent(parent)
    segment = Segment(
        code=code,
        name=_named(name),
        parent=parent,
        path=(*above.path, code) if above else (code,),
        timezone=_zone(timezone or (above.timezone if above else "")),
        address=address,
        city=city,
        state=state,
        country=country or (above.country if above else "BR"),
    )
    stored = _created(segment)
    _listed.cache_clear()
    return stored


def get(code: str) -> Segment:
    """Return the segment with this code; NotFoundError when there is none."""
    return table.load(Segment, Segment.at(code))


def all() -> tuple[Segment, ...]:  # noqa: A001 - `segments.all()` is what it says at every call
    """Return every segment, a parent before its children and a subtree in one piece. Up to 60 seconds old."""
    return tuple(by_code().values())


def by_code() -> Mapping[str, Segment]:
    """Return every segment under its code, in the order of `all()` and as old."""
    return _listed(clock.epoch() // _FRESH_SECONDS)


def subtree(code: str) -> tuple[Segment, ...]:
    """Return a segment and all below it, in the order of `all()`."""
    prefix = "/".join(get(code).path) + "/"
    return table.query(Segment, "segments", index="g1", prefix=prefix).items


def rename(code: str, name: str) -> Segment:
    """Give a segment another name. Its code, and so everything joined to it, stays."""
    renamed = table.save(get(code).changed(name=_named(name)))
    _listed.cache_clear()
    return renamed


@lru_cache(maxsize=1)
def _listed(minute: int) -> Mapping[str, Segment]:  # noqa: ARG001 - the minute is the age of the list
    return {segment.code: segment for segment in table.query(Segment, "segments", index="g1").items}


def _parent(code: str | None) -> Segment | None:
    if code is None:
        return None
    found = table.find(Segment, Segment.at(code), consistent=True)
    if found is None:
        raise InvalidError("segment_parent_unknown", field="parent", value=code[:64])
    return found


def _created(segment: Segment) -> Segment:
    if segment.parent is not None:
        return table.create(segment)
    try:
        table.transact(table.Create(segment), table.Create(Root(segment=segment.code)))
    except table.CancelledError as error:
        raise ConflictError("segment_root_exists", field="parent") from error
    return segment.changed(rev=1)


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 200:  # noqa: PLR2004 - a name, not a text
        raise InvalidError("segment_name_invalid", field="name")
    return name


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as "America"
        raise InvalidError("timezone_unknown", field="timezone", value=name[:64]) from error
