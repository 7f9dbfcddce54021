"""Public routes: survey, answer, unsubscribe. A GET writes nothing: scanners open links and press what they find."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from chalice.app import Request, Response

from escuta import i18n, observe, snapshot, table
from escuta.errors import EscutaError
from escuta.feedback import links
from escuta.feedback.links import Door
from respond import (
    asking,
    calling,
    drafting,
    forms,
    gateway,
    headers,
    intercepting,
    kiosk,
    pages,
    problems,
    rehearsals,
    sheets,
    signaling,
    unsubscribing,
)
from respond.visits import Visit

View = Callable[[Visit], Response]

app = gateway.Gateway(app_name="respond", configure_logs=False, env={})  # env: Chalice would write to the process's own
app.log.addFilter(problems.valueless)


@app.middleware("http")
def finish(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Give every answer its headers, turn Chalice's own refusals into pages, and log one line."""
    with observe.serving(request.lambda_context, "respond", request.context.get("requestId")):
        if request.path == gateway.NOWHERE:
            return headers.finish(request, problems.nowhere(request))
        return headers.finish(request, problems.dressed(request, get_response(request)))


def _answer(view: View, visit: Visit) -> Response:
    try:
        if visit.posted and visit.door is Door.INTERCEPT:
            intercepting.from_our_page(visit)
        return view(visit)
    except EscutaError as error:
        return problems.told(error, visit)
    except Exception as error:  # noqa: BLE001 - the outermost place: logged without values, told as a page
        return problems.broken(error, visit)


def route(path: str, method: str) -> Callable[[View], View]:
    """Register a view. Whatever it raises is told in one place, as a page or a problem document."""

    def register(view: View) -> View:
        @wraps(view)
        def call(token: str) -> Response:
            visit = Visit(cast("Request", app.current_request), token)
            return rehearsals.framed(visit, intercepting.framed(visit, _answer(view, visit)))

        app.route(path, methods=[method], name=f"{method} {path}", content_types=["*/*"])(call)
        return view

    return register


@route("/s/{token}", "GET")
@route("/t/{token}", "GET")
def ask(visit: Visit) -> Response:
    """Show the survey behind a link."""
    opened = links.opened(visit.door, visit.token)
    signaling.trace(visit, opened)
    return asking.survey(visit, opened)


@route("/i/{token}", "GET")
def intercept(visit: Visit) -> Response:
    """Give a website the script that opens a survey in it, or show the survey in the frame that it opens."""
    return intercepting.script(visit) if visit.token.endswith(intercepting.SUFFIX) else ask(visit)


@route("/p/{token}", "GET")
def show(visit: Visit) -> Response:
    """Show a survey to who writes it, or its messages."""
    return rehearsals.show(visit)


@route("/p/{token}", "POST")
def rehearse(visit: Visit) -> Response:
    """Answer a survey that is only shown, or tried out: nothing of it counts."""
    return rehearsals.take(visit)


@route("/s/{token}", "POST")
@route("/t/{token}", "POST")
@route("/i/{token}", "POST")
def take(visit: Visit) -> Response:
    """Take an answer; before that, without JavaScript, go from step to step."""
    if visit.typed.get("go") in asking.TURNS:
        return asking.turn(visit)
    return pages.thanks(visit, signaling.take(visit, intercepting.allowed(visit, forms.submission(visit))))


@route("/s/{token}/draft", "POST")
@route("/t/{token}/draft", "POST")
@route("/i/{token}/draft", "POST")
def keep(visit: Visit) -> Response:
    """Keep what is half filled in."""
    return drafting.keep(visit)


@route("/s/{token}/call", "POST")
@route("/t/{token}/call", "POST")
@route("/i/{token}/call", "POST")
def call_back(visit: Visit) -> Response:
    """Take the number of somebody who wants to be called."""
    return calling.take(visit)


@route("/s/{token}/signal", "POST")
def take_signal(visit: Visit) -> Response:
    """Take the sign that a person is at a page which came with a score."""
    return signaling.signal(visit)


@route("/t/{token}/app.webmanifest", "GET")
def install(visit: Visit) -> Response:
    """Give a browser what it needs to install the page of a kiosk."""
    return kiosk.manifest(visit)


@route("/t/{token}/sw.js", "GET")
def work_offline(visit: Visit) -> Response:
    """Give the script that keeps the page of a kiosk on the device."""
    return kiosk.worker(visit)


@route("/t/{token}/seen", "POST")
def hear(visit: Visit) -> Response:
    """Take a device's sign of life."""
    return kiosk.seen(visit)


@route("/u/{token}", "GET")
def ask_unsubscribe(visit: Visit) -> Response:
    """Show what an address receives, and ask whether to stop."""
    return unsubscribing.ask(visit)


@route("/u/{token}", "POST")
def unsubscribe(visit: Visit) -> Response:
    """Stop writing to the address of an invitation: from the page, or by one click in the mail client (RFC 8058)."""
    return unsubscribing.stop(visit)


@route("/u/{token}/undo", "POST")
def undo_unsubscribe(visit: Visit) -> Response:
    """Write to the address of an invitation again."""
    return unsubscribing.undo(visit)


@route("/u/{token}/privacy", "POST")
def ask_privacy(visit: Visit) -> Response:
    """Take the request of an invited person to see or to erase what is kept of them."""
    return unsubscribing.ask_privacy(visit)


def _load() -> None:
    """Load what the first page needs, so that no visitor waits for it."""
    table.ready()
    sheets.load()
    for language in i18n.LANGUAGES:
        i18n.catalog("respond", language)


snapshot.before(_load)
