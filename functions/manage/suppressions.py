"""Suppressions: whether an address may be written to, what stands against it, and what is closed at all.

Addresses are kept as keyed hashes: one can ask about an address that one has, and a list tells of nobody.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import to_json

from escuta.config import settings
from escuta.directory import addresses
from escuta.errors import EscutaError, InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.outreach import suppression
from escuta.outreach.model import UNSUBSCRIBE, Channel, Suppression
from manage import problems
from manage.asking import Asked, Created, Listing, Request, ToldAs, language_of
from manage.problems import FaultyError

MOST = 1_000
_LONGEST = 320


class Lookup(Listing):
    """An e-mail address or a telephone number; without one, the list of all that is closed."""

    address: str | None = Field(default=None, min_length=1, max_length=_LONGEST)


class NewSuppression(Asked):
    """An address to be left alone; a person's own no may be about one survey."""

    address: str = Field(min_length=1, max_length=_LONGEST)
    reason: Literal["unsubscribe", "manual", "bounce", "complaint", "stop"] = "manual"
    survey: str = ""  # of an `unsubscribe`: the one survey that it is about


class NewSuppressions(Asked):
    """Addresses to be left alone, each of which is taken in or refused for itself."""

    items: list[Annotated[dict[str, Any], ToldAs(NewSuppression)]] = Field(min_length=1, max_length=MOST)


class Lift(Asked):
    """An address to be opened again: from what, and why."""

    address: str = Field(min_length=1, max_length=_LONGEST)
    reason: Literal["unsubscribe", "manual"]
    survey: str = ""  # the one that it is closed to; "": to all
    why: str = Field(min_length=1, max_length=500)  # kept with who lifted it


def get(request: Request) -> dict[str, Any]:
    """Return what closes an address, since when and for which survey, and what was lifted before.

    Without an address: all that is closed, what was closed last first, as hashes, page by page.
    """
    request.everywhere()
    asked = request.query(Lookup)
    if asked.address is None:
        return request.page(suppression.listing(limit=asked.limit, cursor=request.cursor(asked)), _listed)
    channel, address = _address(asked.address)
    return _shown(channel, suppression.address_hash(channel, address))


def create(request: Request) -> Created | dict[str, Any]:
    """Close an address from the next message on: 201. Closed before for the same reason, nothing changes: 200.

    Each reason stands for itself: lifting one leaves the others.
    """
    request.everywhere()
    entry = _entry(request, request.body(NewSuppression), set())
    (reason,) = entry.reasons
    closed = (entry.key(), reason) in suppression.store([entry])
    shown = _shown(entry.channel, entry.address_hash)
    return Created(shown, "suppressions") if closed else shown


def create_many(request: Request) -> dict[str, Any]:
    """Close up to 1,000 addresses, and say of each what became of it; what is wrong with one stops no other."""
    request.everywhere()
    asked = request.body(NewSuppressions)
    known: set[str] = set()
    read = [_read(request, item, known) for item in asked.items]
    new = suppression.store(each for each in read if isinstance(each, Suppression))
    return {"items": [{"item": number, **_result(request, each, new)} for number, each in enumerate(read)]}


def lift(request: Request) -> dict[str, Any]:
    """Open an address again, from a no of the person or of ours, and keep who did it and why.

    What a mail service or a carrier told (`bounce`, `complaint`, `stop`) is not ours to lift. One that was not closed
    for that reason is refused (404 `suppression_not_found`).
    """
    request.everywhere()
    asked = request.query(Lift)
    channel, address = _address(asked.address)
    suppression.lift(channel, address, asked.reason, asked.survey, who=request.caller.id, why=asked.why)
    return _shown(channel, suppression.address_hash(channel, address))


def _read(request: Request, item: dict[str, Any], known: set[str]) -> Suppression | EscutaError:
    try:
        return _entry(request, NewSuppression.model_validate_json(to_json(item), strict=True), known)
    except ValidationError as error:
        return FaultyError(error, NewSuppression)
    except (InvalidError, NotFoundError) as error:
        return error


def _entry(request: Request, asked: NewSuppression, known: set[str]) -> Suppression:
    """Return what closes this address. `known` are the surveys that there are, as far as they were asked for."""
    channel, address = _address(asked.address)
    if asked.survey and asked.reason != UNSUBSCRIBE:
        raise InvalidError("suppression_survey", field="survey")
    if asked.survey and asked.survey not in known:
        known.add(surveys.get(asked.survey).id)
    return suppression.entry(channel, address, asked.reason, asked.survey, scope=asked.survey, source=request.caller.id)


def _result(request: Request, read: Suppression | EscutaError, new: set[tuple[Any, str]]) -> dict[str, Any]:
    """Return what became of one address; the second time that it is said, it is closed already."""
    if isinstance(read, EscutaError):
        named = request.event["requestContext"].get("requestId", "")
        problem = problems.problem(read, language_of(request.event, request.caller), named)
        return {"outcome": "refused", "problem": problem.body}
    (reason,) = read.reasons
    outcome = "closed" if (read.key(), reason) in new else "known"
    new.discard((read.key(), reason))
    return {"outcome": outcome, "problem": None}


def _listed(entry: Suppression) -> dict[str, Any]:
    closing = [_because(entry, reason) for reason in entry.told]
    return {"address_hash": entry.address_hash, "channel": entry.channel.value, "closed_by": closing}


def _shown(channel: Channel, address_hash: str) -> dict[str, Any]:
    """Return all that stands against an address, and what was lifted before."""
    closing, lifted = suppression.history(address_hash)
    return {
        "channel": channel.value,
        "suppressed": any(not one.scope for one in closing),
        "closed_by": [_because(one, reason) for one in closing for reason in one.told],
        "lifted": [one.model_dump(mode="json", exclude={"address_hash", "rev"}) for one in lifted],
    }


def _because(entry: Suppression, reason: str) -> dict[str, Any]:
    because = entry.reasons[reason]
    said = {"reason": reason, "survey": entry.scope, "since": because.since, "source": because.source}
    return {**said, "liftable": reason in suppression.LIFTABLE}


def _address(text: str) -> tuple[Channel, str]:
    try:
        if "@" in text:
            return Channel.EMAIL, addresses.email(text.strip())
        return Channel.SMS, addresses.phone(text.strip(), settings().country)
    except InvalidError as error:
        error.details["field"] = "address"
        raise
