"""Messages to the customer of a ticket: writing one, and what became of those that were written."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.feedback import comments
from escuta.feedback.model import Ticket, TicketActivity
from escuta.feedback.tickets import life, recovering, writing
from escuta.outreach.model import CaseMessage, Channel
from manage import conditions, handling, revealed
from manage.asking import Asked, Created, Request, language_of

_HELD_BACK = {"rev", "ticket", "claim", "lease_until", "heard", "details", "message_id", "attempts", "manager"}
_PERSONAL = {"address", "name"}


class MessageDraft(Asked):
    """What is written to the customer, and over which channel; without one, over the best that is open."""

    rev: int | None = None  # the revision that was read, where no `If-Match` says it
    text: str = Field(json_schema_extra={"minLength": 1, "maxLength": life.LONGEST_TEXT})
    channel: Channel | None = None


def listing(request: Request, ticket: str) -> dict[str, Any]:
    """Return what was written to the customer of a ticket, the oldest first.

    `ways` tell over which channels they can be written to now, and why not; `follow_up` what they were asked after the
    last closing, and what they said.
    """
    request.query(Asked)
    found = handling.visible(request, ticket)
    sent = writing.states(found.id)
    lines = table.find_many(TicketActivity, (TicketActivity.at(found.id, number) for number in sent), consistent=True)
    words = {line.number: line for line in lines.values()}
    ways = {str(channel): {"open": not reason, "reason": reason} for channel, reason in writing.ways(found).items()}
    items = [_shown(request, one, words.get(one.number)) for one in sent.values()]
    return {"items": items, "ways": ways, "follow_up": _asked(request, found)}


def create(request: Request, ticket: str) -> Created:
    """Write to the customer of a ticket, over a channel or the best that is open.

    The message is returned as it is queued; that it left is told by its state afterwards. It takes the revision that
    was read, as a change does. 409 `customer_unwritable_...` with the reason where nobody may write to them; 422
    `sms_too_long` for more parts than a message may have.
    """
    asked = request.body(MessageDraft)
    current = handling.visible(request, ticket)
    with request.making():
        changed = _before(request, current, asked) or _written(request, current, asked)
    handling.note(request, changed)
    made = writing.states(ticket)[changed.rev]
    line = table.load(TicketActivity, TicketActivity.at(ticket, changed.rev), consistent=True)
    return Created(_shown(request, made, line), f"tickets/{ticket}/messages")


def _before(request: Request, current: Ticket, asked: MessageDraft) -> Ticket | None:
    """Return the ticket as this very call left it, when it wrote before and was not answered; None: it did not."""
    named = conditions.named(request.headers.get("if-match", "*")) or ()
    for rev in (*named, asked.rev):
        if rev is not None and table.mine(TicketActivity, TicketActivity.at(current.id, rev + 1)):
            return current.changed(rev=rev + 1)
    return None


def _written(request: Request, current: Ticket, asked: MessageDraft) -> Ticket:
    rev = handling.read(request, current, asked.rev)
    with handling.guarded(request, current.id, rev):
        who = handling.actor(request)
        return writing.write(current.id, asked.text, who=who, rev=rev, channel=asked.channel)


def _asked(request: Request, ticket: Ticket) -> dict[str, Any] | None:
    """Return what the customer was asked after the last closing, and what they said; None: nobody asked."""
    invitation, answer = recovering.said_of(ticket)
    if invitation is None:
        return None
    asked = invitation.model_dump(
        mode="json", include={"channel", "state", "reason", "send_at", "sent_at", "expires_at"}
    )
    if answer is None:
        return {**asked, "answer": None}
    comment = answer.comment
    if not revealed.is_whole(request):
        comment = comments.masked(comment, language_of(request.event, request.caller))
    said = {"response": answer.id, "good": recovering.good(answer), "at": answer.moment.isoformat(), "comment": comment}
    return {**asked, "answer": said}


def _shown(request: Request, message: CaseMessage, line: TicketActivity | None) -> dict[str, Any]:
    hidden = _HELD_BACK if revealed.is_whole(request) else _HELD_BACK | _PERSONAL
    return {
        **message.model_dump(mode="json", exclude=hidden),
        "text": line.text if line else "",
        "who": line.who if line else "",
    }
