"""Real people of a dry run."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from escuta.outreach.model import Channel
from escuta.outreach.sms import Measure
from manage import dryrun_samples
from manage.described.operation import Operation, Operations, Shown, page


class SampleMessage(Shown):
    """A message as this person would get it. Its links are made for the look at it and lead nowhere."""

    channel: Channel
    subject: str
    html: str = Field(description="Of a mail: written by people, so show it in a sandboxed frame.")
    text: str
    sms: Measure | None
    cost_usd: str | None = Field(description="A decimal, an estimate. Null where nobody told a price.")


class DryRunSample(Shown):
    """One person, and what would become of them. Their names and messages are empty without `contacts:read`."""

    contact: str
    name: str
    email: str
    phone: str
    segment: str
    outcome: Literal["send", "defer", "skip"]
    reason: str
    detail: str
    rule: str = Field(description="The rule of the organisation that decided; empty where none did.")
    evidence: dict[str, str] = Field(description="What the decision saw: dates, the rule, the address.")
    at: datetime | None = Field(description="When it would go out.")
    next_eligible_at: datetime | None
    messages: list[SampleMessage]


OPERATIONS: Operations = {
    dryrun_samples.listing: Operation(
        name="list_dry_run_samples", query=dryrun_samples.Wanted, answer=page(DryRunSample)
    ),
}
