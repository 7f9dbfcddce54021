"""Dashboards: what is asked of the figures again and again, and where each answer stands on the page."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from escuta.directory.model import Role
from escuta.entity import Key, Value
from escuta.feedback.model.query import Query
from escuta.feedback.model.survey import Feedback, Texts

COLUMNS = 12
MOST_LINES = 200  # of the grid


class WidgetKind(StrEnum):
    """How the answer to a widget's question is drawn."""

    TILE = "tile"  # one figure
    GAUGE = "gauge"  # one figure on its scale, with a target
    TREND = "trend"  # a figure over stretches of the calendar
    DISTRIBUTION = "distribution"  # how many gave which answer
    RANKING = "ranking"  # places, products and so on, best or worst first; what the data cannot tell apart is tied
    HEATMAP = "heatmap"  # questions by places, products and so on
    FUNNEL = "funnel"  # from queued to completed
    COMMENTS = "comments"  # the newest ones
    TOPICS = "topics"  # what comments speak of, with the effect on NPS
    CAUSES = "causes"  # the root causes of tickets, the most frequent first
    TICKETS = "tickets"  # what is open, overdue, and how long closing took


class Order(StrEnum):
    """From which end a ranking is shown."""

    BEST = "best"
    WORST = "worst"


class Position(Value):
    """Where a widget stands on the grid of 12 columns, from its upper left corner."""

    x: int = Field(ge=0, lt=COLUMNS)
    y: int = Field(ge=0, lt=MOST_LINES)
    w: int = Field(ge=1, le=COLUMNS)
    h: int = Field(ge=1, le=24)


class WidgetQuery(Query):
    """A question whose survey "" is that of the dashboard, and whose segment "" is the one chosen when looking."""

    survey: str = Field(default="", max_length=40)
    segment: str = Field(default="", max_length=64)


class Options(Value):
    """How a widget is drawn beyond its kind."""

    most: int = Field(default=10, ge=1, le=50)  # parts of a ranking and a heat map, comments
    order: Order = Order.BEST  # of a ranking
    target: float | None = Field(default=None, ge=-100, le=1_000_000)  # of a tile and a gauge, in the figure's unit
    words: str = Field(default="", max_length=200)  # comments with these words alone


class Widget(Value):
    """One question with its place. `title` by language; a language without one shows another."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    kind: WidgetKind
    title: Texts = Field(default_factory=dict)
    position: Position
    query: WidgetQuery = WidgetQuery()
    options: Options = Options()


class DashboardDraft(Value):
    """What the author of a dashboard decides. Without roles in `shared` it is private to its owner."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 120})
    survey: str = Field(max_length=40)
    shared: frozenset[Role] = frozenset()
    widgets: tuple[Widget, ...] = Field(default=(), json_schema_extra={"maxItems": 30})


class Dashboard(Feedback, DashboardDraft):
    """A saved dashboard. One without an owner came with the publishing of its survey, and follows it until edited."""

    kind = "dashboard"

    id: str
    owner: str = ""  # id of the caller who made it
    follows: int = 0  # the version of the survey that it was made for, while nobody has edited it; else 0
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None  # of one that came by itself, so that it does not come again

    @staticmethod
    def at(dashboard: str) -> Key:
        """Return the key of the dashboard with this id."""
        return Key(f"dashboard#{dashboard}", "dashboard")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List dashboards by survey and making."""
        listed = Key("dashboards", f"{self.survey}#{self.created_at.isoformat()}#{self.id}")
        return (None if self.deleted_at else listed), None
