"""Making dashboards in the console: each form works, refuses in words, is undone, and does what it does once."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest

from escuta.directory import managers
from escuta.directory.model import Role
from escuta.feedback import dashboards
from escuta.feedback.model import Dashboard, DashboardDraft
from tests.functions.callers import found_company, open_survey
from tests.functions.console_company import Answer, Browser, signed_in

NEW = "/console/analyze/dashboards/new"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("sul",))


def kept(*shared: str, owner: str = "user:ana") -> str:
    """Keep a dashboard with two widgets; return its id."""
    widgets = [
        {"id": "score", "kind": "tile", "position": {"x": 0, "y": 0, "w": 3, "h": 3}, "query": {"metric": "nps"}},
        {
            "id": "trend",
            "kind": "trend",
            "position": {"x": 3, "y": 0, "w": 6, "h": 4},
            "query": {"metric": "nps", "group_by": "week"},
        },
    ]
    draft = DashboardDraft.model_validate({"name": "Lojas", "survey": "visit", "shared": shared, "widgets": widgets})
    return dashboards.create(draft, owner=owner).id


def page(dashboard: str, rest: str = "") -> str:
    return f"/console/analyze/dashboards/{dashboard}{rest}"


def hidden(answer: Answer) -> dict[str, str]:
    """Return the hidden fields of the last form of a page that has a token."""
    found = [each for each in re.findall(r"(?s)<form.*?</form>", answer.text.split("<main")[1]) if "csrf" in each]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[-1]))


def sent(browser: Browser, where: str, **fields: str) -> Answer:
    """Send a form with the token of the session."""
    return browser.post(where, {"csrf": browser.token(), **fields})


def undone(browser: Browser, where: str) -> Answer:
    """Press the button that the note on a page has."""
    text = browser.get(where).text
    found = re.search(r'(?s)<div class="toast">.*?action="[^"]*console/([^"]+)">(.*?)</form>', text)
    assert found, "nothing to undo"
    fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', found[2])}
    return browser.post(f"/console/{found[1]}", fields)


def board(dashboard: str) -> Dashboard:
    return dashboards.get(dashboard)


def widget(dashboard: str, name: str) -> Any:
    return next(each for each in board(dashboard).widgets if each.id == name)


def test_a_dashboard_is_made_once_however_often_it_is_sent() -> None:
    browser = signed_in("helena")
    fields = {"name": "Meu painel", "survey": "visit", "begin": "suited", "shared": "manager", "call": "c" * 22}
    first, second = (sent(browser, NEW, **fields) for _ in range(2))
    assert (first.status, first.header("location")) == (303, second.header("location"))
    made = [each for each in dashboards.listing("visit").items if each.owner]
    assert [(each.name, each.shared) for each in made] == [("Meu painel", frozenset({Role.MANAGER}))]
    assert made[0].widgets


def test_an_empty_dashboard_says_how_to_go_on() -> None:
    browser = signed_in("helena")
    made = sent(browser, NEW, name="Vazio", survey="visit", begin="empty", call="d" * 22)
    assert "Este painel está vazio" in browser.get(f"/console/{made.header('location').partition('console/')[2]}").text


def test_a_name_that_is_none_is_told_beside_the_field_and_nothing_typed_is_lost() -> None:
    answer = sent(signed_in("helena"), NEW, name="  ", survey="visit", begin="empty", call="e" * 22)
    assert answer.status == 422
    assert 'id="name-fault"' in answer.text
    assert re.search(r'name="begin" value="empty" checked', answer.text)


def test_a_dashboard_is_renamed_shared_and_put_back() -> None:
    browser, one = signed_in("helena"), kept()
    answer = sent(browser, page(one, "/settings"), name="Novo nome", shared="analyst", rev="1")
    assert answer.status == 303
    assert (board(one).name, board(one).shared) == ("Novo nome", frozenset({Role.ANALYST}))
    assert undone(browser, page(one)).status == 303
    assert (board(one).name, board(one).shared) == ("Lojas", frozenset())


def test_who_was_overtaken_is_told() -> None:
    browser, one = signed_in("helena"), kept()
    assert sent(browser, page(one, "/settings"), name="Primeiro", rev="1").status == 303
    answer = sent(browser, page(one, "/settings"), name="Segundo", rev="1")
    assert answer.status == 412
    assert 'value="Segundo"' in answer.text
    assert board(one).name == "Primeiro"


def test_a_widget_is_added_once_into_a_free_place_and_taken_back() -> None:
    browser, one = signed_in("helena"), kept()
    where = page(one, "/widgets/new")
    shown = browser.get(where, kind="ranking")
    assert "O que medir" in shown.text
    fields = {
        **hidden(shown),
        "measure": "nps||",
        "group": "segment|2",
        "count": "90",
        "unit": "day",
        "title.en": "Stores",
    }
    assert [browser.post(where, fields).status for _ in range(2)] == [303, 303]
    added = board(one).widgets[-1]
    assert len(board(one).widgets) == 3
    assert (added.kind, added.query.levels, added.query.span.count, added.title) == ("ranking", 2, 90, {"en": "Stores"})
    assert undone(browser, page(one, "/edit")).status == 303
    assert len(board(one).widgets) == 2


@pytest.mark.parametrize(
    "kind",
    [
        "tile",
        "gauge",
        "trend",
        "distribution",
        "ranking",
        "heatmap",
        "funnel",
        "comments",
        "topics",
        "causes",
        "tickets",
    ],
)
def test_the_form_of_each_kind_is_taken_as_it_begins(kind: str) -> None:
    browser, one = signed_in("helena"), kept()
    where = page(one, "/widgets/new")
    shown = browser.get(where, kind=kind)
    measure = {"distribution": {"measure": "shares|nps|"}}.get(kind, {})
    answer = sent(browser, where, **{**hidden(shown), **measure})
    assert answer.status == 303, re.findall(r'class="fault[^>]*>(.*?)</p>', answer.text)
    assert board(one).widgets[-1].kind == kind


def test_a_widget_is_changed_by_its_form_and_keeps_what_the_form_does_not_ask() -> None:
    browser, one = signed_in("helena"), kept()
    where = page(one, "/widgets/score/edit")
    fields = {**hidden(browser.get(where)), "measure": "responses||", "target": "50", "compare": "before"}
    fields |= {"only.channel": "email", "filter": "class:detractor,passive"}
    assert sent(browser, where, **fields).status == 303
    changed = widget(one, "score")
    assert (changed.query.metric, changed.options.target, changed.query.compare) == ("responses", 50.0, "before")
    assert [(each.field, each.values) for each in changed.query.filters] == [
        ("channel", ("email",)),
        ("class", ("detractor", "passive")),
    ]
    assert changed.position.w == 3
    again = browser.get(where).text
    assert 'value="class:detractor,passive"' in again
    assert '<option value="email" selected>' in again


def test_a_share_is_typed_in_percent() -> None:
    browser, one = signed_in("helena"), kept()
    where = page(one, "/widgets/score/edit")
    fields = {**hidden(browser.get(where)), "measure": "funnel||", "target": "12,5"}
    assert sent(browser, where, **fields).status == 303
    assert widget(one, "score").options.target == 0.125
    assert 'value="12.5"' in browser.get(where).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target", "muito"),
        ("count", "0"),
        ("measure", "nps|weather|"),
        ("filter", "cor:azul"),
        ("w", "1"),
        ("segment", "lua"),
    ],
)
def test_what_is_refused_of_a_widget_is_told_beside_its_field(field: str, value: str) -> None:
    browser, one = signed_in("helena"), kept()
    where = page(one, "/widgets/score/edit")
    answer = sent(browser, where, **{**hidden(browser.get(where)), field: value})
    assert answer.status in {400, 422}
    assert f'id="{field}-fault"' in answer.text or 'role="alert"' in answer.text
    assert board(one).rev == 1


def test_a_widget_is_taken_off_and_put_back() -> None:
    browser, one = signed_in("helena"), kept()
    assert sent(browser, page(one, "/widgets/score/delete"), rev="1").status == 303
    assert [each.id for each in board(one).widgets] == ["trend"]
    assert undone(browser, page(one, "/edit")).status == 303
    assert [each.id for each in board(one).widgets] == ["score", "trend"]


def test_a_widget_is_doubled_into_a_free_place() -> None:
    browser, one = signed_in("helena"), kept()
    for _ in range(2):
        assert sent(browser, page(one, "/widgets/score/copies"), rev="1", call="f" * 22).status == 303
    assert [(each.kind, each.position.x, each.position.y) for each in board(one).widgets[2:]] == [("tile", 9, 0)]


def test_widgets_are_arranged_and_put_back() -> None:
    browser, one = signed_in("helena"), kept()
    assert sent(browser, page(one, "/edit"), rev="1", layout="score:9,0,3,4;trend:0,0,9,6").status == 303
    assert (widget(one, "score").position.x, widget(one, "trend").position.w) == (9, 9)
    assert undone(browser, page(one)).status == 303
    assert (widget(one, "score").position.x, widget(one, "trend").position.w) == (0, 6)


def test_places_may_be_typed_as_numbers() -> None:
    browser, one = signed_in("helena"), kept()
    fields = {f"score.{side}": value for side, value in {"x": "10", "y": "1", "w": "3", "h": "3"}.items()}
    assert sent(browser, page(one, "/edit"), rev="1", layout="", **fields).status == 303
    assert (widget(one, "score").position.x, widget(one, "score").position.y) == (9, 0)


def test_widgets_that_would_cover_each_other_are_refused_in_words() -> None:
    browser, one = signed_in("helena"), kept()
    answer = sent(browser, page(one, "/edit"), rev="1", layout="score:0,0,3,3;trend:0,0,6,4")
    assert answer.status in {400, 422}
    assert 'role="alert"' in answer.text
    assert 'gs-id="trend" gs-x="0"' in answer.text


def test_what_was_tampered_with_changes_nothing() -> None:
    browser, one = signed_in("helena"), kept()
    for fields in ({"before": "x", "rev": "1"}, {"before": "eJwrSS0uAQAEXQHB", "rev": "1"}):
        assert sent(browser, page(one, "/undo"), **fields).status in {400, 422}
    assert sent(browser, page(one, "/edit"), rev="1", layout="<script>").status in {400, 422}
    assert browser.post(page(one, "/delete"), {"rev": "1"}).status == 403
    assert board(one).rev == 1


def test_a_dashboard_is_deleted_after_its_question_names_what_goes() -> None:
    browser, one = signed_in("helena"), kept()
    assert "Excluir “Lojas” e seus 2 widgets?" in unescape(browser.get(page(one, "/settings")).text)
    assert sent(browser, page(one, "/delete"), rev="1").status == 303
    assert browser.get(page(one)).status == 404


def test_an_analyst_copies_what_is_another_s_and_changes_the_copy_alone() -> None:
    one, browser = kept("analyst"), signed_in("davi")
    shown = browser.get(page(one)).text
    assert "Organizar" not in shown
    assert "Fazer uma cópia" in shown
    assert sent(browser, page(one, "/widgets/score/delete"), rev="1").status == 403
    made = sent(browser, page(one, "/copies"), name="Minha cópia", survey="visit", call="g" * 22)
    assert made.status == 303
    copy = next(each for each in dashboards.listing("visit").items if each.name == "Minha cópia")
    assert sent(browser, page(copy.id, "/widgets/score/delete"), rev="1").status == 303


def test_a_manager_looks_and_changes_nothing() -> None:
    one, browser = kept("manager"), signed_in("bruno")
    assert browser.get(page(one)).status == 200
    for rest in ("/settings", "/copies", "/delete", "/edit", "/widgets/new", "/widgets/score/delete"):
        assert sent(browser, page(one, rest), rev="1", name="x", survey="visit", kind="tile").status == 403, rest
    assert browser.get(page(kept())).status == 404


def test_who_is_signed_out_meets_the_door() -> None:
    one = kept()
    assert 'name="password"' in Browser().get(page(one)).text
