"""Dates and times as files write them, and which of two ways a column is to be read in. Nothing is ever guessed.

ISO 8601 is always understood: nobody writes a year first and means anything else. Days before months and months before
days are told apart by the folder's format, or by a column that can be read in one way only. Two-digit years, seconds
since 1970 and a spreadsheet's day numbers are read only where the folder says so.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escuta import i18n
from escuta.errors import InvalidError

ISO, DAY_FIRST, MONTH_FIRST = "YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY"
COUNTED = frozenset({"epoch_s", "epoch_ms", "excel"})
_WRITTEN = frozenset({ISO, DAY_FIRST, MONTH_FIRST, "DD/MM/YY", "MM/DD/YY"})
_TIMES = ("", " HH:mm", " HH:mm:ss")
_SHOWN = 80
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_PIVOT = 70  # a declared two-digit year below it is of this century, as POSIX reads it
_CENTURY = 100
_TWO_DIGITS = 2
_CLOCK = (
    r"(?:(?:T| +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_PART = r"(?:(?<=[-/.])[0-9]{1,2}|[0-9]{2})"  # without marks between them, months and days have two digits
_YEAR_FIRST = re.compile(rf"(?P<year>[0-9]{{4}})(?P<mark>[-/.]?)(?P<month>{_PART})(?P=mark)(?P<day>{_PART})" + _CLOCK)
_YEAR_LAST = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<mark>[-/.])(?P<two>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK
)
_COUNT = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,15})?")
_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
_EPOCH = re.compile(r"[0-9]{9,13}(?:[.,][0-9]+)?")
_DATE_ONLY = len("2026-04-03")
_USUAL_LENGTHS = frozenset({_DATE_ONLY, len("2026-04-03 10:20"), len("2026-04-03 10:20:30")})
_ZULU_LENGTHS = frozenset({len("2026-04-03T10:20Z"), len("2026-04-03T10:20:30Z")})
_AFTER_MINUTES = frozenset({"", ":", "Z"})  # Python takes `10:20.30` for 20 minutes and a fraction of a second
_NOON_AND_MIDNIGHT = 12


class Deduced(NamedTuple):
    """How a column can be read: `format` "" when not in one way; `example` is a cell with two different readings."""

    format: str
    example: str = ""

    def details(self) -> dict[str, str]:
        """Return the example and its two readings, as ISO dates."""
        found = _YEAR_LAST.fullmatch(self.example.strip())
        return _two_readings(self.example, found) if found else {}


def check_format(text: str) -> str:
    """Return the name of a format if there is such a one; InvalidError `date_format_unknown`."""
    if is_format(text):
        return text
    raise InvalidError("date_format_unknown", value=text[:_SHOWN])


def is_format(text: str) -> bool:
    """Tell whether this is the name of a format."""
    return text in COUNTED or any(text == day + time for day in _WRITTEN for time in _TIMES)


def declared(form: str, *, counted: bool) -> str:
    """Return the format that a folder declared. That its times are counted says nothing of birthdays and the like."""
    return form if counted or form not in COUNTED else ""


def deduce(cells: Iterable[str]) -> Deduced:
    """Return how these cells of a column can be read. Empty cells and what is no date say nothing.

    A column of `25/12/2026` and `03/04/2026` is read with the day first; of `03/04/2026` alone in two ways. One whose
    cells read the same in both ways (`05/05/2026`), or that needs both, is left to each row.
    """
    texts = [text for cell in cells if (text := cell.strip())]
    last = [found for text in texts if (found := _YEAR_LAST.fullmatch(text)) and len(found["year"]) > _TWO_DIGITS]
    readings = [(found.group(), _day(found, DAY_FIRST), _day(found, MONTH_FIRST)) for found in last]
    readings = [(text, one, two) for text, one, two in readings if one or two]
    if not readings:
        return Deduced(ISO if texts and all(map(_YEAR_FIRST.fullmatch, texts)) else "")
    by_day, by_month = all(one for _, one, _ in readings), all(two for _, _, two in readings)
    if by_day != by_month:
        return Deduced(DAY_FIRST if by_day else MONTH_FIRST)
    differs = next((text for text, one, two in readings if one != two), "")
    return Deduced("", differs if by_day else "")


@lru_cache(maxsize=4096)
def read(text: str, form: str = "") -> datetime:
    """Return the moment that a cell names: with its zone where it says one, else as a clock on the wall shows it.

    A date alone is its first moment. `form` is how the column is read; "": a cell with one reading only. InvalidError
    `date_invalid`, `date_two_digit_year`, `date_epoch`, `date_serial`, or `date_two_ways` with both readings.
    """
    text = text.strip()
    if (usual := _usual(text, form)) is not None:
        return usual
    if form in COUNTED and _COUNT.fullmatch(text):
        return _counted(text, form)
    if found := _YEAR_FIRST.fullmatch(text):
        day = _day(found, ISO)
    elif found := _YEAR_LAST.fullmatch(text):
        day = _written_day(found, form.partition(" ")[0], text)
    else:
        raise InvalidError(_strange(text), value=text[:_SHOWN])
    moment = _with_clock(found, day) if day else None
    if moment is None:
        raise InvalidError("date_invalid", value=text[:_SHOWN])
    return moment


def moment(text: str, form: str, zone: str) -> datetime:
    """Return the moment in UTC. What names no zone is of `zone` (IANA).

    Of an hour that the clocks show twice the first is taken; one that they leave out is moved on as they were.
    """
    found = read(text, form)
    if found.tzinfo is UTC:
        return found
    return (found if found.tzinfo else found.replace(tzinfo=_zone(zone))).astimezone(UTC)


_zone = lru_cache(maxsize=64)(ZoneInfo)


def spell(language: str, iso: str) -> str:
    """Return an ISO date in words: `3 de abril de 2026`, so that nobody takes the day for the month."""
    day = date.fromisoformat(iso)
    month = i18n.say("escuta.directory", language, f"month.{day.month}")
    return i18n.say("escuta.directory", language, "date.words", day=day.day, month=month, year=day.year)


def _usual(text: str, form: str) -> datetime | None:
    """Return what the usual spellings mean, faster than by their parts: `2026-04-03 10:20`, `03/04/2026`."""
    length = len(text)
    if length not in _USUAL_LENGTHS and not (length in _ZULU_LENGTHS and text[-1] == "Z"):
        return None
    if length > _DATE_ONLY and (text[13] != ":" or text[16:17] not in _AFTER_MINUTES or text[11:13] == "24"):
        return None
    if form.startswith("DD/MM/YYYY") and text[2] == text[5] == "/":
        text = f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"
    elif form.startswith("MM/DD/YYYY") and text[2] == text[5] == "/":
        text = f"{text[6:10]}-{text[:2]}-{text[3:5]}{text[10:]}"
    if text[4:8:3] != "--" or text[10:11] not in {"", " ", "T"}:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _day(found: re.Match[str], form: str) -> date | None:
    parts = found.groupdict()
    if form == ISO:
        month, day = parts["month"], parts["day"]
    else:
        month, day = (parts["two"], parts["one"]) if form.startswith("DD") else (parts["one"], parts["two"])
    year = int(parts["year"])
    if len(parts["year"]) == _TWO_DIGITS:
        year += 1900 if year >= _PIVOT else 2000
    try:
        return date(year, int(month), int(day)) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None


def _written_day(found: re.Match[str], form: str, text: str) -> date | None:
    """Return the day of a date with its year last; InvalidError where the form does not say how to read it."""
    if len(found["year"]) == _TWO_DIGITS and not form.endswith("/YY"):
        raise InvalidError("date_two_digit_year", value=text[:_SHOWN])
    if form in _WRITTEN:
        return None if form == ISO else _day(found, form)
    one, two = _day(found, DAY_FIRST), _day(found, MONTH_FIRST)
    if one and two and one != two:
        raise InvalidError("date_two_ways", **_two_readings(text, found))
    return one or two


def _two_readings(text: str, found: re.Match[str]) -> dict[str, str]:
    one, two = _day(found, DAY_FIRST), _day(found, MONTH_FIRST)
    return {"value": text.strip()[:_SHOWN], "reading": str(one), "other_reading": str(two)}


def _with_clock(found: re.Match[str], day: date) -> datetime | None:
    parts = found.groupdict()
    hour = int(parts["hour"] or 0)
    if half := parts["half"]:
        if not 1 <= hour <= _NOON_AND_MIDNIGHT:
            return None
        hour = hour % _NOON_AND_MIDNIGHT + (_NOON_AND_MIDNIGHT if half[0] in "Pp" else 0)
    fraction = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            hour,
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            fraction,
            tzinfo=_offset(parts["zone"]),
        )
    except ValueError:
        return None


def _offset(zone: str | None) -> timezone | None:
    """Return the zone of `Z` or `-03:00`. ValueError for an offset that no place has."""
    if not zone:
        return None
    if zone[0] not in "+-":
        return UTC
    minutes = int(zone[-2:]) if len(zone) > 3 else 0  # noqa: PLR2004 - `-03`
    hours = int(zone[1:3])
    if hours > 14 or minutes > 59:  # noqa: PLR2004 - Kiritimati is 14 hours before Greenwich
        raise ValueError(zone)
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if zone[0] == "-" else away)


def _counted(text: str, form: str) -> datetime:
    """Return what a number means: seconds or milliseconds since 1970, or days of a spreadsheet since 1900."""
    try:
        count = Decimal(text.replace(",", "."))
        if form == "excel":
            found = datetime(1899, 12, 30) + timedelta(seconds=round(count * 86400))  # noqa: DTZ001 - a wall clock
        else:
            milliseconds = round(count * 1000) if form == "epoch_s" else round(count)
            found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except (InvalidOperation, OverflowError) as error:
        raise InvalidError("date_invalid", value=text[:_SHOWN]) from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise InvalidError("date_invalid", value=text[:_SHOWN])
    return found


def _strange(text: str) -> str:
    """Return the code of what is no date as people write it."""
    if _SERIAL.fullmatch(text):
        return "date_serial"
    return "date_epoch" if _EPOCH.fullmatch(text) else "date_invalid"
