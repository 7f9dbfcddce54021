"""Rules of who is asked in the console: made, read in words, tried out, changed part by part, and taken back."""

from datetime import datetime
from typing import Any

import pytest

from escuta.outreach import rulesets
from tests.functions import console_company as company
from tests.functions.callers import ask, key
from tests.functions.console_company import HOSTILE, signed_in
from tests.functions.console_forms import deliver, form, go, holding, send, then, undo
from tests.kit import factories

ASKED = "admin/sending/asked"
PAGE = f"{ASKED}/visitas"
SOUTH = {"name": "lojas do sul", "fact": ["segment", ""], "op": ["is", "is"], "value": ["sul", ""]}
FORBIDDEN = 403


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    everybody = {"name": "todos", "survey": "visit"}
    made = ask("POST", "/v1/rules", key(), body={"id": "visitas", "name": "Depois da visita", "default": everybody})
    assert made.status == 201, made.json


def held() -> Any:
    return rulesets.current("visitas")


def test_new_rules_are_made_once_and_ask_everybody_the_same() -> None:
    browser, page = signed_in("helena"), f"{ASKED}/new"
    filled = form(go(browser, page), "/new")
    after = then(browser, page, deliver(browser, page, filled, name=HOSTILE, survey="visit"))
    deliver(browser, page, filled, name=HOSTILE, survey="visit")
    assert "responde “Visita à loja”" in after.words
    assert HOSTILE not in after.text
    assert [each.name for each in rulesets.listing().items].count(HOSTILE) == 1


def test_a_group_is_added_moved_and_taken_away_each_as_a_version_that_can_be_undone() -> None:
    browser, new = signed_in("helena"), f"{PAGE}/parts/assign.new"
    said = {**SOUTH, "survey": "visit", "strategy": "email", "send_when": "local", "send_hour": "10:00", "times": "2"}
    after = then(browser, new, send(browser, new, "/assign.new", **said))
    assert "Se Lugar é Sul" in after.words
    assert "por e-mail · às 10:00 · 2 lembretes, a cada 3 dias" in after.words
    then(browser, new, send(browser, new, "/assign.new", **{**said, "name": "outros", "value": ["sudeste", ""]}))

    up = holding(go(browser, PAGE), "way", "up")
    after = then(browser, PAGE, deliver(browser, PAGE, up))
    assert [each.name for each in held().assign] == ["outros", "lojas do sul"]
    undo(browser, after)
    assert [each.name for each in held().assign] == ["lojas do sul", "outros"]

    after = then(browser, PAGE, send(browser, PAGE, "/assign.0/remove"))
    assert [each.name for each in held().assign] == ["outros"]
    assert held().version == 6


def test_who_is_left_out_is_said_and_an_older_version_is_gone_back_to() -> None:
    browser, new = signed_in("helena"), f"{PAGE}/parts/exclude.new"
    then(browser, new, send(browser, new, "/exclude.new", **SOUTH))
    page = f"{PAGE}/versions"
    assert "vale agora" in go(browser, page).words
    after = then(browser, page, send(browser, page, "/restore"))
    assert "Vale de novo o que dizia a versão 1, agora como versão 3." in after.words
    assert held().exclude == ()


def test_a_part_that_means_nothing_is_told_and_kept() -> None:
    browser, new = signed_in("helena"), f"{PAGE}/parts/exclude.new"
    answer = send(browser, new, "/exclude.new", **{**SOUTH, "value": ["lua", ""]})
    assert answer.status == 422
    assert 'value="lua"' in answer.text
    answer = send(browser, f"{PAGE}/parts/default", "/default", times="9", expires="mil")
    assert answer.status == 422
    assert 'id="times-fault"' in answer.text
    assert 'id="expires-fault"' in answer.text
    assert held().version == 1


def test_who_was_overtaken_is_told_instead_of_undoing_another_change() -> None:
    browser, new = signed_in("helena"), f"{PAGE}/parts/exclude.new"
    stale = form(go(browser, new), "/exclude.new")
    deliver(browser, new, stale, **SOUTH)
    answer = deliver(browser, new, stale, **{**SOUTH, "name": "outra"})
    assert answer.status == 412
    assert 'value="outra"' in answer.text
    assert [each.name for each in held().exclude] == ["lojas do sul"]


def test_what_rules_would_do_is_shown_for_a_place() -> None:
    from escuta import table  # noqa: PLC0415

    table.put(factories.contact(id="c-1", segment="poa", email="ana@example.com"))
    page = go(signed_in("helena"), f"{PAGE}?try=sul").words
    assert "1 pessoa" in page


def test_rules_are_renamed_and_taken_out_of_use() -> None:
    browser = signed_in("helena")
    after = then(browser, PAGE, send(browser, PAGE, "/rename", name="Pós-visita"))
    assert "Pós-visita" in after.words
    assert "Depois da visita" in undo(browser, after).words
    then(browser, PAGE, send(browser, PAGE, "/retire"))
    assert "Nenhuma regra ainda" in go(browser, ASKED).words


def test_who_may_not_is_refused() -> None:
    for name in ("davi", "bruno"):
        browser = signed_in(name)
        for path in ("new", "visitas/parts/exclude.new", "visitas/rename", "visitas/retire", "visitas/restore"):
            fields = {"csrf": browser.token(), "call": "x", "rev": "1", "name": "x", "survey": "visit", "version": "1"}
            assert browser.post(f"/console/{ASKED}/{path}", fields).status == FORBIDDEN, (name, path)
    assert held().version == 1
