"""What helps somebody who answers for stores: what waits for them, how their stores do, what customers said last."""

from collections import Counter
from collections.abc import Iterable, Mapping

from escuta.directory.model import Manager, Segment
from escuta.entity import Value
from escuta.feedback import metrics, querying, tickets
from escuta.feedback.dashboards import feed
from escuta.feedback.dashboards.feed import Said
from escuta.feedback.model import Change, Figure, Metric, Options, Query, Span, Ticket
from escuta.feedback.querying import figures
from escuta.feedback.querying.asked import look_up
from escuta.feedback.querying.figures import Reading, Told
from escuta.feedback.querying.rounding import change, figure
from escuta.feedback.tickets import counts

MOST_STORES = 10
MOST_TICKETS = 50
MOST_COMMENTS = 10
MOST_CLOSED = 200  # that a streak is counted in
_READ_FOR_COMMENTS = 5  # stores
METRICS = (Metric.NPS, Metric.RECOVERY, Metric.IN_TIME)


class Held(Value):
    """A figure of a store, that of all other stores below its parent, and how the two differ."""

    figure: Figure
    others: Figure | None = None
    change: Change | None = None


class Store(Value):
    """How one store does. `figures` by metric; `parent` is the segment whose other stores it is held against."""

    segment: str
    name: str
    parent: str
    figures: dict[Metric, Held]


class Desk(Value):
    """What waits for a manager. `tickets`: the soonest due first, at most 50; `open` counts all of them."""

    open: int
    given: int
    overdue: int  # of those that are shown
    streak: int  # closed in time since the last one that was not
    tickets: tuple[Ticket, ...]


def desk(manager: Manager) -> Desk:
    """Return what waits for a manager, in a few reads whatever there is."""
    load = counts.loads((manager.id,))[manager.id]
    held = tickets.held(manager.id, most=MOST_TICKETS)
    return Desk(
        open=load.open,
        given=load.given,
        overdue=sum(each.overdue for each in held),
        streak=tickets.streak(manager.id, most=MOST_CLOSED),
        tickets=held,
    )


def stores(places: Iterable[Segment], survey: str, span: Span, language: str) -> tuple[Store, ...]:
    """Return the figures of these places, at most ten, each against all else below its parent."""
    some = tuple(places)[:MOST_STORES]
    codes = list(dict.fromkeys(code for place in some for code in (place.code, place.parent) if code))
    wanted = [(code, metric) for code in codes for metric in METRICS]
    queries = (Query(survey=survey, segment=code, metric=metric, span=span) for code, metric in wanted)
    found = dict(zip(wanted, querying.counted(queries, language), strict=True))
    told = {key: _plain(key[1], each.numbers) for key, each in found.items()}
    return tuple(
        Store(
            segment=place.code,
            name=place.name,
            parent=place.parent or "",
            figures={metric: _held(metric, place, told) for metric in METRICS},
        )
        for place in some
    )


def said(places: Iterable[Segment], survey: str, span: Span, language: str) -> tuple[Said, ...]:
    """Return the newest comments of these places, masked; of the first five places."""
    found: list[Said] = []
    for place in tuple(places)[:_READ_FOR_COMMENTS]:
        asked = look_up(Query(survey=survey, segment=place.code, span=span), language)
        found += feed.of(asked, Options(most=MOST_COMMENTS)).comments
    newest = {each.response: each for each in found}.values()
    return tuple(sorted(newest, key=lambda each: (each.at, each.response), reverse=True)[:MOST_COMMENTS])


def _held(metric: Metric, place: Segment, told: Mapping[tuple[str, Metric], Counter[str]]) -> Held:
    own = told[place.code, metric]
    mine = _told(metric, own)
    if not place.parent:
        return Held(figure=figure(mine.figure))
    rest = Counter(told[place.parent, metric])
    rest.subtract(own)
    others = _told(metric, +rest)
    differs = figures.change(others, mine)
    return Held(figure=figure(mine.figure), others=figure(others.figure), change=change(differs, mine.figure.unit))


def _told(metric: Metric, counted: Mapping[str, int]) -> Told:
    return figures.told(Reading(metric), counted)


def _plain(metric: Metric, numbers: Counter[str]) -> Counter[str]:
    return metrics.viewed(numbers) if metric is Metric.NPS else numbers
