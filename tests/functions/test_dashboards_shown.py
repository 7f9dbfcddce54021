"""What a dashboard shows: each widget with all that drawing it takes, and where the caller may look alone."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.feedback import dashboards, metrics, surveys
from escuta.feedback.dashboards import Drawn, View
from escuta.feedback.model import (
    Cause,
    Causes,
    Choice,
    Comparison,
    Dashboard,
    Filter,
    FilterBy,
    Question,
    QuestionKind,
    Response,
    Span,
    TicketState,
    Widget,
)
from escuta.feedback.tickets import settling
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key, open_survey, ticketed
from tests.functions.respondents import DRAFT
from tests.kit.faults import recording

CPF = "meu CPF é 529.982.247-25"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def told(place: str, *scores: int, days_ago: int = 1, comment: str = "", **fields: Any) -> list[Response]:
    """Let so many people answer at a place, each a minute after the other, and count them."""
    made = []
    for number, score in enumerate(scores):
        at = NOON - timedelta(days=days_ago) + timedelta(minutes=number)
        name = f"{place} {days_ago} {number} {comment}"
        answers = {"nps": score, "reasons": ("price",)}
        made.append(answered(place, name, score, answers=answers, comment=comment, received_at=at, **fields))
    metrics.apply(made)
    return made


def widget(name: str, kind: str, at: int = 0, **fields: Any) -> Widget:
    return Widget.model_validate({"id": name, "kind": kind, "position": {"x": 0, "y": at * 4, "w": 6, "h": 4}} | fields)


def dashboard(*widgets: Widget) -> Dashboard:
    return Dashboard(id="d", name="Lojas", survey="visit", widgets=widgets, created_at=NOON, updated_at=NOON)


def shown(*widgets: Widget, segment: str = "aurora", **view: Any) -> dict[str, Drawn]:
    return dashboards.shown(dashboard(*widgets), View(**{"segment": segment, "language": "en", **view}))


def problem(drawn: Drawn) -> str:
    assert drawn.problem is not None
    return drawn.problem.code


def test_a_tile_tells_its_figure_with_interval_and_verdict() -> None:
    told("poa", *[10] * 6, *[3] * 6, days_ago=40)
    told("poa", *[10] * 12)

    tile = shown(widget("one", "tile", query={"compare": "before"}))["one"]

    assert tile.reckoned is not None
    assert tile.legend is not None
    figure, compared = tile.reckoned.figure, tile.reckoned.compared
    assert (figure.n, figure.value, figure.counts) == (12, 100.0, {"promoter": 12, "passive": 0, "detractor": 0})
    assert compared is not None
    assert compared.change is not None
    assert tile.legend.verdicts[compared.change.verdict] == "Better"
    assert (tile.legend.metric, tile.legend.unit, tile.legend.scale) == ("NPS", "points", (-100.0, 100.0))
    assert tile.legend.labels == {"promoter": "Promoters", "passive": "Passives", "detractor": "Detractors"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-BR", ("Você nos recomendaria?", "Sem mudança real", "Promotores", "Nada provável")),
        ("en", ("Would you recommend us?", "No real change", "Promoters", "Not at all likely")),
        ("es", ("¿Nos recomendarías?", "Sin cambio real", "Promotores", "Nada probable")),
    ],
)
def test_the_words_of_a_figure_are_in_the_language_asked_for(language: str, words: tuple[str, ...]) -> None:
    told("poa", *[10] * 12)

    legend = shown(widget("one", "gauge"), language=language)["one"].legend

    assert legend is not None
    assert legend.ends is not None
    assert (legend.question, legend.verdicts["no_real_change"], legend.labels["promoter"], legend.ends[0]) == words


def test_few_answers_are_masked_and_the_words_say_why() -> None:
    told("poa", *[10] * 9)

    tile = shown(widget("one", "tile"))["one"]

    assert tile.reckoned is not None
    assert tile.legend is not None
    assert (tile.reckoned.figure.n, tile.reckoned.figure.masked, tile.reckoned.figure.value) == (9, True, None)
    assert tile.legend.masked == "Fewer than 10 answers: the result stays hidden"


@pytest.mark.parametrize(
    ("group_by", "year_begins", "language", "last"),
    [
        ("day", 1, "en", "10 Mar"),
        ("week", 1, "pt-BR", "9 mar."),
        ("month", 1, "es", "mar. 2026"),
        ("quarter", 1, "pt-BR", "jan. a mar. 2026"),
        ("quarter", 3, "en", "Mar to May 2026"),
        ("year", 4, "en", "Apr to Mar 2025/26"),
    ],
)
def test_stretches_of_a_trend_are_called_as_people_call_them(
    group_by: str, year_begins: int, language: str, last: str
) -> None:
    query = {"group_by": group_by, "year_begins": year_begins, "span": {"count": 2, "unit": group_by}}

    trend = shown(widget("one", "trend", query=query), language=language)["one"]

    assert trend.reckoned is not None
    assert trend.legend is not None
    assert trend.legend.parts[trend.reckoned.parts[-1].key] == last


def test_choices_and_channels_are_called_by_their_names() -> None:
    told("poa", *[10] * 12)
    chosen = widget("chosen", "distribution", query={"metric": "shares", "question": "reasons"})
    ways = widget("ways", "ranking", 1, query={"metric": "responses", "group_by": "channel"})

    drawn = shown(chosen, ways, language="pt-BR")

    assert drawn["chosen"].legend is not None
    assert drawn["chosen"].legend.labels == {"price": "Preço", "staff": "Atendimento"}
    assert drawn["ways"].legend is not None
    assert drawn["ways"].legend.parts == {"email": "E-mail"}


def test_a_ranking_begins_at_the_end_asked_for_and_says_what_it_leaves_out() -> None:
    told("poa", *[10] * 30)
    told("curitiba", *[0] * 30)
    told("manaus", *[10, 0] * 15)
    query = {"group_by": "segment", "levels": 2}
    best, all_of_them = widget("best", "ranking", query=query), widget("all", "ranking", 2, query=query)
    worst = widget("worst", "ranking", 1, query=query, options={"order": "worst", "most": 1})

    drawn = shown(best, worst, all_of_them)

    assert drawn["worst"].reckoned is not None
    assert drawn["all"].reckoned is not None
    assert [part.key for part in drawn["all"].reckoned.parts] == ["poa", "manaus", "curitiba"]
    assert [part.key for part in drawn["worst"].reckoned.parts] == ["curitiba"]
    assert (drawn["worst"].left_out, drawn["best"].left_out) == (2, 0)


def test_comments_are_shown_with_what_they_say_and_without_who_wrote_them() -> None:
    told("poa", *[2] * 2, comment=f"Fila enorme, {CPF}")
    told("poa", 9, days_ago=2)

    feed = shown(widget("one", "comments"), language="pt-BR")["one"]

    assert feed.feed is not None
    assert feed.legend is not None
    first, second = feed.feed.comments
    assert first.at > second.at
    assert "529" not in first.comment
    assert first.comment.startswith("Fila enorme")
    assert (first.segment, first.segment_name, first.score, first.tone) == ("poa", "Poa", 2, "negative")
    assert [feed.legend.labels[topic] for topic in (first.tone, *first.topics, "detractor")][::2] == [
        "Queixa",
        "Detratores",
    ]


def test_of_a_survey_with_few_comments_not_every_day_is_looked_through() -> None:
    for days_ago in (40, 42):
        told("poa", 2, comment="Fila enorme", days_ago=days_ago)
    answered("poa", "not counted yet", 9, comment="Voltarei", received_at=NOON - timedelta(hours=1))
    one = widget("one", "comments", options={"most": 2}, query={"span": {"count": 90, "unit": "day"}})

    with recording() as calls:
        feed = shown(one)["one"].feed

    assert feed is not None
    assert [(said.day, said.comment) for said in feed.comments] == [
        ("2026-03-10", "Voltarei"),
        ("2026-01-29", "Fila enorme"),
    ]
    assert feed.looked_back_to is not None
    assert len(calls) < 60


def test_where_nobody_wrote_anything_two_days_are_looked_through() -> None:
    shown(widget("one", "tile"))

    with recording() as calls:
        feed = shown(widget("one", "comments", query={"span": {"count": 90, "unit": "day"}}))["one"].feed

    assert feed is not None
    assert feed.comments == ()
    assert len(calls) < 20  # a list for each of 90 days were more than 60


def test_comments_can_be_narrowed_by_words() -> None:
    told("poa", 2, comment="Fila enorme")
    told("poa", 9, comment="Equipe atenciosa", days_ago=2)

    feed = shown(widget("one", "comments", options={"words": "equipe"}))["one"].feed

    assert feed is not None
    assert [said.comment for said in feed.comments] == ["Equipe atenciosa"]


def test_tickets_are_counted_by_state_and_lateness_and_by_how_long_closing_took() -> None:
    ticketed("poa", "late", due_at=NOON - timedelta(hours=1), priority="high", overdue=True, owner="carla")
    ticketed("poa", "soon", state=TicketState.OPEN, priority="urgent")
    ticketed("manaus", "far")
    ticketed("poa", "other", survey="other")
    for number, hours in enumerate((2, 4, 60)):
        closed = {"state": TicketState.CLOSED, "closed_at": NOON - timedelta(days=3) + timedelta(hours=hours)}
        times = {"opened_at": NOON - timedelta(days=3), "due_at": NOON - timedelta(days=1), "late": hours == 60}
        ticketed("curitiba", f"closed {number}", **closed, **times)

    found = shown(widget("one", "tickets"), segment="sul")["one"].tickets

    assert found is not None
    assert found.open.model_dump(mode="json") == {
        "total": 2,
        "states": {"new": 1, "open": 1, "waiting": 0, "resolved": 0, "reopened": 0},
        "overdue": 1,
        "high": 2,
        "unassigned": 1,
        "escalated": 0,
        "next_due_at": "2026-03-12T15:00:00Z",
    }
    assert (found.closed.n, found.closed.median, found.closed.low, found.closed.high) == (3, 240.0, 120.0, 4320.0)
    assert found.closed.in_time is not None
    assert round(found.closed.in_time, 4) == 0.6667


def test_root_causes_are_named_as_their_tree_names_them_and_a_rate_by_what_it_is() -> None:
    words = {"pt-BR": "Fila", "en": "Queue", "es": "Fila"}
    settling.put(Causes(causes=(Cause(id="fila", text=words),)))
    closed = {"state": TicketState.CLOSED, "closed_at": NOON, "recovered": True, "root_causes": ("fila", "Sem troco")}
    for number in range(10):
        ticketed("poa", f"t{number}", **closed)

    drawn = shown(
        widget("causes", "causes", query={"metric": "causes"}), widget("rate", "tile", 1, query={"metric": "recovery"})
    )

    assert drawn["causes"].legend is not None
    assert drawn["causes"].legend.labels == {"fila": "Queue", "*": "Other causes"}
    assert drawn["rate"].legend is not None
    assert drawn["rate"].legend.metric == "Customers recovered"
    words = {"recovered": "Recovered", "lost": "Not recovered", "asked": "Customers asked afterwards"}
    assert drawn["rate"].legend.labels == words


def test_the_figures_of_tickets_take_the_same_few_reads_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escuta.feedback.dashboards.ticket_figures.FEW", 1)
    ticketed("poa", "one")
    ticketed("curitiba", "two")

    with recording() as calls:
        found = shown(widget("one", "tickets"))["one"].tickets

    assert found is not None
    assert (found.open.total, found.open.next_due_at) == (2, None)
    assert len(calls) < 12


def test_a_widget_that_is_refused_says_so_and_the_others_go_on() -> None:
    told("poa", *[10] * 12)
    gone = widget("gone", "tile", query={"metric": "mean", "question": "gone"})

    drawn = shown(gone, widget("fine", "tile", 1))

    assert problem(drawn["gone"]) == "value_not_allowed"
    assert drawn["fine"].reckoned is not None
    assert drawn["fine"].reckoned.figure.value == 100.0
    assert list(drawn) == ["gone", "fine"]


def test_a_manager_sees_the_own_subtree_and_nothing_beyond() -> None:
    told("poa", *[10] * 12)
    told("manaus", *[0] * 12)
    fixed = widget("fixed", "tile", 1, query={"segment": "manaus"})

    drawn = shown(widget("own", "tile"), fixed, segment="sul", reach=("sul",))

    assert drawn["own"].reckoned is not None
    assert (drawn["own"].reckoned.figure.n, drawn["own"].reckoned.figure.value) == (12, 100.0)
    assert problem(drawn["fixed"]) == "segment_not_found"
    with pytest.raises(NotFoundError, match="segment_not_found"):
        shown(widget("own", "tile"), segment="aurora", reach=("sul",))


def test_whoever_may_not_read_answers_sees_no_comments() -> None:
    scopes = frozenset(Scope) - {Scope.RESPONSES_READ, Scope.TICKETS_READ}

    drawn = shown(widget("said", "comments"), widget("work", "tickets", 1), widget("score", "tile", 2), scopes=scopes)

    assert (problem(drawn["said"]), problem(drawn["work"])) == ("scope_missing", "scope_missing")
    assert drawn["score"].problem is None


def test_the_days_the_filters_and_the_comparison_chosen_hold_for_every_widget() -> None:
    told("poa", *[10] * 12, days_ago=1)
    told("poa", *[0] * 12, days_ago=1, comment="Fila enorme")
    told("poa", *[8] * 12, days_ago=200)
    detractors = Filter(field=FilterBy.CLASS, values=("detractor",))
    widgets = (widget("score", "tile"), widget("said", "comments", 1), widget("work", "tickets", 2))

    days = shown(*widgets, span=Span(first=date(2025, 8, 1), last=date(2025, 9, 30)), compare=Comparison.YEAR_BEFORE)
    filtered = shown(*widgets, filters=(detractors,))

    assert days["score"].reckoned is not None
    assert (days["score"].reckoned.figure.n, days["score"].reckoned.first) == (12, date(2025, 8, 1))
    assert days["score"].reckoned.compared is not None
    assert filtered["score"].reckoned is not None
    assert filtered["score"].reckoned.figure.n == 12
    assert filtered["said"].feed is not None
    assert len(filtered["said"].feed.comments) == 10
    assert problem(filtered["work"]) == "widget_filters"


def test_a_title_is_in_the_language_asked_for_else_in_another_else_it_names_the_kind() -> None:
    titles: tuple[dict[str, str], ...] = ({"pt-BR": "Lojas", "en": "Stores"}, {"es": "Tiendas"}, {})
    widgets = [widget(f"w{number}", "tile", number, title=title) for number, title in enumerate(titles)]

    assert [each.title for each in shown(*widgets).values()] == ["Stores", "Tiendas", "Figure"]


def test_what_widgets_share_is_read_once() -> None:
    told("poa", *[10] * 12)
    widgets = [widget(f"w{number}", "tile", number) for number in range(8)]
    shown(widgets[0])

    with recording() as one:
        shown(widgets[0])
    with recording() as eight:
        shown(*widgets)

    counters = ["Query", "BatchGetItem"]
    assert [sum(call.operation == name for call in eight) for name in counters] == [
        sum(call.operation == name for call in one) for name in counters
    ]


TEXT = {"pt-BR": "Pergunta", "en": "Question", "es": "Pregunta"}
CHOICES = tuple(Choice(id=name, text=TEXT) for name in ("price", "staff"))
SCORES = {"nps": QuestionKind.NPS, "ok": QuestionKind.CSAT, "easy": QuestionKind.CES, "stars": QuestionKind.RATING}


def asking(*kinds: QuestionKind) -> tuple[Question, ...]:
    chosen = {QuestionKind.CHOICE: CHOICES, QuestionKind.CHOICES: CHOICES}
    return tuple(
        Question(
            id=f"{kind}_{number}",
            kind=kind,
            text=TEXT,
            choices=chosen.get(kind, ()),
            required=number == 0,
            benchmark=number == 0 and kind in SCORES.values(),
            voice=kind is QuestionKind.TEXT,
        )
        for number, kind in enumerate(kinds)
    )


@pytest.mark.parametrize(
    "kinds",
    [
        *((kind, QuestionKind.TEXT) for kind in SCORES.values()),
        (QuestionKind.THUMBS, QuestionKind.RATING),
        (QuestionKind.CHOICES,),
        (QuestionKind.TEXT,),
        (QuestionKind.CONTACT,),
    ],
    ids="-".join,
)
def test_the_own_dashboard_of_any_survey_shows_all_of_its_widgets(kinds: tuple[QuestionKind, ...]) -> None:
    surveys.publish("visit", DRAFT.changed(questions=asking(*kinds), detractor_max=2, passive_max=3))

    drawn = dashboards.shown(dashboards.get("default.visit"), View(segment="aurora", language="pt-BR"))

    assert len(drawn) >= 4
    assert {name: each.problem for name, each in drawn.items() if each.problem} == {}


def test_a_heat_map_has_every_question_of_every_place() -> None:
    told("poa", *[10] * 12)
    heat = widget("one", "heatmap", query={"group_by": "segment", "levels": 1, "then_by": "question"})

    found = shown(heat)["one"].reckoned

    assert found is not None
    cells = {part.key: {cell.key: cell.figure.value for cell in part.parts} for part in found.parts}
    assert cells["sul"]["nps"] == 100.0
    assert cells["norte"]["nps"] is None


def data(text: str, **query: Any) -> Any:
    return ask("GET", "/v1/dashboards/default.visit/data", text, query=query)


def test_everything_of_the_own_dashboard_of_a_survey_comes_by_api() -> None:
    told("poa", *[10] * 12, comment="Equipe ótima")

    answer = data(key())

    assert answer.status == 200
    assert (answer.json["segment"], answer.json["segment_name"]) == ("aurora", "Lojas Aurora")
    widgets = answer.json["widgets"]
    assert [name for name, each in widgets.items() if each["problem"]] == []
    assert widgets["score"]["answer"]["figure"]["value"] == 100.0
    assert widgets["comments"]["comments"][0]["comment"] == "Equipe ótima"
    assert widgets["tickets"]["tickets"]["open"]["total"] == 0
    assert (widgets["recovery"]["legend"]["metric"], widgets["recovery"]["answer"]["figure"]["n"]) == (
        "Customers recovered",
        0,
    )
    assert widgets["ranking"]["legend"]["parts"] == {"norte": "Norte", "sul": "Sul"}


def test_some_widgets_can_be_asked_for_alone() -> None:
    assert list(data(key(), widgets="score,trend").json["widgets"]) == ["score", "trend"]
    assert (data(key(), widgets="nope").code, data(key(), widgets="nope").json["field"]) == (
        "value_not_allowed",
        "widgets",
    )


def test_a_bound_key_looks_at_its_own_part_and_not_beyond() -> None:
    told("manaus", *[10] * 12)
    bound = key(segment="sul")

    assert data(bound).json["segment"] == "sul"
    assert data(bound, segment="poa").json["segment"] == "poa"
    assert data(bound, segment="manaus").code == "segment_not_found"
    assert data(bound).json["widgets"]["score"]["answer"]["figure"]["n"] == 0


def test_a_problem_of_one_widget_is_told_in_the_language_of_the_caller() -> None:
    text = key(Scope.DASHBOARDS_READ, Scope.METRICS_READ)

    answer = ask("GET", "/v1/dashboards/default.visit/data", text, headers={"Accept-Language": "es"})

    refused = answer.json["widgets"]["comments"]["problem"]
    assert answer.status == 200
    assert (refused["status"], refused["code"], refused["details"]) == (
        403,
        "scope_missing",
        {"scope": "responses:read"},
    )
    assert answer.json["widgets"]["score"]["problem"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"to": "2026-03-01"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"compare": "never"}, "compare"),
        ({"filter": "color:red"}, "filter"),
    ],
)
def test_a_look_that_makes_no_sense_is_refused_with_its_place(query: dict[str, str], field: str) -> None:
    answer = data(key(), **query)

    assert (answer.status, answer.json["field"]) == (422, field)
