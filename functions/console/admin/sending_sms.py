"""Where SMS may go, how many, and what a part of one costs."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import facts, sending_rules
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit

Form = Mapping[str, str]
PATH = "admin/sending/sms"


def show(visit: Visit) -> Response[str]:
    """Show the limits, what of them is used, and the prices."""
    return _page(visit, {}, NONE)


def save(visit: Visit) -> Response[str]:
    """Let other limits hold."""

    def work(form: Form) -> Response[str]:
        held = visit.api.get("/sending-rules")["sms"]
        said = {
            "countries": _countries(form),
            "hourly": facts.whole(form.get("hourly", "").strip()),
            "daily": facts.whole(form.get("daily", "").strip()),
            "daily_of": _daily_of(visit),
        }
        return sending_rules.keep(visit, {"sms": held | said}, PATH)

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def price(visit: Visit) -> Response[str]:
    """Take the prices of a list that was pasted."""

    def work(form: Form) -> Response[str]:
        said = {"as_of": form.get("as_of", ""), "source": form.get("source", "").strip()}
        before = visit.api.get("/sending-rules")["sms"]
        text = form.get("prices", "").strip() + "\n"
        made = visit.api.put_text("/sending-rules/sms-prices", text, "text/csv", rev=form.get("rev", ""), **said)
        code = "settings.said.prices_left_out" if made["left_out"] else "settings.said.prices"
        details = {"n": str(len(made["prices"])), "countries": ", ".join(made["left_out"][:20])}
        undo = sending_rules.undoing({"sms": before}, made["rev"], PATH)
        return pages.go(visit, PATH, Flash(code=code, details=details, undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def _page(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    held = visit.api.get("/sending-rules")
    sms = held["sms"]
    limits = [{"country": country, "parts": parts} for country, parts in sms["daily_of"].items()]
    values: dict[str, Any] = {
        "countries": ", ".join(sms["countries"]),
        "hourly": sms["hourly"],
        "daily": sms["daily"],
        "prices": "",
        "as_of": "",
        "source": "",
        **typed,
    }
    if "hourly" in typed:
        limits = [{"country": country, "parts": parts} for country, parts in _limits(visit)]
    return pages.framed(
        visit,
        "admin/sending_sms",
        held=held,
        values=values,
        limits=[*limits, {"country": "", "parts": ""}],
        now_sent=visit.api.get("/sending")["sms"],
        country=visit.api.get("/settings")["country"] if visit.api.may("settings:read") else "",
        faults=faults,
    )


def _countries(form: Form) -> list[str]:
    return form.get("countries", "").upper().replace(",", " ").replace(";", " ").split()


def _limits(visit: Visit) -> list[tuple[str, str]]:
    fields = visit.fields
    rows = zip(fields.get("daily_of.country", []), fields.get("daily_of.parts", []), strict=False)
    return [(country.strip().upper(), parts.strip()) for country, parts in rows if country.strip() or parts.strip()]


def _daily_of(visit: Visit) -> dict[str, int | str]:
    return {country: facts.whole(parts) for country, parts in _limits(visit)}
