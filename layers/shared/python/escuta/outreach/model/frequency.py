"""How often a person may be asked, and when nobody may be: what holds for every sending of the organisation."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.ruleset import MOST_RULES, Exclude, Name
from escuta.outreach.model.sending import Calendar

FLOOR = timedelta(hours=24)  # between two invitations of one person, whatever the rules say
SLACK = timedelta(minutes=15)  # so long after the moment that its rest is counted from, a message may leave at most


class RestScope(StrEnum):
    """Within what a rest counts."""

    ORGANISATION = "organisation"
    SURVEY = "survey"
    CHANNEL = "channel"


class RestAfter(StrEnum):
    """What a person rests from."""

    INVITATION = "invitation"
    RESPONSE = "response"


class RestThen(StrEnum):
    """What becomes of somebody who rests: left out of this sending, or asked once the rest is over."""

    SKIP = "skip"
    DEFER = "defer"


class RestRule(Value):
    """At most so many invitations, or answers, within so many days. Reminders neither count nor are held back."""

    name: Name
    scope: RestScope = RestScope.ORGANISATION
    after: RestAfter = RestAfter.INVITATION
    days: int = Field(ge=1, le=365)
    at_most: int = Field(default=1, ge=1, le=20)
    then: RestThen = RestThen.SKIP


Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]  # ISO 3166
Countries = Annotated[dict[Country, Annotated[int, Field(ge=0)]], Field(max_length=250)]
Dollars = Annotated[str, Field(pattern=r"^[0-9]{1,2}([.][0-9]{1,6})?$")]


class SmsRules(Value):
    """Where SMS may go, and how many: a leak, or a fraud with premium numbers, costs no more than this."""

    countries: Annotated[tuple[Country, ...], Field(max_length=250)] = ()  # (): the organisation's own alone
    hourly: int = Field(default=1_000, ge=0)  # parts, as they are paid for
    daily: int = Field(default=10_000, ge=0)
    daily_of: Countries = Field(default_factory=dict)  # parts a day of one country
    prices: Annotated[dict[Country, Dollars], Field(max_length=250)] = Field(default_factory=dict)  # of one part
    priced_as_of: date | None = None  # of when these prices are
    priced_by: str = Field(default="", max_length=200)  # where they are from


class SendingDraft(Value):
    """What somebody decides about every sending."""

    rest: Annotated[tuple[RestRule, ...], Field(max_length=20)] = (RestRule(name="30 dias", days=30),)
    exclude: Annotated[tuple[Exclude, ...], Field(max_length=MOST_RULES)] = ()
    calendar: Calendar = Calendar()
    sms: SmsRules = SmsRules()
    reply_to: str = Field(default="", max_length=254)  # an address, or `manager`


class SendingRules(Outreach, SendingDraft):
    """What holds for every sending of the organisation."""

    kind = "sending_rules"

    updated_at: datetime | None = None
    updated_by: str = ""

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("settings", "sending")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()
