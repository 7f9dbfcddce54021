"""What each type of event says: ids, and what somebody who keeps another system in step must have. Pure.

No event bears a name, an address, a telephone or a word that a customer wrote: who may read these fetches the thing by
its id, with the rights of that moment. What is erased is thereby gone for whoever reads an event later, too.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from escuta.entity import Value


class EventType(StrEnum):
    """What can happen, in the past tense."""

    RESPONSE_COMPLETED = "response.completed"
    RESPONSE_CHANGED = "response.changed"
    RESPONSE_DELETED = "response.deleted"
    TICKET_OPENED = "ticket.opened"
    TICKET_CHANGED = "ticket.changed"
    TICKET_COMMENTED = "ticket.commented"
    TICKET_ESCALATED = "ticket.escalated"
    TICKET_CLOSED = "ticket.closed"
    TICKET_REOPENED = "ticket.reopened"
    TICKET_RECOVERED = "ticket.recovered"
    TICKET_LEFT = "ticket.left"
    CONTACT_ERASED = "contact.erased"
    CONTACT_OPTED_OUT = "contact.opted_out"
    IMPORT_FINISHED = "import.finished"
    IMPORT_FAILED = "import.failed"
    DEPLOYMENT_FINISHED = "deployment.finished"
    DEPLOYMENT_PAUSED = "deployment.paused"
    DEPLOYMENT_RESUMED = "deployment.resumed"
    DEPLOYMENT_CANCELLED = "deployment.cancelled"
    SENDING_STOPPED = "sending.stopped"
    SENDING_RESUMED = "sending.resumed"
    EXPORT_FINISHED = "export.finished"
    EXPORT_FAILED = "export.failed"
    SURVEY_PUBLISHED = "survey.published"
    METRIC_CHANGED = "metric.changed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


class ResponseData(Value):
    """An answer as it stands after what happened. What was answered in words is fetched by `response`."""

    response: str = Field(description="Id of the answer: GET /v1/responses/{response} tells the rest.")
    survey: str
    survey_version: int
    segment: str = Field(description="Code of the place that it is about.")
    product: str = ""
    channel: str = Field(description="email, sms, store, web.")
    language: str
    contact: str = Field(default="", description="Id of the contact; empty for somebody whom nobody knows.")
    deployment: str = ""
    invitation: str = ""
    score: int | None = Field(default=None, description="Answer to the benchmark question, on its own scale.")
    score_class: Literal["detractor", "passive", "promoter"] | None = None
    commented: bool = Field(default=False, description="Whether there is a comment to be read.")
    call_wanted: bool = Field(default=False, description="Whether the person asked to be called.")
    standing: Literal["counted", "suspect", "flagged", "excluded"] = Field(
        description="Whether it is in the figures, or why it is left out of them."
    )
    origin: Literal["submitted", "tapped"] = Field(description="How it came to be; `tapped`: a score out of a message.")
    replaces: str = Field(default="", description="The tapped answer that this one took the place of.")
    emptied: Literal["erased", "expired"] | None = Field(
        default=None, description="Why nothing is left of who answered; forget the person of this answer, too."
    )
    answered_at: datetime


class DeletedResponseData(Value):
    """An answer that somebody took away."""

    response: str
    survey: str
    segment: str


class TicketData(Value):
    """A ticket as it stands after what happened. Its words and its log are fetched by `ticket`."""

    ticket: str = Field(description="Id of the ticket: GET /v1/tickets/{ticket} tells the rest.")
    response: str = Field(default="", description="The answer that it is about; empty for one made by hand.")
    rule: str = Field(description="What opened it, `{id}@{version}`; `manual` for one made by hand.")
    survey: str = ""
    segment: str = Field(description="Code of the place where it is now.")
    origin_segment: str
    product: str = ""
    contact: str = Field(default="", description="Id of the contact; empty for somebody whom nobody knows.")
    state: Literal["new", "open", "waiting", "resolved", "closed", "reopened"]
    priority: Literal["low", "normal", "high", "urgent"]
    owner: str = Field(default="", description="Id of the manager who sees to it.")
    tags: tuple[str, ...] = ()
    score: int | None = None
    score_class: Literal["detractor", "passive", "promoter"] | None = None
    root_causes: tuple[str, ...] = Field(default=(), description="Ids in the tree of causes.")
    gesture_amount: str = Field(default="", description="What was given to make good: a number with a point.")
    gesture_currency: str = Field(default="", description="ISO 4217.")
    opened_at: datetime
    respond_due_at: datetime | None = None
    due_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    overdue: bool = False
    escalated: int = Field(default=0, description="How many levels it went up the hierarchy.")
    escalated_to: str = Field(default="", description="Code of the place whose managers were told last.")
    reopened: int = Field(default=0, description="How often it was taken up again.")
    recovered: bool | None = Field(default=None, description="Whether the customer says that it is good now.")
    merged_into: str = Field(default="", description="The ticket that goes on instead of this one.")
    erased: bool = Field(default=False, description="Nothing is left of the customer; forget the person, too.")


class ChangedTicketData(TicketData):
    """A ticket as it stands now, and what is not as it was."""

    changes: tuple[str, ...] = Field(description="Fields of this document whose values are others than before.")


class CommentedTicketData(TicketData):
    """A ticket in whose log somebody wrote. The words themselves are fetched."""

    way: Literal["internal", "to_customer", "from_customer"]
    number: int = Field(description="Of the line in the ticket's log.")


class LeftTicketData(Value):
    """A ticket that is at this place no more, told to those of the place that it left.

    Of where it went it says nothing: who may see that hears of it as a change.
    """

    ticket: str = Field(description="Id of the ticket; for who is bound to the place that it left there is none now.")
    segment: str = Field(description="Code of the place that it left, or whose place in the hierarchy is another now.")


class ErasedContactData(Value):
    """Somebody wanted to be forgotten, and is: forget them, too."""

    contact: str = Field(description="Id of the contact; nothing can be fetched by it any more.")
    erasure: str = Field(description="Id of the receipt.")


class OptedOutData(Value):
    """Somebody does not want to be written to any more."""

    contact: str
    channel: Literal["email", "sms"]
    survey: str = Field(default="", description="The one survey that they do not want; empty: nothing at all.")
    reason: Literal["unsubscribe", "complaint", "stop"]


class ImportData(Value):
    """A dropped file, when everything in it was taken in, or cannot be."""

    file: str = Field(description="Id of the file: GET /v1/files/{file} tells the rest.")
    folder: str
    object_key: str = Field(description="Where it was dropped.")
    state: Literal["done", "duplicate", "refused", "failed"]
    kind: str = Field(default="", description="What its rows are: contacts, managers...")
    dry_run: bool = Field(default=False, description="Nothing was written: it was only looked at.")
    rows: int
    totals: dict[str, int] = Field(description="Rows by what became of them: accepted, updated, duplicate, rejected...")
    deployments: tuple[str, ...] = Field(default=(), description="Sendings that it started.")
    reason: str = Field(default="", description="Why it cannot be taken in.")


class DeploymentData(Value):
    """A sending to an audience."""

    deployment: str = Field(description="Id of the deployment: GET /v1/deployments/{deployment} tells the rest.")
    name: str
    survey: str
    state: str = Field(description="planning, running, paused, cancelled.")
    reason: str = Field(default="", description="Why it was paused, where no person did.")


class SendingData(Value):
    """A channel over which nothing goes out until a person lets it go on, or that goes on again."""

    channel: Literal["email", "sms"]
    reason: str = Field(description="Why it was stopped: bounces, complaints, spend_limit, hand...")


class ExportData(Value):
    """An export that was ordered, when its file is there, or cannot be made."""

    export: str = Field(description="Id of the export: GET /v1/exports/{export} tells where the file is.")
    schedule: str = Field(default="", description="Name of the schedule that ordered it.")
    what: str = Field(description="responses, tickets, invitations...")
    format: str
    rows: int
    reason: str = Field(default="", description="Why it failed.")


class SurveyData(Value):
    """A survey whose questions are asked from now on."""

    survey: str
    survey_version: int
    name: str


class MetricData(Value):
    """A figure that differs from that of the period before, beyond chance."""

    survey: str
    segment: str
    metric: str
    topic: str = Field(default="", description="Of which more comments speak; empty: it is about the figure.")
    first: date = Field(description="First day of the period.")
    last: date
    unit: str = Field(description="points, share, mean.")
    before: float
    now: float
    low: float | None = Field(default=None, description="95 % interval of `now`.")
    high: float | None = None
    answers: int
    verdict: Literal["better", "worse", "emerging"]


class WebhookData(Value):
    """A webhook that nothing is sent to any more, until a person enables it again."""

    webhook: str
    name: str = ""
    reason: str = Field(description="gone: it answered 410. failing: it has taken nothing for five days.")


class TestData(Value):
    """Somebody tries a webhook. It goes to that one alone, and is never listed."""

    webhook: str


DATA: dict[EventType, type[Value]] = {
    EventType.RESPONSE_COMPLETED: ResponseData,
    EventType.RESPONSE_CHANGED: ResponseData,
    EventType.RESPONSE_DELETED: DeletedResponseData,
    EventType.TICKET_OPENED: TicketData,
    EventType.TICKET_CHANGED: ChangedTicketData,
    EventType.TICKET_COMMENTED: CommentedTicketData,
    EventType.TICKET_ESCALATED: TicketData,
    EventType.TICKET_CLOSED: TicketData,
    EventType.TICKET_REOPENED: TicketData,
    EventType.TICKET_RECOVERED: TicketData,
    EventType.TICKET_LEFT: LeftTicketData,
    EventType.CONTACT_ERASED: ErasedContactData,
    EventType.CONTACT_OPTED_OUT: OptedOutData,
    EventType.IMPORT_FINISHED: ImportData,
    EventType.IMPORT_FAILED: ImportData,
    EventType.DEPLOYMENT_FINISHED: DeploymentData,
    EventType.DEPLOYMENT_PAUSED: DeploymentData,
    EventType.DEPLOYMENT_RESUMED: DeploymentData,
    EventType.DEPLOYMENT_CANCELLED: DeploymentData,
    EventType.SENDING_STOPPED: SendingData,
    EventType.SENDING_RESUMED: SendingData,
    EventType.EXPORT_FINISHED: ExportData,
    EventType.EXPORT_FAILED: ExportData,
    EventType.SURVEY_PUBLISHED: SurveyData,
    EventType.METRIC_CHANGED: MetricData,
    EventType.WEBHOOK_DISABLED: WebhookData,
    EventType.WEBHOOK_TEST: TestData,
}
VERSION = 1  # of all schemas; what is only added to one does not raise it
