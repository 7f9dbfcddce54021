"""Trying a template: what it says while it is typed, the mail as a document of its own, and a test to oneself."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import templates
from console.deploy.messages import MAIL_POLICY
from console.visit import Visit


def look(visit: Visit, survey: str) -> Response[str]:
    """Return what the words that are being typed say, and all that is wrong with them."""
    form = visit.signed_form()
    if not visit.is_part:
        return templates.again(visit, survey, form, forms.NONE)
    asked = templates.which(form)
    shown = templates.look(visit, survey, asked, form)
    return pages.framed(visit, "deploy/template_look", which=asked, shown=shown)


def mail(visit: Visit, survey: str) -> Response[str]:
    """Return the mail of a template as it is kept."""
    asked = templates.which(visit.event.query_string_parameters or {})
    words = templates.stored(visit, survey, asked, templates.own(visit, survey))
    return _document(templates.look(visit, survey, asked, words))


def mail_typed(visit: Visit, survey: str) -> Response[str]:
    """Return the mail that the words make which are being typed."""
    form = visit.signed_form()
    return _document(templates.look(visit, survey, templates.which(form), form))


def send(visit: Visit, survey: str) -> Response[str]:
    """Send the words that are being typed, as a test, to addresses of one's own."""

    def work(form: Mapping[str, str]) -> Response[str]:
        asked = templates.which(form)
        to = [each for each in form.get("to", "").replace(";", ",").replace("\n", ",").split(",") if each.strip()]
        said = {**asked._asdict(), **templates.body(asked, form), "to": [each.strip() for each in to]}
        path = f"/surveys/{survey}/templates/test"
        sent = visit.api.post(path, said, call=form.get("call", ""))["items"]
        return templates.again(visit, survey, form, forms.NONE, sent=sent, to=form.get("to", ""))

    return forms.act(
        visit, work, lambda form, faults: templates.again(visit, survey, form, faults, to=form.get("to", ""))
    )


def _document(shown: Mapping[str, Any]) -> Response[str]:
    return Response(200, pages.HTML, shown.get("html", ""), {"Content-Security-Policy": MAIL_POLICY})
