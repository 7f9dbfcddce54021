"""Service hours: when each place works, in which due times are counted; with a year to look at."""

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.action.around import Around, Row
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import clock

PATH = "action/hours"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PAGES = 5
_SPANS, _NEW_DAYS = 2, 1
Form = Mapping[str, str]


def show(visit: Visit) -> Response[str]:
    """Show which places have hours of their own."""
    around, items, cursor = Around(visit), [], visit.asked("cursor") or None
    for _ in range(_PAGES):
        page = visit.api.get("/service-hours", limit=100, cursor=cursor)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return pages.framed(visit, "action/hours", around=around, items=items, next=cursor, week=WEEK)


def choose(visit: Visit) -> Response[Any]:
    """Go to the hours of the place that was chosen."""
    return pages.go(visit, f"{PATH}/places/{visit.asked('segment')}" if visit.asked("segment") else PATH)


def place(visit: Visit, segment: str) -> Response[str]:
    """Show the hours of a place."""
    return _page(visit, segment)


def _page(visit: Visit, segment: str, typed: Row | None = None, wrong: Faults = NONE) -> Response[str]:
    around = Around(visit)
    held = visit.api.get(f"/segments/{segment}/service-hours")
    today = clock.now().astimezone(ZoneInfo(held["timezone"])).date()
    said = visit.asked("year")
    year = int(said) if len(said) == 4 and said.isdecimal() and 2000 < int(said) < 2100 else today.year  # noqa: PLR2004 - years of a calendar
    shown = typed or held
    return pages.framed(
        visit,
        "action/hours_place",
        segment=segment,
        around=around,
        held=held,
        own=held["of"] == segment,
        week=[(day, _padded((shown["week"] or {}).get(day, []), _SPANS)) for day in WEEK],
        days=[*sorted(shown["days"], key=lambda each: each["day"][-5:]), *[_blank() for _ in range(_NEW_DAYS)]],
        year=year,
        today=today,
        months=list(_months(held, year)) if held["week"] is not None else [],
        padded=_padded,
        faults=wrong,
    )


def save(visit: Visit, segment: str) -> Response[Any]:
    """Give a place hours of its own."""

    def work(form: Form) -> Response[Any]:
        before = visit.api.get(f"/segments/{segment}/service-hours")
        after = visit.api.put(f"/segments/{segment}/service-hours", _draft(form), rev=form.get("rev", ""))
        was = {name: before[name] for name in ("week", "days")} if before["of"] == segment else None
        fields = {"was": to_json(was).decode(), "rev": str(after["rev"])}
        undo = Undo(path=f"{PATH}/places/{segment}/restore", fields=fields)
        return pages.go(visit, f"{PATH}/places/{segment}", Flash(code="action.said.hours", undo=undo))

    def again(form: Form, wrong: Faults) -> Response[Any]:
        return _page(visit, segment, _draft(form), wrong)

    return forms.act(visit, work, again)


def drop(visit: Visit, segment: str) -> Response[Any]:
    """Take the hours of a place away: those above hold again."""

    def work(form: Form) -> Response[Any]:
        before = visit.api.get(f"/segments/{segment}/service-hours")
        visit.api.delete(f"/segments/{segment}/service-hours", rev=form.get("rev", ""))
        fields = {"was": to_json({name: before[name] for name in ("week", "days")}).decode(), "rev": ""}
        undo = Undo(path=f"{PATH}/places/{segment}/restore", fields=fields)
        return pages.go(visit, f"{PATH}/places/{segment}", Flash(code="action.said.hours_gone", undo=undo))

    return forms.act(visit, work, lambda _, wrong: _page(visit, segment, None, wrong))


def restore(visit: Visit, segment: str) -> Response[Any]:
    """Let the hours hold again that a place had before; nothing: it had none."""

    def work(form: Form) -> Response[Any]:
        was = forms.held(form)
        path = f"/segments/{segment}/service-hours"
        if not was:
            visit.api.delete(path, rev=form.get("rev", ""))
        else:
            visit.api.put(path, was, rev=form.get("rev", ""))
        return pages.go(visit, f"{PATH}/places/{segment}", Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, wrong: _page(visit, segment, None, wrong))


def _draft(form: Form) -> Row:
    """Return hours as the API takes them: spans of which somebody filled at least one end."""
    week = {day: list(_spans(form, day)) for day in WEEK}
    days = []
    for number in range(_rows(form)):
        day = form.get(f"days.{number}.day", "").strip()
        if not day:
            continue
        yearly = f"days.{number}.yearly" in form
        said = {"day": day[-5:] if yearly else day, "name": form.get(f"days.{number}.name", "").strip()}
        days.append({**said, "spans": list(_spans(form, f"days.{number}"))})
    return {"week": {day: spans for day, spans in week.items() if spans}, "days": days}


def _rows(form: Form) -> int:
    numbers = [forms.counted(name.split(".")[1], 0) for name in form if name.startswith("days.")]
    return min(max(numbers, default=-1) + 1, 400)


def _spans(form: Form, name: str) -> Iterator[Row]:
    for number in range(6):
        opens, closes = (form.get(f"{name}.{number}.{end}", "").strip()[:5] for end in ("opens", "closes"))
        if opens or closes:
            yield {"opens": opens, "closes": "24:00" if closes == "00:00" else closes}


def _padded(spans: list[Row], most: int) -> list[Row]:
    """Return spans as fields show them, with room for another."""
    shown = [
        {"opens": each["opens"], "closes": "00:00" if each["closes"] == "24:00" else each["closes"]} for each in spans
    ]
    return [*shown, *({"opens": "", "closes": ""} for _ in range(max(0, most - len(shown))))]


def _blank() -> Row:
    return {"day": "", "name": "", "spans": []}


def _months(held: Row, year: int) -> Iterator[tuple[int, list[list[Row | None]]]]:
    """Yield the months of a year, week by week: of each day whether the place works, and what the day is called."""
    special = {each["day"]: each for each in held["days"]}
    for month in range(1, 13):
        weeks = [
            [_day(held, special, dt.date(year, month, day)) if day else None for day in week]
            for week in calendar.Calendar().monthdayscalendar(year, month)
        ]
        yield month, weeks


def _day(held: Row, special: Mapping[str, Row], day: dt.date) -> Row:
    own = special.get(day.isoformat()) or special.get(f"{day:%m-%d}")
    spans = own["spans"] if own else held["week"].get(WEEK[day.weekday()], [])
    return {
        "n": day.day,
        "date": day,
        "open": bool(spans),
        "special": own is not None,
        "name": own["name"] if own else "",
    }
