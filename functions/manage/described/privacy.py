"""People's own data: what they ask of it, the document of everything, and their erasure; and what is parked."""

from datetime import datetime
from typing import Any

from pydantic import Field

from escuta.directory.model import Contact, Erasure, PrivacyRequest, RowOutcome, Transaction
from escuta.entity import Entity
from escuta.events import DomainEvent
from escuta.feedback.model import Click, Draft, Parked, Provisional, Response, Ticket, TicketActivity
from escuta.outreach.model import (
    CaseMessage,
    Invitation,
    LastAsked,
    Reminder,
    Suppression,
    SuppressionLifted,
)
from manage import parked, privacy
from manage.asking import Listing
from manage.described.operation import Operation, Operations, Shown, Sparse, page, shape

_TOLD = {"id", "hint", "keep_out", "state", "reached", "request", "started_at", "started_by", "finished_at", "rev"}
_HIDDEN = {"rev", "link_key", "claim", "lease_until", "tallied", "body_hash", "marks", "address_hash", "token_key"}

Receipt = shape(Erasure, without=Erasure.model_fields.keys() - _TOLD, more={"waiting": int})
Requested = shape(PrivacyRequest, more={"state": privacy.State})
ParkedShown = shape(Parked, without={"link_key"})
ParkedListed = shape(Parked, "ListedParked", without={"rev", "link_key", "payload"})


def _own(kind: type[Entity], **more: Any) -> Any:
    """Return the shape of a thing as the document of a person has it."""
    return shape(kind, f"Personal{kind.__name__}", without=_HIDDEN, more=more)


_Line: Any = _own(TicketActivity)
_Contact: Any = _own(Contact)
_Visit: Any = _own(Transaction)
_Invitation: Any = _own(Invitation)
_Reminder: Any = _own(Reminder)
_Rest: Any = _own(LastAsked)
_Suppression: Any = _own(Suppression)
_Lifted: Any = _own(SuppressionLifted)
_Response: Any = _own(Response)
_Message: Any = _own(CaseMessage)
_Draft: Any = _own(Draft)
_Tap: Any = _own(Provisional)
_Click: Any = _own(Click)
_Event: Any = _own(DomainEvent)
_Request: Any = _own(PrivacyRequest)
_Parked: Any = _own(Parked)
_Ticket: Any = _own(Ticket, log=list[_Line])


class NamedReply(Shown):
    """An answer to a program that names the person, kept for a day."""

    reply: str


class NamedDeployment(Shown):
    """A deployment whose list names the person."""

    deployment: str


class NamingFile(Shown):
    """A file that names the person."""

    file: str
    name: str
    received_at: datetime


class NamingRow(NamingFile):
    """A row of a file about the person, with its cells as they were sent."""

    row: int
    line: int
    outcome: RowOutcome
    column: str
    code: str
    route: str
    excluded: str
    cells: dict[str, str] | list[str]


class PersonalData(Sparse):
    """A part of everything that is known of a person; `next` is the cursor of the following one, null on the last.

    The first part has what keys lead to: contact, visits, invitations, answers, tickets with their logs, and so on.
    All parts have what a walk finds, from `requests` on.
    """

    contact: str
    made_at: datetime
    contacts: list[_Contact] = Field(default_factory=list)
    transactions: list[_Visit] = Field(default_factory=list)
    invitations: list[_Invitation] = Field(default_factory=list)
    reminders: list[_Reminder] = Field(default_factory=list)
    rests: list[_Rest] = Field(default_factory=list)
    suppressions: list[_Suppression] = Field(default_factory=list)
    lifted: list[_Lifted] = Field(default_factory=list)
    responses: list[_Response] = Field(default_factory=list)
    tickets: list[_Ticket] = Field(default_factory=list)
    messages: list[_Message] = Field(default_factory=list)
    drafts: list[_Draft] = Field(default_factory=list)
    provisionals: list[_Tap] = Field(default_factory=list)
    clicks: list[_Click] = Field(default_factory=list)
    events: list[_Event] = Field(default_factory=list)
    marks: dict[str, str] = Field(default_factory=dict)
    requests: list[_Request]
    parked: list[_Parked]
    replies: list[NamedReply]
    deployments: list[NamedDeployment]
    file_rows: list[NamingRow]
    files: list[NamingFile]
    next: str | None


OPERATIONS: Operations = {
    privacy.data: Operation(name="get_personal_data", query=privacy.Part, answer=PersonalData),
    privacy.erase: Operation(name="erase_contact", body=privacy.ErasureOrder, answer=Receipt, statuses=(201,)),
    privacy.erasures: Operation(name="list_erasures", query=Listing, answer=page(Receipt)),
    privacy.erasure: Operation(name="get_erasure", answer=Receipt),
    privacy.listing: Operation(name="list_privacy_requests", query=privacy.PrivacyListing, answer=page(Requested)),
    privacy.get: Operation(name="get_privacy_request", answer=Requested),
    privacy.change: Operation(name="change_privacy_request", body=privacy.PrivacyPatch, answer=Requested, matched=True),
    parked.listing: Operation(name="list_parked", query=Listing, answer=page(ParkedListed)),
    parked.get: Operation(name="get_parked", answer=ParkedShown),
    parked.drop: Operation(name="delete_parked", answer=ParkedShown, matched=True),
}
