"""Dashboards, and what their widgets show."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from escuta.feedback.dashboards.feed import Said
from escuta.feedback.dashboards.legend import Legend
from escuta.feedback.dashboards.ticket_figures import TicketFigures
from escuta.feedback.model import Dashboard, DashboardDraft, Options, Position, Query, Reckoned, WidgetKind
from manage import dashboards, widget_csv
from manage.described.operation import Operation, Operations, Problem, Shown, Sparse, page, shape

DashboardShown = shape(Dashboard, without={"deleted_at"}, more={"editable": bool})
Listed = shape(Dashboard, "ListedDashboard", without={"deleted_at", "widgets"}, more={"editable": bool})
Answer: Any = shape(Reckoned, "WidgetAnswer", without={"query"})


class WidgetDrawn(Sparse):
    """What is needed to draw a widget, or the `problem` that it has; the other widgets are drawn all the same.

    `answer` is that of its question, with `left_out` parts beyond those that are shown. `comments` are those of a
    widget of comments, read down to `looked_back_to`; `tickets` the figures of one of tickets. `first` and `last` are
    the days that these two are of; an answer has its own.
    """

    kind: WidgetKind
    title: str
    position: Position
    options: Options
    query: Query | None
    legend: Legend | None
    problem: Problem | None
    answer: Answer | None = None
    left_out: int = 0
    first: date | None = None
    last: date | None = None
    comments: list[Said] = Field(default_factory=list)
    looked_back_to: datetime | None = None
    tickets: TicketFigures | None = None


class DashboardDrawn(Shown):
    """What each widget of a dashboard shows at a place, by its id."""

    dashboard: str
    survey: str
    segment: str
    segment_name: str
    timezone: str
    language: str
    widgets: dict[str, WidgetDrawn]


OPERATIONS: Operations = {
    dashboards.listing: Operation(name="list_dashboards", query=dashboards.DashboardListing, answer=page(Listed)),
    dashboards.create: Operation(name="create_dashboard", body=DashboardDraft, answer=DashboardShown, statuses=(201,)),
    dashboards.get: Operation(name="get_dashboard", answer=DashboardShown),
    dashboards.put: Operation(name="replace_dashboard", body=DashboardDraft, answer=DashboardShown, matched=True),
    dashboards.change: Operation(
        name="change_dashboard", body=dashboards.DashboardPatch, answer=DashboardShown, matched=True
    ),
    dashboards.delete: Operation(name="delete_dashboard", answer=DashboardShown, matched=True),
    dashboards.copy: Operation(name="copy_dashboard", body=dashboards.Copy, answer=DashboardShown, statuses=(201,)),
    widget_csv.get: Operation(name="get_widget_csv", query=dashboards.Looking, kinds=(widget_csv.CSV,)),
    dashboards.data: Operation(name="get_dashboard_data", query=dashboards.Look, answer=DashboardDrawn),
}
