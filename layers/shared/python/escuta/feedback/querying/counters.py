"""Which counters answer a query: those of its place, and those of each of its parts."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from escuta import clock, i18n
from escuta.directory import products
from escuta.directory.model import Segment
from escuta.errors import InvalidError
from escuta.feedback import facets
from escuta.feedback.model import FilterBy, Grouping, Hierarchy, Metric
from escuta.feedback.querying.asked import Asked
from escuta.feedback.querying.checking import CHANNELS, OF_TICKETS
from escuta.feedback.querying.shelf import Need, Source

MOST_PARTS = 100
_FRESH_SECONDS = 300

_PLACES: Mapping[FilterBy, str] = {  # what is filtered by -> how its counters are called
    FilterBy.PRODUCT: "product",
    FilterBy.PRODUCT_GROUP: "group",
    FilterBy.CHANNEL: "channel",
    FilterBy.LANGUAGE: "language",
    FilterBy.DIMENSION: "",
}
_SAME: Mapping[Grouping, FilterBy] = {
    Grouping.PRODUCT: FilterBy.PRODUCT,
    Grouping.PRODUCT_GROUP: FilterBy.PRODUCT_GROUP,
    Grouping.CHANNEL: FilterBy.CHANNEL,
    Grouping.LANGUAGE: FilterBy.LANGUAGE,
    Grouping.DIMENSION: FilterBy.DIMENSION,
}


Needs = tuple[Need, ...]


class Counters(NamedTuple):
    """What to read for the whole, and for each part that is no stretch of days."""

    total: Needs
    parts: Mapping[str, Needs]


def of(asked: Asked) -> Counters | None:
    """Return the counters that answer a query; None when only the responses do."""
    query = asked.query
    if query.metric is Metric.FUNNEL or query.metric in OF_TICKETS:
        return _tickets(asked) if query.metric in OF_TICKETS else _funnel(asked)
    total = _total(asked)
    if total is None or query.group_by is Grouping.ANSWER:
        return None
    if query.group_by is Grouping.SEGMENT:
        return (
            None
            if query.filters
            else Counters(total, {each.code: (below(asked, each.code),) for each in _below(asked)})
        )
    if query.group_by not in _SAME:
        return Counters(total, {})
    values = _values(asked) if asked.is_whole else None
    if values is None:
        return None
    return Counters(total, {value: (Need(query.survey, _place(_field(asked), value)),) for value in values})


def place(asked: Asked) -> Need:
    """Return the counters of the place itself, whatever is filtered by."""
    code = asked.place.code
    if not asked.query.subtree:
        return Need(asked.query.survey, f"at#{code}")
    return Need(asked.query.survey, f"segment#{code}") if asked.place.parent is None else below(asked, code)


def whole(asked: Asked) -> Need:
    """Return the counters of the whole survey."""
    return Need(asked.query.survey, f"segment#{asked.place.path[0]}")


def below(asked: Asked, code: str) -> Need:
    """Return the counters of a segment with all below it, as the query wants the hierarchy."""
    if asked.query.hierarchy is Hierarchy.IS:
        return Need(asked.query.survey, code, Source.AS_IS)
    return Need(asked.query.survey, f"segment#{code}")


def refuse_many(number: int) -> None:
    """Refuse more parts than anybody reads, or than are read at once."""
    if number > MOST_PARTS:
        raise InvalidError("too_many_parts", field="group_by", most=MOST_PARTS, found=number)


def _below(asked: Asked) -> tuple[Segment, ...]:
    found = asked.below
    refuse_many(len(found))
    return found


def _total(asked: Asked) -> Needs | None:
    if not asked.query.filters:
        return (place(asked),)
    if len(asked.query.filters) > 1 or not asked.is_whole:
        return None
    only = asked.query.filters[0]
    if only.field not in _PLACES or (asked.query.group_by in _SAME and _field(asked) != (only.field, only.of)):
        return None
    field = (only.field, only.of)
    return tuple(Need(asked.query.survey, _place(field, value)) for value in dict.fromkeys(only.values))


def _field(asked: Asked) -> tuple[FilterBy, str]:
    """Return what would be filtered by to get the parts."""
    return _SAME[asked.query.group_by], asked.query.dimension


def _place(field: tuple[FilterBy, str], value: str) -> str:
    return f"{_PLACES[field[0]] or field[1]}#{value}"


def _values(asked: Asked) -> Iterable[str] | None:
    """Return the values that the parts can have; None when there are too many to look at each."""
    if asked.query.filters:
        return asked.query.filters[0].values
    match asked.query.group_by:
        case Grouping.PRODUCT:
            page = products.listing(limit=MOST_PARTS)
            return None if page.next else [product.code for product in page.items]
        case Grouping.PRODUCT_GROUP:
            names = _groups(clock.epoch() // _FRESH_SECONDS)
            return names if len(names) <= MOST_PARTS else None
        case Grouping.CHANNEL:
            return CHANNELS
        case Grouping.LANGUAGE:
            return i18n.LANGUAGES
        case _:
            return facets.values(asked.query.survey, asked.query.dimension)


@lru_cache(maxsize=1)
def _groups(tick: int) -> tuple[str, ...]:  # noqa: ARG001 - the tick is the age of what is kept
    return tuple(group.name for group in products.groups())


def _tickets(asked: Asked) -> Counters:
    survey = asked.query.survey
    below = _below(asked) if asked.query.group_by is Grouping.SEGMENT else ()
    parts = {each.code: (Need(survey, each.code, Source.TICKETS),) for each in below}
    return Counters((Need(survey, asked.place.code, Source.TICKETS),), parts)


def _funnel(asked: Asked) -> Counters:
    survey, code = asked.query.survey, asked.place.code
    channels = [value for each in asked.query.filters for value in each.values] or CHANNELS
    by_channel = {value: (Need(survey, f"channel#{value}", Source.FUNNELS),) for value in channels}
    if (asked.query.filters or asked.query.group_by is Grouping.CHANNEL) and not asked.is_whole:
        raise InvalidError("whole_survey_only", field="segment", value=code)
    total: Needs = (Need(survey, f"segment#{code}", Source.FUNNELS),)
    if asked.query.filters:
        total = tuple(need for needs in by_channel.values() for need in needs)
    match asked.query.group_by:
        case Grouping.SEGMENT:
            return Counters(
                total, {each.code: (Need(survey, f"segment#{each.code}", Source.FUNNELS),) for each in _below(asked)}
            )
        case Grouping.CHANNEL:
            return Counters(total, by_channel)
        case _:
            return Counters(total, {})
