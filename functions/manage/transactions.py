"""Transactions: visits and purchases of people, a thousand in one call; who was there is asked about it on request."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import to_json

from escuta import clock, ids, table
from escuta.directory import access, contacts, replies, taking, values, visits
from escuta.directory.model import Scope, Segment, Transaction
from escuta.directory.taking import Call, Taken, Told
from escuta.entity import Key, Moment
from escuta.errors import EscutaError, InvalidError, NotFoundError
from manage import people, problems
from manage.asking import Asked, Request, ToldAs, language_of
from manage.inviting import REFUSALS, Desk, Invite, Manner, Outcome
from manage.people import Line, Mark, NewPerson
from manage.problems import FaultyError

MOST = 1000
_MARKS = ("external_id", "email", "phone")
S = TypeVar("S")
T = TypeVar("T")


class NewTransaction(Asked):
    """A visit, known by its reference or its time, and whose it was: a person as of `POST /v1/contacts`, or an id."""

    contact: NewPerson | None = None
    contact_id: Mark = ""  # of a person who is known, in place of `contact`
    segment: Line  # its code
    reference: Mark = ""  # number of the order or receipt: the visit is known by it
    occurred_at: Moment | None = None  # not in the future; needed without a `reference`
    product: Mark = ""  # its code
    amount: Decimal | None = Field(default=None, max_digits=18, decimal_places=6)
    currency: Line = ""  # ISO 4217
    custom: dict[str, Any] = Field(default_factory=dict, max_length=200)
    invite: Invite | None = None
    rules: str = Field(default="", max_length=64)


class NewTransactions(Asked):
    """Visits, each of which is taken in or refused for itself; `invite` or `rules` hold for all without their own."""

    items: list[Annotated[dict[str, Any], ToldAs(NewTransaction)]] = Field(min_length=1, max_length=MOST)
    invite: Invite | None = None
    rules: str = Field(default="", max_length=64)


class _Item(NamedTuple):
    """What an item says, canonical, and what it leads to."""

    told: Told
    manner: Manner


class _Came(NamedTuple):
    """What became of an item."""

    taken: Taken
    outcome: Outcome | None = None  # None: nobody was to be asked


Read = _Item | EscutaError


def create(request: Request) -> dict[str, Any]:
    """Take in up to 1,000 visits, in their order, ask whom they say, and tell of each what became of it.

    Told again, a visit changes nothing and nobody is asked again; with the same `Idempotency-Key` the answer is the
    same, too. What is wrong with one stops none of the others: it is `refused` with its `problem`. Asking somebody,
    by `invite` or by `rules`, needs `deployments:write`, too.
    """
    asked = request.body(NewTransactions)
    read = [_tried(partial(_item, asked), item) for item in asked.items]
    if any(isinstance(item, _Item) and any(item.manner) for item in read):
        access.require(request.caller, Scope.DEPLOYMENTS_WRITE)
    who = {item.told.who if isinstance(item, _Item) else replies.SOMEBODY for item in read}
    request.people.update(who)
    came = _done(request, Call(request.caller.id, request.call or ids.new(), request.began), read)
    return {"items": [_shown(request, number, one) for number, one in enumerate(came)]}


def _tried(read: Callable[[S], T], item: S | EscutaError) -> T | EscutaError:
    """Do the next step with one item; what is wrong with it stops none of the others."""
    if isinstance(item, EscutaError):
        return item
    try:
        return read(item)
    except REFUSALS as error:
        return error


def _item(asked: NewTransactions, item: dict[str, Any]) -> _Item:
    try:
        said = NewTransaction.model_validate_json(to_json(item), strict=True)
    except ValidationError as error:
        raise FaultyError(error, NewTransaction) from error
    _check(said)
    own = Manner(said.invite, said.rules)
    return _Item(_told(said), own if any(own) else Manner(asked.invite, asked.rules))


def _check(asked: NewTransaction) -> None:
    if (asked.contact is None) == (not asked.contact_id):
        raise InvalidError("transaction_whose", field="contact")
    if asked.contact and asked.contact.segment:
        raise InvalidError("transaction_segment", field="contact.segment")
    if not asked.reference and asked.occurred_at is None:
        raise InvalidError("transaction_unnamed", field="reference")
    if asked.occurred_at and asked.occurred_at > clock.now() + people.SKEW:
        raise InvalidError("transaction_future", field="occurred_at")


def _told(asked: NewTransaction) -> Told:
    code = asked.segment.lower()
    said = people.told(asked.contact, code) if asked.contact else {}
    said |= {"segment": code, **({"product": asked.product} if asked.product else {})}
    return Told(said, _visit(asked), asked.contact_id)


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


def _done(request: Request, call: Call, read: Sequence[Read]) -> list[_Came | EscutaError]:
    """Take in what may be taken in, and ask about it. What reads is asked for all items together."""
    where = taking.places({item.told.said["segment"] for item in read if isinstance(item, _Item)} - {""})
    if request.caller.segments:
        read = _within(request, read, where)
    desk = Desk(call.source)

    def checked(item: _Item) -> _Item:
        desk.check(item.manner)
        return item

    read = [_tried(checked, item) for item in read]
    passed = [item for item in read if isinstance(item, _Item)]
    taken = taking.take_in(call, [item.told for item in passed], where)
    asked = [(item.manner, one) for item, one in zip(passed, taken, strict=True) if isinstance(one, Taken)]
    outcomes = iter(desk.ask([each for each in asked if any(each[0])]))
    came = iter(
        _Came(one, next(outcomes) if any(item.manner) else None) if isinstance(one, Taken) else one
        for item, one in zip(passed, taken, strict=True)
    )
    return [next(came) if isinstance(item, _Item) else item for item in read]


def _within(request: Request, read: Sequence[Read], where: Mapping[str, Segment]) -> list[Read]:
    """Return what a caller bound to some segments may say: of somebody from elsewhere only who it is.

    A visit is known by its reference alone: one that was elsewhere is not there to be told anew.
    """
    items = [item.told for item in read if isinstance(item, _Item)]
    known = contacts.many((told.who for told in items), consistent=True)
    stored = table.find_many(Transaction, filter(None, map(_place, items)), consistent=True)

    def inside(item: _Item) -> _Item:
        place, person = where.get(item.told.said["segment"]), known.get(item.told.who)
        if place is None or not access.may_see(request.caller, place.path):
            raise NotFoundError("segment_not_found")
        visit = stored.get(at) if (at := _place(item.told)) else None
        if visit is not None and not access.may_see(request.caller, visit.segment_path):
            raise NotFoundError("transaction_not_found")
        if person is None or people.may_see(request, person):
            return item
        if item.told.contact:
            raise NotFoundError("contact_not_found")
        marks = {name: mark for name, mark in zip(_MARKS, item.told.marks, strict=True) if mark}
        who = dict([next(iter(marks.items()))])
        bought = {name: item.told.said[name] for name in ("segment", "product") if name in item.told.said}
        return item._replace(told=item.told._replace(said={**who, **bought}))

    return [_tried(inside, item) for item in read]


def _place(told: Told) -> Key | None:
    """Return where a visit stands that has a reference."""
    return Transaction.at(told.who, visits.identity(told.said, told.visit)) if "reference" in told.visit else None


def _shown(request: Request, number: int, came: _Came | EscutaError) -> dict[str, Any]:
    if isinstance(came, EscutaError):
        return {"item": number, "outcome": "refused", "problem": _problem(request, came)}
    taken, outcome = came
    return {
        "item": number,
        "outcome": people.OUTCOMES[taken.outcome],
        "contact": taken.contact,
        "transaction": taken.transaction,
        **(outcome.shown() if outcome else {}),
        "problem": _problem(request, outcome.problem) if outcome and outcome.problem else None,
    }


def _problem(request: Request, error: EscutaError) -> dict[str, Any]:
    language = language_of(request.event, request.caller)
    return problems.problem(error, language, request.event["requestContext"].get("requestId", "")).body
