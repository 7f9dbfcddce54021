"""The hierarchy in the console: drawn, filled, moved, closed, and seen only as far as somebody may."""

from datetime import datetime

import pytest

from escuta import table
from escuta.directory import segments
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, signed_in
from tests.functions.console_forms import deliver, form, go, send, then, undo
from tests.kit import factories

TREE = "admin/segments"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def test_the_tree_shows_every_segment_once_with_its_code() -> None:
    page = go(signed_in("helena"), TREE).words
    for code, name in (("aurora", "Lojas Aurora"), ("sul", "Sul"), ("poa", "Loja Poa")):
        assert page.count(f'data-code="{code}"') == 1
        assert f">{name}</a> <code" in page


def test_a_manager_sees_the_own_subtree_alone() -> None:
    browser = signed_in("bruno")
    page = go(browser, TREE).words
    assert 'data-code="sul"' in page
    assert 'data-code="poa"' in page
    assert "sudeste" not in page
    assert "aurora" not in page.partition("<main")[2]
    assert go(browser, f"{TREE}/paulista").status == 404
    assert go(browser, f"{TREE}/sul/new").status == 403


def test_a_segment_is_put_below_another_one_and_found_there() -> None:
    browser, page = signed_in("helena"), f"{TREE}/sul/new"
    answer = send(browser, page, "/new", name="Joinville", code="joi", city="Joinville")
    after = then(browser, page, answer).words
    assert "Joinville: criado." in after
    assert segments.get("joi").path == ("aurora", "sul", "joi")


def test_sent_twice_it_is_made_once() -> None:
    browser, page = signed_in("helena"), f"{TREE}/sul/new"
    filled = form(go(browser, page), "/new")
    first = deliver(browser, page, filled, name="Joinville", code="joi")
    again = deliver(browser, page, filled, name="Joinville", code="joi")
    assert (first.status, again.status) == (303, 303)


def test_what_is_refused_stands_beside_its_field_with_what_was_typed() -> None:
    browser, page = signed_in("helena"), f"{TREE}/sul/new"
    answer = send(browser, page, "/new", name="Joinville", code="JOI !", timezone="Brasil/Sul")
    assert answer.status == 422
    assert 'id="code" name="code" type="text" value="JOI !"' in answer.text
    assert 'id="code-fault"' in answer.text or 'id="timezone-fault"' in answer.text


def test_a_segment_is_changed_and_changed_back() -> None:
    browser, page = signed_in("helena"), f"{TREE}/poa"
    answer = send(browser, page, "/poa", name="Porto Alegre", attributes="formato: rua\ntamanho: grande")
    after = then(browser, page, answer)
    assert segments.get("poa").name == "Porto Alegre"
    assert segments.get("poa").attributes == {"formato": "rua", "tamanho": "grande"}
    undo(browser, after)
    assert (segments.get("poa").name, segments.get("poa").attributes) == ("Loja Poa", {})


def test_who_is_overtaken_is_told_and_keeps_what_was_typed() -> None:
    browser, page = signed_in("helena"), f"{TREE}/poa"
    old = form(go(browser, page), "/poa")
    send(browser, page, "/poa", name="Porto Alegre")
    late = deliver(browser, page, old, name="POA Moinhos")
    assert late.status == 412
    assert 'value="POA Moinhos"' in late.text
    assert segments.get("poa").name == "Porto Alegre"


def test_a_segment_is_moved_and_moved_back() -> None:
    browser, page = signed_in("helena"), f"{TREE}/poa"
    after = then(browser, page, send(browser, page, "/poa/move", parent="sudeste"))
    assert "Loja Poa: mudou de lugar." in after.words
    assert "De Sul para Sudeste" in after.words
    assert segments.get("poa").path == ("aurora", "sudeste", "poa")
    undo(browser, after)
    assert segments.get("poa").path == ("aurora", "sul", "poa")


def test_a_leaf_is_closed_at_once_and_a_region_only_after_a_question_that_says_how_many() -> None:
    browser = signed_in("helena")
    after = then(browser, f"{TREE}/poa", send(browser, f"{TREE}/poa", "/poa/retire"))
    assert segments.get("poa").retired_at
    undo(browser, after)
    assert not segments.get("poa").retired_at
    region = go(browser, f"{TREE}/sul")
    assert 'data-confirm="Encerrar Sul e também 2 itens abaixo?' in region.text
    deliver(browser, f"{TREE}/sul", form(region, "/sul/retire"))
    assert segments.get("sul").retired_at
    assert segments.get("poa").retired_at


def test_names_cannot_run() -> None:
    table.put(factories.segment("aurora", "sul", "mal", name=HOSTILE))
    for path in (TREE, f"{TREE}/mal", f"{TREE}/mal/new", f"{TREE}/sul"):
        assert HOSTILE not in go(signed_in("helena"), path).text
