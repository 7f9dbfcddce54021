"""The routes of the web console."""

from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from console import api_page, auditing, case, desk, headers, home, pages, refusals
from console.figures import Home
from console.visit import CHOICES, SESSION_COOKIE, Visit, language_cookie, session_cookie
from escuta import i18n, observe
from escuta.directory import access
from escuta.errors import EscutaError, ForbiddenError, InvalidError, NotFoundError

app = APIGatewayRestResolver()


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request; whatever the answer is, it carries the headers."""
    visit = Visit(APIGatewayProxyEvent(event))
    app.append_context(visit=visit)  # type: ignore[no-untyped-call] # of Powertools
    answer = app.resolve(event, context)
    always = {name: [value] for name, value in headers.of(visit.nonce).items()}
    answer["multiValueHeaders"] = always | answer["multiValueHeaders"]
    return answer


@app.get("/console")
def show_home() -> Response[str]:
    """Show how we are doing, or the sign-in page."""
    visit = _visit()
    if visit.session is None:
        notice = "sign_in.over" if visit.cookies.get(SESSION_COOKIE) else ""
        return pages.page(visit, "sign_in", notice=notice)
    found = _home(visit)
    return pages.page(visit, "home", timezone=found.place.timezone, home=found, periods=home.CHOICES)


@app.get("/console/home.json")
def show_home_json() -> Response[str]:
    """Return the same figures as JSON."""
    return pages.document(_home(_visit()))


@app.get("/console/desk")
def show_desk() -> Response[str]:
    """Show a manager what waits, how their stores do, and what customers said last."""
    visit = _visit()
    if visit.session is None:
        return pages.redirect(visit)
    found = desk.read(access.caller_of_session(visit.session))
    return pages.page(visit, "desk", timezone=found.timezone, desk=found, days=desk.DAYS)


@app.get("/console/api")
def show_api() -> Response[str]:
    """Show the page on which the management API is read and tried out."""
    return api_page.show(_visit())


@app.get("/console/api/<name>")
def show_api_file(name: str) -> Response[str]:
    """Return one of the files of that page, of which the document is one."""
    return api_page.file(name)


@app.get("/console/sign-in")
def show_sign_in() -> Response[str]:
    """Bring those who reload a refused sign-in to the page that has the form."""
    return pages.redirect(_visit())


@app.post("/console/sign-in")
def sign_in() -> Response[str]:
    """Open a session."""
    visit = _visit()
    form = visit.form()
    visit.typed = form.get("username", "").strip()
    visit.tell(thing=visit.typed)
    cookie, _ = access.sign_in(visit.typed, form.get("password", ""))
    return pages.redirect(visit, cookie=session_cookie(cookie))


@app.post("/console/sign-out")
def sign_out() -> Response[str]:
    """End the session, and let the browser forget what it kept of it."""
    visit = _visit()
    visit.signed_form()
    access.sign_out(visit.cookies[SESSION_COOKIE])
    # Not "cookies": it would sign people out of everything else on the organisation's domain.
    return pages.redirect(visit, cookie=session_cookie(""), **{"Clear-Site-Data": '"cache", "storage"'})


@app.post("/console/language")
def choose_language() -> Response[str]:
    """Remember a language, and return to the same figures."""
    visit = _visit()
    form = visit.form()
    if form.get("language") not in i18n.LANGUAGES:
        raise InvalidError("language_unknown", field="language")
    kept = {name: form[name] for name in CHOICES if form.get(name)}
    return pages.redirect(visit, urlencode(kept), language_cookie(form["language"]))


@app.route("/c/<token>", method=["GET", "HEAD"])
def show_case(token: str) -> Response[str]:
    """Show the ticket that a link in an alert opens."""
    return case.show(_visit(), token)


@app.post("/c/<token>")
def act_on_case(token: str) -> Response[str]:
    """Do something to that ticket."""
    return case.act(_visit(), token)


def no_such_page(_: Exception) -> Response[str]:
    """Say that there is no such page."""
    return refusals.refuse(_visit(), NotFoundError("page_not_found"))


def refuse(error: EscutaError) -> Response[str]:
    """Say what was refused, in the reader's language."""
    return refusals.refuse(_visit(), error)


def fail(error: Exception) -> Response[str]:
    """Say that we failed, with a reference under which the log has the rest."""
    observe.logger().error("failed", exc_info=error)
    return refusals.fail(_visit(), getattr(app.lambda_context, "aws_request_id", ""))


def _visit() -> Visit:
    visit: Visit = app.context["visit"]
    return visit


def _home(visit: Visit) -> Home:
    if visit.session is None:
        raise ForbiddenError("signed_out")
    caller = access.caller_of_session(visit.session)
    return home.read(caller, **visit.choices())


app.use([auditing.middleware])
app.not_found(no_such_page)
app.exception_handler(EscutaError)(refuse)
app.exception_handler(Exception)(fail)
