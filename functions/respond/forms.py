"""Reading what a page or a program sent, whole or half filled in: strictly, and never more than 64 KB."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from escuta.entity import Value
from escuta.errors import TooLargeError
from escuta.feedback.calls import Wanted
from escuta.feedback.partials import Partial
from escuta.feedback.submissions import Submission
from respond.visits import LARGEST_BODY, MalformedError, MediaTypeError, Visit

V = TypeVar("V", bound=Value)

# The first part of a field's name says how it is read, so that a form needs no survey to be understood:
# `n.nps=9` a number of a scale, `t.comment=...` a text, `o.store=mall` one option, `c.reasons.price=yes` a checked box,
# `k.who.email=...` a field of a contact, `h.order=...` a hidden field, `a.name=...` who answers through a store link.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,8}")
_MINUS_ZERO = -0.0  # not an integer, so that the scale refuses it
_LONGEST_INTEGER = 18
_YES = frozenset({"yes", "true", "1"})
_OF_THE_PAGE = frozenset({"number", "go", "at", "signal"})  # where the page stands and who it saw, not what was said
_ENVELOPE = frozenset({"submission_id", "version", "language", "number"})
LARGEST_DRAFT = 32 * 1024
LARGEST_CALL = 2 * 1024


def _integer(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text


_READ: dict[str, Callable[[str], Any]] = {
    "submission_id": str,
    "version": _integer,
    "language": str,
    "client_time": lambda text: text or None,
    "sent_time": lambda text: text or None,
    "prefill": str,
    "device": str,
    "queued": lambda text: text in _YES,
}


def submission(visit: Visit) -> Submission:
    """Return what was sent. TooLargeError before anything is parsed; MediaTypeError, MalformedError when unreadable."""
    return _validated(Submission, _sent(visit, LARGEST_BODY, _from_form))


def partial(visit: Visit) -> Partial:
    """Return what is half filled in. Refused as a submission is, and beyond 32 KB."""
    return _validated(Partial, _sent(visit, LARGEST_DRAFT, _half))


def call(visit: Visit) -> Wanted:
    """Return who wants to be called, and where."""
    return _validated(Wanted, _sent(visit, LARGEST_CALL, dict))


def _sent(visit: Visit, largest: int, read_form: Callable[[dict[str, str]], dict[str, Any]]) -> Any:
    if len(visit.body) > largest:
        raise TooLargeError("body_too_large", limit_kb=largest // 1024)
    match visit.media_type:
        case "application/json":
            return _from_json(visit.body)
        case "application/x-www-form-urlencoded":
            return read_form(visit.fields)
        case _:
            raise MediaTypeError("media_type", found=visit.media_type[:100] or "-")


def _validated(cls: type[V], sent: Any) -> V:
    try:
        return cls.model_validate(sent)
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
    sent: dict[str, Any] = {"hidden": {}, "asked": {}}
    answers: dict[str, str] = {}
    for name, value in fields.items():
        match name.split("."):
            case [only] if only in _OF_THE_PAGE:
                continue
            case [only] if only in _READ:
                sent[only] = _READ[only](value)
            case ["h", hidden]:
                sent["hidden"][hidden] = value
            case ["a", *asked] if asked:
                sent["asked"][".".join(asked)] = value
            case _:
                answers[name] = value
    return {**sent, "answers": _answers(answers)}


def _answers(fields: dict[str, str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    boxes: dict[str, list[str]] = {}
    contacts: dict[str, dict[str, str]] = {}
    for name, value in fields.items():
        match name.split("."):
            case ["c", question, option]:
                boxes.setdefault(question, []).append(option)
            case ["k", question, field]:
                contacts.setdefault(question, {})[field] = value
            case ["n" | "t" | "o" as kind, question] if question not in answers:
                answers[question] = _integer(value) if kind == "n" else value
            case ["n" | "t" | "o", question]:
                raise MalformedError("field_repeated", field=question[:64])
            case _:
                answers[name] = value
    return {**answers, **boxes, **contacts}


def _half(fields: dict[str, str]) -> dict[str, Any]:
    """Return a half-filled form: the fields as they are, apart from what says whose and which it is."""
    sent = {name: _READ.get(name, _integer)(value) for name, value in fields.items() if name in _ENVELOPE}
    return {**sent, "fields": {name: value for name, value in fields.items() if name not in _ENVELOPE}}
