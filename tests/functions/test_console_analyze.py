"""Dashboards in the console: what a person sees of the figures, and where each number leads."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from escuta.directory import managers
from escuta.directory.model import Role
from escuta.feedback import dashboards, metrics, surveys
from escuta.feedback.metrics import recounts
from escuta.feedback.model import DashboardDraft
from tests.conftest import NOON
from tests.functions.callers import answered, found_company, open_survey, ticketed
from tests.functions.console_company import HOSTILE, Answer, signed_in
from tests.functions.respondents import DRAFT
from tests.kit import people as kit
from tests.kit.faults import recording

BOARD = "/console/analyze/dashboards/default.visit"
KINDS: Mapping[str, Mapping[str, Any]] = {
    "tile": {"metric": "nps", "compare": "before"},
    "gauge": {"metric": "nps"},
    "trend": {"metric": "nps", "group_by": "week"},
    "distribution": {"metric": "shares", "question": "nps"},
    "ranking": {"metric": "nps", "group_by": "segment", "levels": 2},
    "heatmap": {"metric": "nps", "group_by": "segment", "then_by": "question"},
    "funnel": {"metric": "funnel"},
    "comments": {},
    "topics": {"metric": "topics"},
    "causes": {"metric": "causes"},
    "tickets": {},
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("sul",))


def told(place: str, *scores: int, days_ago: int = 1, comment: str = "", **fields: Any) -> None:
    """Let so many people answer at a place, each a minute after the other, and count them."""
    made = []
    for number, score in enumerate(scores):
        at = NOON - timedelta(days=days_ago) + timedelta(minutes=number)
        name = f"{place} {days_ago} {number} {comment}"
        made.append(answered(place, name, score, answers={"nps": score}, comment=comment, received_at=at, **fields))
    metrics.apply(made)


def board(*kinds: str, **options: Any) -> str:
    """Keep a dashboard with a widget of each of these kinds; return its page."""
    widgets = [
        {
            "id": kind,
            "kind": kind,
            "position": {"x": 0, "y": 4 * number, "w": 6, "h": 4},
            "query": KINDS[kind],
            "options": options if kind == "tile" else {},
        }
        for number, kind in enumerate(kinds)
    ]
    draft = DashboardDraft.model_validate(
        {"name": "Lojas", "survey": "visit", "shared": ["analyst", "manager"], "widgets": widgets}
    )
    return f"/console/analyze/dashboards/{dashboards.create(draft, owner='user:ana').id}"


def words(answer: Answer) -> str:
    """Return what stands on a page, without its tags."""
    assert answer.status == 200, answer.status
    inside = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", answer.text)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", inside)))


def ways(answer: Answer, page: str) -> list[dict[str, str]]:
    """Return what the links to a page choose."""
    found = re.findall(rf'href="(?:\.\./)*console/{page}\?([^"]+)"', answer.text)
    return [{name: each[0] for name, each in parse_qs(unescape(query)).items()} for query in found]


def test_every_survey_has_its_dashboard_in_the_list() -> None:
    page = signed_in("helena").get("/console/analyze")
    assert "Veio com a pesquisa" in words(page)
    assert 'href="../console/analyze/dashboards/default.visit"' in page.text


def test_a_figure_tells_its_interval_and_from_how_many_it_is() -> None:
    told("poa", *[10] * 60, *[8] * 20, *[2] * 20)
    page = words(signed_in("helena").get(board("tile"), segment="aurora"))
    assert "40 entre 24 e 56 · 100 respostas" in page


def test_a_figure_of_few_answers_stays_hidden() -> None:
    told("poa", 10, 2)
    page = words(signed_in("helena").get(board("tile")))
    assert "Menos de 10 respostas: o resultado fica oculto 2 respostas" in page


def test_a_change_that_may_be_chance_is_no_real_change() -> None:
    told("poa", *[10] * 12, *[2] * 10)
    told("poa", *[10] * 11, *[2] * 11, days_ago=40)
    page = words(signed_in("helena").get(board("tile")))
    assert "Sem mudança real antes 0 (10 jan a 8 fev 2026)" in page


def test_a_number_opens_its_responses() -> None:
    told("poa", *[10] * 12)
    page = signed_in("helena").get(board("tile"), segment="sul", channel="email")
    assert ways(page, "analyze/responses")[0] == {
        "survey": "visit",
        "segment": "sul",
        "from": "2026-02-09",
        "to": "2026-03-10",
        "channel": "email",
    }


def test_parts_open_what_is_behind_each_of_them() -> None:
    told("poa", *[10] * 12, comment="Fila longa demais no caixa.")
    told("curitiba", *[3] * 12)
    page = signed_in("helena").get(board("ranking", "distribution", "topics"), segment="aurora")
    found = ways(page, "analyze/responses")
    assert {"poa", "curitiba"} <= {each["segment"] for each in found}
    assert {"answer.nps:10", "answer.nps:3"} <= {each.get("filter", "") for each in found}
    assert "waiting" in {each.get("topic") for each in ways(page, "analyze/comments")}


def test_each_kind_of_widget_is_drawn_with_a_table_of_what_it_says() -> None:
    told("poa", *[10] * 12, comment="Atendimento excelente!")
    told("manaus", *[3] * 12, comment="Fila longa demais.")
    ticketed("poa")
    page = signed_in("helena").get(board(*KINDS), segment="aurora")
    for kind in KINDS:
        assert f'id="widget-{kind}"' in page.text
    assert page.text.count("data-plot=") == 4  # trend, distribution, gauge, funnel
    assert page.text.count('class="as-table"') == 4
    assert "Abertos agora" in words(page)


@pytest.mark.parametrize("kind", KINDS)
def test_a_widget_alone_has_a_page_and_a_file(kind: str) -> None:
    told("poa", *[10] * 12, comment="Atendimento excelente!")
    where = board(kind)
    browser = signed_in("helena")
    assert browser.get(f"{where}/widgets/{kind}", segment="sul").status == 200
    answer = browser.get(f"{where}/widgets/{kind}/table.csv", segment="sul")
    assert (answer.status, answer.header("content-type")) == (200, "text/csv; charset=utf-8")
    assert answer.header("content-disposition").endswith('.csv"')
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_file_holds_the_numbers_and_what_they_are_of() -> None:
    told("poa", *[10] * 12)
    answer = signed_in("helena").get(f"{board('ranking')}/widgets/ranking/table.csv", segment="sul", days="30")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    assert [(row["NPS"], row["n"], row["Lugar"]) for row in rows] == [("100.0", "12", "Sul"), ("", "0", "Sul")]


def test_no_cell_of_a_file_is_a_formula() -> None:
    told("poa", *[10] * 12, comment="=HYPERLINK(1)")
    answer = signed_in("helena").get(f"{board('comments')}/widgets/comments/table.csv")
    assert "'=HYPERLINK(1)" in answer.text


def test_what_is_chosen_holds_on_every_page_and_is_taken_away_by_a_link() -> None:
    told("poa", *[10] * 12)
    page = signed_in("helena").get(board("tile"), segment="sul", days="90", channel="email")
    assert "Canal: E-mail" in words(page)
    held = ways(page, r"analyze/dashboards/[^/\"?]+/widgets/tile")[0]
    assert held == {"segment": "sul", "days": "90", "channel": "email"}
    assert {"survey": "visit", "segment": "sul", "days": "90"} in ways(page, r"analyze/dashboards/[^/\"?]+")


def test_another_survey_leads_to_its_own_dashboard_with_the_same_choice() -> None:
    surveys.create("Compra", survey="purchase")
    surveys.publish("purchase", DRAFT)
    answer = signed_in("helena").get(BOARD, survey="purchase", segment="sul", days="30")
    to = urlsplit(answer.header("location"))
    assert (answer.status, to.path.endswith("/analyze/dashboards/default.purchase")) == (303, True)
    assert parse_qs(to.query) == {"survey": ["purchase"], "segment": ["sul"], "days": ["30"]}


@pytest.mark.parametrize(
    "wrong", [{"days": "8"}, {"from": "ontem"}, {"compare": "x"}, {"filter": "x:y"}, {"channel": "pombo"}]
)
def test_a_choice_that_cannot_be_is_no_fault_of_ours(wrong: dict[str, str]) -> None:
    answer = signed_in("helena").get(board("tile"), **wrong)
    assert (answer.status, "<form" in answer.text) == (200, True) or answer.status == 400


def test_days_the_wrong_way_round_are_told_under_the_bar_that_mends_them() -> None:
    answer = signed_in("helena").get(board("tile"), **{"from": "2026-03-02", "to": "2026-03-01"})
    assert answer.status == 200
    assert 'name="from" type="date" value="2026-03-02"' in answer.text
    assert 'class="problem"' in answer.text or 'role="alert"' in answer.text


def test_filters_that_do_not_hold_for_a_widget_are_said_there_alone() -> None:
    told("poa", *[3] * 12)
    page = words(signed_in("helena").get(board("tile", "tickets"), **{"class": "detractor"}))
    assert "Os filtros em uso não valem para este número." in page
    assert "12 respostas" in page


def test_a_manager_sees_the_own_part_alone() -> None:
    told("poa", *[10] * 12)
    told("manaus", *[1] * 12)
    where = board("tile", "ranking")
    page = signed_in("bruno").get(where)
    assert "Manaus" not in page.text
    assert "100 entre" in words(page)
    assert signed_in("bruno").get(where, segment="norte").status == 404
    assert "Organizar" not in words(page)


def test_a_manager_of_two_places_chooses_one() -> None:
    two = managers.create("Rita Sá", "rita@aurora.example", language="pt-BR", segments=("poa", "manaus"))
    browser = signed_in("davi")
    made = kit.user("Rita", Role.MANAGER, language="pt-BR")
    browser.cookies["__Host-escuta"] = kit.seat(made, manager=two.id, segments=two.segments)
    page = browser.get(board("tile"))
    assert "Escolha onde olhar" in words(page)
    assert {each.get("segment") for each in ways(page, r"analyze/dashboards/[^/\"?]+")} >= {"poa", "manaus"}


def test_hostile_words_neither_break_a_page_nor_run() -> None:
    told("poa", *[1] * 12, comment=f"{HOSTILE} \"'>{{{{7*7}}}} </script><b>")
    draft = DashboardDraft.model_validate(
        {
            "name": HOSTILE,
            "survey": "visit",
            "widgets": [
                {
                    "id": "c",
                    "kind": "trend",
                    "title": {"pt-BR": f"{HOSTILE}\"'>"},
                    "position": {"x": 0, "y": 0, "w": 6, "h": 4},
                    "query": KINDS["trend"],
                },
                {"id": "d", "kind": "comments", "position": {"x": 0, "y": 4, "w": 6, "h": 4}},
            ],
        }
    )
    where = f"/console/analyze/dashboards/{dashboards.create(draft, owner='user:ana').id}"
    browser = signed_in("helena")
    for page in ("", "/edit", "/settings", "/widgets/c", "/widgets/c/edit", "/widgets/d"):
        text = browser.get(where + page).text
        assert HOSTILE not in text, page
        assert "</script><b>" not in text, page


def test_the_recount_is_told() -> None:
    told("poa", *[10] * 12)
    assert "Contadores ainda não recontados" in words(signed_in("helena").get(board("tile")))
    recounts.asked("visit", "2026-03-09")
    assert "0 diferenças" in words(signed_in("helena").get(board("tile")))


def test_more_answers_and_places_take_no_more_reads() -> None:
    told("poa", *[10] * 12)
    where, browser = board("tile", "trend", "ranking", "topics"), signed_in("helena")
    browser.get(where)
    with recording() as few:
        browser.get(where)
    told("manaus", *[10] * 40, days_ago=2)
    told("curitiba", *[3] * 40, days_ago=3)
    with recording() as many:
        browser.get(where)
    assert len(many) <= len(few) + 2
