"""What stands in an export: for each kind of thing its columns, and its rows a page at a time.

The titles are those that the intake understands, so that what was exported can be corrected and dropped again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from escuta import clock, i18n, table
from escuta.directory import contacts, custom_fields, segments
from escuta.directory.canonical import spelled
from escuta.directory.model import Contact, FieldType, Manager, Product, Segment, Transaction
from escuta.entity import Entity
from escuta.feedback.model import Export, ExportKind
from escuta.outreach import eligibility, invitations, subjects
from escuta.outreach.model import Invitation, InvitationState, Suppression

_PACKAGE = "escuta.feedback"
_PAGE = 500
_LOOKS = 40  # index partitions that one page may look into without finding anybody
_S = InvitationState
# in the order in which an invitation goes through them: one that moves on meanwhile is ahead, and is not passed over
_STATES = (
    *(_S.DEFERRED, _S.QUEUED, _S.CLAIMED, _S.UNKNOWN, _S.EXPORTED, _S.SENT, _S.DELIVERED, _S.BOUNCED, _S.REJECTED),
    *(_S.COMPLAINED, _S.COMPLETED, _S.SUPPRESSED, _S.CANCELLED, _S.EXPIRED),
)
_ANSWERABLE = frozenset(
    {_S.QUEUED, _S.CLAIMED, _S.UNKNOWN, _S.EXPORTED, _S.SENT, _S.DELIVERED, _S.BOUNCED, _S.REJECTED}
)
T = TypeVar("T", bound=Entity)
Cells = list[str]
Get = Callable[[Any], Any]


class Page(NamedTuple):
    """Some rows, and where the next ones begin; None: there are no more."""

    rows: list[Cells]
    next: str | None


class Linked(NamedTuple):
    """Whom a deployment asked, as known now, and how."""

    contact: Contact
    invitation: Invitation
    no: str = ""  # why the person does not want to be asked, as it stands now

    @property
    def state(self) -> InvitationState:
        """Return where the invitation is, one whose time is over too."""
        over = self.invitation.state in _ANSWERABLE and self.invitation.expires_at <= clock.now()
        return InvitationState.EXPIRED if over else self.invitation.state

    @property
    def link(self) -> str:
        """Return the link while it may be answered; "" for who is not to be asked, or was and has answered."""
        if self.no or self.invitation.revoked_at is not None or self.state not in _ANSWERABLE:
            return ""
        return invitations.link(self.invitation)

    @property
    def reason(self) -> str:
        """Return why nobody is asked: what the person said since goes before what was decided then."""
        return self.no or self.invitation.reason


class _Column(NamedTuple):
    """A column: the code of its title (or the title itself where it has no words), and what stands in it."""

    title: str
    get: Get
    worded: bool = True


def _plain(*fields: str) -> tuple[_Column, ...]:
    return tuple(_Column(field, attrgetter(field)) for field in fields)


def _whose(get: Get) -> Get:
    """Return what is told of the person who was asked."""
    return lambda linked: get(linked.contact)


_RETIRED = (_Column("retired", lambda thing: thing.retired_at is not None), *_plain("retired_at"))
_SEGMENT = (
    *_plain("code", "name", "parent", "external_reference", "address", "city", "state", "country", "postal_code"),
    *_plain("timezone"),
    *_RETIRED,
)
_MANAGER = (
    *_plain("name", "email", "phone", "language", "languages", "channels", "segments", "external_reference"),
    *_RETIRED,
)
_PRODUCT = (
    _Column("product", lambda product: product.code),
    _Column("product_name", lambda product: product.name),
    _Column("product_group", lambda product: product.group),
    _Column("merged_into", lambda product: product.merged_into),
)
_CONTACT = _plain(
    *("external_id", "name", "email", "phone", "language", "timezone", "segment", "product", "consent", "consent_at"),
    *("last_visit_at", "created_at", "updated_at"),
)
_TRANSACTION = _plain("reference", "occurred_at", "segment", "product", "amount", "currency", "contact", "created_at")
_SUPPRESSION = (
    _Column("address_hash", lambda entry: entry.address_hash),
    *_plain("channel"),
    _Column("reason", lambda entry: entry.told),
    _Column("survey", lambda entry: entry.scope),
    *_plain("created_at"),
)
_LINK = (
    _Column("contact", lambda linked: linked.contact.id),
    *(
        _Column(column.title, _whose(column.get))
        for column in _plain("external_id", "name", "email", "phone", "segment")
    ),
    *(_Column(name, attrgetter(f"invitation.{name}")) for name in ("language", "channel")),
    _Column("reference", lambda linked: linked.invitation.visit.get("reference")),
    *_plain("link", "state", "reason"),
    _Column("expires_at", attrgetter("invitation.expires_at")),
)
_FIXED: Mapping[ExportKind, tuple[_Column, ...]] = {
    ExportKind.MANAGERS: _MANAGER,
    ExportKind.PRODUCTS: _PRODUCT,
    ExportKind.SUPPRESSIONS: _SUPPRESSION,
}


def titles(export: Export) -> Cells:
    """Return the titles of the columns, in the language of the export."""
    return [
        i18n.say(_PACKAGE, export.language, f"export.{column.title}") if column.worded else column.title
        for column in _columns(export)
    ]


def page(export: Export) -> Page:
    """Return the rows that follow the export's cursor."""
    found = _READ[export.what](export)
    columns = _columns(export)
    return Page([[_text(column.get(thing)) for column in columns] for thing in found.items], found.next)


