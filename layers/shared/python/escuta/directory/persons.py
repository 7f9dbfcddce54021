"""What a row says of its person, and how everything that was said of somebody adds up.

The rule is that of `merging`: the newer file holds, in one file the earlier row; an empty cell says nothing; custom
fields are told apart. The segment and the product are those of the latest visit, the consent is the latest one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from escuta import clock
from escuta.directory.merging import Merged, Said, custom_fields, joined, merge, moment, placed
from escuta.directory.model import Contact

_FIELDS = ("external_id", "name", "email", "phone", "language", "timezone", "consent")
_STORED = ("last_visit_at", "consent_at", "consent_source", "segment", "product", *_FIELDS)


def said_of(
    said: Mapping[str, Any],
    visit: Mapping[str, Any] | None,
    *,
    content: str,
    row: int,
    when: str,
    told: str,
    told_at: datetime,
) -> Said:
    """Return what a row says about its person. `told` names the row to whoever asks where a consent came from."""
    fields = {field: value for field in _FIELDS if (value := said.get(field))}
    if segment := said.get("segment"):
        fields["segment"] = segment
    if custom := said.get("custom"):
        fields |= custom_fields(custom)
    times: dict[str, str] = {}
    visited = visit.get("occurred_at") if visit else None
    if visited:
        fields["product"] = said.get("product", "")  # a visit without a product leaves none of the visit before
        times["segment"] = times["product"] = moment(visited)
    elif said.get("product"):
        fields["product"] = said["product"]
    if "consent" not in fields:
        return Said(content, row, placed(when, content, row), fields, times)
    given = said.get("consent_at") or told_at
    times["consent"] = moment(given)
    return Said(content, row, placed(when, content, row), fields, times, {"consent_at": given, "consent_source": told})


def added_up(
    contact: str, known: Contact | None, said: Sequence[Said], visits: Iterable[Mapping[str, Any] | None] = ()
) -> tuple[Contact | None, Merged]:
    """Return the person after all of this was said, None when it leaves everything as it is; and whose rows it was."""
    before: dict[str, Any] = {}
    if known is not None:
        before = {name: getattr(known, name) for name in _STORED} | custom_fields(known.custom)
    found = merge(before, known.marks if known else {}, said)
    latest = [visit["occurred_at"] for visit in visits if visit and visit.get("occurred_at")]
    if latest and (known is None or known.last_visit_at is None or known.last_visit_at < max(latest)):
        found.values["last_visit_at"] = max(latest)
    elif not found.raised:
        return None, found
    now, content = clock.now(), said[0].content
    fields = found.fields()
    changed = joined(known.updated_by if known else "", content, found.changed) if found.changed else None
    if known is None:
        source = said[0].source
        made = {"id": contact, "created_at": now, "updated_at": now, "created_by": source}
        return Contact.model_validate({**fields, **made, "updated_by": changed or source}), found
    if changed is not None:
        fields |= {"updated_at": now, "updated_by": changed}
    return known.changed(**fields), found
