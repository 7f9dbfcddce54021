"""The hierarchy of segments: one root, stores at the leaves. A code joins files, links and answers to it."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escuta import clock, table
from escuta.directory import lines, shares
from escuta.directory.model import Root, Segment, SegmentDraft
from escuta.errors import ConflictError, InvalidError

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_FRESH_SECONDS = 60
_TRIES = 5
_LIMITS = {"name": 200, "address": 500, "city": 200, "state": 200, "postal_code": 32, "external_reference": 128}
MOST_PATH = 900  # characters of all codes of a path: it is part of a sort key, which holds 1,024 bytes
MOST_ATTRIBUTES = 50
LONGEST_ATTRIBUTE = 500


def create(code: str, name: str, parent: str | None = None, timezone: str = "", **fields: Any) -> Segment:
    """Put a segment under its parent; without a parent it is the root, of which there is one.

    What is not given (time zone, country) comes from the parent. `timezone` is an IANA name; the other fields are
    those of a SegmentDraft.
    """
    check_code(code)
    draft = SegmentDraft.model_validate(
        {**fields, "code": code, "name": name.strip(), "parent": parent, "timezone": timezone}
    )
    for _ in range(_TRIES):
        above = parent_of(draft.parent)
        segment = placed(draft, above)
        if segment.share:
            segment = segment.changed(share=_shared(segment.share, _hosts(above)))
        if _created(segment, above):
            _listed.cache_clear()
            return segment.changed(rev=1)
    raise ConflictError("stale")


def check_code(code: str) -> None:
    """Refuse a code that cannot stand in links, keys and files."""
    if not _CODE.fullmatch(code):
        raise InvalidError("segment_code_invalid", field="code", value=code[:64])


def placed(draft: SegmentDraft, above: Segment | None) -> Segment:
    """Return the segment that a draft becomes under its parent, checked but for its links and for who moves there."""
    if above is not None and above.retired_at is not None:
        raise ConflictError("segment_parent_retired", field="parent", value=above.code)
    inherited = {
        "timezone": draft.timezone or (above.timezone if above else ""),
        "country": draft.country or (above.country if above else "BR"),
    }
    path = (*above.path, draft.code) if above else (draft.code,)
    return checked(Segment.model_validate({**dict(draft), **inherited, "path": path}))


def checked(segment: Segment) -> Segment:
    """Return the segment with its values as they are kept; InvalidError names the field that cannot be."""
    segment = segment.changed(**{field: lines.one(getattr(segment, field)) for field in _LIMITS})
    if not segment.name or len(segment.name) > _LIMITS["name"]:
        raise InvalidError("segment_name_invalid", field="name")
    for field, most in _LIMITS.items():
        if len(getattr(segment, field)) > most:
            raise InvalidError("too_long", field=field, most=most)
    if len("/".join(segment.path)) > MOST_PATH:
        raise InvalidError("segment_path_long", field="parent", most=MOST_PATH)
    country = segment.country.upper()
    if not _COUNTRY.fullmatch(country):
        raise InvalidError("country_unknown", field="country", value=segment.country[:64])
    _check_attributes(segment.attributes)
    return segment.changed(timezone=zone(segment.timezone), country=country)


def get(code: str) -> Segment:
    """Return the segment with this code; NotFoundError when there is none."""
    return table.load(Segment, Segment.at(code))


def live(code: str) -> Segment:
    """Return the segment with this code if something new may begin there; ConflictError when it was retired."""
    found = get(code)
    if found.retired_at is not None:
        raise ConflictError("segment_retired", field="segment", value=code)
    return found


def now(codes: Iterable[str]) -> dict[str, Segment]:
    """Return those of these segments that there are, by code, as they are at this moment."""
    found = table.find_many(Segment, (Segment.at(code) for code in codes), consistent=True)
    return {segment.code: segment for segment in found.values()}


def as_is(code: str) -> tuple[str, ...]:
    """Return the path on which a segment stands now; what was answered or sent before keeps the path as it was.

    () for a code that there is not. Up to 60 seconds old.
    """
    found = by_code().get(code)
    return found.path if found else ()


def all() -> tuple[Segment, ...]:  # noqa: A001 - `segments.all()` is what it says at every call
    """Return every segment, a parent before its children and a subtree in one piece. Up to 60 seconds old."""
    return tuple(by_code().values())


def by_code() -> Mapping[str, Segment]:
    """Return every segment under its code, retired ones too, in the order of `all()` and as old."""
    return _listed(clock.epoch() // _FRESH_SECONDS)


def subtree(code: str) -> tuple[Segment, ...]:
    """Return a segment and all below it, in the order of `all()`."""
    return below(get(code).path)


def below(path: tuple[str, ...]) -> tuple[Segment, ...]:
    """Return what stands on a path or under it, in the order of `all()`."""
    return table.query(Segment, "segments", index="g1", prefix="/".join(path) + "/").items


def change(current: Segment, **fields: Any) -> Segment:
    """Change what is given of a segment; its code and place, and so everything joined to it, stay.

    `attributes` are merged into those there are, and one that is None is removed. `share` replaces the segment's own
    links; of a network that it does not name, the nearest one above holds. `share_hosts` are the hosts to which links
    of `other` may lead, anywhere: they are kept at the root.
    """
    changed = table.save(altered(current, **fields))
    _listed.cache_clear()
    return changed


def altered(current: Segment, **fields: Any) -> Segment:
    """Return the segment as `change` would store it."""
    if "attributes" in fields:
        fields["attributes"] = merged(current.attributes, fields["attributes"])
    if "share_hosts" in fields:
        fields["share_hosts"] = _listed_hosts(current, fields["share_hosts"])
    if "share" in fields:
        fields["share"] = _shared(fields["share"], _hosts(current.changed(**fields)))
    return checked(current.changed(**{"updated_by": "", **fields}))


def merged(attributes: Mapping[str, str], said: Mapping[str, str | None]) -> dict[str, str]:
    """Return the attributes with what is said of them put in; one that is None goes."""
    return {name: value for name, value in {**attributes, **said}.items() if value is not None}


def forget() -> None:
    """Read the hierarchy anew at the next look: something of it was written."""
    _listed.cache_clear()


@lru_cache(maxsize=1)
def _listed(minute: int) -> Mapping[str, Segment]:  # noqa: ARG001 - the minute is the age of the list
    return {segment.code: segment for segment in table.query(Segment, "segments", index="g1").items}


def parent_of(code: str | None) -> Segment | None:
    """Return the segment under which something is to stand, as it is now: known, and not on the move."""
    if code is None:
        return None
    found = table.find(Segment, Segment.at(code), consistent=True)
    if found is None:
        raise InvalidError("segment_parent_unknown", field="parent", value=code[:64])
    refuse_moving(found.path)
    return found


def refuse_moving(path: Iterable[str]) -> None:
    """Refuse to build on a path of which some segment is still being moved: ConflictError names it."""
    found = table.find_many(Segment, (Segment.at(code) for code in path), consistent=True)
    for segment in found.values():
        if segment.moving_from:
            raise ConflictError("segment_moving", value=segment.code)


def _created(segment: Segment, above: Segment | None) -> bool:
    """Store a new segment; False when its parent changed at this very moment."""
    guard = table.Unchanged(above) if above else table.Create(Root(segment=segment.code))
    try:
        table.transact(table.Create(segment), guard)
    except table.CancelledError as error:
        if above is None:
            raise ConflictError("segment_root_exists", field="parent") from error
        if any(isinstance(refused.action, table.Create) for refused in error.refused):
            raise ConflictError("segment_exists") from error
        return False
    return True


def zone(name: str) -> str:
    """Return the name of a time zone as IANA writes it; InvalidError when there is none."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as "America"
        raise InvalidError("timezone_unknown", field="timezone", value=name[:64]) from error


def _check_attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise InvalidError("too_many", field="attributes", most=MOST_ATTRIBUTES)
    for name, value in attributes.items():
        if not name.strip() or max(len(name), len(value)) > LONGEST_ATTRIBUTE:
            raise InvalidError("too_long", field=f"attributes.{name[:64]}", most=LONGEST_ATTRIBUTE)


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
