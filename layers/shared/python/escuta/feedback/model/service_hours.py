"""When a place works: the hours of its week, and the days on which they differ."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from escuta.entity import Key, Value
from escuta.feedback.model.survey import Feedback
from escuta.outreach.model.sending import Hour, Weekday

DAY = 24 * 60
MOST_SPANS = 6
EndOfDay = Annotated[str, Field(pattern=r"^24:00$")]


class Opening(Value):
    """Hours on the clock of the place. What closes earlier than it opens goes on into the next day."""

    opens: Hour
    closes: Hour | EndOfDay

    @property
    def minutes(self) -> tuple[int, int]:
        """Return from which to which minute, counted from the beginning of the day on which it opens."""
        first, last = _minute(self.opens), _minute(self.closes)
        return first, last if last > first else last + DAY

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.opens == self.closes:
            raise PydanticCustomError("hours_empty", "a span must last: 00:00 to 24:00 is a whole day")
        return self


def _follow(spans: tuple[Opening, ...]) -> tuple[Opening, ...]:
    """Refuse spans of one day that overlap, or that do not stand in their order."""
    for earlier, later in pairwise(spans):
        if later.minutes[0] < earlier.minutes[1]:
            raise PydanticCustomError("hours_overlap", "the spans of a day must follow each other")
    return spans


Spans = Annotated[tuple[Opening, ...], Field(max_length=MOST_SPANS), AfterValidator(_follow)]


class SpecialDay(Value):
    """A day with hours of its own; without any, it is a holiday."""

    day: date | Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]  # MM-DD: of every year
    name: str = Field(default="", max_length=80)
    spans: Spans = ()

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        if isinstance(self.day, str):
            try:
                date.fromisoformat(f"2000-{self.day}")
            except ValueError as error:
                raise PydanticCustomError("hours_day", "there is no such day") from error
        return self

    @property
    def key(self) -> str:
        """Return the day as it is looked up: `YYYY-MM-DD`, or `MM-DD`."""
        return self.day if isinstance(self.day, str) else self.day.isoformat()


class ServiceHoursDraft(Value):
    """When somebody is there to act. A span belongs to the day on which it opens, whatever the next day is."""

    week: dict[Weekday, Spans]  # a day not here is closed
    days: Annotated[tuple[SpecialDay, ...], Field(max_length=300)] = ()  # a date outdoes the same day of every year

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not any(self.week.values()):
            raise PydanticCustomError("hours_none", "at least one day of the week must be open")
        keys = [day.key for day in self.days]
        if len(set(keys)) < len(keys):
            raise PydanticCustomError("hours_day_twice", "a day may be named once")
        return self


class ServiceHours(Feedback, ServiceHoursDraft):
    """The hours of a segment, and of all below it that have none of their own."""

    kind = "service_hours"

    segment: str
    updated_at: datetime | None = None
    updated_by: str = ""

    @staticmethod
    def at(segment: str) -> Key:
        """Return the key of a segment's own hours."""
        return Key(f"service_hours#{segment}", "service_hours")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.segment)


def _minute(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])
