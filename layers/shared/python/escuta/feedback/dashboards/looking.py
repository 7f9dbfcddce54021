"""What a dashboard shows to somebody: every widget its answer, or why it has none; what they share is read once."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from escuta.directory import segments
from escuta.directory.model import Scope, Segment
from escuta.entity import Value
from escuta.errors import EscutaError, ForbiddenError, InvalidError, NotFoundError
from escuta.feedback import filtering, querying
from escuta.feedback.dashboards import feed, legend, ticket_figures
from escuta.feedback.dashboards.feed import Feed
from escuta.feedback.dashboards.legend import Legend
from escuta.feedback.dashboards.ticket_figures import TicketFigures
from escuta.feedback.model import (
    Comparison,
    Dashboard,
    Filter,
    Order,
    Part,
    Query,
    Reckoned,
    Span,
    Texts,
    Widget,
    WidgetKind,
)
from escuta.feedback.querying.asked import Asked, look_up
from escuta.i18n import LANGUAGES

_ROWS = frozenset({WidgetKind.RANKING, WidgetKind.HEATMAP})
_NEEDED = {WidgetKind.COMMENTS: Scope.RESPONSES_READ, WidgetKind.TICKETS: Scope.TICKETS_READ}
_READ_APART = frozenset(_NEEDED)  # no figures, and nothing to hold them against


class View(Value):
    """How somebody looks. What is given holds for all widgets: the days, more filters, what periods are held against.

    `reach`: the roots of the subtrees that the caller may see; () the whole hierarchy. A widget says so when it shows
    what `scopes` do not allow.
    """

    segment: str
    language: str
    reach: tuple[str, ...] = ()
    scopes: frozenset[Scope] = frozenset(Scope)
    span: Span | None = None
    compare: Comparison | None = None
    filters: tuple[Filter, ...] = ()


class Drawn(NamedTuple):
    """A widget with all that drawing it takes, its title in the language of whoever looks; or the problem it has.

    `left_out`: so many parts of a ranking or a heat map there are beyond those that are shown. `first` and `last`: the
    days of comments and tickets.
    """

    widget: Widget
    title: str
    query: Query | None = None
    legend: Legend | None = None
    reckoned: Reckoned | None = None
    left_out: int = 0
    feed: Feed | None = None
    tickets: TicketFigures | None = None
    first: date | None = None
    last: date | None = None
    problem: EscutaError | None = None


def shown(dashboard: Dashboard, view: View, only: frozenset[str] = frozenset()) -> dict[str, Drawn]:
    """Return by its id what each widget shows, or those in `only`; one that fails does not keep the others from it.

    NotFoundError: the segment chosen is not there, or beyond reach. Figures are rounded as they are told.
    """
    _within(segments.get(view.segment), view)
    widgets = [widget for widget in dashboard.widgets if not only or widget.id in only]
    queries: dict[str, Query] = {}
    drawn: dict[str, Drawn] = {}
    for widget in widgets:
        drawn[widget.id] = Drawn(widget, _title(widget, view))
        try:
            queries[widget.id] = _asked(dashboard, widget, view)
        except EscutaError as refusal:
            drawn[widget.id] = drawn[widget.id]._replace(problem=refusal)
    figures = _figures([widget for widget in widgets if widget.id in queries], queries, view)
    for name, query in queries.items():
        drawn[name] = _drawn(drawn[name]._replace(query=query), query, figures.get(name), view)
    return drawn


def _asked(dashboard: Dashboard, widget: Widget, view: View) -> Query:
    """Return what a widget asks now: what it leaves open is as the looker has chosen."""
    query, needed = widget.query, _NEEDED.get(widget.kind, Scope.METRICS_READ)
    if needed not in view.scopes:
        raise ForbiddenError("scope_missing", scope=needed.value)
    filters = (*query.filters, *view.filters)
    if len(filters) > filtering.MOST:
        raise InvalidError("filter_many", field="filter", most=filtering.MOST)
    if query.segment:
        _within(segments.get(query.segment), view)
    compare = query.compare if view.compare is None or widget.kind in _READ_APART else view.compare
    chosen = {
        "survey": query.survey or dashboard.survey,
        "segment": query.segment or view.segment,
        "span": view.span or query.span,
        "compare": compare,
        "filters": filters,
    }
    return Query.model_validate({**dict(query), **chosen})


def _within(place: Segment, view: View) -> None:
    if view.reach and set(view.reach).isdisjoint(place.path):
        raise NotFoundError("segment_not_found")


def _figures(widgets: list[Widget], queries: Mapping[str, Query], view: View) -> dict[str, Reckoned | EscutaError]:
    """Return the answers to all questions that the figures answer, asked together."""
    counted = [widget.id for widget in widgets if widget.kind not in _READ_APART]
    answers = querying.ask_many((queries[name] for name in counted), view.language)
    return dict(zip(counted, answers, strict=True))


def _drawn(begun: Drawn, query: Query, answer: Reckoned | EscutaError | None, view: View) -> Drawn:
    if isinstance(answer, EscutaError):
        return begun._replace(problem=answer)
    try:
        asked = look_up(query, view.language)
        if answer is not None:
            return _figure(begun, asked, querying.rounded(answer))
        begun = begun._replace(first=asked.period.first, last=asked.period.last)
        return _tickets(begun, asked) if begun.widget.kind is WidgetKind.TICKETS else _comments(begun, asked)
    except EscutaError as refusal:
        return begun._replace(problem=refusal)


def _figure(begun: Drawn, asked: Asked, told: Reckoned) -> Drawn:
    kept, left_out = _kept(begun.widget, told)
    return begun._replace(reckoned=kept, left_out=left_out, legend=legend.of(asked, kept))


def _tickets(begun: Drawn, asked: Asked) -> Drawn:
    return begun._replace(tickets=ticket_figures.of(asked), legend=legend.of_tickets(asked.language))


def _comments(begun: Drawn, asked: Asked) -> Drawn:
    said = feed.of(asked, begun.widget.options)
    words = legend.of_comments(asked.language, ((each.tone, each.topics) for each in said.comments))
    return begun._replace(feed=said, legend=words)


def _kept(widget: Widget, told: Reckoned) -> tuple[Reckoned, int]:
    """Return an answer with the parts that are shown, in their order, and how many are not."""
    if widget.kind not in _ROWS:
        return told, 0
    most = widget.options.most
    parts = tuple(_ranked(widget, told.parts))
    return told.changed(parts=parts[:most]), max(0, len(parts) - most)


def _ranked(widget: Widget, parts: tuple[Part, ...]) -> Iterator[Part]:
    """Yield parts from the end that is asked for; those with too few answers to tell come last."""
    told = [part for part in parts if part.figure.value is not None]
    if widget.kind is WidgetKind.RANKING:
        told.sort(key=_standing, reverse=widget.options.order is Order.WORST)
    yield from told
    yield from (part for part in parts if part.figure.value is None)


def _standing(part: Part) -> tuple[int, float]:
    return part.tier or 0, -(part.figure.value or 0)


def _title(widget: Widget, view: View) -> str:
    """Return the title in the language asked for, else in another; one without any is called after its kind."""
    title: Texts = widget.title
    languages = (view.language, *LANGUAGES)
    found = next((title[language] for language in languages if title.get(language, "").strip()), "")
    return found or legend.say(view.language, f"kind.{widget.kind}")
