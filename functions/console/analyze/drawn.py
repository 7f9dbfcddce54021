"""What a widget shows: words, a table that says everything, and the figures of its plot. Nothing is reckoned here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from console.analyze import parts, places
from console.analyze.places import Ways
from console.analyze.said import Saying, Verdict
from console.analyze.tables import Cell, Column, Table
from console.visit import Visit
from console.words import Reader
from escuta.feedback.dashboards import legend

PLOTS = frozenset({"trend", "distribution", "gauge", "funnel"})
SCROLLS = frozenset({"ranking", "heatmap", "topics", "causes", "comments"})
DRAWINGS = {
    "tile": "hash",
    "gauge": "gauge",
    "trend": "chart-line",
    "distribution": "chart-column",
    "ranking": "trophy",
    "heatmap": "grid-3x3",
    "funnel": "funnel",
    "comments": "message-square",
    "topics": "tags",
    "causes": "git-branch",
    "tickets": "ticket",
}
Told = Mapping[str, Any]


class Figure(NamedTuple):
    """The one figure of a widget: value, interval, from how many; and the page that lists what is behind it."""

    value: str
    interval: str
    size: str
    path: str
    masked: str = ""


class Fact(NamedTuple):
    """One of several figures."""

    name: str
    value: str
    tone: str = ""
    path: str = ""
    note: str = ""


class Target(NamedTuple):
    """What a figure should be, and whether it is."""

    words: str
    reached: bool | None


class Widget(NamedTuple):
    """One widget, ready to be drawn."""

    id: str
    kind: str
    title: str
    position: Mapping[str, int]
    period: str = ""
    problem: str = ""
    figure: Figure | None = None
    verdict: Verdict | None = None
    target: Target | None = None
    table: Table | None = None
    plot: Mapping[str, Any] | None = None
    summary: str = ""
    comments: Sequence[Told] = ()
    facts: Sequence[Fact] = ()
    notes: Sequence[str] = ()

    @property
    def drawing(self) -> str:
        """Return the drawing of its kind."""
        return DRAWINGS[self.kind]

    @property
    def scrolls(self) -> bool:
        """Tell whether it may hold more than fits."""
        return self.kind in SCROLLS


def widgets(visit: Visit, told: Told) -> list[Widget]:
    """Return the widgets of a dashboard's data, line by line."""
    found = [_widget(visit, name, each) for name, each in told["widgets"].items()]
    return sorted(found, key=lambda each: (each.position["y"], each.position["x"]))


def read_each(told: Told) -> int:
    """Return how many answers were read one by one, since no counter knows the filters."""
    answers = (each["answer"] for each in told["widgets"].values() if each.get("answer"))
    return max((each["read"] for each in answers if each["source"] != "counters"), default=0)


def _widget(visit: Visit, name: str, told: Told) -> Widget:
    begun = Widget(name, told["kind"], told["title"], told["position"])
    if told["problem"]:
        beside = told["problem"].get("field", "").startswith("filter")
        own = visit.reader().say("analyze.filters_do_not_hold")
        return begun._replace(problem=own if beside else told["problem"]["detail"])
    read = visit.reader(visit.timezone)
    saying = Saying(read, told["legend"])
    ways = places.Ways(visit, told["query"])
    if told.get("first"):
        begun = begun._replace(period=saying.days(told["first"], told["last"]))
        ways = ways.within(told["first"], told["last"])
    if told["kind"] == "comments":
        return _comments(begun, told, saying, ways)
    if told["kind"] == "tickets":
        return _tickets(begun, told, saying, ways)
    answer = told["answer"]
    if not told["title"] or told["title"] == legend.say(visit.language, f"kind.{told['kind']}"):
        begun = begun._replace(title=_called(told, saying, ways))
    ways = ways.within(answer["first"], answer["last"])
    begun = begun._replace(
        period=saying.days(answer["first"], answer["last"]),
        figure=_figure(answer["figure"], saying, ways),
        verdict=saying.verdict(answer["compared"], answer["figure"]["unit"]),
        notes=tuple(_notes(told, read)),
    )
    return _KINDS[told["kind"]](begun, told, saying, ways)


def _called(told: Told, saying: Saying, ways: Ways) -> str:
    """Return what a widget is about, where nobody gave it a title."""
    metric, grouping = str(saying.legend["metric"]), told["query"]["group_by"]
    if grouping == "none":
        return metric
    by = ways.visit_place() if grouping == "segment" else saying.read.say(f"analyze.group.{grouping}")
    return saying.read.say("analyze.by", metric=metric, group=by.lower())


def _figure(figure: Told, saying: Saying, ways: Ways) -> Figure:
    masked = saying.legend["masked"] if figure["masked"] else ""
    value = saying.value(figure) if figure["value"] is not None else ""
    return Figure(value, saying.interval(figure), saying.count(figure), ways.figure(), masked)


def _notes(told: Told, read: Reader) -> Iterable[str]:
    if told.get("left_out"):
        yield read.many("analyze.left_out", told["left_out"])


