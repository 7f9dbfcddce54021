"""Dashboards in the store: the one that a survey has by itself, those that people make, and how many there may be."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from escuta import clock, table
from escuta.entity import Table
from escuta.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import dashboards, surveys
from escuta.feedback.model import (
    Choice,
    Dashboard,
    DashboardDraft,
    Question,
    QuestionKind,
    SurveyDraft,
    Widget,
    WidgetKind,
)
from tests.conftest import NOON
from tests.functions.callers import found_company, open_survey
from tests.functions.respondents import DRAFT
from tests.kit.faults import failing

pytestmark = pytest.mark.usefixtures("aws", "noon")
TEXT = {"pt-BR": "Pergunta", "en": "Question", "es": "Pregunta"}
SCORE = {"required": True, "benchmark": True}


@pytest.fixture(autouse=True)
def company(aws: None, noon: None) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def question(name: str, kind: QuestionKind, **fields: Any) -> Question:
    return Question(**{"id": name, "kind": kind, "text": TEXT, **fields})


def own() -> Dashboard:
    return dashboards.get("default.visit")


def kinds(dashboard: Dashboard) -> dict[str, WidgetKind]:
    return {widget.id: widget.kind for widget in dashboard.widgets}


def scored(*questions: Question, **fields: Any) -> SurveyDraft:
    return DRAFT.changed(questions=questions, passive_max=4, detractor_max=3, **fields)


def made(name: str = "Lojas", **fields: Any) -> Dashboard:
    return dashboards.create(DashboardDraft(name=name, survey="visit", **fields), owner="user:ana")


def test_a_survey_has_a_dashboard_from_its_publishing_on() -> None:
    assert kinds(own()) == {
        "score": WidgetKind.TILE,
        "responses": WidgetKind.TILE,
        "rate": WidgetKind.FUNNEL,
        "tickets": WidgetKind.TICKETS,
        "recovery": WidgetKind.TILE,
        "trend": WidgetKind.TREND,
        "answers": WidgetKind.DISTRIBUTION,
        "ranking": WidgetKind.RANKING,
        "topics": WidgetKind.TOPICS,
        "comments": WidgetKind.COMMENTS,
    }
    assert (own().name, own().owner, sorted(own().shared)) == ("Visit", "", ["admin", "analyst", "manager"])
    assert own().widgets[0].title == {"pt-BR": "NPS", "en": "NPS", "es": "NPS"}
    assert own().widgets[1].title == {"pt-BR": "Respostas", "en": "Responses", "es": "Respuestas"}


@pytest.mark.parametrize(
    ("draft", "metric", "asked", "title"),
    [
        (scored(question("ok", QuestionKind.CSAT, **SCORE)), "csat", "ok", "Satisfaction (CSAT)"),
        (scored(question("easy", QuestionKind.CES, **SCORE)), "ces", "easy", "Ease (CES)"),
        (scored(question("stars", QuestionKind.RATING, **SCORE)), "mean", "stars", "Average rating"),
        (scored(question("thumb", QuestionKind.THUMBS)), "thumbs", "thumb", "Who liked it"),
    ],
    ids=["csat", "ces", "rating", "thumbs"],
)
def test_it_reads_the_score_as_its_survey_asks_for_it(draft: SurveyDraft, metric: str, asked: str, title: str) -> None:
    surveys.publish("visit", draft)

    score = own().widgets[0]
    assert (score.query.metric, score.query.question, score.title["en"]) == (metric, asked, title)
    assert "comments" not in kinds(own())
    assert "topics" not in kinds(own())


def test_a_survey_with_several_scores_gets_a_heat_map() -> None:
    surveys.publish(
        "visit",
        scored(question("ok", QuestionKind.CSAT, **SCORE), question("easy", QuestionKind.CES)),
    )

    assert kinds(own())["heatmap"] is WidgetKind.HEATMAP


def test_a_survey_without_a_score_shows_what_was_chosen() -> None:
    choices = tuple(Choice(id=name, text=TEXT) for name in ("price", "staff"))
    surveys.publish("visit", scored(question("why", QuestionKind.CHOICE, choices=choices)))

    assert list(kinds(own())) == ["responses", "rate", "tickets", "recovery", "trend", "answers"]
    assert own().widgets[5].query.question == "why"


@pytest.mark.parametrize("asked", [DRAFT, scored(question("ok", QuestionKind.CSAT, **SCORE))], ids=["nps", "csat"])
def test_whatever_comes_by_itself_could_have_been_made_by_hand(asked: SurveyDraft) -> None:
    surveys.publish("visit", asked)

    copied = dashboards.copy(own(), owner="user:ana", name="Minha", survey="visit")

    assert copied.widgets == own().widgets


def test_it_follows_its_survey_until_somebody_edits_it() -> None:
    surveys.publish("visit", scored(question("ok", QuestionKind.CSAT, **SCORE)))
    dashboards.change(own(), name="Visitas")
    surveys.publish("visit", DRAFT)

    assert (own().name, own().follows, own().widgets[0].query.metric) == ("Visitas", 0, "csat")


def test_it_stays_away_once_it_was_deleted() -> None:
    dashboards.delete(own())
    surveys.publish("visit", scored(question("ok", QuestionKind.CSAT, **SCORE)))

    with pytest.raises(NotFoundError, match="dashboard_not_found"):
        own()
    assert dashboards.listing("visit").items == ()


def test_a_survey_that_was_published_before_there_were_dashboards_gets_its_own_when_it_is_asked_for() -> None:
    table.delete(Dashboard, Dashboard.at("default.visit"))

    assert [each.id for each in dashboards.listing("visit").items] == ["default.visit"]
    assert own().widgets[0].id == "score"


@pytest.mark.parametrize("name", ["default.nothing", "default.", "nothing", "default.draft"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    surveys.create("Draft", survey="draft")

    with pytest.raises(NotFoundError, match="dashboard_not_found"):
        dashboards.get(name)


def test_publishing_that_fails_makes_neither_version_nor_dashboard() -> None:
    surveys.create("Other", survey="other")

    with failing("TransactWriteItems", lambda _: ReadTimeoutError(endpoint_url="")), pytest.raises(UnavailableError):
        surveys.publish("other", DRAFT)

    assert surveys.get("other").version == 0
    assert table.find(Dashboard, Dashboard.at("default.other")) is None


def test_a_dashboard_made_without_widgets_gets_those_that_suit_its_survey() -> None:
    assert made().widgets == own().widgets
    assert made().shared == frozenset()


def test_dashboards_are_listed_by_survey_the_oldest_first() -> None:
    with clock.at(NOON + timedelta(minutes=1)):
        first = made("First")
    with clock.at(NOON + timedelta(minutes=2)):
        second = made("Second")

    assert [each.id for each in dashboards.listing("visit").items] == ["default.visit", first.id, second.id]


def test_the_same_key_makes_the_same_dashboard() -> None:
    draft = DashboardDraft(name="Lojas", survey="visit")

    first, again = (dashboards.create(draft, owner="user:ana", key="k1") for _ in range(2))

    assert first == again
    assert dashboards.create(draft, owner="user:bruno", key="k1").id != first.id


def test_there_are_at_most_a_hundred_beside_those_of_the_surveys() -> None:
    first = made()
    for _ in range(99):
        made()

    with pytest.raises(ConflictError, match="dashboards_many"):
        made()
    dashboards.delete(first)
    made()

    ((_, counted),) = table.numbers(Table.FEEDBACK, "dashboards")
    assert counted == {"n": 100}


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    current = made()
    dashboards.change(current, name="Mine")

    with pytest.raises(ConflictError, match="stale"):
        dashboards.change(current, name="Yours")
    with pytest.raises(ConflictError, match="stale"):
        dashboards.delete(current)


def test_the_own_dashboard_of_a_survey_stays_with_it_and_another_one_may_go() -> None:
    surveys.create("Other", survey="other")
    surveys.publish("other", DRAFT)

    with pytest.raises(InvalidError, match="value_not_allowed"):
        dashboards.change(own(), survey="other")
    assert dashboards.change(made(), survey="other").survey == "other"


def test_a_change_that_changes_nothing_writes_nothing() -> None:
    current = made()

    assert dashboards.change(current, name="Lojas") == current


def asking(**query: Any) -> Widget:
    position = {"x": 0, "y": 0, "w": 4, "h": 4}
    return Widget.model_validate({"id": "one", "kind": "tile", "position": position, "query": query})


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"metric": "mean", "question": "gone"}, ("value_not_allowed", "widgets[0].query.question")),
        ({"metric": "csat", "question": "nps"}, ("value_not_allowed", "widgets[0].query.question")),
        ({"segment": "nowhere"}, ("segment_unknown", "widgets[0].query.segment")),
        ({"survey": "nothing"}, ("dashboard_survey_unknown", "widgets[0].query.survey")),
    ],
)
def test_a_widget_that_asks_what_there_is_not_is_refused_with_its_place(
    query: dict[str, Any], place: tuple[str, str]
) -> None:
    with pytest.raises(InvalidError) as raised:
        made(widgets=(asking(**query),))

    assert (raised.value.code, raised.value.details["field"]) == place


def test_a_dashboard_belongs_to_a_survey_that_there_is() -> None:
    with pytest.raises(InvalidError, match="dashboard_survey_unknown"):
        dashboards.create(DashboardDraft(name="Lojas", survey="nothing"), owner="user:ana")


def test_a_widget_may_stay_when_its_question_has_gone() -> None:
    current = made(widgets=(asking(metric="mean", question="nps"),))
    surveys.publish("visit", scored(question("ok", QuestionKind.CSAT, **SCORE)))

    assert dashboards.change(current, name="Antes").name == "Antes"
    with pytest.raises(InvalidError, match="value_not_allowed"):
        dashboards.change(current, widgets=(asking(metric="mean", question="nps", boxes=3),))


def test_a_copy_may_have_what_the_first_one_has_though_its_question_has_gone() -> None:
    current = made(widgets=(asking(metric="mean", question="nps"),))
    surveys.publish("visit", scored(question("ok", QuestionKind.CSAT, **SCORE)))
    surveys.create("Other", survey="other")

    copy = dashboards.copy(current, owner="user:bruno", name="Minha", survey="visit")

    assert (copy.widgets, copy.owner) == (current.widgets, "user:bruno")
    with pytest.raises(InvalidError, match="value_not_allowed"):
        dashboards.copy(current, owner="user:bruno", name="Outra", survey="other")
