"""Tickets: the list, one of them, and all that can be done about it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from escuta.feedback.model import Priority, TicketActivity, TicketLink, TicketState
from escuta.feedback.tickets.bucketing import Due
from escuta.feedback.tickets.making import ByHand
from escuta.outreach.model import CaseMessage, Channel, InvitationState
from manage import (
    ticket_alert_links,
    ticket_attachments,
    ticket_batches,
    ticket_links,
    ticket_listing,
    ticket_messages,
    ticket_owners,
    tickets,
)
from manage.asking import Listing
from manage.described.operation import Operation, Operations, Problem, Shown, also, items, page, shape
from manage.described.ticket_shown import AttachmentShown, TicketShown

_WRITTEN = {"rev", "ticket", "claim", "lease_until", "heard", "details", "message_id", "attempts", "manager"}

AttachmentFetched = also(
    AttachmentShown,
    "AttachmentFetched",
    "A file with a link that downloads it until `expires_at`.",
    more={"url": str, "expires_at": datetime},
)
Line = shape(TicketActivity, "TicketLine", without={"rev", "ticket"})
LinkShown = shape(TicketLink, "AlertLink", without={"rev", "token_key"}, more={"manager_name": str})
MessageShown: Any = also(
    shape(CaseMessage, "TicketMessageBase", without={*_WRITTEN, "address", "name"}, more={"text": str, "who": str}),
    "TicketMessage",
    "A message to the customer. `address` and `name` are there for who may see personal data alone.",
    maybe={"address": str, "name": str},
)


class AttachmentAnnounced(Shown):
    """Where to put a file: send it to `url` with `method` and exactly these `headers`, before `expires_at`."""

    id: str
    name: str
    content_type: str
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: datetime


class Way(Shown):
    """Whether the customer can be written to over a channel now; if not, why."""

    open: bool
    reason: str


class FollowUpAnswer(Shown):
    """What the customer said after the closing. `good` null: it does not count."""

    response: str
    good: bool | None
    at: datetime
    comment: str


class FollowUpShown(Shown):
    """What the customer was asked after the last closing."""

    channel: Channel
    state: InvitationState
    reason: str
    send_at: datetime | None
    sent_at: datetime | None
    expires_at: datetime
    answer: FollowUpAnswer | None


class MessagesShown(Shown):
    """What was written to the customer, over which channels they can be written to, and what they were asked."""

    items: list[MessageShown]
    ways: dict[Channel, Way]
    follow_up: FollowUpShown | None


class TicketBefore(Shown):
    """What a ticket was before it was changed."""

    state: TicketState
    owner: str
    priority: Priority
    tags: list[str]


class OwnerBucket(Shown):
    """How many tickets of a list somebody has; `owner` "": nobody has them."""

    owner: str
    name: str
    tickets: int


class TicketOwner(Shown):
    """Somebody who may be given a ticket."""

    id: str
    name: str
    of: str = Field(description="The segment that they answer for: the ticket's, or one above.")
    languages: list[str]
    open: int


class TicketBuckets(Shown):
    """How the tickets of a list are spread."""

    total: int
    states: dict[TicketState, int]
    priorities: dict[Priority, int]
    owners: list[OwnerBucket]
    due: dict[Due, int]
    escalated: int


class BatchResult(Shown):
    """What became of one ticket, as a call for it alone would have answered. `rev` null: it is not there."""

    id: str
    status: int
    changed: bool
    rev: int | None
    problem: Problem | None
    before: TicketBefore | None


OPERATIONS: Operations = {
    ticket_listing.listing: Operation(
        name="list_tickets", query=ticket_listing.TicketListing, answer=page(TicketShown)
    ),
    ticket_listing.buckets: Operation(
        name="get_ticket_buckets", query=ticket_listing.TicketsAsked, answer=TicketBuckets
    ),
    ticket_owners.listing: Operation(name="list_ticket_owners", answer=items(TicketOwner)),
    tickets.get: Operation(name="get_ticket", answer=TicketShown),
    tickets.create: Operation(name="create_ticket", body=ByHand, answer=TicketShown, statuses=(201,)),
    tickets.change: Operation(name="change_ticket", body=tickets.TicketPatch, answer=TicketShown, matched=True),
    tickets.log: Operation(name="list_ticket_activity", query=Listing, answer=page(Line)),
    ticket_batches.create: Operation(name="change_tickets", body=ticket_batches.Batch, answer=items(BatchResult)),
    ticket_alert_links.listing: Operation(name="list_ticket_alert_links", answer=items(LinkShown)),
    ticket_alert_links.revoke: Operation(
        name="revoke_ticket_alert_links", query=ticket_alert_links.Whose, answer=items(LinkShown)
    ),
    ticket_attachments.listing: Operation(name="list_ticket_attachments", answer=items(AttachmentShown)),
    ticket_attachments.create: Operation(
        name="create_ticket_attachment",
        body=ticket_attachments.NewAttachment,
        answer=AttachmentAnnounced,
        statuses=(201,),
    ),
    ticket_attachments.get: Operation(name="get_ticket_attachment", answer=AttachmentFetched),
    ticket_attachments.confirm: Operation(name="confirm_ticket_attachment", answer=AttachmentShown),
    ticket_attachments.delete: Operation(name="delete_ticket_attachment", answer=items(AttachmentShown)),
    ticket_messages.listing: Operation(name="list_ticket_messages", answer=MessagesShown),
    ticket_messages.create: Operation(
        name="create_ticket_message",
        body=ticket_messages.MessageDraft,
        answer=MessageShown,
        statuses=(201,),
        matched=True,
    ),
    ticket_links.merge: Operation(name="merge_ticket", body=ticket_links.Merging, answer=TicketShown, matched=True),
    ticket_links.link: Operation(name="link_ticket", body=ticket_links.Linking, answer=TicketShown, matched=True),
    ticket_links.unlink: Operation(name="unlink_ticket", answer=TicketShown, matched=True),
}
