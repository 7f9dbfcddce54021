"""The form of one rule: what it says, what it becomes, and what it would have opened."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.action import conditions, rules
from console.action.around import Around, Row
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from console.words import Reader
from escuta import i18n
from escuta.errors import InvalidError, NotFoundError

_HOUR = 60
_INSIDE = re.compile(r"^(rules\.)?rules(\[\d+\]|\.\d+)\.")  # where the API finds one rule among all
_SLUG = re.compile(r"[^a-z0-9]+")
_NEW: Row = {
    "id": "",
    "name": "",
    "active": True,
    "kind": "answer",
    "surveys": [],
    "when": None,
    "hours": 24,
    "begun": False,
    "priority": "normal",
    "high_at_most": None,
    "way": "load",
    "manager": "",
    "promise": None,
    "alert": {},
    "tags": [],
}


def hours(read: Reader, minutes: int) -> str:
    """Return minutes of business hours in words."""
    return f"{read.decimal(minutes / _HOUR, 0 if minutes % _HOUR == 0 else 1)} h"


def new(visit: Visit) -> Response[str]:
    """Show the form of a rule that is not there yet."""
    return _page(visit, _NEW, visit.api.get("/ticket-rules"))


def show(visit: Visit, rule: str) -> Response[str]:
    """Show the form of a rule."""
    book = visit.api.get("/ticket-rules")
    return _page(visit, _found(book, rule), book)


def create(visit: Visit) -> Response[Any]:
    """Make a rule; the id is drawn from its name and from the call, so that one form makes one."""
    return _saved(visit, "")


def change(visit: Visit, rule: str) -> Response[Any]:
    """Change a rule."""
    return _saved(visit, rule)


def foresee(visit: Visit) -> Response[Any]:
    """Show what the rule in the form would have opened; nothing is stored."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        book = visit.api.get("/ticket-rules")
        draft = _draft(visit, form, form.get("id", ""))
        days = int(form["days"]) if form.get("days", "") in set(map(str, rules.DAYS)) else 30
        asked: dict[str, Any] = {"rules": {"rules": [draft | {"active": True}]}, "days": days}
        if form.get("at"):
            asked["segment"] = form["at"]
        return _page(visit, {**_NEW, **draft}, book, found=visit.api.post("/ticket-rules/preview", asked), typed=form)

    return forms.act(visit, work, lambda form, wrong: _again(visit, form, wrong))


def _saved(visit: Visit, rule: str) -> Response[Any]:
    def changed(known: list[Row], form: Mapping[str, str]) -> tuple[list[Row], Flash]:
        name = rule or _identity(form)
        draft = _draft(visit, form, name)
        there = any(each["id"] == name for each in known)
        kept = [draft if each["id"] == name else each for each in known] if there else [*known, draft]
        code = "action.said.rule_saved" if rule else "action.said.rule_made"
        return kept, Flash(code=code, details={"name": draft["name"]})

    return rules.save(visit, changed, lambda form, wrong: _again(visit, form, wrong))


def _again(visit: Visit, form: Mapping[str, str], wrong: Faults) -> Response[str]:
    """Return the form as it was typed."""
    book = visit.api.get("/ticket-rules")
    typed = {**_NEW, **_plain(visit, form), "id": form.get("id", "")}
    places = {_INSIDE.sub("", place): words for place, words in wrong.fields.items()}
    return _page(visit, typed, book, Faults(wrong.general, places, wrong.code, wrong.status), typed=form)


def _found(book: Row, rule: str) -> Row:
    found: Row | None = next((each for each in book["rules"] if each["id"] == rule), None)
    if found is None:
        raise NotFoundError("page_not_found")
    return found


def _page(
    visit: Visit,
    rule: Row,
    book: Row,
    wrong: Faults = NONE,
    *,
    found: Row | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    around = Around(visit)
    facts = conditions.known(visit, around, rule["surveys"])
    said = conditions.typed(visit) if typed is not None else conditions.rows(rule["when"])
    missing = [test.field for test in (said[1] if said else ()) if test.field and test.field not in facts.names]
    return pages.framed(
        visit,
        "action/rule",
        part="foreseen",
        rule=rule,
        book=book,
        around=around,
        facts=[*facts.facts, *((name, name) for name in dict.fromkeys(missing))],
        values=conditions.values(visit, around),
        ops=conditions.OPS,
        join=said[0] if said else "all",
        tests=said[1] if said else None,
        whole=json.dumps(rule["when"], ensure_ascii=False) if said is None else "",
        words=rules.words(visit, around, [rule], facts),
        languages=i18n.LANGUAGES,
        days=rules.DAYS,
        found=found,
        typed=typed or {},
        faults=wrong,
    )


def _draft(visit: Visit, form: Mapping[str, str], name: str) -> Row:
    return {**_plain(visit, form), "id": name or "draft"}


def _plain(visit: Visit, form: Mapping[str, str]) -> Row:
    """Return what a form says of a rule, as the API takes it."""
    unanswered = form.get("kind") == "opened_unanswered"
    said: Row = {
        "name": form.get("name", "").strip(),
        "active": form.get("active", "true") == "true",
        "kind": "opened_unanswered" if unanswered else "answer",
        "surveys": [each for each in visit.fields.get("surveys", []) if each],
        "when": _whole(form["whole"]) if form.get("whole") else conditions.read(visit),
        "hours": _number(form, "hours") or 0 if unanswered else 0,
        "begun": unanswered and "begun" in form,
        "priority": form.get("priority", "normal"),
        "high_at_most": None if unanswered else _number(form, "high_at_most"),
        "way": form.get("way", "load"),
        "manager": form.get("manager", "") if form.get("way") == "manager" else "",
        "promise": promise(form, "respond", "resolve"),
        "alert": {
            each: form[f"alert.{each}"].strip() for each in i18n.LANGUAGES if form.get(f"alert.{each}", "").strip()
        },
        "tags": [each.strip() for each in form.get("tags", "").split(",") if each.strip()],
    }
    return said


def _whole(text: str) -> Row:
    """Return a condition with groups inside groups, as the form hands it on."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidError("form_invalid") from error
    if not isinstance(found, dict):
        raise InvalidError("form_invalid")
    return found


def promise(form: Mapping[str, str], respond: str, resolve: str) -> Row | None:
    """Return a promise of two fields in hours; None where neither says any."""
    first, second = minutes(form, respond), minutes(form, resolve)
    return {"respond": first or 0, "resolve": second or 0} if first is not None or second is not None else None


def minutes(form: Mapping[str, str], name: str) -> int | None:
    """Return hours, which people write with a comma or a point, as minutes; None for an empty field."""
    text = form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return round(float(text) * _HOUR)
    except (ValueError, OverflowError) as error:
        raise InvalidError("number_invalid", field=name, value=text[:40]) from error


def _number(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal():
        raise InvalidError("number_invalid", field=name, value=text[:40])
    return int(text)


def _identity(form: Mapping[str, str]) -> str:
    """Return the id of a new rule, the same for one form however often it is sent."""
    plain = unicodedata.normalize("NFKD", form.get("name", "")).encode("ascii", "ignore").decode().lower()
    slug = _SLUG.sub("-", plain).strip("-")[:28] or "rule"
    call = _SLUG.sub("", form.get("call", "").lower())[:6]
    return f"{slug if slug[0].isalpha() else f'r-{slug}'}-{call}".strip("-")
