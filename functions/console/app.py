"""The routes of the web console."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from console import account, api_page, auditing, case, desk, headers, home, pages, refusals, sign_in, static
from console.figures import Home
from console.routes import PAGES, Page
from console.visit import CHOICES, SESSION_COOKIE, Visit, language_cookie, session_cookie
from escuta import i18n, observe, snapshot, table
from escuta.directory import access
from escuta.errors import EscutaError, ForbiddenError, InvalidError, NotFoundError
from manage import serving
from manage.routes import ROUTES

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
        return sign_in.door(visit)
    found = _home(visit)
    return pages.framed(visit, "home", home=found, periods=home.CHOICES)


@app.get("/console/home.json")
def show_home_json() -> Response[str]:
    """Return the same figures as JSON."""
    return pages.document(_home(_visit()))


@app.get("/console/desk")
def show_desk() -> Response[str]:
    """Show a manager what waits, how their stores do, and what customers said last."""
    visit = _visit()
    if visit.session is None:
        return sign_in.door(visit)
    found = desk.read(access.caller_of_session(visit.session))
    return pages.framed(visit, "desk", desk=found, days=desk.DAYS)


@app.get("/console/api")
def show_api() -> Response[str]:
    """Show the page on which the management API is read and tried out."""
    return api_page.show(_visit())


@app.get("/console/api/<name>")
def show_api_file(name: str) -> Response[str]:
    """Return one of the files of that page, of which the document is one."""
    return api_page.file(name)


@app.get("/console/static/<name>")
def show_static_file(name: str) -> Response[str]:
    """Return a style sheet or a script."""
    return static.file(name)


@app.get("/console/sign-in")
def show_sign_in() -> Response[str]:
    """Show the step of the way in that somebody is at, or the page on which it begins."""
    return sign_in.show(_visit())


@app.post("/console/sign-in")
def start_sign_in() -> Response[str]:
    """Open a session, or ask for what is missing."""
    return sign_in.start(_visit())


@app.post("/console/sign-in/password")
def give_first_password() -> Response[str]:
    """Take the first password of one's own."""
    return sign_in.first_password(_visit())


@app.post("/console/sign-in/code")
def give_code() -> Response[str]:
    """Take the code of a second factor."""
    return sign_in.code(_visit())


@app.post("/console/sign-in/factor")
def give_factor() -> Response[str]:
    """Take the first code of a second factor that is being set up."""
    return sign_in.factor(_visit())


@app.get("/console/sign-in/forgotten")
def show_forgotten() -> Response[str]:
    """Ask who forgot their password."""
    return sign_in.show_forgotten(_visit())


@app.post("/console/sign-in/forgotten")
def send_code() -> Response[str]:
    """Mail a code to whoever forgot their password."""
    return sign_in.forgotten(_visit())


@app.post("/console/sign-in/replace")
def replace_password() -> Response[str]:
    """Replace a forgotten password."""
    return sign_in.replace(_visit())


@app.get("/console/sign-in/replace")
def show_replace() -> Response[str]:
    """Take a code that was mailed before."""
    return sign_in.show_replace(_visit())


@app.get("/console/sign-in/anew")
def begin_anew() -> Response[str]:
    """Let somebody begin as somebody else."""
    return sign_in.anew(_visit())


@app.get("/console/sign-in/provider")
def go_to_provider() -> Response[str]:
    """Send the browser to the organisation's own identity provider."""
    return sign_in.to_provider()


@app.get("/console/sign-in/callback")
def come_back() -> Response[str]:
    """Open a session for somebody who comes back from there."""
    return sign_in.back(_visit())


@app.get("/console/account")
def show_account() -> Response[str]:
    """Show one's own account."""
    return account.show(_visit())


@app.post("/console/account/password")
def change_password() -> Response[str]:
    """Replace one's own password."""
    return _inside(account.change_password)


@app.post("/console/account/factor")
def begin_factor() -> Response[str]:
    """Begin to set up a second factor."""
    return _inside(account.begin_factor)


@app.post("/console/account/sign-out-everywhere")
def sign_out_everywhere() -> Response[str]:
    """End all of one's own sessions."""
    return _inside(account.sign_out_everywhere)


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
    if "back" in form:
        return pages.go(visit, visit.way_back(form), cookie=language_cookie(form["language"]))
    kept = {name: form[name] for name in CHOICES if form.get(name)}
    return pages.redirect(visit, urlencode(kept), language_cookie(form["language"]))


@app.route("/c/<token>", method=["GET", "HEAD"])
def show_case(token: str) -> Response[str]:
    """Show the ticket that a link in an alert opens."""
    return case.show(_visit(), token)


@app.post("/c/<token>")
def act_on_case(token: str) -> Response[str]:
    """Do something to that ticket."""
    return case.act(_visit(), token, auditing.by_link)


def no_such_page(_: Exception) -> Response[str]:
    """Say that there is no such page."""
    return refusals.refuse(_visit(), NotFoundError("page_not_found"))


def refuse(error: EscutaError) -> Response[str]:
    """Say what was refused, in the reader's language."""
    return refusals.refuse(_visit(), error)


def fail(error: Exception) -> Response[str]:
    """Say that we failed, with a reference under which the log has the rest."""
    observe.logger().error("failed", exc_info=error)
    return refusals.fail(_visit(), observe.correlation())


def _visit() -> Visit:
    visit: Visit = app.context["visit"]
    return visit


def _inside(act: Callable[[Visit], Response[str]]) -> Response[str]:
    """Do what only somebody can who is signed in; who is not any more signs in first."""
    visit = _visit()
    return act(visit) if visit.session else sign_in.door(visit, 401)


def _paged(page: Page) -> Callable[..., Response[Any]]:
    """Return what serves a page of the menus: to who is signed in, as often as somebody may ask."""

    def serve(**names: str) -> Response[Any]:
        visit = _visit()
        if visit.session is None:
            return sign_in.door(visit, 200 if page.method == "GET" else 401)
        visit.api.count()
        return page.view()(visit, **names)

    return serve


def _home(visit: Visit) -> Home:
    if visit.session is None:
        raise ForbiddenError("signed_out")
    caller = access.caller_of_session(visit.session)
    return home.read(caller, **visit.choices())


def _load() -> None:
    """Load everything that some page needs, so that no visitor waits for it."""
    for page in PAGES:
        page.view()
    serving.load(ROUTES)
    pages.load()


for each in PAGES:
    app.route(f"/console{each.path}", each.method)(_paged(each))
app.use([auditing.middleware])
app.not_found(no_such_page)
app.exception_handler(EscutaError)(refuse)
app.exception_handler(Exception)(fail)
snapshot.before(table.ready)
snapshot.before(_load)
