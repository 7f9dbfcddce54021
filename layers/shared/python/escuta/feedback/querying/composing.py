"""Putting an answer together: the whole, its parts, what both are held against, and how the parts rank."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from escuta.feedback import comparing
from escuta.feedback.comparing import Place
from escuta.feedback.model import Compared, Grouping, Metric, Part, Reckoned
from escuta.feedback.querying import counters, fallback, figures, pieces
from escuta.feedback.querying.asked import Asked
from escuta.feedback.querying.counters import Counters
from escuta.feedback.querying.figures import Told
from escuta.feedback.querying.pieces import Numbers, Piece
from escuta.feedback.querying.shelf import Shelf

_RANKED = frozenset(
    {
        Grouping.SEGMENT,
        Grouping.PRODUCT,
        Grouping.PRODUCT_GROUP,
        Grouping.CHANNEL,
        Grouping.LANGUAGE,
        Grouping.DIMENSION,
    }
)


class Plan(NamedTuple):
    """A query and the counters that answer it; without any, the responses do."""

    asked: Asked
    counters: Counters | None


def plan(asked: Asked, shelf: Shelf) -> Plan:
    """Decide how a query is answered, and tell the shelf what it will ask for."""
    found = counters.of(asked)
    if found is None:
        shelf.want(fallback.needs(asked), asked.periods)
    else:
        needs = [need for some in (found.total, *found.parts.values()) for need in some]
        shelf.admit(needs, asked.periods)
        shelf.want(needs, asked.periods, months=_by_month(asked))
    return Plan(asked, found)


def answer(planned: Plan, shelf: Shelf) -> tuple[Reckoned, Counter[str]]:
    """Return the answer, and the counters of the whole period as they are kept, every standing apart."""
    asked = planned.asked
    several, read = _numbers(planned, shelf)
    now, earlier = several[0], several[1] if len(several) > 1 else None
    reckoned = Reckoned(
        query=asked.query,
        first=asked.period.first,
        last=asked.period.last,
        timezone=asked.place.timezone,
        figure=pieces.whole(asked, now).figure,
        parts=_parts(asked, now, earlier),
        compared=_compared(asked, now, earlier),
        source="responses" if planned.counters is None else "counters",
        read=read,
    )
    veiled = pieces.is_veiled(asked, now.all)
    return reckoned, Counter() if veiled else sum(now.total.values(), Counter())


def _numbers(planned: Plan, shelf: Shelf) -> tuple[list[Numbers], int]:
    """Return the numbers of each period, and how many responses were read for them."""
    asked, found = planned
    if found is None:
        read = fallback.read(asked, shelf)
        numbers = [Numbers(each.total, each.parts, each.all, each.all_parts) for each in read]
        return numbers, sum(each.read for each in read)
    months, several = _by_month(asked), []
    for period in asked.periods:
        total = shelf.of(found.total, period, months=months)
        parts = {key: shelf.of(needs, period, months=months) for key, needs in found.parts.items()}
        several.append(Numbers(total, parts, total, parts))
    return several, 0


def _by_month(asked: Asked) -> bool:
    return asked.query.group_by not in {Grouping.DAY, Grouping.WEEK}


def _compared(asked: Asked, now: Numbers, earlier: Numbers | None) -> Compared | None:
    if asked.earlier is None or earlier is None:
        return None
    told, new = pieces.whole(asked, earlier), pieces.whole(asked, now)
    rose = None
    if asked.query.metric is Metric.TOPICS and not (told.figure.masked or new.figure.masked):
        rose = figures.emerging(pieces.seen(asked, earlier.total), pieces.seen(asked, now.total))
    return Compared(
        first=asked.earlier.first,
        last=asked.earlier.last,
        figure=told.figure,
        change=figures.change(told, new),
        emerging=rose,
    )


def _parts(asked: Asked, now: Numbers, earlier: Numbers | None) -> tuple[Part, ...]:
    if asked.query.group_by is Grouping.NONE:
        return ()
    found = pieces.of(asked, now, asked.period)
    before = pieces.earlier(asked, earlier, found) if earlier else {}
    inside = pieces.cells(asked, now, found) if asked.query.then_by is Grouping.QUESTION else {}
    ranks = _ranks(found) if asked.query.group_by in _RANKED else {}
    parts = {each.key: _part(each, before, ranks.get(each.key), inside.get(each.key, [])) for each in found}
    return (*(parts.pop(key) for key in ranks), *parts.values())


def _ranks(found: list[Piece]) -> Mapping[str, Place]:
    """Return where each part stands, the best first; what is masked stands nowhere."""
    exact = {each.key: each.told.exact for each in found if not each.told.figure.masked}
    return {place.name: place for place in comparing.rank({key: own for key, own in exact.items() if own is not None})}


def _part(piece: Piece, before: Mapping[str, Told], place: Place | None, inside: list[Piece]) -> Part:
    held = before.get(piece.key)
    return Part(
        key=piece.key,
        name=piece.name,
        last=piece.last,
        figure=piece.told.figure,
        change=figures.change(held, piece.told) if held else None,
        first_rank=place.first if place else None,
        last_rank=place.last if place else None,
        tier=place.tier if place else None,
        parts=tuple(_part(each, {}, None, []) for each in inside),
    )
