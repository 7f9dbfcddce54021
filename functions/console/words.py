"""How a figure, a day or a span reads in the reader's language and time zone."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from escuta import i18n
from escuta.directory import reports

MINUS = "\N{MINUS SIGN}"
_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)
_HOURS_UNTIL = dt.timedelta(days=2)  # up to here a span reads in hours, then in days


@dataclass(frozen=True)
class Reader:
    """Somebody who reads: in which language, and on the clock of which place."""

    language: str
    timezone: str

    def say(self, code: str, **details: Any) -> str:
        """Return the words for a code."""
        return i18n.say("console", self.language, code, **details)

    def many(self, code: str, n: int, **details: Any) -> str:
        """Return the words for a code that counts something: `code.one` or `code.many`."""
        return self.say(f"{code}.{'one' if n == 1 else 'many'}", n=self.number(n), **details)

    def number(self, value: float) -> str:
        """Return a whole number, rounded here and nowhere before, with a true minus sign."""
        return i18n.number(round(value), self.language).replace("-", MINUS)

    def day(self, day: str) -> str:
        """Return a calendar day without its year."""
        return self._date("date.day", dt.date.fromisoformat(day))

    def date(self, day: str) -> str:
        """Return a calendar day with its year."""
        return self._date("date.day_year", dt.date.fromisoformat(day))

    def moment(self, value: dt.datetime) -> str:
        """Return day and time to the minute, on the reader's clock."""
        local = value.astimezone(ZoneInfo(self.timezone))
        return self.say("date.moment", date=self._date("date.day", local.date()), time=f"{local:%H:%M}")

    def reason(self, code: str, details: dict[str, str]) -> str:
        """Return why a file was refused or not loaded again, in the words of its report."""
        return reports.say(self.language, code, details)

    def zone(self, at: dt.datetime) -> str:
        """Return the time zone as a person names it: its city and its distance from UTC."""
        known = i18n.catalog("console", self.language)
        city = known.get(f"zone.{self.timezone}") or self.timezone.rpartition("/")[2].replace("_", " ")
        offset = f"{at.astimezone(ZoneInfo(self.timezone)):%z}"
        return f"{city} (UTC{offset[0].replace('-', MINUS)}{offset[1:3]}:{offset[3:]})"

    def span(self, span: dt.timedelta) -> str:
        """Return a span of time in its largest fitting unit, rounded down."""
        span = abs(span)
        if span < _HOUR:
            return self.say("span.minutes", n=span // dt.timedelta(minutes=1))
        if span < _HOURS_UNTIL:
            return self.say("span.hours", n=span // _HOUR)
        return self.say("span.days", n=span // _DAY)

    def _date(self, code: str, day: dt.date) -> str:
        return self.say(code, day=day.day, month=self.say(f"month.{day.month}"), year=day.year)
