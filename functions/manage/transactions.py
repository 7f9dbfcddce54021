"""Transactions: visits and purchases of people, told one by one or a hundred together."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import to_json

from escuta import clock
from escuta.directory import contacts, values
from escuta.errors import ConflictError, EscutaError, ForbiddenError, InvalidError, NotFoundError
from manage import people, problems
from manage.asking import Asked, Moment, Request, language_of
from manage.people import Line, Mark, NewPerson
from manage.problems import FaultyError

MOST = 100
_REFUSALS = (ConflictError, ForbiddenError, InvalidError, NotFoundError)


class NewTransaction(Asked):
    """A visit, known by its reference or its time, and whose it was: a person as of `POST /v1/contacts`, or an id."""

    contact: NewPerson | None = None
    contact_id: Mark = ""
    segment: Line
    reference: Mark = ""
    occurred_at: Moment | None = None
    product: Mark = ""
    amount: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    currency: Line = ""
    custom: dict[str, Any] = Field(default_factory=dict, max_length=200)


class NewTransactions(Asked):
    """Visits, each of which is taken in or refused for itself."""

    items: list[dict[str, Any]] = Field(min_length=1, max_length=MOST)


def create(request: Request) -> dict[str, Any]:
    """Take in visits, in their order, and say of each what became of it. Told again, a visit changes nothing."""
    asked = request.body(NewTransactions)
    return {"items": [_result(request, number, item) for number, item in enumerate(asked.items)]}


def _result(request: Request, number: int, item: dict[str, Any]) -> dict[str, Any]:
    """Take in one visit; what is wrong with it stops none of the others."""
    try:
        return {"item": number, **_taken(request, _read(item)), "problem": None}
    except _REFUSALS as error:
        return {"item": number, "outcome": "refused", "problem": _problem(request, error)}


def _read(item: dict[str, Any]) -> NewTransaction:
    try:
        return NewTransaction.model_validate_json(to_json(item), strict=True)
    except ValidationError as error:
        raise FaultyError(error, NewTransaction) from error


def _taken(request: Request, asked: NewTransaction) -> dict[str, Any]:
    _check(asked)
    code = asked.segment.lower()
    said = people.told(asked.contact, code) if asked.contact else {}
    if request.caller.segments:
        request.segment(code)
        said = _within(request, said, asked.contact_id)
    said |= {"segment": code, **({"product": asked.product} if asked.product else {})}
    taken = contacts.take(said, _visit(asked), request.caller.id, contact=asked.contact_id)
    outcome = people.OUTCOMES[taken.outcome]
    return {
        "outcome": outcome,
        "contact": taken.contact.id,
        "transaction": taken.transaction.id if taken.transaction else "",
    }


def _check(asked: NewTransaction) -> None:
    if (asked.contact is None) == (not asked.contact_id):
        raise InvalidError("transaction_whose", field="contact")
    if asked.contact and asked.contact.segment:
        raise InvalidError("transaction_segment", field="contact.segment")
    if not asked.reference and asked.occurred_at is None:
        raise InvalidError("transaction_unnamed", field="reference")
    if asked.occurred_at and asked.occurred_at > clock.now() + people.SKEW:
        raise InvalidError("transaction_future", field="occurred_at")


def _within(request: Request, said: dict[str, Any], contact: str) -> dict[str, Any]:
    """Return what a caller bound to some segments may say: of somebody from elsewhere only who it is."""
    marks = {name: said.get(name, "") for name in ("external_id", "email", "phone")}
    who = contact or contacts.identity(**marks)
    known = contacts.many([who] if who else [], consistent=True).get(who)
    if known is None or people.may_see(request, known):
        return said
    if contact:
        raise NotFoundError("contact_not_found")
    name = next(name for name, mark in marks.items() if mark)
    return {name: marks[name]}


def _visit(asked: NewTransaction) -> dict[str, Any]:
    """Return the visit as `contacts.take` reads it: what was not said is not there."""
    visit = {
        "reference": asked.reference,
        "occurred_at": asked.occurred_at.astimezone(UTC) if asked.occurred_at else None,
        "amount": _amount(asked.amount),
        "currency": people.read("currency", asked.currency, values.currency) if asked.currency else "",
        "custom": {name: text for name, text in people.custom_of(asked.custom).items() if text},
    }
    return {name: value for name, value in visit.items() if value}


def _amount(amount: Decimal | None) -> str:
    """Return an amount as `129.90`: with at least two places."""
    if amount is None:
        return ""
    return f"{amount:.{max(-int(amount.as_tuple().exponent), 2)}f}"


def _problem(request: Request, error: EscutaError) -> dict[str, Any]:
    language = language_of(request.event, request.caller)
    return problems.problem(error, language, request.event["requestContext"].get("requestId", "")).body
