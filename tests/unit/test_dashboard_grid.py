"""Which dashboards can be drawn: the grid, and what each kind of widget can show."""

from typing import Any

import pytest
from pydantic import ValidationError

from escuta.errors import InvalidError
from escuta.feedback.dashboards import grid
from escuta.feedback.model import DashboardDraft, Grouping, Metric, Position, Widget, WidgetKind, WidgetQuery

SMALLEST = {
    WidgetKind.TILE: (2, 2),
    WidgetKind.GAUGE: (2, 2),
    WidgetKind.TREND: (4, 3),
    WidgetKind.DISTRIBUTION: (3, 3),
    WidgetKind.RANKING: (3, 3),
    WidgetKind.HEATMAP: (4, 4),
    WidgetKind.FUNNEL: (3, 3),
    WidgetKind.COMMENTS: (3, 3),
    WidgetKind.TOPICS: (3, 3),
    WidgetKind.CAUSES: (3, 3),
    WidgetKind.TICKETS: (3, 2),
}
QUERIES: dict[WidgetKind, dict[str, Any]] = {
    WidgetKind.TREND: {"group_by": "month"},
    WidgetKind.RANKING: {"group_by": "segment"},
    WidgetKind.HEATMAP: {"group_by": "segment", "then_by": "question"},
    WidgetKind.FUNNEL: {"metric": "funnel"},
    WidgetKind.TOPICS: {"metric": "topics"},
    WidgetKind.CAUSES: {"metric": "causes"},
}


def widget(name: str = "one", kind: WidgetKind = WidgetKind.TILE, at: Any = (0, 0, 4, 4), **fields: Any) -> Widget:
    x, y, w, h = at
    asked = WidgetQuery.model_validate({**QUERIES.get(kind, {}), **fields.pop("query", {})})
    return Widget.model_validate(
        {"id": name, "kind": kind, "position": Position(x=x, y=y, w=w, h=h)} | fields | {"query": asked}
    )


def draft(*widgets: Widget, **fields: Any) -> DashboardDraft:
    return DashboardDraft(**{"name": "Lojas", "survey": "visit", "widgets": widgets, **fields})


def refusal(*widgets: Widget, **fields: Any) -> tuple[str, str]:
    with pytest.raises(InvalidError) as raised:
        grid.check(draft(*widgets, **fields))
    return raised.value.code, raised.value.details["field"]


@pytest.mark.parametrize("kind", WidgetKind)
def test_a_widget_of_the_least_size_is_kept_and_a_smaller_one_refused(kind: WidgetKind) -> None:
    w, h = SMALLEST[kind]
    grid.check(draft(widget(kind=kind, at=(0, 0, w, h))))

    assert refusal(widget(kind=kind, at=(0, 0, w - 1, h))) == ("widget_small", "widgets[0].position")
    assert refusal(widget(kind=kind, at=(0, 0, w, h - 1))) == ("widget_small", "widgets[0].position")


def test_widgets_may_touch_but_not_cover_each_other() -> None:
    one = widget("one", at=(0, 0, 4, 4))
    grid.check(draft(one, widget("two", at=(4, 0, 4, 4)), widget("three", at=(0, 4, 4, 4))))

    assert refusal(one, widget("two", at=(3, 3, 4, 4))) == ("widget_overlap", "widgets[1].position")
    assert refusal(one, widget("two", at=(0, 0, 4, 4))) == ("widget_overlap", "widgets[1].position")


def test_the_one_that_covers_another_is_named_with_the_other() -> None:
    with pytest.raises(InvalidError) as raised:
        grid.check(draft(widget("one"), widget("far", at=(8, 8, 2, 2)), widget("two", at=(1, 1, 2, 2))))

    assert raised.value.details == {"field": "widgets[2].position", "value": "one"}


@pytest.mark.parametrize("at", [(9, 0, 4, 4), (0, 198, 4, 4)])
def test_a_widget_stays_inside_the_grid(at: tuple[int, int, int, int]) -> None:
    assert refusal(widget(at=at)) == ("widget_outside", "widgets[0].position")


@pytest.mark.parametrize(
    "at", [(-1, 0, 4, 4), (12, 0, 4, 4), (0, -1, 4, 4), (0, 0, 13, 4), (0, 0, 4, 25), (0, 0, 0, 4)]
)
def test_a_place_that_no_grid_has_is_no_place(at: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValidationError):
        widget(at=at)


def test_thirty_widgets_are_kept_and_one_more_is_refused() -> None:
    many = [widget(f"w{number}", at=(0, number * 4, 2, 2)) for number in range(31)]
    grid.check(draft(*many[:30]))

    assert refusal(*many) == ("dashboard_widgets", "widgets")


def test_an_id_stands_once() -> None:
    assert refusal(widget("one"), widget("one", at=(4, 0, 4, 4))) == ("widget_id_twice", "widgets[1].id")


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "two\nlines"])
def test_a_dashboard_has_a_name_in_one_line(name: str) -> None:
    assert refusal(name=name) == ("dashboard_name", "name")


@pytest.mark.parametrize("name", ["x", "Lojas do Sul", "Família 👨‍👩‍👧", "Um\u00a0nome", "x" * 120])
def test_any_name_in_one_line_will_do(name: str) -> None:
    grid.check(draft(name=name))


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ({"fr": "Recommandation"}, ("widget_title_language", "widgets[0].title.fr")),
        ({"en": "x" * 121}, ("widget_title", "widgets[0].title.en")),
        ({"en": "two\nlines"}, ("widget_title", "widgets[0].title.en")),
    ],
)
def test_a_title_is_one_line_in_our_languages(title: dict[str, str], place: tuple[str, str]) -> None:
    assert refusal(widget(title=title)) == place


@pytest.mark.parametrize(
    ("kind", "query", "place"),
    [
        (WidgetKind.TILE, {"metric": Metric.TOPICS}, ("widget_metric", "metric")),
        (WidgetKind.TILE, {"group_by": Grouping.MONTH}, ("widget_grouping", "group_by")),
        (WidgetKind.TREND, {"group_by": Grouping.SEGMENT}, ("widget_grouping", "group_by")),
        (WidgetKind.RANKING, {"group_by": Grouping.NONE}, ("widget_grouping", "group_by")),
        (WidgetKind.RANKING, {"then_by": Grouping.QUESTION}, ("widget_grouping", "then_by")),
        (WidgetKind.HEATMAP, {"then_by": Grouping.NONE}, ("widget_grouping", "then_by")),
        (WidgetKind.FUNNEL, {"metric": Metric.NPS}, ("widget_metric", "metric")),
        (WidgetKind.TICKETS, {"filters": [{"field": "channel", "values": ["email"]}]}, ("widget_filters", "filters")),
        (WidgetKind.TILE, {"span": {"first": "2026-03-02", "last": "2026-03-01"}}, ("widget_span", "span")),
    ],
)
def test_a_kind_is_asked_only_what_it_can_draw(kind: WidgetKind, query: dict[str, Any], place: tuple[str, str]) -> None:
    code, field = place
    assert refusal(widget(kind=kind, query=query)) == (code, f"widgets[0].query.{field}")


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        (WidgetKind.TREND, {"target": 50}, "target"),
        (WidgetKind.TILE, {"order": "worst"}, "order"),
        (WidgetKind.TOPICS, {"words": "fila"}, "words"),
    ],
)
def test_an_option_without_effect_is_refused(kind: WidgetKind, options: dict[str, Any], name: str) -> None:
    assert refusal(widget(kind=kind, options=options)) == ("widget_option", f"widgets[0].options.{name}")
