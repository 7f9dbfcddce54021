"""Rules, causes, hours and due times in the console: changed by a form, refused beside the field, taken back."""

import re
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from escuta.feedback import service_hours
from escuta.feedback.model import Cause, Causes, OwnerWay, TicketRule
from escuta.feedback.tickets import rulebook, settling
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, Browser, signed_in

Fields = list[tuple[str, str]]
ROWS: Fields = [("join", "all"), ("fact", "class"), ("op", "is"), ("value", "detractor")]


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


@pytest.fixture
def helena() -> Browser:
    return signed_in("helena")


def sent(browser: Browser, path: str, *fields: tuple[str, str]) -> Answer:
    body = urlencode([("csrf", browser.token()), *fields])
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    return browser.send("POST", f"/console/action/{path}", body=body, headers=headers)


def undone(browser: Browser, page: str) -> Answer:
    """Press the button of the note that the next page shows."""
    form = re.findall(
        r'<form method="post" action="([^"]+)">((?:<input[^>]+>)+)<button data-undo',
        browser.get(f"/console/{page}").text,
    )
    ((path, inputs),) = form
    fields = [(name, unescape(value)) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', inputs)]
    return sent(browser, path.partition("action/")[2], *[each for each in fields if each[0] != "csrf"])


def rule(name: str) -> TicketRule:
    return next(each for each in rulebook.load().rules if each.name == name)


def names() -> list[str]:
    return [each.name for each in rulebook.load().rules]


def made(browser: Browser, name: str, *more: tuple[str, str], rows: Fields = ROWS) -> Answer:
    said = [
        ("name", name),
        ("kind", "answer"),
        ("way", "load"),
        ("priority", "high"),
        ("call", "one-call"),
        ("rev", "0"),
    ]
    return sent(browser, "rules/new", *said, *rows, *more)


def test_rules_are_said_in_words(helena: Browser) -> None:
    words = helena.get("/console/action/rules").words
    assert "Quando classe é detrator" in words
    assert "Pediu contato" in words
    helena.cookies["__Host-escuta-language"] = "en"
    assert "When class is detractor" in helena.get("/console/action/rules").words


def test_rules_are_not_for_who_looks_after_some_places() -> None:
    page = signed_in("bruno").get("/console/action/rules")
    assert (page.status, "As regras são da organização" in page.words) == (200, True)
    davi = signed_in("davi")
    assert "rules/new" not in davi.get("/console/action/rules").text
    assert made(davi, "Minha").status == 403


def test_a_rule_is_made_once_and_taken_back(helena: Browser) -> None:
    rows = [*ROWS, ("fact", "score"), ("op", "at_most"), ("value", "3"), ("fact", ""), ("op", "is"), ("value", "")]
    assert made(helena, "Muito ruim", ("respond", "1,5"), ("resolve", "8"), ("tags", "vip"), rows=rows).status == 303
    found = rule("Muito ruim")
    assert (found.promise and (found.promise.respond, found.promise.resolve), found.tags) == ((90, 480), ("vip",))
    assert found.when
    assert [(each.field, each.value) for each in found.when.all] == [("class", "detractor"), ("score", 3)]
    assert undone(helena, "action/rules").status == 303
    assert "Muito ruim" not in names()


def test_what_a_rule_cannot_say_stands_beside_its_field_with_what_was_typed(helena: Browser) -> None:
    answer = made(helena, "Sem sentido", rows=[("join", "all"), ("fact", "score"), ("op", "at_least"), ("value", "99")])
    assert (answer.status, "Sem sentido" in answer.text, 'value="99"' in answer.text) == (422, True, True)
    assert 'class="fault"' in answer.text
    nameless = made(helena, "")
    assert (nameless.status, 'id="name-fault"' in nameless.text) == (422, True)


def test_a_rule_is_switched_off_and_deleted_and_comes_back(helena: Browser) -> None:
    assert sent(helena, "rules/detractor/switch", ("active", "false"), ("rev", "0")).status == 303
    assert not rule("Detractor").active
    undone(helena, "action/rules")
    assert rule("Detractor").active
    rev = str(rulebook.load().rev)
    assert sent(helena, "rules/detractor/delete", ("rev", rev)).status == 303
    assert "Detractor" not in names()
    undone(helena, "action/rules")
    assert "Detractor" in names()


def test_who_was_overtaken_changes_no_rule(helena: Browser) -> None:
    made(helena, "Primeira")
    answer = sent(helena, "rules/detractor/switch", ("active", "false"), ("rev", "0"))
    assert answer.status == 412
    assert rule("Detractor").active


def test_what_a_rule_would_have_opened_is_shown_and_nothing_stored(helena: Browser) -> None:
    said = [("name", "Ensaio"), ("kind", "answer"), ("way", "load"), ("priority", "low"), ("days", "7"), *ROWS]
    answer = sent(helena, "rules/foresee", *said)
    assert (answer.status, "0 chamados" in answer.words) == (200, True)
    assert "Ensaio" not in names()


def test_rules_of_an_earlier_version_hold_again(helena: Browser) -> None:
    made(helena, "Nova")
    page = helena.get("/console/action/rules/versions", version="1")
    assert all(words in page.words for words in ("Versão 2", "Versão 1", "em vigor", "Detrator"))
    rev = str(rulebook.load().rev)
    assert sent(helena, "rules/restore", ("version", "1"), ("rev", rev)).status == 303
    assert "Nova" not in names()


def test_a_rule_that_always_goes_to_one_person_names_them(helena: Browser) -> None:
    bruno = company.owner("Bruno Lima").id
    made(helena, "Do Bruno", ("way", "manager"), ("manager", bruno))
    said = [("name", "Do Bruno"), ("kind", "answer"), ("way", "manager"), ("manager", bruno), ("priority", "high")]
    rev = str(rulebook.load().rev)
    assert sent(helena, f"rules/{rule('Do Bruno').id}", *said, *ROWS, ("rev", rev)).status == 303
    assert (rule("Do Bruno").way, rule("Do Bruno").manager) == (OwnerWay.MANAGER, bruno)
    assert "Bruno Lima" in helena.get("/console/action/rules").words


def causes(*some: tuple[str, str]) -> None:
    settling.put(Causes(causes=tuple(Cause(id=name, parent=parent, text={"pt-BR": name}) for name, parent in some)))


def order() -> list[str]:
    return [each.id for each in settling.causes().causes if not each.retired]


def test_a_cause_is_added_in_three_languages_and_taken_back(helena: Browser) -> None:
    assert "Ainda não há causas" in helena.get("/console/action/causes").words
    said = [("text.pt-BR", "Fila no caixa"), ("text.en", "Queue"), ("rev", "0")]
    assert sent(helena, "causes/add", *said).status == 303
    page = helena.get("/console/action/causes")
    assert all(words in page.words for words in ("Fila no caixa", "falta em: Espanhol"))
    assert order() == ["fila-no-caixa"]
    sent(helena, "causes/add", ("text.pt-BR", "Outra"), ("rev", "1"))
    undone(helena, "action/causes")
    assert order() == ["fila-no-caixa"]


def test_a_cause_without_words_is_refused_beside_the_field(helena: Browser) -> None:
    answer = sent(helena, "causes/add", ("text.pt-BR", " "), ("rev", "0"))
    assert (answer.status, 'class="fault"' in answer.text) == (422, True)


def test_causes_are_moved_retired_with_what_is_below_and_come_back(helena: Browser) -> None:
    causes(("store", ""), ("queue", "store"), ("delivery", ""))
    assert sent(helena, "causes/move", ("id", "delivery"), ("to", "up"), ("rev", "1")).status == 303
    assert order().index("delivery") < order().index("store")
    undone(helena, "action/causes")
    assert order().index("store") < order().index("delivery")
    rev = str(settling.causes().rev)
    assert sent(helena, "causes/retire", ("id", "store"), ("rev", rev)).status == 303
    assert order() == ["delivery"]
    undone(helena, "action/causes")
    assert set(order()) == {"store", "queue", "delivery"}


def test_a_manager_reads_the_causes_and_changes_none() -> None:
    causes(("store", ""))
    bruno = signed_in("bruno")
    page = bruno.get("/console/action/causes")
    assert (page.status, "store" in page.words, "causes/add" in page.text) == (200, True, False)
    assert sent(bruno, "causes/add", ("text.en", "Mine"), ("rev", "1")).status == 403


WEEK: Fields = [("monday.0.opens", "09:00"), ("monday.0.closes", "18:00"), ("saturday.0.opens", "10:00")]


def test_hours_are_set_shown_in_a_year_and_taken_back(helena: Browser) -> None:
    assert "ninguém definiu horas" in helena.get("/console/action/hours/places/aurora").words
    christmas = [("days.0.day", "2026-12-25"), ("days.0.name", HOSTILE), ("days.0.yearly", "on")]
    assert sent(helena, "hours/places/aurora", *WEEK, ("saturday.0.closes", "00:00"), *christmas).status == 303
    page = helena.get("/console/action/hours/places/santos", year="2026")
    assert all(words in page.words for words in ("Aqui valem as horas de Lojas Aurora", "Dezembro", "Ano de 2026"))
    assert (HOSTILE in page.text, page.text.count('class="works special') + page.text.count('class=" special')) == (
        False,
        1,
    )
    assert "seg 09:00\N{EN DASH}18:00; sáb 10:00\N{EN DASH}24:00" in re.sub(
        "<.*?>", "", helena.get("/console/action/hours").words
    )
    assert sent(helena, "hours/places/aurora/drop", ("rev", "1")).status == 303
    assert service_hours.own("aurora") is None
    undone(helena, "action/hours")
    assert service_hours.own("aurora") is not None


def test_hours_that_overlap_are_refused_with_what_was_typed(helena: Browser) -> None:
    second = [("monday.1.opens", "17:00"), ("monday.1.closes", "20:00")]
    answer = sent(helena, "hours/places/aurora", *WEEK[:2], *second)
    assert (answer.status, 'value="17:00"' in answer.text, 'class="fault"' in answer.text) == (422, True, True)


def test_a_manager_sees_the_hours_and_sets_none() -> None:
    bruno = signed_in("bruno")
    page = bruno.get("/console/action/hours/places/curitiba")
    assert (page.status, "hours-form" in page.text) == (200, False)
    assert sent(bruno, "hours/places/curitiba", *WEEK[:2]).status == 403
    assert bruno.get("/console/action/hours/places/santos").status == 404


def promises(**more: str) -> Fields:
    said = {"remind_before": "4", "escalate_after": "0; 24", "repeat_days": "90", "link_days": "7", "follow_on": "on"}
    said |= {"follow_after": "24", "follow_expires": "14", "urgent.respond": "2", "urgent.resolve": "8"}
    return [*{**said, **more}.items(), ("demands.closed", "root_causes"), ("rev", "0")]


def test_due_times_are_changed_and_given_back(helena: Browser) -> None:
    limits = {"limit.manager": "on", "moves.manager.new": "open", "quiet_from": "21:00", "quiet_to": "08:00"}
    assert sent(helena, "hours/promises", *promises(**limits)).status == 303
    now: Any = settling.settings().model_dump(mode="json")
    assert (now["promises"]["urgent"], now["demands"]) == (
        {"respond": 120, "resolve": 480},
        {"closed": ["root_causes"]},
    )
    assert (now["moves"]["manager"]["new"], now["quiet_from"]) == (["open"], "21:00")
    undone(helena, "action/hours/promises")
    assert settling.settings().quiet_from is None


def test_a_due_time_that_is_no_number_is_refused(helena: Browser) -> None:
    answer = sent(helena, "hours/promises", *promises(remind_before="logo"))
    assert (answer.status, 'id="remind_before-fault"' in answer.text) == (422, True)


def test_due_times_are_read_by_managers_and_set_by_admins() -> None:
    bruno = signed_in("bruno")
    page = bruno.get("/console/action/hours/promises")
    assert (page.status, "data-save" in page.text) == (200, False)
    assert sent(bruno, "hours/promises", *promises()).status == 403
