"""Writing to the customer of a ticket: a line of its log and a message that leaves once, stored together."""

from collections.abc import Mapping
from typing import Any

from escuta import clock, i18n, table
from escuta.config import settings
from escuta.directory.model import Contact, Manager, Segment
from escuta.entity import Value
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import mails, telling
from escuta.feedback.model import Response, Ticket, TicketActivity
from escuta.feedback.tickets import keeping, life, replying
from escuta.feedback.tickets.keeping import Actor, Line
from escuta.outreach import cases, eligibility, inviting, mime, sending_rules
from escuta.outreach import sms as short_message
from escuta.outreach.letters import UNANSWERED
from escuta.outreach.messages import Email
from escuta.outreach.model import MESSAGES, CaseMessage, Channel

MOST_PARTS = 4  # of an SMS
_PACKAGE = "escuta.feedback"
_SUPPRESS = "X-Auto-Response-Suppress"  # a person wrote it, but no absence notice is to come back
NO_ADDRESS, NO_CONSENT, ERASED = "no_address", "no_consent", "erased"


class Way(Value):
    """One channel to a customer: where to, and why not. The words of a reason: `unwritable.{reason}` of the catalog."""

    address: str = ""
    name: str = ""
    language: str = ""
    reason: str = ""  # "": it is open


def ways(ticket: Ticket) -> dict[Channel, str]:
    """Return the channels over which the customer can be written to now, each with "" or the reason why not."""
    return {channel: way.reason for channel, way in reach(ticket).items()}


def reach(ticket: Ticket) -> dict[Channel, Way]:
    """Return how the customer is reached: as their record says, else as they said in the answer itself."""
    if ticket.emptied:
        return {channel: Way(reason=ERASED) for channel in MESSAGES}
    contact = table.find(Contact, Contact.at(ticket.contact), consistent=True) if ticket.contact else None
    answer = table.find(Response, Response.at(ticket.response), consistent=True) if ticket.response else None
    known = _said(answer) | (eligibility.addresses(contact) if contact else {})
    name = contact.name if contact else ticket.contact_name
    language = i18n.match(ticket.language) or i18n.match(contact.language if contact else "") or settings().language
    own = {"name": name, "language": language}
    denied = contact is not None and eligibility.is_denied(contact)
    found: dict[Channel, Way] = {}
    for channel in _order(answer):
        address = known.get(channel, "")
        reason = NO_ADDRESS if not address else NO_CONSENT if denied else cases.closed(channel, address)
        found[channel] = Way(address=address, reason=reason, **own)
    return found


def write(ticket: str, words: str, *, who: Actor, rev: int, channel: Channel | None = None) -> Ticket:
    """Write to the customer, over this channel or the best one that is open. The first such message is the response.

    ConflictError `customer_unwritable_{reason}` when that cannot be; InvalidError `sms_too_long` for more parts than a
    message should cost.
    """
    current = keeping.at(ticket, rev)
    if current.merged_into:
        raise ConflictError("ticket_merged", into=current.merged_into)
    words = life.text("text", words)
    found = reach(current)
    chosen = channel or next((one for one, way in found.items() if not way.reason), next(iter(found)))
    if chosen not in found:
        raise InvalidError("value_not_allowed", field="channel", value=str(chosen), allowed=[str(one) for one in found])
    if reason := found[chosen].reason:
        raise ConflictError(f"customer_unwritable_{reason}", channel=chosen)
    message = _message(current, chosen, found[chosen], who)
    if chosen is Channel.SMS and (parts := short_message.measure(_sms(message, words)).parts) > MOST_PARTS:
        raise InvalidError("sms_too_long", field="text", parts=parts, most=MOST_PARTS)
    after = life.responded(current) if who.works_here else current
    stored = keeping.store(current, after, Line("written", words, {"channel": chosen}), who, *cases.beside(message))
    cases.queue(message)
    return stored


def states(ticket: str) -> dict[int, CaseMessage]:
    """Return what became of the messages about a ticket, by the number of their line in its log."""
    return {message.number: message for message in cases.of_ticket(ticket)}


def letter(message: CaseMessage) -> Email | str | None:
    """Return the message as it goes out; None once its ticket holds nothing of the customer any more."""
    ticket = table.find(Ticket, Ticket.at(message.ticket), consistent=True)
    line = table.find(TicketActivity, TicketActivity.at(message.ticket, message.number), consistent=True)
    if ticket is None or ticket.emptied or line is None or not line.text:
        return None
    return _sms(message, line.text) if message.channel is Channel.SMS else _email(message, ticket, line.text)


def _order(answer: Response | None) -> tuple[Channel, ...]:
    """Return the channels, the one first over which the customer answered."""
    return (Channel.SMS, Channel.EMAIL) if answer and answer.channel == Channel.SMS else (Channel.EMAIL, Channel.SMS)


def _said(answer: Response | None) -> dict[Channel, str]:
    """Return where somebody said in an answer that they can be reached."""
    if answer is None:
        return {}
    fields: Mapping[str, str] = {
        name: value for told in answer.answers.values() if isinstance(told, dict) for name, value in told.items()
    }
    phone = answer.call.phone if answer.call else fields.get("phone", "")
    email = fields.get("email", "")
    said = {Channel.EMAIL: email if mime.is_address(email) else "", Channel.SMS: phone}
    return {channel: address for channel, address in said.items() if address}


def _message(ticket: Ticket, channel: Channel, way: Way, who: Actor) -> CaseMessage:
    return CaseMessage(
        ticket=ticket.id,
        number=ticket.rev + 1,
        channel=channel,
        address=way.address,
        name=way.name,
        language=way.language,
        timezone=ticket.timezone,
        signed=inviting.first_name(who.name) if who.manager or who.role else "",
        manager=who.manager,
        created_at=clock.now(),
    )


def _sms(message: CaseMessage, words: str) -> str:
    own = settings().organisation
    signed = f"{message.signed}, {own}" if message.signed else own
    return short_message.fitted(f"{' '.join(telling.inert(words).split())} - {signed}")


def _email(message: CaseMessage, ticket: Ticket, words: str) -> Email:
    segment = table.find(Segment, Segment.at(ticket.segment))
    reply_to = replying.address(ticket.id) or _reply_to(message)
    fields: dict[str, Any] = {
        "organisation": settings().organisation,
        "store": telling.line(segment.name) if segment else "",
        "words": telling.inert(words),
        "signed": message.signed,
        "comment": telling.cut(telling.inert(ticket.comment), telling.LONGEST_COMMENT),
        "opened": i18n.day(ticket.opened_at, message.language, ticket.timezone),
        "answers": bool(reply_to),
    }
    mail = mails.render("answer", message.language, **fields)
    return Email(
        to=message.address,
        to_name=message.name,
        sender_name=settings().organisation,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        reply_to=reply_to,
        message_id=replying.message_id(ticket.id, message.number),
        headers={_SUPPRESS: UNANSWERED[_SUPPRESS]},
    )


def _reply_to(message: CaseMessage) -> str:
    """Return where a reply goes while no mail is received here: to who wrote, else where the organisation says."""
    writer = table.find(Manager, Manager.at(message.manager)) if message.manager else None
    chosen = writer.email if writer and writer.retired_at is None else sending_rules.current().reply_to
    return chosen if chosen and mime.is_address(chosen) else ""
