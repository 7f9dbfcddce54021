"""Visits and purchases: each is one thing, however often and by whatever file it is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from escuta import clock, ids
from escuta.directory.merging import Merged, Said, custom_fields, joined, merge, moment, placed
from escuta.directory.model import Segment, Transaction

_FIELDS = ("segment", "product", "amount", "currency", "occurred_at")
_by_reference = ids.family("transaction", "reference")


def identity(said: Mapping[str, Any], visit: Mapping[str, Any]) -> str:
    """Return the id of the visit of a row: by its reference, else by where, when and what was bought.

    "" when the row has neither reference nor time: then it tells of no visit.
    """
    if reference := visit.get("reference"):
        return _by_reference(reference)
    if not (occurred := visit.get("occurred_at")):
        return ""
    return ids.derive("transaction", said["segment"], moment(occurred), said.get("product", ""))


def said_of(said: Mapping[str, Any], visit: Mapping[str, Any], *, content: str, row: int, when: str) -> Said:
    """Return what a row says about its visit."""
    both = {**said, **visit}
    fields = {field: value for field in _FIELDS if (value := both.get(field))}
    if custom := visit.get("custom"):
        fields |= custom_fields(custom)
    return Said(content, row, placed(when, content, row), fields)


def added_up(
    at: tuple[str, str],
    reference: str,
    known: Transaction | None,
    said: Sequence[Said],
    *,
    came: datetime,
    segments: Mapping[str, Segment],
) -> tuple[Transaction | None, Merged]:
    """Return the visit after all of this was said, None when it leaves everything as it is; and whose rows it was.

    `at` is the person and the visit. A visit of which nobody said when it was is taken for one of the moment in which
    the first file came that tells of it. Its place in the hierarchy is the one of the moment in which it was taken in.
    """
    before: dict[str, Any] = {}
    if known is not None:
        before = {name: getattr(known, name) for name in _FIELDS} | custom_fields(known.custom)
    found = merge(before, known.marks if known else {}, said)
    if "occurred_at" not in found.holders and (known is None or came < known.occurred_at):
        found.values["occurred_at"] = came
    elif not found.raised:
        return None, found
    fields = found.fields()
    if known is None or fields["segment"] != known.segment:
        fields["segment_path"] = segments[fields["segment"]].path
    now, source = clock.now(), said[0].source
    changed = joined(known.updated_by if known else "", said[0].content, found.changed) if found.changed else None
    if known is not None:
        if changed is not None:
            fields |= {"updated_at": now, "updated_by": changed}
        return known.changed(**fields), found
    contact, transaction = at
    fields |= {"id": transaction, "contact": contact, "reference": reference}
    fields |= {"created_at": now, "updated_at": now, "created_by": source, "updated_by": changed or source}
    return Transaction.model_validate(fields), found
