"""Turning values into answers: pages by Jinja2 with escaping always on, JSON, redirects, refusals."""

import secrets
from functools import cache
from hashlib import sha256
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

from console import charts, flash, forms, headers, icons, static
from console.routes import nearest
from console.visit import Visit, back_cookie
from escuta import clock, i18n
from escuta.config import settings
from escuta.directory import organisation
from escuta.directory.access import federation
from escuta.directory.model import Label, Noun
from escuta.errors import ForbiddenError
from escuta.feedback.statistics import MINIMUM_N

HTML = "text/html; charset=utf-8"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(capitalized=_capitalized, hashed=_hashed, zip=zip)
    environment.globals.update(
        charts=charts, languages=i18n.LANGUAGES, minimum_n=MINIMUM_N, icon=icons.drawn, static=static.link
    )
    return environment


def load() -> None:
    """Compile all templates, and read all words."""
    for name in _environment().list_templates(extensions=["html"]):
        _environment().get_template(name)
    for language in i18n.LANGUAGES:
        i18n.catalog("console", language)


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
    return Response(status, HTML, body)


def framed(
    visit: Visit, name: str, status: int = 200, *, part: str = "", connect: tuple[str, ...] = (), **values: Any
) -> Response[str]:
    """Render a page of the five menus, within its frame, on the reader's own clock.

    `part` names the block that is sent alone to a script which asks for it; `connect`, the origins besides ours that
    its scripts may ask. What was done before is said once.
    """
    from console import frame  # noqa: PLC0415 - it answers with pages itself

    session = visit.session
    if session is None:
        raise ForbiddenError("signed_out")
    template = _environment().get_template(f"{name}.html")
    reader = visit.reader(visit.timezone)
    said = None if visit.is_part else flash.read(session, visit.cookies)
    held: dict[str, Any] = {
        "visit": visit,
        "api": visit.api,
        "link": visit.link,
        "read": reader,
        "say": reader.say,
        "organisation": settings().organisation,
        "house": settings().house,
        "session": session,
        "called": _called(visit.language),
        "own": organisation.own(Noun.SEGMENT, visit.language),
        "menus": frame.menus(visit),
        "here": frame.current(visit),
        "said": said,
        "now": clock.now(),
        "draw": secrets.token_urlsafe,
        "faults": forms.NONE,
        **values,
    }
    held["ui"] = _environment().get_template("_ui.html").make_module(held)
    if part and visit.is_part:
        body = "".join(template.blocks[part](template.new_context(held)))
    else:
        body = template.render(held)
    cookies = [flash.cookie(session, None)] if flash.NAME in visit.cookies and not visit.is_part else []
    return Response(status, HTML, body, headers.framed(visit.nonce, *connect), cookies)


def _capitalized(words: str) -> str:
    return words[:1].upper() + words[1:]


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


def _called(language: str) -> dict[str, Label]:
    """Return what the organisation calls its things: `called.segment.many`."""
    return {noun.value: organisation.label(noun, language) for noun in Noun}


def go(visit: Visit, to: str = "", said: flash.Flash | None = None, *, cookie: Cookie | None = None) -> Response[str]:
    """Send the browser to a page of the console, which says what was done."""
    cookies = [each for each in (cookie, flash.cookie(visit.session, said) if said and visit.session else None) if each]
    place = {"HX-Redirect": visit.link(to)} if visit.is_part else {"Location": visit.link(to)}
    return Response(200 if visit.is_part else 303, HTML, "", place, cookies)


def door(visit: Visit, status: int = 200, *, notice: str = "") -> Response[str]:
    """Render the sign-in page."""
    shown = page(visit, "sign_in", status, notice=notice, federated=federation.provider())
    back = visit.way if visit.event.http_method == "GET" else nearest(visit.way)
    if back and not visit.is_part and not visit.way.startswith("sign-"):
        shown.cookies.append(back_cookie(back))
    return shown


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
