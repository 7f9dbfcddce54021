"""The form of a sending: from what is typed to what the API takes, and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from console.deploy.choices import number
from console.visit import Visit

Typed = dict[str, Any]

_LISTS = ("segments", "products", "groups", "contacts", "calendar.weekdays", "calendar.excluded")
_OF = {
    "segments": ("segments",),
    "products": ("products", "groups", "segments"),
    "contacts": ("contacts",),
    "file": ("file",),
}
_LISTED = frozenset({"any_of", "none_of"})
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BLANK: Typed = {
    "name": "",
    "survey": "",
    "strategy": "prefer_email",
    "audience": "segments",
    "segments": [],
    "products": [],
    "groups": [],
    "contacts": [],
    "people": "",
    "file": "",
    "where": [],
    "most": "",
    "expires_after_days": 30,
    "sender_name": "",
    "template": "",
    "send.when": "now",
    "send.at": "",
    "send.hour": "10:00",
    "send.days": 0,
    "calendar": "",
    "calendar.quiet_from": "20:00",
    "calendar.quiet_to": "08:00",
    "calendar.weekdays": list(WEEKDAYS),
    "calendar.excluded": [],
    "canary": "",
    "canary.percent": 10,
    "canary.hours": 24,
    "remind.times": 0,
    "remind.every_days": 3,
    "remind.hour": "10:00",
    "reply_to": "",
}


def typed(fields: Mapping[str, Sequence[str]]) -> Typed:
    """Return what a form says, as the page shows it again."""
    said: Typed = {name: values[0] for name, values in fields.items()}
    said |= {name: [value for value in fields.get(name, ()) if value.strip()] for name in _LISTS}
    return {**BLANK, "calendar": "", "canary": "", **said, "where": _conditions(fields)}


def of(visit: Visit, draft: Mapping[str, Any]) -> Typed:
    """Return a draft of the API as the form shows it, its instant on the reader's clock."""
    send, remind = draft["send"], draft["remind"]
    at = send["at"] and datetime.fromisoformat(send["at"]).astimezone(ZoneInfo(visit.timezone))
    calendar, canary = draft["calendar"], draft["canary"]
    plain = {name: draft[name] for name in BLANK if name in draft and name not in {"calendar", "canary", "where"}}
    return {
        **BLANK,
        **plain,
        "most": draft["most"] or "",
        "where": [{**one, "value": _joined(one["value"])} for one in draft["where"]],
        "send.when": send["when"],
        "send.at": f"{at:%Y-%m-%dT%H:%M}" if at else "",
        "send.hour": send["hour"] or BLANK["send.hour"],
        "send.days": send["days"],
        **{f"remind.{name}": value for name, value in remind.items()},
        **({"calendar": "own", **_under("calendar", calendar)} if calendar else {}),
        **({"canary": "on", **_under("canary", canary)} if canary else {}),
    }


def body(visit: Visit, said: Typed) -> dict[str, Any]:
    """Return what the API takes. What belongs to another choice than the one made is not sent."""
    audience = said["audience"]
    named = {name: said[name] for name in _OF.get(audience, ())}
    return {
        "name": said["name"].strip(),
        "survey": said["survey"],
        "strategy": said["strategy"],
        "audience": audience,
        **named,
        "where": [_condition(one) for one in said["where"]],
        "most": number(said["most"]) or 0,
        "expires_after_days": number(str(said["expires_after_days"])),
        "sender_name": said["sender_name"].strip(),
        "template": said["template"],
        "send": _send(visit, said),
        "calendar": _calendar(said) if said["calendar"] == "own" else None,
        "canary": {name: number(str(said[f"canary.{name}"])) for name in ("percent", "hours")}
        if said["canary"]
        else None,
        "remind": {
            "times": number(str(said["remind.times"])),
            "every_days": number(str(said["remind.every_days"])),
            "hour": said["remind.hour"],
        },
        "reply_to": said["reply_to"].strip(),
    }


def instant(visit: Visit, text: str) -> str:
    """Return a moment that was typed on the reader's clock, as the API reads it; what is none goes as it is."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(visit.timezone)).isoformat()
    except ValueError:
        return text


def _send(visit: Visit, said: Typed) -> dict[str, Any]:
    match said["send.when"]:
        case "at":
            return {"when": "at", "at": instant(visit, said["send.at"])}
        case "local":
            return {"when": "local", "hour": said["send.hour"], "days": number(str(said["send.days"]))}
        case when:
            return {"when": when}


def _calendar(said: Typed) -> dict[str, Any]:
    return {
        "quiet_from": said["calendar.quiet_from"] or None,
        "quiet_to": said["calendar.quiet_to"] or None,
        "weekdays": said["calendar.weekdays"],
        "excluded": said["calendar.excluded"],
    }


def _conditions(fields: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    rows = zip(*(fields.get(f"where.{name}", ()) for name in ("field", "op", "value")), strict=False)
    return [{"field": field, "op": op, "value": value} for field, op, value in rows if field]


def _condition(one: Mapping[str, str]) -> dict[str, Any]:
    if one["op"] in {"known", "blank"}:
        return {"field": one["field"], "op": one["op"]}
    several = [part.strip() for part in one["value"].split(",") if part.strip()]
    return {**one, "value": several if one["op"] in _LISTED else one["value"].strip()}


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _under(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}.{key}": value if value is not None else "" for key, value in values.items()}
