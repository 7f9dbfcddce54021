"""Refusals as `application/problem+json` (RFC 9457): a stable code, the place, and words in the caller's language."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from escuta import errors, i18n

_STATUS: dict[type[errors.EscutaError], int] = {
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.OvertakenError: 412,
    errors.GoneError: 410,
    errors.InvalidError: 422,
    errors.ForbiddenError: 403,
    errors.TooManyError: 429,
    errors.TooLargeError: 413,
    errors.UnavailableError: 503,
}

# pydantic's type of an error -> our code; what is not here is `value_invalid`
_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_too_short": "value_too_short",
    "string_too_long": "value_too_long",
    "too_short": "value_too_short",
    "too_long": "value_too_long",
    "greater_than_equal": "value_too_small",
    "less_than_equal": "value_too_large",
    "int_parsing": "value_not_integer",
    "int_type": "value_not_integer",
    "enum": "value_not_allowed",
    "literal_error": "value_not_allowed",
    "date_from_datetime_parsing": "value_not_date",
    "date_parsing": "value_not_date",
    "date_type": "value_not_date",
    **{code: code for code in ("hours_day", "hours_day_twice", "hours_empty", "hours_none", "hours_overlap")},
}
_MOST_FAULTS = 10  # of one input, and characters of a place: a thousand items tell theirs in one answer of 6 MB
_LONGEST_PLACE = 120
_LIMITS = {"min_length": "least", "max_length": "most", "ge": "least", "le": "most", "expected": "allowed"}


class RequestError(errors.EscutaError):
    """A refusal that belongs to HTTP, with its status."""

    def __init__(self, status: int, code: str, **details: Any) -> None:
        """Keep the status beside the code and its details."""
        super().__init__(code, **details)
        self.status = status


class FaultyError(errors.InvalidError):
    """Input that does not fit a model: the first faults, each with its place."""

    def __init__(self, error: ValidationError, model: type[BaseModel]) -> None:
        """Read the faults that pydantic found; a body that is not JSON has only that one."""
        self.faults = tuple(_faults(error, model))
        code, place, details = self.faults[0]
        super().__init__(code, field=place, **details)


@dataclass(frozen=True)
class Problem:
    """A refusal, ready to be sent."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def problem(error: errors.EscutaError, language: str, request_id: str) -> Problem:
    """Return what the caller is told about a refusal."""
    status = _status(error)
    details = {name: value for name, value in error.details.items() if name not in {"field", "retry_after"}}
    body: dict[str, Any] = {
        "type": f"urn:escuta:problem:{error.code}",
        "title": i18n.say(__package__, language, f"status_{status}"),
        "status": status,
        "code": error.code,
        "detail": words(language, error.code, status, error.details),
        "request_id": request_id,
    }
    if "field" in error.details:
        body["field"] = error.details["field"]
    if details:
        body["details"] = details
    if isinstance(error, FaultyError):
        body["errors"] = [
            {"code": code, "field": place, "detail": words(language, code, status, {"field": place, **more})}
            for code, place, more in error.faults
        ]
    return Problem(status, body, _headers(status, error))


def words(language: str, code: str, status: int, details: dict[str, Any]) -> str:
    """Return the sentence for a code. A code without one is answered with the words of its status."""
    known = i18n.catalog(__package__, language)
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in details.items()}
    return known.get(code, known[f"status_{status}"]).format(**shown)


def _status(error: errors.EscutaError) -> int:
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, FaultyError) and error.code == "body_not_json":
        return 400
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def _headers(status: int, error: errors.EscutaError) -> dict[str, str]:
    headers = {}
    if status in {429, 503} or "retry_after" in error.details:
        headers["Retry-After"] = str(error.details.get("retry_after", 5))
    if status == 401:  # noqa: PLR2004 - HTTP's own number
        headers["WWW-Authenticate"] = "Bearer"
    if "allow" in error.details:
        headers["Allow"] = error.details["allow"]
    if "current_rev" in error.details:
        headers["ETag"] = f'"{error.details["current_rev"]}"'
    return headers


def _faults(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for found in error.errors(include_url=False, include_input=False)[:_MOST_FAULTS]:
        if found["type"] == "json_invalid":
            yield "body_not_json", "", {}
            return
        yield _CODES.get(found["type"], "value_invalid"), _place(found["loc"]), _limits(found, model)


def _place(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")[
        :_LONGEST_PLACE
    ]


def _limits(found: ErrorDetails, model: type[BaseModel]) -> dict[str, Any]:
    if found["type"] == "extra_forbidden":
        return {"allowed": ", ".join(_names(found["loc"], model))}
    return {_LIMITS[name]: value for name, value in found.get("ctx", {}).items() if name in _LIMITS}


def _names(place: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Return the fields that may stand where an unknown one was found; below the top only the place is said."""
    if len(place) > 1:
        return ["-"]
    return sorted(field.alias or name for name, field in model.model_fields.items())
