"""The one place where a refusal becomes a page in the person's language, or a problem document (RFC 9457)."""

import logging
import traceback
from typing import Any

from chalice.app import Request, Response

from escuta import errors, i18n, measured, observe
from escuta.errors import EscutaError
from escuta.feedback import links, showing, surveys
from escuta.feedback.answers import Problem
from escuta.feedback.links import Door
from escuta.measured import Measure
from escuta.observe import logger
from respond import asking, pages
from respond.visits import MalformedError, MediaTypeError, Visit

STATUSES: dict[type[EscutaError], int] = {
    MalformedError: 400,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.GoneError: 410,
    errors.TooLargeError: 413,
    MediaTypeError: 415,
    errors.InvalidError: 422,
    errors.TooManyError: 429,
    errors.UnavailableError: 503,
}
_OURS = 500  # statuses from here on are our own fault: whoever asks us about it has something to quote
_CHALICE = {405: "method_not_allowed", 415: "media_type"}


def told(error: EscutaError, visit: Visit) -> Response:
    """Return the answer to a refusal. What the person typed is on it: nothing is lost."""
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    language = visit.language(error.details.get("language", ""))
    code = error.code
    if status == STATUSES[errors.UnavailableError]:
        code = "store_unavailable"  # to the person it is one thing, whichever of our services it is
        logger().warning("store unavailable", extra={"cause": type(error.__cause__).__name__})
        measured.count(Measure.CAPTURE_FAILED)
    if f"{code}.title" not in i18n.catalog("respond", language):
        return broken(error, visit)
    if visit.posted and status != STATUSES[errors.UnavailableError]:
        measured.count(Measure.ANSWERS_REFUSED)
    if error.code == "answers_invalid" and visit.typed and not visit.wants_json:
        return _form_again(error, visit, language)
    return _answer(visit, language, code, status, error.details)


def broken(error: Exception, visit: Visit) -> Response:
    """Return the apology for a fault of ours. The log gets its place in the code, and no value: those are personal."""
    trace = traceback.format_tb(error.__traceback__)
    logger().error("fault", extra={"fault": type(error).__name__, "code": getattr(error, "code", ""), "trace": trace})
    measured.count(Measure.CAPTURE_FAILED)
    return _answer(visit, visit.language(), "fault", 500, {})


def valueless(record: logging.LogRecord) -> bool:
    """Let Chalice's own log say only what kind of error it met: its values are personal.

    It logs when not even the page of a fault could be made.
    """
    kind = record.exc_info[0] if record.exc_info else None
    record.msg, record.args = "fault outside of the views: %s", (kind.__name__ if kind else "unknown",)
    record.exc_info = record.exc_text = None
    return True


def dressed(request: Request, response: Response) -> Response:
    """Return our page in place of what Chalice says by itself (a wrong method); everything of ours passes."""
    if isinstance(response.body, str):
        return response
    visit = Visit(request, (request.uri_params or {}).get("token", ""))
    code = _CHALICE.get(response.status_code, "fault")
    allow = response.headers.get("Allow", "")
    own = _answer(visit, visit.language(), code, response.status_code, {"allow": allow})
    own.headers = {**response.headers, **own.headers}
    return own


def nowhere(request: Request) -> Response:
    """Return the answer where there is no such address. A REST API gives its own and does not ask us."""
    visit = Visit(request, "")
    return _answer(visit, visit.language(), "route_unknown", 404, {})


def _form_again(error: EscutaError, visit: Visit, language: str) -> Response:
    if visit.door is Door.PREVIEW:
        opened = showing.opened(visit.token).opened
        source, version = opened.source, opened.version
    else:
        version = surveys.version(error.details["survey"], error.details["version"])
        source = links.find(visit.door, visit.token)
    offered = language if language in version.languages else version.languages[0]
    return asking.form(visit, source, version, offered, visit.typed, tuple(error.details["problems"]))


def _answer(visit: Visit, language: str, code: str, status: int, details: dict[str, Any]) -> Response:
    words = {part: i18n.say("respond", language, f"{code}.{part}", **_shown(details)) for part in ("title", "text")}
    retry = {"Retry-After": str(details["retry_after"])} if "retry_after" in details else {}
    reference = observe.correlation() if status >= _OURS else ""
    if visit.wants_json:
        content = {"type": "about:blank", "title": words["title"], "status": status, "code": code, **_listed(details)}
        content = {**content, "detail": words["text"], **({"request_id": reference} if reference else {})}
        problem: list[Problem] = details.get("problems", [])
        if problem:
            content["errors"] = [
                {"question": each.question, "code": each.code, "detail": pages.problem_words(each, language)}
                | each.details
                | ({"field": each.field} if each.field else {})
                for each in problem
            ]
        return pages.document(content, status=status, kind="application/problem+json", more=retry)
    again = visit.typed if retry else {}  # sent again by a press, when the store did not take it
    return pages.page(
        "problem",
        language,
        status=status,
        more=retry,
        visit=visit,
        words=words,
        again=again,
        retry=retry,
        code=reference[:8],
    )


def _shown(details: dict[str, Any]) -> dict[str, Any]:
    """Return the details that words may name."""
    shown = {name: value for name, value in details.items() if name != "language"}
    return {**shown, "questions": ", ".join(details.get("questions", ()))}


def _listed(details: dict[str, Any]) -> dict[str, Any]:
    """Return the details that help a program."""
    return {name: details[name] for name in ("questions", "field", "fields", "newest") if name in details}
