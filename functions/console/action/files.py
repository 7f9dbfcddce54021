"""The files of a ticket: put by the browser to where they are kept, looked at by the API, and downloaded again."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.action import asked
from console.flash import Flash
from console.visit import Visit
from escuta.errors import EscutaError


def download(visit: Visit, ticket: str, attachment: str) -> Response[str]:
    """Send the browser to a link that downloads a file."""
    found = visit.api.get(f"/tickets/{ticket}/attachments/{attachment}")
    return Response(303, pages.HTML, "", {"Location": found["url"]})


def announce(visit: Visit, ticket: str) -> Response[str]:
    """Announce a file, and say where the browser puts it; what is refused is said in words."""
    form = visit.signed_form()
    size = forms.number(form.get("size") or "0")
    body = {"name": form.get("name", ""), "content_type": form.get("type", ""), "size": size}
    return _told(visit, lambda: visit.api.post(f"/tickets/{ticket}/attachments", body))


def confirm(visit: Visit, ticket: str, attachment: str) -> Response[str]:
    """Attach a file that was put."""
    visit.signed_form()

    def work() -> dict[str, Any]:
        visit.api.put(f"/tickets/{ticket}/attachments/{attachment}", {})
        return {}

    answer = _told(visit, work)
    if answer.status_code == 200:  # noqa: PLR2004 - of HTTP
        answer.cookies = pages.go(visit, asked.ROOT, Flash(code="action.said.attached")).cookies
    return answer


def _told(visit: Visit, work: Any) -> Response[str]:
    try:
        return Response(200, "application/json", to_json(work()).decode())
    except EscutaError as error:
        visit.refusal = error.code
        told = forms.faults(error, visit.language)
        words = told.general or next(iter(told.fields.values()), "")
        return Response(told.status, "application/json", to_json({"words": words}).decode())
