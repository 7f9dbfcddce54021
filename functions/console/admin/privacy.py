"""What people ask of their own data, and the receipts of what was erased."""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit


def index(visit: Visit) -> Response[str]:
    """Show the requests that wait, or those that were met."""
    state = "done" if visit.asked("state") == "done" else "open"
    found = visit.api.get("/privacy-requests", state=state, limit=25, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/privacy", state=state, found=found)


def show(visit: Visit, wanted: str) -> Response[str]:
    """Show one request."""
    return _page(visit, wanted, NONE)


def finish(visit: Visit, wanted: str) -> Response[str]:
    """Say that a request was met; one to be erased starts the erasure."""

    def work(form: Mapping[str, str]) -> Response[str]:
        body = {"state": "done", "keep_out": form.get("keep_out") == "on"}
        made = visit.api.patch(f"/privacy-requests/{wanted}", body, rev=form.get("rev", ""))
        erased = made["wants"] == "erase"
        said = Flash(code="admin.contacts.said.erasing" if erased else "admin.privacy.said.met")
        return pages.go(visit, "admin/privacy/erasures" if erased else "admin/privacy", said)

    return forms.act(visit, work, lambda _, faults: _page(visit, wanted, faults))


def erasures(visit: Visit) -> Response[str]:
    """Show the receipts of erasures."""
    found = visit.api.get("/erasures", limit=25, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/erasures", found=found)


def erasure(visit: Visit, erasure: str) -> Response[str]:
    """Show how far an erasure is, and when it is done, what was reached."""
    found = visit.api.get(f"/erasures/{erasure}")
    return pages.framed(visit, "admin/erasure", part="receipt", receipt=found)


def _page(visit: Visit, wanted: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/privacy-requests/{wanted}")
    contact = visit.api.find(f"/contacts/{found['contact']}") if found["contact"] else None
    return pages.framed(visit, "admin/privacy_request", wanted=found, contact=contact, faults=faults)
