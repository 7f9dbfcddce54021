"""When a message goes out, and when it is repeated for whom did not answer."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from escuta.entity import Moment, Value

MOST_REMINDERS = 5
Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]  # on the clock of the person


class Weekday(StrEnum):
    """A day of the week, as ISO 8601 counts them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Calendar(Value):
    """When a person may be written to at all, on the clock and the calendar of that person."""

    quiet_from: Hour | None = None  # nothing goes out from here...
    quiet_to: Hour | None = None  # ...until here, over midnight when this one is the earlier
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = tuple(Weekday)
    excluded: Annotated[
        tuple[date, ...], Field(max_length=400)
    ] = ()  # holidays: what falls on one waits for the next day

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet hours have a beginning and an end")
        if self.quiet_from is not None and self.quiet_from == self.quiet_to:
            raise ValueError("quiet hours may not last all day")
        return self


class SendWhen(StrEnum):
    """What decides when a message goes out."""

    NOW = "now"
    AT = "at"  # one instant for everybody
    LOCAL = "local"  # an hour of the person's own day


class SendTime(Value):
    """When the invitations of a sending go out."""

    when: SendWhen = SendWhen.NOW
    at: Moment | None = None
    hour: Hour | None = None
    days: int = Field(default=0, ge=0, le=30)  # whole days to let pass before the hour counts; 0: today, if it is ahead

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.at is not None) != (self.when is SendWhen.AT):
            raise ValueError("`at` belongs to `when: at`")
        if (self.hour is not None) != (self.when is SendWhen.LOCAL):
            raise ValueError("`hour` belongs to `when: local`")
        return self


class Reminders(Value):
    """How often somebody who did not answer is asked again, with the same link."""

    times: int = Field(default=0, ge=0, le=MOST_REMINDERS)  # 0: never
    every_days: int = Field(default=3, ge=1, le=30)
    hour: Hour = "10:00"
