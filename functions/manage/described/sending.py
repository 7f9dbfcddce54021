"""Sending as a whole: its state, its rules, and what SMS cost."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from escuta.outreach.model import Brake, Channel, SendingDraft, SendingRules
from manage import sending, sending_rules, sms_prices
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, shape

Rules = shape(SendingRules)


class Account(Shown):
    """What the account at the provider may do, as it told itself last."""

    rate: float
    sending_enabled: bool
    told_at: datetime | None


class DayQuota(Shown):
    """What of the messages of 24 hours is used. `frees_at` is an estimate."""

    per_day: int
    used: int
    left: int
    frees_at: datetime | None


class Window(Shown):
    """What became of the messages of an hour or a day. Rates are parts of 1."""

    sent: int
    bounced: int
    complained: int
    bounce_rate: float
    complaint_rate: float


class Limits(Shown):
    """At which rates the brake stops a channel, and of how many messages a rate says anything."""

    bounce_rate: float
    complaint_rate: float
    least_sent: int
    least_bounced: int
    least_complained: int


class StoppedBy(Shown):
    """Who stopped a channel by hand, when and why."""

    at: datetime
    by: str
    why: str


class ResumedBy(StoppedBy):
    """Who let a channel go on; `reason` is why it had stopped, `day` what stood there."""

    reason: str
    day: Window


class BrakeShown(Shown):
    """Whether a channel sends, and the counts that decide it. Only a person lets a stopped one go on."""

    state: Brake
    reason: str
    since: datetime | None
    counts_from: datetime | None
    hour: Window
    day: Window
    limits: Limits
    stopped: list[StoppedBy]
    resumed: list[ResumedBy]


class ChannelShown(Shown):
    """What may go out over a channel: `rate` a second, `tokens` at once, `share` of the account's rate.

    `held` is why nothing goes out at all, `detail` its words; both are empty where something may.
    """

    channel: Channel
    held: str
    detail: str
    rate: float
    tokens: int
    share: float
    account: Account
    quota: DayQuota | None
    brake: BrakeShown


class Ceiling(Shown):
    """Parts of SMS that went out, and the most that may."""

    parts: int
    most: int


class PriceShown(Shown):
    """What one part of an SMS costs in US dollars, as of when and according to whom. Never a bill."""

    usd: Decimal
    as_of: str
    source: str
    estimate: Literal[True]


class CountrySent(Shown):
    """What went to a country today. `most` null: only the ceiling of all; `price` null: nobody told it."""

    country: str
    parts: int
    most: int | None
    price: PriceShown | None
    spent: str | None


class SmsToday(Shown):
    """The SMS of this hour and of this day of the organisation; `reached` names the ceilings that were met."""

    day: str
    hourly: Ceiling
    daily: Ceiling
    countries: list[CountrySent]
    reached: list[str]


class EmailPrice(Shown):
    """What one e-mail costs, an estimate."""

    currency: Literal["USD"]
    estimate: Literal[True]
    email: str


class SendingShown(Shown):
    """What may go out over each channel, and what it costs."""

    channels: list[ChannelShown]
    sms: SmsToday
    prices: EmailPrice


class PricesTaken(Shown):
    """The prices that hold from now on, in US dollars a part; `left_out` are countries of which the list has none."""

    prices: dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], str]
    priced_as_of: date
    priced_by: str
    left_out: list[str]
    rev: int


OPERATIONS: Operations = {
    sending.get: Operation(name="get_sending", query=Asked, answer=SendingShown),
    sending.switch: Operation(name="change_sending", body=sending.Switch, answer=ChannelShown),
    sending_rules.get: Operation(name="get_sending_rules", answer=Rules),
    sending_rules.put: Operation(name="replace_sending_rules", body=SendingDraft, answer=Rules, matched=True),
    sms_prices.put: Operation(
        name="replace_sms_prices",
        query=sms_prices.PriceList,
        sent=("text/csv", "application/json"),
        answer=PricesTaken,
        matched=True,
    ),
}
