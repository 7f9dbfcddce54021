"""One person: the journey, whether they would be asked now and why not, their data as a file, and their erasure."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import contacts, tree
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import Scope

STRATEGIES = ("prefer_email", "prefer_sms", "email", "sms", "both")
# Where what happened can be read further: detail of an event -> page.
_LEADS = {"response": "analyze/responses/", "ticket": "action/tickets/", "deployment": "deploy/history/"}
_DRAWN = {
    "contact_known": "user-plus",
    "visited": "store",
    "invited": "send",
    "answered": "message-square",
    "ticket_opened": "ticket",
    "ticket_ended": "circle-check",
    "consent_said": "shield-check",
    "address_closed": "ban",
    "address_opened": "lock-open",
}


def show(visit: Visit, contact: str) -> Response[str]:
    """Show a person with their journey."""
    return _page(visit, contact, NONE)


def erase(visit: Visit, contact: str) -> Response[str]:
    """Begin to erase a person everywhere."""

    def work(form: Mapping[str, str]) -> Response[str]:
        keep_out = form.get("keep_out") == "on"
        receipt = visit.api.post(f"/contacts/{contact}/erasures", {"keep_out": keep_out}, call=form["call"])
        said = Flash(code="admin.contacts.said.erasing")
        return pages.go(visit, f"admin/privacy/erasures/{receipt['id']}", said)

    return forms.act(visit, work, lambda _, faults: _page(visit, contact, faults))


def export(visit: Visit, contact: str) -> Response[str]:
    """Show how all that is known of a person is fetched, part by part, into one file."""
    access.require(visit.api.caller, Scope.PRIVACY_ADMIN)
    found = visit.api.get(f"/contacts/{contact}")
    return pages.framed(visit, "admin/contact_export", contact=found)


def data(visit: Visit, contact: str) -> Response[Any]:
    """Return a part of all that is known of a person, as a file."""
    return visit.api.file(f"/contacts/{contact}/data", cursor=visit.asked("cursor"))


def _page(visit: Visit, contact: str, faults: Faults) -> Response[str]:
    may = visit.api.may
    found = visit.api.get(f"/contacts/{contact}")
    if visit.is_part:  # another survey or channel was chosen
        surveys = _surveys(visit)
        return pages.framed(
            visit, "admin/contact", part="eligibility", contact=found, **_asked(visit, contact, surveys)
        )
    journey = visit.api.get(f"/contacts/{contact}/journey")
    surveys = _surveys(visit) if may(Scope.SURVEYS_READ) else []
    return pages.framed(
        visit,
        "admin/contact",
        contact=found,
        tree=tree.of(visit),
        fields={each["name"]: each for each in contacts.fields(visit)},
        journey=journey,
        drawn=_DRAWN,
        leads=_LEADS,
        faults=faults,
        **_asked(visit, contact, surveys),
    )


def _asked(visit: Visit, contact: str, surveys: list[dict[str, Any]]) -> dict[str, Any]:
    """Return whether the person would be asked now, of the survey and over the channels that are chosen."""
    known = {each["id"] for each in surveys}
    survey = visit.asked("survey") if visit.asked("survey") in known else next(iter(known & _first(surveys)), "")
    strategy = visit.asked("strategy") if visit.asked("strategy") in STRATEGIES else STRATEGIES[0]
    told = visit.api.get(f"/contacts/{contact}/eligibility", survey=survey, strategy=strategy) if survey else None
    return {"surveys": surveys, "survey": survey, "strategy": strategy, "strategies": STRATEGIES, "told": told}


def _first(surveys: list[dict[str, Any]]) -> set[str]:
    return {each["id"] for each in surveys[:1]}


def _surveys(visit: Visit) -> list[dict[str, Any]]:
    return list(visit.api.get("/surveys", status="live", limit=50)["items"])
