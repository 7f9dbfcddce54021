"""Whom a deployment addresses: its audience, cut into parts that are planned apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol, TypeVar

from escuta.directory import contacts, drops, products, segments
from escuta.directory.model import Contact, Product, Segment, Transaction
from escuta.outreach import pieces, rules
from escuta.outreach.model import AudienceKind, Deployment

PAGE = 100  # people of a page


class Sought(NamedTuple):
    """Somebody who is to be asked, and about which visit ("" : about none in particular)."""

    contact: str
    transaction: str = ""
    language: str = ""  # "": the person's own
    after: timedelta = timedelta()  # how long from now the message goes out, where visits are told one by one


class Subject(Protocol):
    """A person, and the visit that this is about."""

    @property
    def contact(self) -> Contact:
        """Return who it is."""

    @property
    def visit(self) -> Transaction | None:
        """Return the visit; None: about none in particular."""

    @property
    def segment(self) -> Segment:
        """Return where it was."""


S = TypeVar("S", bound=Subject)


class Reached(NamedTuple):
    """A page of people, and where the part goes on ("" : it ends here)."""

    people: tuple[Sought, ...]
    cursor: str


def divide(deployment: Deployment) -> Deployment:
    """Return the deployment with its parts fixed, so that a later segment changes nothing of one that runs."""
    match deployment.audience:
        case AudienceKind.FILE:
            return deployment.changed(parts=drops.get(deployment.file, consistent=True).chunks)
        case AudienceKind.CONTACTS:
            return deployment.changed(parts=-(-len(deployment.contacts) // PAGE))
        case AudienceKind.TOLD:
            return deployment
        case AudienceKind.ALL:
            spread = tuple(segment.code for segment in segments.all())
        case AudienceKind.PRODUCTS if not deployment.segments:
            spread = tuple(segment.code for segment in segments.all())
        case AudienceKind.SEGMENTS | AudienceKind.PRODUCTS:
            found = (segment.code for root in deployment.segments for segment in segments.subtree(root))
            spread = tuple(dict.fromkeys(found))
    return deployment.changed(spread=spread, parts=len(spread))


def page(deployment: Deployment, part: int, cursor: str) -> Reached:
    """Return the next people of a part."""
    match deployment.audience:
        case AudienceKind.FILE:
            pairs = drops.people_of(deployment.file, part, deployment.route)
            return Reached(tuple(dict.fromkeys(Sought(*pair) for pair in pairs)), "")
        case AudienceKind.CONTACTS:
            return Reached(tuple(map(Sought, pieces.contacts(deployment, part * PAGE, PAGE))), "")
        case _:
            segment = pieces.segment(deployment, part)
            found = contacts.listing(segment, limit=PAGE, cursor=cursor or None)
            asked, known = _shelf(deployment, (contact.product for contact in found.items))
            path = _path(segment)
            people = (one for one in found.items if keeps(asked, one, None, path, known.get(one.product)))
            return Reached(tuple(Sought(contact.id) for contact in people), found.next or "")


def keeping(deployment: Deployment, subjects: Sequence[S]) -> list[S]:
    """Return those of these people who are of the audience: who has to do with its products, of whom its `where` holds.

    Decided on what is stored now, with one read of their products: the lists that `page` walks may be a moment behind.
    """
    asked, known = _shelf(deployment, map(_product, subjects))
    return [
        subject
        for subject in subjects
        if keeps(asked, subject.contact, subject.visit, subject.segment.path, known.get(_product(subject)))
    ]


def keeps(
    deployment: Deployment, contact: Contact, visit: Transaction | None, path: Sequence[str], product: Product | None
) -> bool:
    """Tell whether a person, about this visit, is of the audience. `product` is what the code is taken for. Pure."""
    if deployment.audience is AudienceKind.PRODUCTS and not _is_of(deployment, product):
        return False
    return rules.holds(deployment.where, rules.facts_of(contact, visit, path, product.group if product else ""))


def _is_of(deployment: Deployment, product: Product | None) -> bool:
    if product is None:
        return False
    groups = {group.casefold() for group in deployment.groups}
    return product.code in deployment.products or product.group.casefold() in groups - {""}


def _shelf(deployment: Deployment, codes: Iterable[str]) -> tuple[Deployment, Mapping[str, Product]]:
    """Return what these codes are taken for, and the deployment with what its own products are taken for by now.

    Nothing is read where neither audience nor conditions ask for products.
    """
    if deployment.audience is not AudienceKind.PRODUCTS and not any(one.field == "group" for one in deployment.where):
        return deployment, {}
    known = products.resolve(code for code in (*codes, *deployment.products) if code)
    return deployment.changed(products=tuple(known[code].code for code in deployment.products if code in known)), known


def _product(subject: Subject) -> str:
    return subject.visit.product if subject.visit else subject.contact.product


def _path(code: str) -> tuple[str, ...]:
    return (segments.by_code().get(code) or segments.get(code)).path
