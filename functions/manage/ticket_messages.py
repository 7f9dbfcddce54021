"""Messages to the customer of a ticket: writing one, and what became of those that were written."""

from typing import Any

from escuta import table
from escuta.feedback.model import TicketActivity
from escuta.feedback.tickets import writing
from escuta.outreach.model import CaseMessage, Channel
from manage import handling, revealed
from manage.asking import Asked, Created, Request

_HELD_BACK = {"rev", "ticket", "claim", "lease_until", "heard", "details", "message_id", "attempts", "manager"}
_PERSONAL = {"address", "name"}


class MessageDraft(Asked):
    """What is written to the customer, and over which channel; without one, over the best that is open."""

    rev: int | None = None  # the revision that was read, where no `If-Match` says it
    text: str
    channel: Channel | None = None


def listing(request: Request, ticket: str) -> dict[str, Any]:
    """Return what was written to the customer, the oldest first, and over which channels they can be written to."""
    request.query(Asked)
    found = handling.visible(request, ticket)
    sent = writing.states(found.id)
    lines = table.find_many(TicketActivity, (TicketActivity.at(found.id, number) for number in sent), consistent=True)
    words = {line.number: line for line in lines.values()}
    ways = {str(channel): {"open": not reason, "reason": reason} for channel, reason in writing.ways(found).items()}
    return {"items": [_shown(request, one, words.get(one.number)) for one in sent.values()], "ways": ways}


def create(request: Request, ticket: str) -> Created:
    """Write to the customer, and return the message; that it left is told by its state afterwards."""
    asked = request.body(MessageDraft)
    current = handling.visible(request, ticket)
    rev = handling.read(request, current, asked.rev)
    with handling.guarded(request, ticket, rev):
        who = handling.actor(request)
        changed = writing.write(ticket, asked.text, who=who, rev=rev, channel=asked.channel)
    handling.note(request, changed)
    made = writing.states(ticket)[changed.rev]
    line = table.load(TicketActivity, TicketActivity.at(ticket, changed.rev), consistent=True)
    return Created(_shown(request, made, line), f"tickets/{ticket}/messages")


def _shown(request: Request, message: CaseMessage, line: TicketActivity | None) -> dict[str, Any]:
    hidden = _HELD_BACK if revealed.is_whole(request) else _HELD_BACK | _PERSONAL
    return {
        **message.model_dump(mode="json", exclude=hidden),
        "text": line.text if line else "",
        "who": line.who if line else "",
    }
