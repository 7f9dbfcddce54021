"""Please call me: a number that somebody leaves after answering. A ticket follows from it, as from a bad score."""

from datetime import timedelta
from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from escuta import clock, table
from escuta.directory import contacts
from escuta.entity import Value
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import contacting, links, surveys
from escuta.feedback.links import Door, Source
from escuta.feedback.model import Answered, Call, ContactField, Response, ResponseState
from escuta.outreach.model import Invitation

PATIENCE = timedelta(hours=24)  # after the answer; later, nobody remembers what it was about
_TRIES = 5


class Wanted(Value):
    """What the page sends."""

    model_config = ConfigDict(extra="forbid")

    submission_id: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{22,64}$")]
    phone: Annotated[str, StringConstraints(strict=True, max_length=64)]
    language: Annotated[str, StringConstraints(strict=True, max_length=35)] = ""


def ask(door: Door, token: str, submission_id: str, phone: str) -> Response:
    """Keep the number with the answer that was given through this link. The same again changes nothing.

    Another number replaces the first: somebody corrected it. NotFoundError `call_unknown` when there is no such answer
    or the survey offers no call, GoneError `call_late` a day after it, InvalidError `call_phone`.
    """
    source = links.find(door, token)
    with links.speaking(source):
        if isinstance(source, Invitation) and source.revoked_at is not None:
            raise GoneError("link_revoked")  # the person may have been erased: nothing more is kept
        for _ in range(_TRIES):
            given = _given(source, submission_id)
            number = _number(phone)
            if given.call is not None and given.call.phone == number:
                return given
            if not isinstance(source, Invitation):
                table.put(Answered(contact=contacts.identity("", "", number), response=given.id))
            try:
                return table.save(given.changed(call=Call(at=clock.now(), phone=number)))
            except ConflictError:
                continue  # it was corrected or switched meanwhile: read it again
        raise UnavailableError("store_unavailable", retry_after=1)


def _given(source: Source, submission_id: str) -> Response:
    found = table.find(Response, Response.at(submission_id), consistent=True)
    if found is None or found.link_key != links.key_of(source) or found.state is not ResponseState.FINAL:
        raise NotFoundError("call_unknown")
    if not surveys.version(found.survey, found.version).call:
        raise NotFoundError("call_unknown")
    if found.received_at + PATIENCE <= clock.now():
        raise GoneError("call_late")
    return found


def _number(phone: str) -> str:
    try:
        return contacting.canonical(ContactField.PHONE, phone)
    except InvalidError as error:
        raise InvalidError("call_phone", field="phone") from error
