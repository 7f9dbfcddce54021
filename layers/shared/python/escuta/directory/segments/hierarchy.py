"""The hierarchy of segments: one root, stores at the leaves. A code joins files, links and answers to it."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escuta import clock, table
from escuta.directory import shares
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
    share: Mapping[str, str] | None = None,
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
        share=_shared(share or {}, _hosts(above)),
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


def change(
    current: Segment,
    *,
    name: str | None = None,
    share: Mapping[str, str] | None = None,
    share_hosts: Iterable[str] | None = None,
) -> Segment:
    """Give a segment another name or other review links; its code, and so everything joined to it, stays.

    `share` replaces the segment's own links; of a network that it does not name, the nearest one above holds.
    `share_hosts` are the hosts to which links of `other` may lead, anywhere: they are kept at the root.
    """
    fields: dict[str, object] = {}
    if name is not None:
        fields["name"] = _named(name)
    if share_hosts is not None:
        fields["share_hosts"] = _listed_hosts(current, share_hosts)
    if share is not None:
        fields["share"] = _shared(share, _hosts(current.changed(**fields)))
    changed = table.save(current.changed(**fields))
    _listed.cache_clear()
    return changed


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


def _shared(links: Mapping[str, str], hosts: tuple[str, ...]) -> dict[str, str]:
    return {network: shares.check(network, url, hosts) for network, url in links.items()}


def _hosts(segment: Segment | None) -> tuple[str, ...]:
    """Return the hosts that the root allows beyond the known networks."""
    if segment is None:
        return ()
    return segment.share_hosts if segment.parent is None else get(segment.path[0]).share_hosts


def _listed_hosts(segment: Segment, hosts: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(shares.host(host) for host in hosts))
    if segment.parent is not None:
        raise InvalidError("share_hosts_root", field="share_hosts")
    if len(wanted) > shares.MOST_HOSTS:
        raise InvalidError("value_too_long", field="share_hosts", most=shares.MOST_HOSTS)
    return wanted
