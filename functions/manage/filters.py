"""Filters as they stand in an address: `product:tv,sofa;answer.reasons:queue`, the same for figures and for answers.

Parts are joined by `;`, values by `,`. What has one of `,;:%` in it writes it as in any address: `%2C`.
"""

from urllib.parse import unquote

from pydantic import ValidationError

from escuta.errors import InvalidError
from escuta.feedback.model import Filter, FilterBy

LONGEST = 2_000  # characters of all filters
MOST = 10


def parse(text: str, field: str = "filter") -> tuple[Filter, ...]:
    """Return the filters that a text holds; InvalidError names what may stand in it."""
    parts = text.split(";") if text else []
    if len(parts) > MOST:
        raise InvalidError("too_many", field=field, most=MOST)
    return tuple(_parsed(part, field) for part in parts)


def _parsed(part: str, field: str) -> Filter:
    name, colon, values = part.partition(":")
    by, _, of = name.strip().partition(".")
    given = tuple(map(unquote, values.split(","))) if colon else ()
    try:
        return Filter(field=FilterBy(by), of=unquote(of), values=given)
    except (ValidationError, ValueError) as error:
        own = {FilterBy.DIMENSION: ".name", FilterBy.ANSWER: ".question"}
        allowed = ", ".join(f"{each}{own.get(each, '')}:value" for each in FilterBy)
        raise InvalidError("value_not_allowed", field=field, allowed=allowed) from error
