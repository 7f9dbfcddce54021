"""What comes back from the page of a ticket: which act, on which revision, with what was typed."""

from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from escuta.entity import Value
from escuta.errors import InvalidError

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 600  # a tree has up to 500 causes
_MOST_REVS = 10**8  # the number of a line of the log has eight digits
_LONGEST = 100_000  # characters of a form


class Typed(Value):
    """A form as somebody sent it. What is refused stands on the page again, so that nothing is typed twice."""

    act: str = ""  # note, close, step, transfer, write; "": nothing was sent
    rev: int = 0  # the revision that the page showed
    text: str = ""  # of a note, or to the customer
    way: str = ""  # by which the customer is written to
    root_causes: tuple[str, ...] = ()
    action: str = ""
    amount: str = ""
    currency: str = ""
    state: str = ""  # closed or resolved, of the button that was pressed
    step: str = ""
    segment: str = ""


def read(event: APIGatewayProxyEvent) -> Typed:
    """Return the form of a request. InvalidError `form_invalid`: it is no form of this page, or nobody chose anything.

    No cross-site check: who can name the address of the page has all that it gives.
    """
    try:
        body = event.decoded_body or ""
        if not (event.headers.get("Content-Type") or "").startswith(_FORM) or len(body) > _LONGEST:
            raise InvalidError("form_invalid")
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        said: dict[str, Any] = {
            name: _lines(values[0]) for name, values in fields.items() if name in Typed.model_fields
        }
        causes = [cause for value in fields.get("root_causes", ()) for cause in value.split("\n") if cause.strip()]
        typed = Typed.model_validate({**said, "root_causes": tuple(causes), "rev": int(said.get("rev", ""))})
    except ValueError as error:
        raise InvalidError("form_invalid") from error
    if not 0 < typed.rev < _MOST_REVS:
        raise InvalidError("form_invalid")
    return typed


def _lines(words: str) -> str:
    """Return words as the field counts them: a form sends each end of a line as two characters."""
    return words.replace("\r\n", "\n")
