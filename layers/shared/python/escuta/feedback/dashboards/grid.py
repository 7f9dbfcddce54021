"""What a dashboard must satisfy before it is kept: widgets in their places, each with a question its kind can draw."""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from escuta.directory import lines
from escuta.errors import InvalidError
from escuta.feedback.model import (
    DashboardDraft,
    Grouping,
    Metric,
    Options,
    Query,
    Widget,
    WidgetKind,
)
from escuta.feedback.model.dashboard import COLUMNS, MOST_LINES
from escuta.i18n import LANGUAGES

MOST_WIDGETS = 30
LONGEST_NAME = 120
LONGEST_TITLE = 120
_SCORES = frozenset({Metric.NPS, Metric.CSAT, Metric.CES, Metric.MEAN, Metric.THUMBS, Metric.TOP_BOX})
_RATES = frozenset({Metric.RECOVERY, Metric.IN_TIME, Metric.REOPENED, Metric.CAUSED_AGAIN})
_FIGURES = _SCORES | _RATES | {Metric.RESPONSES, Metric.FUNNEL, Metric.WAIT, Metric.TICKETS}
_FIGURES |= {Metric.FIRST_RESPONSE, Metric.CLOSING}
_WHOLE = frozenset({Grouping.NONE})
_CALENDAR = frozenset(grouping for grouping in Grouping if grouping.unit)
_PARTS = frozenset(Grouping) - _CALENDAR - _WHOLE


class _Form(NamedTuple):
    """What a kind of widget can draw, and how many columns and lines it takes at least."""

    columns: int
    lines: int
    metrics: frozenset[Metric]
    groupings: frozenset[Grouping] = _WHOLE


FORMS = {
    WidgetKind.TILE: _Form(2, 2, _FIGURES),
    WidgetKind.GAUGE: _Form(2, 2, _SCORES | _RATES | {Metric.FUNNEL}),
    WidgetKind.TREND: _Form(4, 3, _FIGURES | {Metric.SHARES, Metric.TONES}, _CALENDAR),
    WidgetKind.DISTRIBUTION: _Form(
        3, 3, frozenset({Metric.NPS, Metric.SHARES, Metric.TONES, Metric.WAIT, Metric.TIME_IN_STATE})
    ),
    WidgetKind.RANKING: _Form(3, 3, _FIGURES, _PARTS),
    WidgetKind.HEATMAP: _Form(4, 4, _SCORES, _PARTS - {Grouping.QUESTION}),
    WidgetKind.FUNNEL: _Form(3, 3, frozenset({Metric.FUNNEL})),
    WidgetKind.COMMENTS: _Form(3, 3, frozenset(Metric)),
    WidgetKind.TOPICS: _Form(3, 3, frozenset({Metric.TOPICS})),
    WidgetKind.CAUSES: _Form(3, 3, frozenset({Metric.CAUSES, Metric.CAUSED_AGAIN})),
    WidgetKind.TICKETS: _Form(3, 2, frozenset(Metric)),
}
_TARGETED = frozenset({WidgetKind.TILE, WidgetKind.GAUGE})


def check(draft: DashboardDraft) -> None:
    """Refuse a dashboard that cannot be drawn. InvalidError names the first wrong place: `widgets[3].position`."""
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME or lines.CONTROL.search(draft.name):
        raise InvalidError("dashboard_name", field="name", most=LONGEST_NAME)
    if len(draft.widgets) > MOST_WIDGETS:
        raise InvalidError("dashboard_widgets", field="widgets", most=MOST_WIDGETS)
    seen: set[str] = set()
    for number, widget in enumerate(draft.widgets):
        place = f"widgets[{number}]"
        if widget.id in seen:
            raise InvalidError("widget_id_twice", field=f"{place}.id", value=widget.id)
        seen.add(widget.id)
        _check_title(f"{place}.title", widget.title)
        _check_place(f"{place}.position", widget)
        _check_query(f"{place}.query", widget)
        _check_options(f"{place}.options", widget)
    _check_overlaps(draft.widgets)


def _check_title(place: str, title: dict[str, str]) -> None:
    for language, words in title.items():
        if language not in LANGUAGES:
            raise InvalidError("widget_title_language", field=f"{place}.{language[:20]}", allowed=list(LANGUAGES))
        if len(words) > LONGEST_TITLE or lines.CONTROL.search(words):
            raise InvalidError("widget_title", field=f"{place}.{language}", most=LONGEST_TITLE)


def _check_place(place: str, widget: Widget) -> None:
    at, form = widget.position, FORMS[widget.kind]
    if at.w < form.columns or at.h < form.lines:
        raise InvalidError("widget_small", field=place, value=str(widget.kind), columns=form.columns, lines=form.lines)
    if at.x + at.w > COLUMNS or at.y + at.h > MOST_LINES:
        raise InvalidError("widget_outside", field=place, columns=COLUMNS, lines=MOST_LINES)


def _check_overlaps(widgets: Iterable[Widget]) -> None:
    for (_, one), (number, other) in combinations(enumerate(widgets), 2):
        a, b = one.position, other.position
        if a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h:
            raise InvalidError("widget_overlap", field=f"widgets[{number}].position", value=one.id)


def _check_query(place: str, widget: Widget) -> None:
    query, form = widget.query, FORMS[widget.kind]
    if query.metric not in form.metrics:
        raise InvalidError(
            "widget_metric", field=f"{place}.metric", value=str(widget.kind), allowed=_names(form.metrics)
        )
    if query.group_by not in form.groupings:
        allowed = _names(form.groupings)
        raise InvalidError("widget_grouping", field=f"{place}.group_by", value=str(widget.kind), allowed=allowed)
    then_by = Grouping.QUESTION if widget.kind is WidgetKind.HEATMAP else Grouping.NONE
    if query.then_by is not then_by:
        raise InvalidError("widget_grouping", field=f"{place}.then_by", value=str(widget.kind), allowed=[str(then_by)])
    if widget.kind is WidgetKind.TICKETS and query.filters:
        raise InvalidError("widget_filters", field=f"{place}.filters")
    _check_span(f"{place}.span", query)


def _check_span(place: str, query: Query) -> None:
    span = query.span
    if span.first and span.last and span.first > span.last:
        raise InvalidError("widget_span", field=place)


def _check_options(place: str, widget: Widget) -> None:
    """Refuse what a kind would leave aside in silence."""
    usual, options = Options(), widget.options
    means = {
        "target": widget.kind in _TARGETED,
        "order": widget.kind is WidgetKind.RANKING,
        "words": widget.kind is WidgetKind.COMMENTS,
    }
    for name, fits in means.items():
        if not fits and getattr(options, name) != getattr(usual, name):
            raise InvalidError("widget_option", field=f"{place}.{name}", value=str(widget.kind))


def _names(some: Iterable[Metric | Grouping]) -> list[str]:
    return sorted(map(str, some))
