"""The one place that turns what the domain refuses into a page or a problem document."""

import json

from aws_lambda_powertools.event_handler import Response

from console import case, pages
from console.visit import Visit
from escuta import errors
from manage.problems import RequestError

_OVERTAKEN = 412  # what a page was made from is not what is there any more
_KINDS: tuple[tuple[type[errors.EscutaError], int, str], ...] = (
    (errors.NotFoundError, 404, "not_found"),
    (errors.GoneError, 410, "not_found"),
    (errors.ConflictError, 409, "conflict"),
    (errors.ForbiddenError, 403, "forbidden"),
    (errors.TooManyError, 429, "too_many"),
    (errors.TooLargeError, 413, "invalid"),
    (errors.InvalidError, 400, "invalid"),
    (errors.UnavailableError, 503, "unavailable"),
)
_CASES = case.ROOT.rstrip("/")  # below it stand the pages of tickets, which have words of their own
_OWN_WORDS = {"cross_site": 403, "signed_out": 401}  # refusals that have a page of their own
_INSIDE = frozenset({"not_found", "forbidden"})  # what is wrong with one address, and with no other page
_SIGN_IN_WORDS = {  # refusals that are told on the sign-in page itself
    "sign_in_refused": "sign_in.refused",
    "sign_in_expired": "sign_in.expired",
    "password_reset_required": "sign_in.reset",
    "federation_refused": "sign_in.federation_refused",
    "federation_unknown": "sign_in.federation_unknown",
    "federation_other_person": "sign_in.federation_other_person",
    "role_missing": "sign_in.no_role",
    "manager_without_segments": "sign_in.no_stores",
    "too_many_attempts": "sign_in.too_many",
    "sign_in_unavailable": "sign_in.unavailable",
}


def refuse(visit: Visit, error: errors.EscutaError) -> Response[str]:
    """Answer a refusal: on the sign-in page what concerns it, else a page or, for JSON, a problem document."""
    status, kind = _kind(error)
    if visit.event.path.rpartition("/")[0].endswith(_CASES):
        answer = case.refused(visit, error, status)
    elif error.code in _SIGN_IN_WORDS:
        answer = pages.door(visit, _sign_in_status(status), notice=_SIGN_IN_WORDS[error.code])
    else:
        answer = _answer(visit, status, kind, error.code)
    if "retry_after" in error.details:
        answer.headers["Retry-After"] = str(error.details["retry_after"])
    return answer


def status(error: errors.EscutaError) -> int:
    """Return the status with which a refusal is answered."""
    found, _ = _kind(error)
    return _sign_in_status(found) if error.code in _SIGN_IN_WORDS else found


def _kind(error: errors.EscutaError) -> tuple[int, str]:
    if error.code in _OWN_WORDS:
        return _OWN_WORDS[error.code], error.code
    if isinstance(error, RequestError):
        return error.status, "conflict" if error.status == _OVERTAKEN else "invalid"
    return next((status, kind) for cls, status, kind in _KINDS if isinstance(error, cls))


def fail(visit: Visit, reference: str) -> Response[str]:
    """Answer a failure of our own."""
    if visit.event.path.rpartition("/")[0].endswith(_CASES):
        return case.refused(visit, errors.UnavailableError("link_failed"), 500, reference)
    return _answer(visit, 500, "internal", "internal", reference)


def _sign_in_status(status: int) -> int:
    return 401 if status == 403 else status  # noqa: PLR2004 - who we do not know is unauthorized, not forbidden


def _answer(visit: Visit, status: int, kind: str, code: str, reference: str = "") -> Response[str]:
    if visit.event.path.endswith(".json"):
        say = visit.reader().say
        problem = {
            "type": "about:blank",
            "title": say(f"error.{kind}.title"),
            "detail": say(f"error.{kind}.text"),
            "status": status,
            "code": code,
        }
        return Response(status, "application/problem+json", json.dumps(problem, ensure_ascii=False))
    if kind in _INSIDE and visit.event.http_method == "GET" and not visit.is_part and _is_inside(visit):
        return pages.framed(visit, "error_inside", status, kind=kind)
    return pages.page(visit, "error", status, kind=kind, reference=reference)


def _is_inside(visit: Visit) -> bool:
    """Tell whether somebody is signed in, who then has the menus to go on with."""
    try:
        return visit.session is not None
    except errors.EscutaError:
        return False
