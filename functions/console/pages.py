"""Turning values into answers: pages by Jinja2 with escaping always on, JSON, redirects, refusals."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

from console import charts
from console.visit import Visit
from escuta import i18n
from escuta.config import settings
from escuta.directory.access import federation
from escuta.feedback.statistics import MINIMUM_N


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(charts=charts, languages=i18n.LANGUAGES, minimum_n=MINIMUM_N)
    return environment


def page(visit: Visit, name: str, status: int = 200, *, timezone: str = "", **values: Any) -> Response[str]:
    """Render a template for this visit."""
    template = _environment().get_template(f"{name}.html")
    reader = visit.reader(timezone)
    body = template.render(
        visit=visit,
        link=visit.link,
        read=reader,
        say=reader.say,
        organisation=settings().organisation,
        session=visit.__dict__.get("session"),
        **values,
    )
    return Response(status, "text/html; charset=utf-8", body)


def door(visit: Visit, status: int = 200, *, notice: str = "") -> Response[str]:
    """Render the sign-in page."""
    return page(visit, "sign_in", status, notice=notice, federated=federation.provider())


def qr(text: str) -> Markup:
    """Return a QR code as a drawing in the page, dark on light whatever the theme: scanners want it so."""
    import segno  # noqa: PLC0415 - one page of many draws

    drawn = segno.make(text, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by the library: nothing of the text stands in it


def document(value: BaseModel) -> Response[str]:
    """Return a value as JSON."""
    return Response(200, "application/json", value.model_dump_json())


def redirect(visit: Visit, query: str = "", cookie: Cookie | None = None, **headers: str) -> Response[str]:
    """Send the browser back to the home page."""
    location = visit.link() + (f"?{query}" if query else "")
    cookies = [cookie] if cookie else []
    return Response(303, "text/html; charset=utf-8", "", {"Location": location, **headers}, cookies)