def _tile(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    figure = told["answer"]["figure"]
    target = _target(told, figure, saying)
    return begun._replace(target=target, table=parts.counted(told, saying, ways))


def _target(told: Told, figure: Told, saying: Saying) -> Target | None:
    wanted = told["options"]["target"]
    if wanted is None:
        return None
    words = saying.read.say("analyze.target", value=saying.number(wanted, figure["unit"]))
    if figure["value"] is None:
        return Target(words, None)
    less = figure["unit"] == "minutes" or figure["metric"] in {"reopened", "caused_again"}
    return Target(words, figure["value"] <= wanted if less else figure["value"] >= wanted)


def _gauge(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    figure = told["answer"]["figure"]
    low, high = told["legend"]["scale"] or (0, 1)
    plot = {
        "type": "gauge",
        "min": low,
        "max": high,
        "value": figure["value"],
        "words": saying.value(figure),
        "low": figure["low"],
        "high": figure["high"],
        "target": told["options"]["target"],
        "ends": [saying.number(low, figure["unit"]), saying.number(high, figure["unit"])],
        "path": ways.figure(),
    }
    shown = _tile(begun, told, saying, ways)
    return shown._replace(plot=plot if figure["value"] is not None else None, summary=saying.whole(figure))


def _trend(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    table, plot = parts.stretches(told, saying, ways)
    return begun._replace(table=table, plot=plot, summary=_summary(begun, saying, told))


def _distribution(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    table, plot = parts.answers(told, saying, ways)
    if told["answer"]["figure"]["masked"]:
        return begun._replace(plot=None)
    return begun._replace(table=table, plot=plot, summary=_summary(begun, saying, told))


def _funnel(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    table, plot = parts.steps(told, saying, ways)
    return begun._replace(table=table, plot=plot, summary=_summary(begun, saying, told))


def _ranking(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    return begun._replace(table=parts.ranked(told, saying, ways))


def _heatmap(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    return begun._replace(table=parts.heated(told, saying, ways))


def _topics(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    return begun._replace(table=parts.spoken(told, saying, ways), figure=None, verdict=None)


def _causes(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    return begun._replace(table=parts.caused(told, saying, ways))


def _summary(begun: Widget, saying: Saying, told: Told) -> str:
    return f"{begun.title}. {begun.period}. {saying.whole(told['answer']['figure'])}"


def _comments(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    read, say = saying.read, saying.read.say
    rows = [
        (
            Cell(each["comment"], ways.response(each["response"])),
            Cell(saying.legend["labels"].get(each["score_class"] or "", "") or say("analyze.no_score")),
            Cell(each["segment_name"]),
            Cell(read.at(each["at"]), value=each["at"]),
            Cell(", ".join(saying.legend["labels"].get(topic, topic) for topic in each["topics"])),
        )
        for each in told["comments"]
    ]
    heads = (say("analyze.head.comment"), say("analyze.head.class"), ways.visit_place(), say("analyze.head.when"))
    table = Table(tuple(Column(words) for words in (*heads, say("analyze.head.topics"))), tuple(rows))
    comments = [
        {
            **each,
            "path": ways.response(each["response"]),
            "class_words": saying.legend["labels"].get(each["score_class"] or "", ""),
            "about": [
                (saying.legend["labels"].get(topic, topic), ways.comments(topic=topic)) for topic in each["topics"]
            ],
            "place": ways.part("segment", each["segment"]),
        }
        for each in told["comments"]
    ]
    notes = (say("analyze.looked_back", moment=read.at(told["looked_back_to"])),) if told["looked_back_to"] else ()
    return begun._replace(comments=comments, table=table, notes=notes)


def _tickets(begun: Widget, told: Told, saying: Saying, ways: Ways) -> Widget:
    waiting, closed, labels = told["tickets"]["open"], told["tickets"]["closed"], saying.legend["labels"]
    read, say = saying.read, saying.read.say
    overdue = "bad" if waiting["overdue"] else ""
    facts = [
        Fact(say("analyze.tickets.open"), read.number(waiting["total"]), path=ways.tickets()),
        Fact(labels["overdue"], read.number(waiting["overdue"]), overdue, ways.tickets(overdue="true")),
        Fact(labels["high"], read.number(waiting["high"]), path=ways.tickets(priority="high,urgent")),
        Fact(labels["unassigned"], read.number(waiting["unassigned"]), path=ways.tickets(owner="none")),
        Fact(labels["closed"], read.number(closed["n"]), path=ways.tickets(state="closed", **ways.closed())),
    ]
    if closed["median"] is not None:
        facts.append(Fact(labels["median"], saying.minutes(closed["median"])))
    if closed["in_time"] is not None:
        between = saying.interval({"unit": "share", "low": closed["in_time_low"], "high": closed["in_time_high"]})
        facts.append(Fact(labels["in_time"], read.percent(closed["in_time"]), note=between))
    states = [
        Fact(labels[state], read.number(n), path=ways.tickets(state=state)) for state, n in waiting["states"].items()
    ]
    heads = (Column(say("analyze.head.what")), Column(say("analyze.head.value"), number=True))
    rows = tuple((Cell(each.name), Cell(each.value, each.path, each.note)) for each in (*facts, *states))
    due = waiting["next_due_at"]
    notes = (say("analyze.tickets.next_due", moment=read.at(due)),) if due else ()
    return begun._replace(facts=facts, table=Table(heads, rows), notes=notes)


_KINDS: Mapping[str, Callable[[Widget, Told, Saying, Ways], Widget]] = {
    "tile": _tile,
    "gauge": _gauge,
    "trend": _trend,
    "distribution": _distribution,
    "ranking": _ranking,
    "heatmap": _heatmap,
    "funnel": _funnel,
    "topics": _topics,
    "causes": _causes,
}
