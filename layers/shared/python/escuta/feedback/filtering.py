"""Whether an answer has what is filtered by: one of the values of every filter.

Nothing is read but what the process keeps anyway: the values of a dimension, and the dictionary of topics.
"""

from collections.abc import Iterable
from urllib.parse import unquote

from pydantic import ValidationError

from escuta.errors import InvalidError
from escuta.feedback import facets, hearing
from escuta.feedback.model import Filter, FilterBy, Response

MOST = 10  # filters of one query
LONGEST = 4_000  # characters of all of them in an address
SAID = frozenset({FilterBy.CLASS, FilterBy.TONE, FilterBy.TOPIC, FilterBy.ANSWER})  # by what people said
_READ = {
    FilterBy.PRODUCT: "product",
    FilterBy.CHANNEL: "channel",
    FilterBy.LANGUAGE: "language",
    FilterBy.CLASS: "score_class",
    FilterBy.DEPLOYMENT: "deployment",
    FilterBy.ORIGIN: "origin",
}


def fits(response: Response, filters: Iterable[Filter], *, group: str = "") -> bool:
    """Tell whether an answer passes all filters; of the values of one filter any will do.

    `group` is the group of the product that the answer was counted in, which the answer itself does not know: whoever
    filters by it (`by_group`) says it.
    """
    return all(not _values(response, each, group).isdisjoint(each.values) for each in filters)


def parse(text: str) -> tuple[Filter, ...]:
    """Return the filters of a text such as `product:tv,sofa;answer.reasons:queue;dimension.hidden.plan:gold`.

    `%2C`, `%3B`, `%3A` and `%25` stand for `,`, `;`, `:` and `%` in a value. InvalidError `filter_invalid` with the
    part that is none and the fields that there are; "" is no filter.
    """
    parts = text.split(";") if text else []
    if len(parts) > MOST:
        raise InvalidError("filter_many", field="filter", most=MOST)
    return tuple(map(_parsed, parts))


def _parsed(part: str) -> Filter:
    place, _, values = part.partition(":")
    name, _, of = place.strip().partition(".")
    try:
        found = tuple(unquote(value.strip(), errors="strict") for value in values.split(",") if value.strip())
        return Filter(field=FilterBy(name), of=unquote(of, errors="strict"), values=found)
    except (ValidationError, ValueError) as error:
        raise InvalidError("filter_invalid", field="filter", value=part[:80], allowed=_allowed()) from error


def _allowed() -> str:
    named = {FilterBy.DIMENSION: ".{name}", FilterBy.ANSWER: ".{question}"}
    return ", ".join(f"{field}{named.get(field, '')}" for field in FilterBy)


def by_group(filters: Iterable[Filter]) -> bool:
    """Tell whether these filters have to know the group of the product."""
    return any(each.field is FilterBy.PRODUCT_GROUP for each in filters)


def _values(response: Response, each: Filter, group: str) -> frozenset[str]:
    match each.field:
        case FilterBy.PRODUCT_GROUP:
            return frozenset({group})
        case FilterBy.TONE | FilterBy.TOPIC:
            heard = hearing.of(response)
            if heard is None:
                return frozenset()
            return frozenset({heard.tone} if each.field is FilterBy.TONE else heard.topics)
        case FilterBy.DIMENSION:
            value = response.facets.get(each.of)
            return frozenset({facets.settled(response.survey, each.of, value)} if value else ())
        case FilterBy.ANSWER:
            return answered(response, each.of)
        case field:
            return frozenset({str(getattr(response, _READ[field]) or "")})


def answered(response: Response, question: str) -> frozenset[str]:
    """Return what was answered there: the number of a scale, the choices; of a contact question nothing."""
    match response.answers.get(question):
        case int() | str() as answer:
            return frozenset({str(answer)})
        case tuple() as answers:
            return frozenset(answers)
        case _:
            return frozenset()