def _columns(export: Export) -> tuple[_Column, ...]:
    match export.what:
        case ExportKind.SEGMENTS:
            return (*_SEGMENT, *_attributes())
        case ExportKind.CONTACTS:
            return (*_CONTACT, *_customs("custom"))
        case ExportKind.TRANSACTIONS:
            return (*_TRANSACTION, *_customs("visit"))
        case ExportKind.LINKS:
            return (*_LINK, *(column._replace(get=_whose(column.get)) for column in _customs("custom")))
        case plain:
            return _FIXED[plain]


def _attributes() -> tuple[_Column, ...]:
    names = sorted({name for segment in segments.all() for name in segment.attributes})
    return tuple(_Column(f"attribute.{name}", _entry("attributes", name), worded=False) for name in names)


def _customs(prefix: str) -> tuple[_Column, ...]:
    """Return a column for each custom field that is defined, and one that holds all others as JSON."""
    known = custom_fields.all()
    names = sorted(known)
    defined = (
        _Column(f"{prefix}.{name}", _number(name) if known[name].type is FieldType.NUMBER else _entry("custom", name))
        for name in names
    )
    plain = tuple(column._replace(worded=False) for column in defined)
    return (*plain, _Column("other_fields", lambda thing: _others(thing.custom, names)))


def _entry(field: str, name: str) -> Get:
    return lambda thing: getattr(thing, field).get(name)


def _number(name: str) -> Get:
    """Write a number so that the intake reads it in one way: `1.234` might be a thousand, `1.2340` is none."""
    return lambda thing: spelled(thing.custom.get(name, ""), "")


def _others(custom: Mapping[str, str], names: Iterable[str]) -> str:
    others = {name: value for name, value in custom.items() if name not in set(names)}
    return json.dumps(others, ensure_ascii=False, sort_keys=True) if others else ""


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case tuple():
            return ", ".join(str(one) for one in value)
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _in_order(cls: type[T], pk: str) -> Callable[[Export], table.Page[T]]:
    def read(export: Export) -> table.Page[T]:
        return table.query(cls, pk, index="g1", limit=_PAGE, cursor=export.cursor or None)

    return read


def _segments(export: Export) -> table.Page[Segment]:
    """Return all segments at once: they are few, and kept in memory anyway."""
    return table.Page(tuple(_inside(export)))


def _managers(export: Export) -> table.Page[Manager]:
    found = _in_order(Manager, "managers")(export)
    if not export.segments:
        return found
    inside = {segment.code for segment in _inside(export)}
    seen = tuple(manager for manager in found.items if manager.segments and inside.issuperset(manager.segments))
    return table.Page(seen, found.next)


def _spread(cls: type[T], shards: Callable[[str], Sequence[str]]) -> Callable[[Export], table.Page[T]]:
    """Read what is kept for each segment, in the order of the hierarchy. The cursor is `{segment}|{its cursor}`."""

    def read(export: Export) -> table.Page[T]:
        code, _, within = export.cursor.partition("|")
        codes = [segment.code for segment in _inside(export)]
        start = codes.index(code) if code in codes else 0
        for place in codes[start : start + _LOOKS]:
            found = table.query_spread(cls, shards(place), index="g1", limit=_PAGE, cursor=within or None)
            following = codes[codes.index(place) + 1 : codes.index(place) + 2]
            onward = f"{place}|{found.next}" if found.next else f"{following[0]}|" if following else None
            if found.items or onward is None:
                return table.Page(found.items, onward)
            within = ""
        return table.Page((), f"{codes[start + _LOOKS]}|" if start + _LOOKS < len(codes) else None)

    return read


def _suppressions(export: Export) -> table.Page[Suppression]:
    return table.query_spread(Suppression, Suppression.shards(), index="g1", limit=_PAGE, cursor=export.cursor or None)


def _links(export: Export) -> table.Page[Linked]:
    """Return whom the deployment asked, state by state; the cursor is `{state}|{its cursor}`. Who was erased is nobody.

    Somebody who stands elsewhere by now belongs to whoever may see that place. Handing out a link is asking: of who has
    said no since, there is none.
    """
    name, _, cursor = export.cursor.partition("|")
    state = InvitationState(name) if name else _STATES[0]
    found = invitations.listing(export.deployment, state, limit=_PAGE, cursor=cursor or None)
    people = contacts.many({each.contact for each in found.items if each.contact})
    inside = {segment.code for segment in _inside(export)} if export.segments else None
    standing = subjects.refusing(tuple(people.values()), found.items[0].survey if found.items else "")
    linked = tuple(
        Linked(person, each, eligibility.refusal(standing[person.id], each.channel))
        for each in found.items
        if (person := people.get(each.contact)) and (inside is None or person.segment in inside)
    )
    following = _STATES[_STATES.index(state) + 1 :]
    onward = f"{state}|{found.next}" if found.next else f"{following[0]}|" if following else None
    return table.Page(linked, onward)


def _inside(export: Export) -> list[Segment]:
    roots = set(export.segments)
    return [segment for segment in segments.all() if not roots or roots.intersection(segment.path)]


_READ: Mapping[ExportKind, Callable[[Export], table.Page[Any]]] = {
    ExportKind.SEGMENTS: _segments,
    ExportKind.MANAGERS: _managers,
    ExportKind.PRODUCTS: _in_order(Product, "products"),
    ExportKind.CONTACTS: _spread(Contact, Contact.shards),
    ExportKind.TRANSACTIONS: _spread(Transaction, Transaction.shards),
    ExportKind.SUPPRESSIONS: _suppressions,
    ExportKind.LINKS: _links,
}
