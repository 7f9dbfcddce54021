"""Suppressions: whether an address may be written to, and what stands against it.

Addresses are kept as keyed hashes: one can ask about an address that one has, and nobody can list them.
"""

from typing import Any, Literal

from pydantic import Field

from escuta.config import settings
from escuta.directory import addresses
from escuta.errors import InvalidError
from escuta.feedback import surveys
from escuta.outreach import suppression
from escuta.outreach.model import UNSUBSCRIBE, Channel, Suppression
from manage.asking import Asked, Created, Request

_LONGEST = 320


class AddressQuery(Asked):
    """An e-mail address or a telephone number."""

    address: str = Field(min_length=1, max_length=_LONGEST)


class NewSuppression(Asked):
    """An address to be left alone; a person's own no may be about one survey."""

    address: str = Field(min_length=1, max_length=_LONGEST)
    reason: Literal["unsubscribe", "manual", "bounce", "complaint", "stop"] = "manual"
    survey: str = ""


class Lift(AddressQuery):
    """An address to be opened again: from what, and why."""

    reason: Literal["unsubscribe", "manual"]
    survey: str = ""
    why: str = Field(min_length=1, max_length=500)


def get(request: Request) -> dict[str, Any]:
    """Return what closes an address, since when and for which survey, and what was lifted before."""
    request.everywhere()
    channel, address = _address(request.query(AddressQuery).address)
    return _shown(channel, address)


def create(request: Request) -> Created | dict[str, Any]:
    """Close an address from the next message on; closed before, nothing changes."""
    request.everywhere()
    asked = request.body(NewSuppression)
    channel, address = _address(asked.address)
    if asked.survey:
        if asked.reason != UNSUBSCRIBE:
            raise InvalidError("suppression_survey", field="survey")
        surveys.get(asked.survey)
    closed = suppression.add(channel, address, asked.reason, asked.survey, scope=asked.survey, source=request.caller.id)
    shown = _shown(channel, address)
    return Created(shown, "suppressions") if closed else shown


def lift(request: Request) -> dict[str, Any]:
    """Open an address again, from a no of the person or of ours; what a mail service told is not ours to lift."""
    request.everywhere()
    asked = request.query(Lift)
    channel, address = _address(asked.address)
    suppression.lift(channel, address, asked.reason, asked.survey, who=request.caller.id, why=asked.why)
    return _shown(channel, address)


def _shown(channel: Channel, address: str) -> dict[str, Any]:
    closing, lifted = suppression.history(channel, address)
    return {
        "channel": channel.value,
        "suppressed": any(not entry.scope for entry in closing),
        "closed_by": [_entry(entry, reason) for entry in closing for reason in entry.told],
        "lifted": [entry.model_dump(mode="json", exclude={"address_hash", "rev"}) for entry in lifted],
    }


def _entry(entry: Suppression, reason: str) -> dict[str, Any]:
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
