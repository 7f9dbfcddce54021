"""People, their visits, and whether somebody would be asked now."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from escuta.directory.model import Contact, CustomField, Transaction
from escuta.outreach.model import Channel, InvitationState, Strategy
from manage import contacts, custom_fields, eligibility, people, transactions
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Problem, Shown, Sparse, items, page, shape
from manage.described.responses import JourneyEvent, JourneyLeftOut

Custom = Annotated[
    dict[str, bool | int | float | str], Field(description="By the names of custom fields, as of the type of each.")
]
Taken = Literal["created", "updated", "unchanged"]

_INTERNAL = {"marks", "created_by", "updated_by", "custom"}
ContactShown = shape(Contact, without=_INTERNAL, more={"custom": Custom})
ContactTaken = shape(Contact, "ContactTaken", without=_INTERNAL, more={"custom": Custom, "outcome": Taken})
TransactionShown = shape(Transaction, without=_INTERNAL, more={"custom": Custom})
FieldShown = shape(CustomField)


class ChannelEligibility(Shown):
    """What would happen over one channel, had a deployment that alone."""

    channel: Channel
    outcome: Literal["send", "skip", "defer"]
    over: list[Channel]
    at: datetime | None
    reason: str
    detail: str
    evidence: dict[str, str]
    next_eligible_at: datetime | None


class Eligibility(Shown):
    """What would happen with a person now: asked (`send`), left out (`skip`), or put off (`defer`), and why."""

    contact: str
    survey: str
    strategy: Strategy
    outcome: Literal["send", "skip", "defer"]
    over: list[Channel] = Field(description="The channels over which the person would be asked.")
    at: datetime | None = Field(description="When the message would go out.")
    reason: str = Field(description="A stable code: `no_consent`, `excluded`, `no_address`, `resting`, ...")
    detail: str = Field(description="The reason in words, in the caller's language.")
    evidence: dict[str, str] = Field(description="What it was decided by.")
    next_eligible_at: datetime | None = Field(description="Null where time alone changes nothing.")
    channels: list[ChannelEligibility]


class PersonJourneyShown(Shown):
    """All that is known around a person, in the order of time; of each kind the newest."""

    contact: str
    events: list[JourneyEvent]
    left_out: list[JourneyLeftOut]


class InvitationTold(Sparse):
    """What came of asking one person over one channel."""

    id: str
    channel: Channel
    state: InvitationState
    reason: str = Field(description='Why nobody was asked; "" where somebody is.')
    send_at: datetime | None
    next_eligible_at: datetime | None = None
    link: str = Field(default="", description="Of the channel `link` alone: nobody sends it but who asked for it.")


class TransactionTaken(Sparse):
    """A visit that was taken in, and what it led to where somebody was to be asked about it."""

    item: int = Field(description="Its place in the request, from 0.")
    outcome: Taken
    contact: str
    transaction: str
    deployment: str = ""
    route: str = Field(default="", description="Of the rules, by which the person is asked.")
    excluded: str = Field(default="", description="The exclusion of the rules that keeps the person from being asked.")
    invitations: list[InvitationTold] = Field(default_factory=list)
    problem: Problem | None = Field(description="Why nobody could be asked. The visit is taken in nevertheless.")


class TransactionRefused(Shown):
    """A visit that was not taken in, and why."""

    item: int
    outcome: Literal["refused"]
    problem: Problem


OPERATIONS: Operations = {
    contacts.listing: Operation(name="list_contacts", query=contacts.ContactListing, answer=page(ContactShown)),
    contacts.create: Operation(name="create_contact", body=people.NewPerson, answer=ContactTaken, statuses=(200, 201)),
    contacts.get: Operation(name="get_contact", query=Asked, answer=ContactShown),
    contacts.change: Operation(name="change_contact", body=people.PersonSaid, answer=ContactShown, matched=True),
    contacts.journey: Operation(name="get_contact_journey", answer=PersonJourneyShown),
    contacts.transactions: Operation(name="list_contact_transactions", query=Listing, answer=page(TransactionShown)),
    eligibility.get: Operation(name="get_eligibility", query=eligibility.Wanted, answer=Eligibility),
    transactions.create: Operation(
        name="create_transactions",
        body=transactions.NewTransactions,
        answer=items(TransactionTaken | TransactionRefused),
    ),
    custom_fields.listing: Operation(name="list_custom_fields", query=Listing, answer=page(FieldShown)),
    custom_fields.create: Operation(
        name="create_custom_field", body=custom_fields.NewField, answer=FieldShown, statuses=(201,)
    ),
    custom_fields.get: Operation(name="get_custom_field", query=Asked, answer=FieldShown),
    custom_fields.change: Operation(
        name="change_custom_field", body=custom_fields.FieldPatch, answer=FieldShown, matched=True
    ),
    custom_fields.delete: Operation(name="delete_custom_field", query=Asked, answer=FieldShown, matched=True),
}
