"""What the home page shows, as values: the page and the dashboard JSON are two renderings of them. Pure."""

from datetime import datetime

from console.charts import Span
from escuta.directory.model import FileState
from escuta.entity import Value
from escuta.feedback.comparing import Verdict
from escuta.feedback.model import TicketState


class Score(Value):
    """The NPS of `n` answers with its 95 % interval. Below the minimum n everything but `n` is None."""

    n: int
    score: float | None = None
    low: float | None = None
    high: float | None = None
    promoters: int | None = None
    passives: int | None = None
    detractors: int | None = None

    @property
    def span(self) -> Span | None:
        """Return the figure with its interval, for a chart."""
        if self.score is None or self.low is None or self.high is None:
            return None
        return Span(self.score, self.low, self.high)

    @property
    def classes(self) -> tuple[int, int, int]:
        """Return the counts of promoters, passives and detractors."""
        return self.promoters or 0, self.passives or 0, self.detractors or 0


class Named(Value):
    """Something that can be chosen: its id or code, and its name."""

    id: str
    name: str


class Period(Value):
    """Calendar days, both included, in the time zone of the place."""

    first: str
    last: str
    days: int


class Place(Value):
    """The part of the hierarchy that the figures are about. `trail` leads to it from the caller's topmost segment."""

    name: str
    segments: tuple[str, ...]
    trail: tuple[Named, ...]
    timezone: str


class Week(Value):
    """Seven calendar days of the trend."""

    first: str
    last: str
    score: Score


class Store(Value):
    """A line of the ranking: the best and the worst place that the answers leave open, None below the minimum n."""

    code: str
    name: str
    first: int | None
    last: int | None
    score: Score


class Ranking(Value):
    """The stores of a place, or its regions when there are too many stores. `total` counts what is not shown too."""

    regions: bool
    total: int
    stores: tuple[Store, ...]


class OpenTicket(Value):
    """A ticket that somebody must follow up."""

    id: str
    state: TicketState
    segment: str
    store: str
    score: int | None
    customer: str
    comment: str  # an excerpt
    owner: str
    due_at: datetime | None  # what is due next; None: nothing was promised, or the clock stands
    overdue: bool


class Tickets(Value):
    """The open tickets of a place: all of them counted, the most urgent shown; none where very many are open."""

    open: int
    overdue: int
    shown: tuple[OpenTicket, ...]


class Import(Value):
    """A dropped file and what became of its rows."""

    id: str
    name: str
    folder: str
    received_at: datetime
    state: FileState
    reason: str  # why it was refused: a code of the catalog of `escuta.directory`
    details: dict[str, str]
    rows: int
    totals: dict[str, int]  # outcome -> rows


class Sending(Value):
    """A deployment and how far it is, as groups of invitation states."""

    id: str
    name: str
    state: str  # of the deployment, or "finished" when nobody waits any more
    created_at: datetime
    total: int
    reached: int
    answered: int
    waiting: int
    held: int
    failed: int
    unknown: int


class Home(Value):
    """Everything on the home page.

    `imports` and `sending` are the whole organisation's: None for somebody without the right to see that, and beside
    the figures of one part of it.
    """

    organisation: str
    read_at: datetime
    surveys: tuple[Named, ...]
    survey: Named | None
    period: Period
    place: Place
    score: Score
    before: Score
    verdict: Verdict | None  # of this period against the one before; None when one of them has too few answers
    weeks: tuple[Week, ...]
    ranking: Ranking
    tickets: Tickets
    imports: tuple[Import, ...] | None
    sending: tuple[Sending, ...] | None
