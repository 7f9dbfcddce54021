"""How many parts of SMS went out in an hour, a day, and to a country. Pure."""

from datetime import datetime
from typing import Self

from pydantic import Field

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.frequency import SmsRules

HOURLY, DAILY, DAILY_OF_COUNTRY = "sms_hourly", "sms_daily", "sms_daily_of_country"
_KEPT_DAYS = 400


class SmsDay(Outreach):
    """The parts of one day of the organisation: one row for every window, so that one guarded write counts in all."""

    kind = "sms_day"

    day: str
    parts: int = 0
    hours: dict[str, int] = Field(default_factory=dict)  # by hour, UTC
    countries: dict[str, int] = Field(default_factory=dict)
    reached: tuple[str, ...] = ()  # ceilings that held something back, told once each
    begun_at: int = 0  # epoch second, for the housekeeping

    @staticmethod
    def place(day: str) -> Key:
        """Return the key of a day."""
        return Key("sms_days", day)

    def key(self) -> Key:
        """Return the primary key."""
        return self.place(self.day)

    def ttl(self) -> int | None:
        """Forget it after a year and a month."""
        return self.begun_at + _KEPT_DAYS * 86_400

    def over(self, country: str, parts: int, hour: str, rules: SmsRules) -> str:
        """Return which ceiling so many parts more would break; "" when none."""
        if self.hours.get(hour, 0) + parts > rules.hourly:
            return HOURLY
        if self.parts + parts > rules.daily:
            return DAILY
        if country in rules.daily_of and self.countries.get(country, 0) + parts > rules.daily_of[country]:
            return DAILY_OF_COUNTRY
        return ""

    def plus(self, country: str, parts: int, hour: str) -> Self:
        """Return the day with so many parts more."""
        return self.model_copy(
            update={
                "parts": self.parts + parts,
                "hours": {**self.hours, hour: self.hours.get(hour, 0) + parts},
                "countries": {**self.countries, country: self.countries.get(country, 0) + parts},
            }
        )


def hour_of(moment: datetime) -> str:
    """Return the name of an hour; UTC, where none comes twice."""
    return moment.strftime("%Y-%m-%dT%H")
