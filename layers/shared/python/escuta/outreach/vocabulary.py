"""The merge fields of messages: which there are, and where each may stand."""

import keyword
from collections.abc import Iterable

from escuta.directory import custom_fields, folders, segments
from escuta.outreach.markup import LINKS, MADE_HERE

PERSON = ("first_name", "name", "contact.first_name", "contact.name")
VISIT = ("visit.reference", "visit.date", "visit.amount", "visit.currency")
SEGMENT = ("code", "name", "address", "city", "state", "country", "postal_code")
PRODUCT = ("product", "product.code", "product.name", "product.group")
MANAGER = ("manager.name", "manager.first_name")
WORDS = frozenset(
    {*PERSON, *VISIT, "store", *(f"segment.{name}" for name in SEGMENT), *PRODUCT, *MANAGER, "organisation", "question"}
)
ORDER = (  # as they are listed
    *PERSON,
    *VISIT,
    "store",
    *(f"segment.{name}" for name in SEGMENT),
    *PRODUCT,
    *MANAGER,
    "organisation",
    "question",
    "link",
    "unsubscribe",
    "scale",
)
TEXTS = WORDS | LINKS | MADE_HERE  # of a mail; its subject has the words alone, an SMS no scale
_ATTRIBUTE, _CUSTOM = "segment.", "custom."


def attributes() -> frozenset[str]:
    """Return the fields of the segments' own attributes, as `segment.format`. Up to 60 seconds old."""
    names = {name for segment in segments.all() for name in segment.attributes}
    return _fields(_ATTRIBUTE, names) - WORDS


def custom() -> frozenset[str]:
    """Return the custom fields that are defined, or that a folder makes of a column, as `custom.plan`."""
    found = {definition.name for definition in custom_fields.listing()}
    columns = {target for folder in folders.listing(limit=1_000).items for target in folder.mapping.values()}
    return _fields(_CUSTOM, found) | {target for target in columns if target.startswith(_CUSTOM)}


def parts(name: str) -> list[str]:
    """Return the parts of a template in which a field may stand."""
    if name in MADE_HERE:
        return ["html", "text"]
    return ["html", "text", "sms"] if name in LINKS else ["subject", "html", "text", "sms"]


def _fields(group: str, names: Iterable[str]) -> frozenset[str]:
    """Return those that can be named in a template."""
    return frozenset(group + name for name in names if name.isidentifier() and not keyword.iskeyword(name))
