"""A widget as a table for a spreadsheet: every figure with its n and its interval, and nothing that runs."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.feedback import metrics
from tests.conftest import NOON
from tests.functions.callers import Answer, answered, ask, found_company, key, open_survey, ticketed

KINDS: dict[str, dict[str, Any]] = {
    "tile": {"query": {"metric": "nps", "compare": "before"}},
    "trend": {"query": {"metric": "nps", "group_by": "week"}},
    "ranking": {"query": {"metric": "nps", "group_by": "segment"}},
    "heatmap": {"query": {"metric": "nps", "group_by": "segment", "then_by": "question"}},
    "comments": {"query": {}},
    "tickets": {"query": {}},
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def told(place: str, number: int, score: int, comment: str = "") -> None:
    at = NOON - timedelta(days=1)
    made = [
        answered(place, f"{place} {score} {each}", score, answers={"nps": score}, comment=comment, received_at=at)
        for each in range(number)
    ]
    metrics.apply(made)


def board() -> str:
    widgets = [
        {"id": kind, "kind": kind, "position": {"x": 0, "y": number * 4, "w": 6, "h": 4}, **fields}
        for number, (kind, fields) in enumerate(KINDS.items())
    ]
    answer = ask("POST", "/v1/dashboards", key(), body={"name": "Lojas", "survey": "visit", "widgets": widgets})
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def asked(widget: str, text: str = "", language: str = "en", **query: Any) -> Answer:
    path = f"/v1/dashboards/{board()}/widgets/{widget}/data.csv"
    return ask("GET", path, text or key(), query={"segment": "aurora", **query}, headers={"Accept-Language": language})


def rows(widget: str, language: str = "en", **query: Any) -> list[dict[str, str]]:
    answer = asked(widget, language=language, **query)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/csv"
    text = answer.body.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter="," if language == "en" else ";"))


def test_a_figure_comes_with_its_n_its_interval_and_its_parts() -> None:
    told("poa", 8, 9)
    told("poa", 4, 0)

    whole, *others = rows("tile")

    assert (whole["Part"], whole["n"], whole["Value"], whole["Unit"]) == ("All", "12", "33.3", "points")
    assert float(whole["Lower bound (95%)"]) < 33 < float(whole["Upper bound (95%)"])
    assert [row["Count"] for row in others if row["Part"] == "All"] == ["8", "0", "4"]
    assert "Period before" in {row["Part"] for row in others}


@pytest.mark.parametrize("language", ["pt-BR", "es"])
def test_decimals_and_columns_are_as_the_readers_spreadsheet_reads_them(language: str) -> None:
    told("poa", 8, 9)
    told("poa", 4, 0)

    whole = rows("tile", language)[0]

    assert "33,3" in whole.values()
    assert "Valor" in whole


def test_a_ranking_names_the_places_and_between_which_ranks_they_stand() -> None:
    told("poa", 40, 9)
    told("manaus", 40, 0)

    found = {row["Part"]: row for row in rows("ranking") if not row["Answer"]}

    assert (found["Sul"]["n"], found["Sul"]["Value"], found["Norte"]["Value"]) == ("40", "100", "-100")
    assert found["Sul"]["Rank, from"] == "1"


def test_too_few_answers_are_told_by_their_number_alone() -> None:
    told("poa", 2, 9)

    whole = rows("tile")[0]

    assert (whole["n"], whole["Value"], bool(whole["Note"])) == ("2", "", True)


def test_what_people_wrote_cannot_become_a_formula() -> None:
    told("poa", 1, 3, comment='=HYPERLINK("http://evil.example";"x")')

    (found,) = rows("comments", "pt-BR")

    assert not found["Comentário"].startswith("=")
    assert "HYPERLINK" in found["Comentário"]


def test_tickets_are_told_by_state() -> None:
    ticketed("poa")

    found = {row["Answer"]: row["n"] for row in rows("tickets")}

    assert sum(map(int, found.values())) >= 1


@pytest.mark.parametrize("widget", ["trend", "heatmap"])
def test_every_kind_has_a_table(widget: str) -> None:
    told("poa", 12, 9)

    assert {"12"} <= {row["n"] for row in rows(widget)}


def test_a_widget_without_an_answer_is_refused_with_its_problem() -> None:
    answer = asked("comments", key(*(set(Scope) - {Scope.RESPONSES_READ})))

    assert (answer.status, answer.code) == (403, "scope_missing")


def test_a_widget_that_is_not_there_is_not_found() -> None:
    answer = asked("nothing")

    assert (answer.status, answer.code) == (404, "widget_not_found")


def test_who_is_bound_gets_no_figure_of_elsewhere() -> None:
    answer = asked("tile", key(segment="norte"), segment="sul")

    assert answer.status == 404
