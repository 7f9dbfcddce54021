"""Reading what a page or a program sent into a Submission: strictly, and never more than 64 KB."""

import json
import re
from typing import Any

from pydantic import ValidationError

from escuta.errors import TooLargeError
from escuta.feedback.responses import Submission
from respond.visits import LARGEST_BODY, MalformedError, MediaTypeError, Visit

# The first part of a field's name says how it is read, so that a form needs no survey to be understood:
# `n.nps=9` a number of a scale, `t.comment=...` a text, `o.store=mall` one option, `c.reasons.price=yes` a checked box.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,8}")
_MINUS_ZERO = -0.0  # not an integer, so that the scale refuses it
_LONGEST_INTEGER = 18


def submission(visit: Visit) -> Submission:
    """Return what was sent. TooLargeError before anything is parsed; MediaTypeError, MalformedError when unreadable."""
    if len(visit.body) > LARGEST_BODY:
        raise TooLargeError("body_too_large", limit_kb=LARGEST_BODY // 1024)
    match visit.media_type:
        case "application/json":
            sent = _from_json(visit.body)
        case "application/x-www-form-urlencoded":
            sent = _from_form(visit.fields)
        case _:
            raise MediaTypeError("media_type", found=visit.media_type[:100] or "-")
    try:
        return Submission.model_validate(sent)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in problem["loc"])[:64] or "body" for problem in error.errors()})
        raise MalformedError("malformed_fields", fields=", ".join(places)) from None


def _from_json(body: bytes) -> Any:
    """Read JSON as RFC 8259 has it, and no name twice: what two readers could read differently is refused."""
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_parse_integer
        )
    except (ValueError, RecursionError):
        raise MalformedError("malformed_json") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _parse_integer(digits: str) -> int | float:
    if digits == "-0":
        return _MINUS_ZERO
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float("inf")


def _from_form(fields: dict[str, str]) -> dict[str, Any]:
    """Return the same shape that a program sends as JSON. A name that means nothing stays, and is refused by name."""
    sent: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    boxes: dict[str, list[str]] = {}
    for name, value in fields.items():
        match name.split("."):
            case ["submission_id" | "language"]:
                sent[name] = value
            case ["version"]:
                sent[name] = _integer(value)
            case ["signal"]:
                continue  # read in signaling.py: it says who answers, not what
            case ["client_time"]:
                sent[name] = value or None
            case ["c", question, option]:
                boxes.setdefault(question, []).append(option)
            case ["n" | "t" | "o" as kind, question] if question not in answers:
                answers[question] = _integer(value) if kind == "n" else value
            case ["n" | "t" | "o", question]:
                raise MalformedError("field_repeated", field=question[:64])
            case _:
                answers[name] = value
    return {**sent, "answers": {**answers, **boxes}}


def _integer(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text
