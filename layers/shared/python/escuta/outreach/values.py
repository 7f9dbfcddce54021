"""What the merge fields say of one invited person: those alone that a message uses, and no read for each of them."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from escuta import clock, i18n
from escuta.config import settings
from escuta.directory import managers, products, segments
from escuta.directory.model import Manager, Product, Segment
from escuta.outreach import vocabulary
from escuta.outreach.model import Invitation

_FRESH_SECONDS = 60
_SIGNS = {"BRL": "R$", "USD": "US$", "EUR": "€", "GBP": "£", "MXN": "MX$", "ARS": "AR$", "CLP": "CLP$", "COP": "COL$"}
_WHOLE = frozenset({"CLP", "COP", "JPY", "KRW", "PYG"})  # currencies whose amounts have no cents


def of(invitation: Invitation, language: str, used: Collection[str]) -> dict[str, str]:
    """Return what these fields say; what is not known is not there, or empty."""
    groups = {name.partition(".")[0] for name in used}
    found = {
        name: value for group in groups if (made := _GROUPS.get(group)) for name, value in made(invitation, language)
    }
    return {
        **{f"custom.{name}": value for name, value in invitation.custom.items()},
        **found,
        "first_name": invitation.first_name,
        "name": invitation.name,
        "organisation": settings().organisation,
    }


def manager(invitation: Invitation) -> Manager | None:
    """Return who answers for the place that an invitation speaks of. Up to 60 seconds old."""
    return managers.nearest(invitation.segment_path)


Said = list[tuple[str, str]]


def _contact(invitation: Invitation, _language: str) -> Said:
    return [("contact.first_name", invitation.first_name), ("contact.name", invitation.name)]


def _store(invitation: Invitation, _language: str) -> Said:
    segment = segments.by_code().get(invitation.segment)
    return [("store", segment.name if segment else "")]


def _segment(invitation: Invitation, _language: str) -> Said:
    segment: Segment | None = segments.by_code().get(invitation.segment)
    if segment is None:
        return []
    own = [(f"segment.{name}", value) for name, value in segment.attributes.items()]
    return own + [(f"segment.{name}", str(getattr(segment, name))) for name in vocabulary.SEGMENT]


def _product(invitation: Invitation, _language: str) -> Said:
    product = _named(invitation.product, clock.epoch() // _FRESH_SECONDS)
    if product is None:
        return [("product", invitation.product), ("product.code", invitation.product)]
    own = [("product", product.name), ("product.code", product.code)]
    return [*own, ("product.name", product.name), ("product.group", product.group)]


@lru_cache(maxsize=2048)
def _named(code: str, _minute: int) -> Product | None:
    return products.named(code)


def _manager(invitation: Invitation, _language: str) -> Said:
    found = manager(invitation)
    if found is None:
        return []
    return [("manager.name", found.name), ("manager.first_name", found.name.partition(" ")[0])]


def _visit(invitation: Invitation, language: str) -> Said:
    visit = invitation.visit
    amount, currency = visit.get("amount", ""), visit.get("currency", "")
    return [
        ("visit.reference", visit.get("reference", "")),
        ("visit.date", day(visit.get("date", ""), language, invitation.zone or invitation.timezone)),
        ("visit.amount", money(amount, currency, language)),
        ("visit.currency", currency),
    ]


_GROUPS: Mapping[str, Callable[[Invitation, str], Said]] = {
    "contact": _contact,
    "store": _store,
    "segment": _segment,
    "product": _product,
    "manager": _manager,
    "visit": _visit,
}


def day(text: str, language: str, timezone: str) -> str:
    """Return a stored instant or date as the person writes it, on the person's calendar; "" for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if moment.tzinfo is None:  # a date, which is the same everywhere
        return _written(moment.date(), language)
    return i18n.day(moment, language, timezone)


def _written(value: date, language: str) -> str:
    return value.strftime("%d %b %Y" if language == "en" else "%d/%m/%Y")


def money(amount: str, currency: str, language: str) -> str:
    """Return a stored amount as the person writes it, with the sign of its currency: `R$ 1.299,90`."""
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return ""
    if not number.is_finite():
        return ""
    text = i18n.number(number, language, 0 if currency in _WHOLE else 2)
    return f"{_SIGNS.get(currency, currency)} {text}" if currency else text
