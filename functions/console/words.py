"""How a figure, a day or a span reads in the reader's language and time zone."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from escuta import clock, i18n
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

    def say(self, code: str, /, **details: Any) -> str:
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

    def at(self, text: str) -> str:
        """Return a moment as the API tells it (RFC 3339), with the year where it is not this one."""
        value = dt.datetime.fromisoformat(text)
        local = value.astimezone(ZoneInfo(self.timezone))
        code = "date.day" if local.year == clock.now().astimezone(ZoneInfo(self.timezone)).year else "date.day_year"
        return self.say("date.moment", date=self._date(code, local.date()), time=f"{local:%H:%M}")

    def ago(self, text: str) -> str:
        """Return how long ago a moment was, or in how long it will be."""
        span = clock.now() - dt.datetime.fromisoformat(text)
        if abs(span) < dt.timedelta(minutes=1):
            return self.say("span.now")
        return self.say("span.ago" if span >= dt.timedelta(0) else "span.in", span=self.span(span))

    def decimal(self, value: float, places: int = 1) -> str:
        """Return a number with decimals."""
        return i18n.number(value, self.language, places).replace("-", MINUS)

    def percent(self, share: float, places: int = 0) -> str:
        """Return a share of one as a percentage."""
        return self.say("classes.share", percent=self.decimal(share * 100, places))

    def money(self, amount: float, currency: str) -> str:
        """Return an amount of a currency by its ISO 4217 code."""
        return f"{currency} {self.decimal(amount, 2)}"

    def reason(self, code: str, details: dict[str, str]) -> str:
        """Return why a file was refused or not loaded again, in the words of its report."""
        return reports.say(self.language, code, details)

    def zone(self, at: dt.datetime) -> str:
        """Return the time zone as a person names it: its city and its distance from UTC."""
        offset = f"{at.astimezone(ZoneInfo(self.timezone)):%z}"
        return f"{self.city(self.timezone)} (UTC{offset[0].replace('-', MINUS)}{offset[1:3]}:{offset[3:]})"

    def city(self, timezone: str) -> str:
        """Return a time zone by its city, as the reader's language writes it."""
        known = i18n.catalog("console", self.language)
        return known.get(f"zone.{timezone}") or timezone.rpartition("/")[2].replace("_", " ")

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
