"""Segments: the hierarchy as far as the caller may see it, and its changes."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from escuta.directory import access, segments
from escuta.directory.model import Segment, SegmentDraft, SegmentMove
from manage.asking import Asked, Created, Listing, Request, part

_INTERNAL = {"created_by", "updated_by"}


class SegmentListing(Listing):
    """Which segments are listed: all that the caller may see, or those below one; open or retired ones alone."""

    under: str = ""  # the code of a segment: it, and what is below it
    retired: bool | None = None


class TreeAsked(Asked):
    """Of what: all that the caller may see, or one segment with all below it; with the retired ones, or without."""

    under: str = ""
    retired: bool = False


class Retiring(Asked):
    """Whether what is below is retired, too."""

    cascade: bool = False


class SegmentPatch(Asked):
    """What can be changed; a field that is not sent stays.

    `parent` moves the segment with all below it. `attributes` are merged, and one that is null is removed. `share`
    replaces the segment's own links as a whole. `retired` closes a segment or opens it again; with `cascade` what is
    below it is closed too.
    """

    name: str = Field(default="", json_schema_extra={"maxLength": 200})
    parent: str = ""  # the code of another segment
    timezone: str = ""  # IANA, as `America/Sao_Paulo`
    address: str = Field(default="", json_schema_extra={"maxLength": 500})
    city: str = Field(default="", json_schema_extra={"maxLength": 200})
    state: str = Field(default="", json_schema_extra={"maxLength": 200})
    country: str = ""  # ISO 3166, two letters
    postal_code: str = Field(default="", json_schema_extra={"maxLength": 32})
    external_reference: str = Field(default="", json_schema_extra={"maxLength": 128})  # what other systems call it
    attributes: dict[str, str | None] = Field(default_factory=dict)
    share: dict[str, str] = Field(default_factory=dict)
    share_hosts: tuple[str, ...] = ()
    retired: bool = False
    cascade: bool = False


def _shown(segment: Segment) -> dict[str, Any]:
    return segment.model_dump(mode="json", exclude=_INTERNAL)


def _place(segment: Segment) -> str:
    return "/".join(segment.path) + "/"


def listing(request: Request) -> dict[str, Any]:
    """Return segments in the order of the hierarchy, a parent before what is below it.

    A caller bound to segments sees their subtrees alone.
    """
    asked = request.query(SegmentListing)
    below = request.segment(asked.under).path if asked.under else ()
    seen = [
        segment
        for segment in segments.all()
        if segment.path[: len(below)] == below
        and asked.retired in {None, segment.retired_at is not None}
        and access.may_see(request.caller, segment.path)
    ]
    return request.page(part(seen, _place, asked.limit, request.cursor(asked)), _shown)


def tree(request: Request) -> dict[str, Any]:
    """Return the hierarchy in one answer, as a tree is drawn: a parent before its children, with how deep it stands.

    `children` are those that stand right below, in order. A caller bound to segments gets their subtrees, each with
    its top at depth 0. Retired segments are left out, with all below them, unless they are asked for.
    """
    asked = request.query(TreeAsked)
    top = request.segment(asked.under).path if asked.under else ()
    seen = {
        segment.code: segment
        for segment in segments.all()
        if segment.path[: len(top)] == top
        and (asked.retired or segment.retired_at is None)
        and access.may_see(request.caller, segment.path)
    }
    children: dict[str, list[str]] = {code: [] for code in seen}
    for segment in seen.values():
        children.get(segment.parent or "", []).append(segment.code)
    return {"items": [_drawn(segment, seen, children[segment.code]) for segment in seen.values()]}


def _drawn(segment: Segment, seen: Mapping[str, Segment], children: list[str]) -> dict[str, Any]:
    above = [code for code in segment.path[:-1] if code in seen]
    return {
        "code": segment.code,
        "name": segment.name,
        "parent": above[-1] if above else None,
        "depth": len(above),
        "children": children,
        "retired": segment.retired_at is not None,
        "networks": sorted(segment.share),
    }


def create(request: Request) -> Created:
    """Put a segment under a parent that the caller may see; the first one, without a parent, is the organisation.

    `code` is what files and links name it by, for good: lower-case letters, digits, `.`, `_`, `-`. Time zone and
    country are the parent's where nothing is said. A code that there is already is refused (409 `segment_exists`).
    """
    asked = request.body(SegmentDraft)
    if asked.parent is None:
        request.everywhere()
    else:
        request.segment(asked.parent)
    with request.making():
        made = segments.create(**dict(asked))
    return Created(_shown(made), f"segments/{made.code}")


def change(request: Request, segment: str) -> dict[str, Any]:
    """Change a segment, move it, retire it or open it again; what is not sent stays.

    Answers keep the place where they were given; figures can be asked for by either. Moving below itself, below a
    retired segment, or moving the root is refused, and so is retiring one that has open ones below it without `cascade`
    (409 `segment_has_children`). Nobody moves or retires what the own rights are bound to.
    """
    asked = request.body(SegmentPatch)
    found = request.segment(segment)
    if "share_hosts" in asked.model_fields_set:
        request.everywhere()
    if "parent" in asked.model_fields_set:
        _check_move(request, found, asked.parent)
    if "retired" in asked.model_fields_set and found.code in request.caller.segments:
        request.everywhere()
    request.match(found)
    _check_retired(found, asked)
    return _shown(_retired(_changed(request, found, asked), asked))


def delete(request: Request, segment: str) -> dict[str, Any]:
    """Retire a segment: it stays readable for ever, with all that was answered there, and nothing new begins there.

    With `cascade` what is below it is retired, too; without, a segment that has open ones below it is refused (409
    `segment_has_children`). The root stays. `PATCH` with `"retired": false` opens it again.
    """
    asked = request.query(Retiring)
    found = request.segment(segment)
    if found.code in request.caller.segments:
        request.everywhere()
    request.match(found)
    return _shown(segments.retire(found, cascade=asked.cascade))


def get(request: Request, segment: str) -> dict[str, Any]:
    """Return one segment."""
    request.query(Asked)
    return _shown(request.segment(segment))


def moves(request: Request, segment: str) -> dict[str, Any]:
    """Return where a segment stood before, the newest move first."""
    asked = request.query(Listing)
    place = request.segment(segment).code
    return request.page(segments.moves(place, limit=asked.limit, cursor=request.cursor(asked)), _told)


def _told(move: SegmentMove) -> dict[str, Any]:
    return move.model_dump(mode="json", exclude={"rev", "segment"})


def _check_move(request: Request, found: Segment, parent: str) -> None:
    """Let a caller bound to a subtree move inside of it, and never what the binding itself names."""
    request.segment(parent)
    if found.code in request.caller.segments:
        request.everywhere()


def _check_retired(found: Segment, asked: SegmentPatch) -> None:
    """Refuse what `_retired` would refuse, before anything else is changed."""
    if "retired" not in asked.model_fields_set or found.moving_from:
        return
    if asked.retired and found.retired_at is None:
        segments.check_retire(found, cascade=asked.cascade)
    elif not asked.retired and found.retired_at is not None:
        segments.check_restore(asked.parent or found.parent)


def _changed(request: Request, found: Segment, asked: SegmentPatch) -> Segment:
    given = asked.model_fields_set - {"parent", "retired", "cascade"}
    fields = {name: getattr(asked, name) for name in given}
    if "parent" in asked.model_fields_set or found.moving_from:
        return segments.move(found, asked.parent or found.parent or "", who=request.caller.name, **fields)
    return segments.change(found, **fields) if fields else found


def _retired(found: Segment, asked: SegmentPatch) -> Segment:
    if "retired" not in asked.model_fields_set:
        return found
    return segments.retire(found, cascade=asked.cascade) if asked.retired else segments.restore(found)
