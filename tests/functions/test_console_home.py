"""The console's home page: the figures, who may see which, and what hostile input becomes."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest

from console import work
from escuta import clock, table
from escuta.directory import managers, segments
from escuta.directory.model import FileState
from escuta.feedback.model import FAR, Survey, SurveyStatus, TicketState
from escuta.feedback.tickets import counts
from escuta.outreach.model import InvitationState
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, signed_in
from tests.kit import factories, faults


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def figures(name: str, **choices: str) -> dict[str, object]:
    answer = signed_in(name).get("/console/home.json", **choices)
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    found: dict[str, object] = json.loads(answer.text)
    return found


def test_the_score_is_shown_with_its_interval_and_its_answers() -> None:
    company.answers("paulista", 60, 20, 20)
    page = signed_in("helena").get().words
    assert "<b>40</b>" in page
    assert "<strong>entre 24 e 56</strong>intervalo de 95" in page
    classes = (("promoter", "Promotores", 60), ("passive", "Neutros", 20), ("detractor", "Detratores", 20))
    for kind, name, count in classes:
        assert f'<dt><i class="fill-{kind}"></i>{name}</dt><dd>{count}' in page
        assert f'aria-label="{name}: {count} respostas">{count}</a></dd>' in page


def test_the_json_says_the_same_as_the_page() -> None:
    company.answers("paulista", 60, 20, 20)
    score = figures("helena")["score"]
    assert score == {
        "n": 100,
        "score": 40.0,
        "low": pytest.approx(24.32, abs=0.01),
        "high": pytest.approx(55.68, abs=0.01),
        "promoters": 60,
        "passives": 20,
        "detractors": 20,
    }


def test_too_few_answers_are_masked_and_say_how_many_are_missing() -> None:
    company.answers("paulista", 1, 0, 6)
    browser = signed_in("helena")
    page = browser.get().words
    assert "7 respostas. Com menos de 10 respostas o número enganaria. Faltam 3." in page
    assert "<b>\N{MINUS SIGN}71</b>" not in page
    found = json.loads(browser.get("/console/home.json").text)
    hidden = dict.fromkeys(("score", "low", "high", "promoters", "passives", "detractors"))
    assert found["score"] == {"n": 7, **hidden}
    assert {week["score"]["score"] for week in found["weeks"]} == {None}
    assert {store["score"]["score"] for store in found["ranking"]["stores"]} == {None}
    assert found["verdict"] is None


@pytest.mark.parametrize(
    ("before", "now", "verdict", "words"),
    [
        (
            (20, 40, 40),
            (70, 20, 10),
            "better",
            "Melhor</span> <span>30 dias anteriores: \N{MINUS SIGN}20 (100 respostas)",
        ),
        ((70, 20, 10), (20, 40, 40), "worse", "Pior</span> <span>30 dias anteriores: 60 (100 respostas)"),
        (
            (50, 30, 20),
            (52, 29, 19),
            "no_real_change",
            "Sem mudança real</span> <span>30 dias anteriores: 30 (100 respostas)",
        ),
        ((3, 2, 2), (70, 20, 10), None, "Poucas respostas antes para comparar"),
    ],
)
def test_a_period_is_compared_with_the_one_before(
    before: tuple[int, int, int], now: tuple[int, int, int], verdict: str | None, words: str
) -> None:
    company.answers("paulista", *before, day="2026-02-08")  # the last day of the period before
    company.answers("paulista", *now, day="2026-02-09")  # the first day of this one
    browser = signed_in("helena")
    assert words in browser.get().words
    assert json.loads(browser.get("/console/home.json").text)["verdict"] == verdict


def test_a_week_belongs_to_the_calendar_of_the_place_and_a_gap_stays_a_gap() -> None:
    company.answers("paulista", 12, 0, 0, day="2026-03-10")  # today in São Paulo: the last week
    company.answers("santos", 12, 0, 0, day="2026-02-24")  # the last day of the week two before
    weeks = figures("helena")["weeks"]
    assert isinstance(weeks, list)
    assert [(week["first"], week["last"], week["score"]["n"]) for week in weeks[-3:]] == [
        ("2026-02-18", "2026-02-24", 12),
        ("2026-02-25", "2026-03-03", 0),
        ("2026-03-04", "2026-03-10", 12),
    ]
    page = signed_in("helena").get().words
    assert "<title>25 fev a 3 mar: 0 respostas, pouco para dizer</title>" in page
    assert "<title>4 mar a 10 mar: NPS 100, entre 52 e 100, 12 respostas</title>" in page


def test_stores_that_the_answers_cannot_tell_apart_share_their_places() -> None:
    company.answers("paulista", 90, 5, 5)
    company.answers("santos", 50, 30, 20)
    company.answers("curitiba", 52, 29, 19)
    company.answers("poa", 2, 0, 1)
    ranking = figures("helena")["ranking"]
    assert isinstance(ranking, dict)
    assert [(s["name"], s["first"], s["last"], s["score"]["n"]) for s in ranking["stores"]] == [
        ("Loja Paulista", 1, 1, 100),
        ("Loja Curitiba", 2, 3, 100),
        ("Loja Santos", 2, 3, 100),
        ("Loja Poa", None, None, 3),
    ]
    page = signed_in("helena").get().words
    assert '<td class="place">2\N{EN DASH}3</td>' in page
    assert "faltam 7" in page


def test_a_manager_sees_only_what_is_below_the_own_segments() -> None:
    company.answers("curitiba", 30, 5, 5)
    company.answers("paulista", 0, 0, 40)
    company.ticket("curitiba", "Fila longa", hours=5)
    company.ticket("paulista", "Segredo da vizinha", hours=2, customer="Vizinha")
    company.file("clientes.csv")
    company.deployment("Campanha geral")
    browser = signed_in("bruno")
    page, data = browser.get().text, browser.get("/console/home.json").text
    for hidden in ("Paulista", "Santos", "Sudeste", "Segredo da vizinha", "Vizinha", "clientes.csv", "Campanha"):
        assert hidden not in page
        assert hidden not in data
    assert "<h1>Sul</h1>" in page
    assert "Fila longa" in page
    found = json.loads(data)
    assert found["score"]["n"] == 40
    assert found["tickets"]["open"] == 1
    assert found["imports"] is None
    assert found["sending"] is None


@pytest.mark.parametrize("segment", ["aurora", "sudeste", "paulista", "nowhere", HOSTILE])
def test_what_lies_outside_the_subtree_does_not_exist_for_a_manager(segment: str) -> None:
    browser = signed_in("bruno")
    answers = [browser.get(path, segment=segment) for path in ("/console", "/console/home.json")]
    assert [answer.status for answer in answers] == [404, 404]
    told = [
        each.words.partition("<main")[2].partition("</main>")[0]
        for each in (answers[0], browser.get(segment="does-not-exist"))
    ]
    assert told[0] == told[1] != ""


def test_a_manager_of_several_places_sees_them_together_and_each_answer_once() -> None:
    bruno = company.owner("Bruno Lima")
    managers.update(bruno.id, rev=bruno.rev, segments=("sul", "curitiba", "santos"))
    company.answers("curitiba", 20, 0, 0)
    company.answers("santos", 0, 0, 20)
    company.answers("paulista", 20, 0, 0)
    found = figures("bruno")
    assert found["place"] == {
        "name": "Loja Santos, Sul",
        "segments": ["santos", "sul"],
        "trail": [],
        "timezone": "America/Sao_Paulo",
    }
    assert found["score"]["n"] == 40  # type: ignore[index] # a dict


def test_a_store_can_be_opened_and_leads_back_up() -> None:
    company.answers("curitiba", 12, 0, 0)
    company.answers("paulista", 0, 0, 20)
    page = signed_in("helena").get(segment="curitiba", days="7").text
    assert "<h1>Loja Curitiba</h1>" in page
    assert '<a href="console?days=7">Lojas Aurora</a>' in page
    assert '<a href="console?days=7&amp;segment=sul">Sul</a>' in page
    assert "12 respostas" in page
    assert "Unidades" not in page
    assert "Últimas importações" not in page


def test_an_analyst_sees_everything_and_a_period_can_be_chosen() -> None:
    company.answers("paulista", 20, 0, 0, day="2026-03-01")
    company.file("clientes.csv")
    browser = signed_in("davi")
    assert "clientes.csv" in browser.get().text
    counted = {
        days: json.loads(browser.get("/console/home.json", days=days).text)["score"]["n"] for days in ("7", "30", "90")
    }
    assert counted == {"7": 0, "30": 20, "90": 20}


@pytest.mark.parametrize("days", ["0", "31", "-7", "1e9", "sete", "٣٠"])
def test_another_period_is_refused(days: str) -> None:
    assert signed_in("helena").get(days=days).status == 400


def test_the_live_survey_is_shown_unless_another_is_asked_for() -> None:
    table.put(company.survey("delivery", "Entrega", SurveyStatus.PAUSED, age=5))
    company.answers("paulista", 20, 0, 0)
    browser = signed_in("helena")
    assert "Visita à loja · 9 fev a 10 mar 2026" in browser.get().text
    other = browser.get(survey="delivery").text
    assert '<option value="delivery" selected>Entrega</option>' in other
    assert "Nenhuma resposta neste período" in other
    assert browser.get(survey="nowhere").status == 404


def test_the_most_urgent_tickets_come_first_and_the_rest_is_counted() -> None:
    company.ticket("paulista", "Vence depois", hours=30)
    company.ticket("santos", "Venceu ontem", hours=-30.5)
    company.ticket("poa", "Vence logo", hours=0.76)
    company.ticket("poa", "Já resolvido", hours=-50, state=TicketState.RESOLVED)
    for number in range(6):
        company.ticket("curitiba", f"Mais um {number}", hours=40 + number)
    page = signed_in("helena").get().words
    places = [page.index(words) for words in ("Venceu ontem", "Vence logo", "Vence depois", "Mais um 0")]
    assert places == sorted(places)
    assert "Venceu há 30 h</b>" in page
    assert "Vence em 45 min</b>" in page
    assert "9 mar, 05:30</time>" in page
    assert "1 vencido" in page
    assert "9 abertos" in page
    assert "Mais 3, com prazo depois destes" in page
    assert "Já resolvido" not in page


def test_what_was_taken_up_again_waits_for_somebody_and_a_stopped_clock_is_late_for_nobody() -> None:
    company.ticket("poa", "Reaberto", hours=2, state=TicketState.REOPENED)
    company.ticket("paulista", "Esperando", hours=-3, state=TicketState.WAITING, left=60, overdue=False)
    company.ticket("santos", "Sem promessa", hours=0, due_at=FAR)
    tickets = figures("helena")["tickets"]
    assert isinstance(tickets, dict)
    shown = [(each["comment"], each["overdue"], each["due_at"] is None) for each in tickets["shown"]]
    assert (tickets["open"], tickets["overdue"]) == (3, 0)
    assert shown[0] == ("Reaberto", False, False)
    assert sorted(shown[1:]) == [("Esperando", False, True), ("Sem promessa", False, True)]
    page = signed_in("helena").get().words
    assert "Aguarda o cliente" in page
    assert "Sem prazo" in page


def test_who_was_not_answered_in_time_is_late_since_then() -> None:
    company.ticket("poa", "Ninguém ligou", hours=20, respond_due_at=clock.now() - timedelta(hours=4.1), overdue=True)

    assert "Venceu há 4 h</b>" in signed_in("helena").get().words


def test_where_more_tickets_wait_than_a_page_reads_they_are_counted_and_none_is_shown_as_the_most_urgent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "TICKETS_READ", 2)
    for store in ("paulista", "santos", "poa"):
        company.ticket(store, "Fila", hours=3)
    page = signed_in("helena").get().words

    assert "3 abertos" in page
    assert "São chamados demais para ordenar aqui." in page
    assert "Fila" not in page


def test_a_ticket_names_its_owner_or_says_that_nobody_has_it() -> None:
    company.ticket("poa", "Com dono", hours=1, owner=company.owner("Bruno Lima").id)
    company.ticket("poa", "Sem dono", hours=2, owner="gone")
    page = signed_in("helena").get().text
    assert "novo, com Bruno Lima" in page
    assert "novo, sem responsável" in page


def test_what_a_stranger_wrote_is_shown_as_text() -> None:
    table.put(company.survey("evil", HOSTILE, age=1))
    segments.change(segments.get("poa"), name=HOSTILE)
    company.ticket("poa", HOSTILE, hours=1, customer=HOSTILE)
    company.file(HOSTILE.replace("/", "&"))
    company.file("ruim.csv", FileState.REFUSED, reason="binary_file", details={"kind": HOSTILE})
    company.deployment(HOSTILE)
    page = signed_in("helena").get().text
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 7


def test_a_long_comment_is_cut_between_words() -> None:
    company.ticket("poa", "palavra " * 500, hours=1)
    tickets = figures("helena")["tickets"]
    assert isinstance(tickets, dict)
    assert tickets["shown"][0]["comment"] == "palavra " * 21 + "palavra…"


def test_the_fate_of_a_file_is_told() -> None:
    totals = {"accepted": 298, "updated": 12, "duplicate": 4, "rejected": 6}
    company.file("clientes.csv", rows=1320, totals=totals)
    company.file(
        "vazio.csv",
        FileState.REFUSED,
        reason="empty_file",
        received_at=datetime(2026, 3, 9, 2, tzinfo=UTC),
    )
    browser = signed_in("helena")
    browser.post("/console/language", {"language": "en"})
    page = browser.get().words
    assert "1,320 rows" in page
    assert "Accepted <b>298</b>" in page
    assert "Rejected <b>6</b>" in page
    assert "8 Mar, 23:00" in page
    assert "The file is empty." in page


def test_a_deployment_shows_how_far_it_is() -> None:
    company.deployment("Campanha")
    states = ["completed"] * 3 + ["delivered"] * 5 + ["queued"] * 2
    states += ["deferred", "suppressed", "bounced", "unknown"]
    table.put_many(
        factories.invitation(
            name=f"Ana {number}",
            id=f"{number}",
            link_key=f"{number}",
            deployment="deployment-Campanha",
            state=InvitationState(state),
        )
        for number, state in enumerate(states)
    )
    browser = signed_in("helena")
    (sending,) = json.loads(browser.get("/console/home.json").text)["sending"]
    numbers = {name: sending[name] for name in ("total", "reached", "answered", "waiting", "held", "failed", "unknown")}
    assert numbers == {"total": 14, "reached": 8, "answered": 3, "waiting": 3, "held": 1, "failed": 1, "unknown": 1}
    assert sending["state"] == "running"
    assert "11 de 14 tratados" in browser.get().text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "pt-BR",
            (
                "1.000 respostas",
                "9 fev a 10 mar 2026",
                "Horários de São Paulo (UTC\N{MINUS SIGN}03:00)",
                "Chamados abertos",
            ),
        ),
        (
            "en",
            ("1,000 answers", "9 Feb to 10 Mar 2026", "Times in São Paulo (UTC\N{MINUS SIGN}03:00)", "Open tickets"),
        ),
        (
            "es",
            (
                "1.000 respuestas",
                "9 feb al 10 mar 2026",
                "Horas de São Paulo (UTC\N{MINUS SIGN}03:00)",
                "Casos abiertos",
            ),
        ),
    ],
)
def test_numbers_and_days_read_as_the_reader_writes_them(language: str, said: tuple[str, ...]) -> None:
    company.answers("paulista", 100, 400, 500)
    browser = signed_in("helena")
    browser.post("/console/language", {"language": language})
    page = browser.get().words
    for words in (*said, "<b>\N{MINUS SIGN}40</b>"):
        assert words in page


def test_an_empty_company_is_told_what_to_do_next() -> None:
    page = signed_in("helena").get().text
    for words in (
        "Nenhuma resposta neste período",
        "Nenhum chamado aberto",
        "Nenhum arquivo ainda",
        "Nada sendo enviado",
    ):
        assert words in page


def test_without_a_survey_there_is_a_page_too() -> None:
    table.delete(Survey, Survey.at("visit"))
    page = signed_in("helena").get()
    assert page.status == 200
    assert "Nenhuma pesquisa no ar" in page.text


def test_the_page_takes_a_bounded_number_of_reads_whatever_there_is_to_read() -> None:
    for store in company.STORES:
        for back in range(3):
            day = (clock.now() - timedelta(days=back)).date().isoformat()
            company.answers(store, 1, 1, 1, day=day)
        for number in range(10):
            company.ticket(store, "Fila", hours=number, owner=company.owner("Bruno Lima").id)
    for number in range(12):
        company.file(f"{number}.csv")
        company.deployment(f"{number}")
    browser = signed_in("helena")
    browser.get()
    with faults.recording() as calls:
        browser.get()
    operations = [call.operation for call in calls]
    assert set(operations) <= {"GetItem", "Query", "BatchGetItem"}
    # session, surveys, root, tickets with what counts them, their owners, files, deployments with four shards each;
    # then, twice, marks, folds and what begins a survey; counters of the whole, and of each store, or of all at once
    assert len(operations) <= 7 + 4 * work.SENDING_SHOWN + counts.SHARDS + 2 * 3 + 1 + len(company.STORES)


def test_a_company_of_many_stores_is_ranked_by_region() -> None:
    table.put_many(factories.segment("aurora", "sul", f"s{number}", name=f"Nova {number}") for number in range(45))
    ranking = figures("helena")["ranking"]
    assert isinstance(ranking, dict)
    assert (ranking["regions"], [store["name"] for store in ranking["stores"]]) == (True, ["Sudeste", "Sul"])
    below = figures("helena", segment="sul")["ranking"]
    assert isinstance(below, dict)
    assert (below["total"], len(below["stores"])) == (47, 40)


@pytest.mark.parametrize(("name", "customer"), [("helena", "Ana Souza"), ("davi", "\N{BULLET}" * 3)])
def test_who_may_not_see_personal_data_sees_none_beside_a_ticket(name: str, customer: str) -> None:
    company.ticket("paulista", "Fila longa. Me liguem: 11 98765-4321", hours=2, customer="Ana Souza")

    (ticket,) = json.loads(signed_in(name).get("/console/home.json").text)["tickets"]["shown"]

    assert (ticket["customer"], ticket["comment"]) == (customer, "Fila longa. Me liguem: [telefone]")
    assert "98765" not in signed_in(name).get().text


def test_the_question_after_a_closing_is_not_what_the_home_page_opens_with() -> None:
    company.answers("paulista", 60, 20, 20)
    table.put(company.survey("follow-up", "Ficou resolvido?", age=1))

    assert "<b>40</b>" in signed_in("helena").get().words


def test_a_survey_of_this_morning_does_not_take_the_place_of_the_one_with_the_answers() -> None:
    company.answers("paulista", 60, 20, 20)
    table.put(company.survey("delivery", "Entrega", age=0))

    assert "Visita à loja" in signed_in("helena").get().text
    assert figures("helena")["survey"] == {"id": "visit", "name": "Visita à loja"}
    assert figures("helena", survey="delivery")["survey"] == {"id": "delivery", "name": "Entrega"}


def ways(page: str, to: str) -> list[str]:
    """Return where the links to a page of the console lead, as they stand in its address."""
    return [unescape(each) for each in re.findall(rf'href="(?:\.\./)*console/({to}[^"]*)"', page)]


def test_every_number_leads_to_what_is_behind_it() -> None:
    company.answers("curitiba", 20, 5, 10)
    company.ticket("curitiba", "Venceu", hours=-3)
    company.file("clientes.csv")
    company.deployment("Campanha")
    browser = signed_in("helena")
    page, below = browser.get(days="7").text, browser.get(days="7", segment="sul").text
    days = "&from=2026-03-04&to=2026-03-10"
    behind = f"analyze/responses?survey=visit&segment=sul{days}"
    assert [behind, *(f"{behind}&class={kind}" for kind in ("promoter", "passive", "detractor"))] == ways(
        below, "analyze/responses\\?"
    )[:4]
    assert ways(below, "action/tickets\\?") == [
        "action/tickets?overdue=true&segment=sul",
        "action/tickets?segment=sul",
        "action/tickets?segment=sul&overdue=true",
        "action/tickets?segment=sul",
    ]
    assert "action/tickets/ticket-curitiba--3" in ways(page, "action/tickets/")
    assert "deploy/history/deployment-Campanha" in ways(page, "deploy/history/")
    assert "admin/imports/file-clientes.csv" in ways(page, "admin/imports/")


@pytest.mark.parametrize("name", ["helena", "davi", "bruno"])
def test_no_way_from_the_home_page_ends_at_a_refusal(name: str) -> None:
    company.answers("curitiba", 20, 5, 10)
    company.ticket("curitiba", "Venceu", hours=-3)
    browser = signed_in(name)
    page = browser.get(days="7").text
    found = {way for part in ("analyze/responses\\?", "action/tickets", "desk") for way in ways(page, part)}
    assert found
    for way in found:
        path, _, query = way.partition("?")
        assert browser.get(f"/console/{path}", **dict(parse_qsl(query))).status == 200, way


def test_a_company_without_a_survey_is_led_to_its_first_one() -> None:
    table.put(company.survey("visit", "Visita", SurveyStatus.DRAFT))
    page = signed_in("helena").get().text
    assert ways(page, "surveys/new") == ["surveys/new"]
    assert ways(page, "deploy/distribute/new") == ["deploy/distribute/new"]
    assert ways(page, "admin/imports/new") == ["admin/imports/new"]
    assert "/v1/" not in page.partition("<main")[2].partition("</main>")[0]
