"""Whether an answer has what is filtered by: one of the values of every filter.

Nothing is read but what the process keeps anyway: the values of a dimension, and the dictionary of topics.
"""

from collections.abc import Iterable

from escuta.feedback import facets, hearing
from escuta.feedback.model import Filter, FilterBy, Response

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
            return _answers(response, each.of)
        case field:
            return frozenset({str(getattr(response, _READ[field]) or "")})


def _answers(response: Response, question: str) -> frozenset[str]:
    """Return what was answered there: the number of a scale, the choices; of a contact question nothing."""
    match response.answers.get(question):
        case int() | str() as answer:
            return frozenset({str(answer)})
        case tuple() as answers:
            return frozenset(answers)
        case _:
            return frozenset()
