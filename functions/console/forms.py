"""Forms: what was typed, what was refused of it, and the page once more with the words beside the fields."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import from_json

from console.visit import Visit
from escuta import errors, i18n
from escuta.errors import EscutaError, InvalidError
from manage import problems

# Told beside what was typed. Anything else has a page of its own.
_TOLD = (
    errors.InvalidError,
    errors.ConflictError,
    errors.OvertakenError,
    errors.TooLargeError,
    errors.TooManyError,
    errors.UnavailableError,
    errors.GoneError,
    problems.RequestError,
)
_EMPTY = frozenset({"required", "field_missing"})


_DIGITS = 15


@dataclass(frozen=True)
class Faults:
    """What was refused, in the reader's words: of single fields, and of the whole."""

    general: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    status: int = 422

    def of(self, *names: str) -> str:
        """Return what is said of a field, which the API may call by any of these names; "" when nothing is."""
        return next((self.fields[name] for name in names if name in self.fields), "")

    def below(self, name: str) -> str:
        """Return what is said of a field or of anything inside it."""
        inside = (words for place, words in self.fields.items() if place.startswith((f"{name}.", f"{name}[")))
        return self.of(name) or next(inside, "")

    def beside(self, names: Sequence[str]) -> Iterator[str]:
        """Yield what is said of fields that are not among these, which would otherwise be lost."""
        if self.general:
            yield self.general
        for place, words in self.fields.items():
            if not any(place == name or place.startswith((f"{name}.", f"{name}[")) for name in names):
                yield f"{place}: {words}"

    def __bool__(self) -> bool:
        """Tell whether anything was refused."""
        return bool(self.general or self.fields)


NONE = Faults()


def faults(error: EscutaError, language: str) -> Faults:
    """Return a refusal in the reader's words."""
    told = problems.problem(error, language, "")
    body = told.body
    said = [(each["field"], each["code"], each["detail"]) for each in body.get("errors", [])]
    said.append((body.get("field", ""), error.code, body["detail"]))
    places = {place: _beside(place, code, words, language) for place, code, words in reversed(said) if place}
    return Faults("" if places else body["detail"], places, error.code, told.status)


def _beside(place: str, code: str, words: str, language: str) -> str:
    """Return the words that stand beside a field, which need not name it as programs do."""
    if code in _EMPTY:
        return i18n.say("console", language, "case.fault.required")
    rest = next((words.removeprefix(start) for start in (f"{place}: ", f"{place} ") if words.startswith(start)), words)
    return rest[:1].upper() + rest[1:]


def act(
    visit: Visit,
    work: Callable[[Mapping[str, str]], Response[Any]],
    again: Callable[[Mapping[str, str], Faults], Response[Any]],
) -> Response[Any]:
    """Do what a form asks for; what the API refuses is answered by the page once more, with what was typed.

    The form must carry the token of the session. What somebody may not do, and what is not there, has pages of its own.
    """
    form = visit.signed_form()
    try:
        return work(form)
    except _TOLD as error:
        visit.refusal = error.code
        found = faults(error, visit.language)
        answer = again(form, found)
        answer.status_code = found.status
        return answer


def number(text: str) -> int | str:
    """Return a whole number that was typed; what is none goes on as it is, to be refused in words."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else text


def counted(text: str, otherwise: int) -> int:
    """Return a whole number of a hidden field; another one where it says none, as no page of ours does."""
    said = number(text)
    return said if isinstance(said, int) else otherwise


def held(form: Mapping[str, str], name: str = "was") -> dict[str, Any]:
    """Return what a hidden field says was there before, as an object; InvalidError for what no page of ours wrote."""
    try:
        said = from_json(form.get(name) or "{}") or {}
    except ValueError as error:
        raise InvalidError("form_invalid") from error
    if not isinstance(said, dict):
        raise InvalidError("form_invalid")
    return said


def given(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return the fields of a form that are sent on, without white space around them."""
    return {name: form[name].strip() for name in names if name in form}
