"""What Admin decides once: names of the house, sending rules, review links, what follows unhappy answers, devices."""

from datetime import datetime
from typing import Any

import pytest

from escuta.directory import organisation, segments
from escuta.outreach import sending_rules
from tests.functions import console_company as company
from tests.functions.callers import ask, key
from tests.functions.console_company import HOSTILE, signed_in
from tests.functions.console_forms import deliver, form, go, holding, send, then, undo

GENERAL, SENDING, RULES, SMS = "admin/general", "admin/sending", "admin/sending/rules", "admin/sending/sms"
PROMOTER, DETRACTOR, MOBILE = "admin/promoter/sul", "admin/detractor", "admin/mobile"
LABEL = "labels__segment__pt-BR__"
GOOGLE = "https://g.page/r/CXpoa/review"
FORBIDDEN = 403


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def rules() -> Any:
    return sending_rules.load()


def promised() -> Any:
    return ask("GET", "/v1/ticket-settings", key()).json


def test_the_house_calls_things_its_own_way_and_takes_it_back() -> None:
    browser = signed_in("helena")
    said = {f"{LABEL}one": "Clínica", f"{LABEL}many": "Clínicas", "session_hours": "4"}
    after = then(browser, GENERAL, send(browser, GENERAL, f"/{GENERAL}", **said))
    assert "Clínicas</a>" in after.words
    assert "3 Clínicas" in after.words
    assert organisation.load().session_hours == 4

    undo(browser, after)
    assert (organisation.load().labels, organisation.load().session_hours) == ({}, 8)


def test_half_a_label_and_hours_without_sense_are_told_beside_the_fields_and_kept() -> None:
    browser = signed_in("helena")
    said = {f"{LABEL}one": HOSTILE, f"{LABEL}many": "", "session_hours": "mil"}
    answer = send(browser, GENERAL, f"/{GENERAL}", **said)
    assert answer.status == 422
    assert 'id="labels-segment-pt-BR-many-fault"' in answer.text
    assert 'id="session_hours-fault"' in answer.text
    assert HOSTILE not in answer.text
    assert 'value="mil"' in answer.text
    assert organisation.load().rev == 0


def test_who_was_overtaken_is_told_and_keeps_what_was_typed() -> None:
    browser = signed_in("helena")
    stale = form(go(browser, GENERAL), f"/{GENERAL}")
    deliver(browser, GENERAL, stale, session_hours="5")
    answer = deliver(browser, GENERAL, stale, session_hours="6")
    assert answer.status == 412
    assert 'value="6"' in answer.text
    assert organisation.load().session_hours == 5


def test_what_the_deployment_decides_is_told_and_not_asked() -> None:
    page = go(signed_in("helena"), GENERAL)
    assert "America/Sao_Paulo" in page.words
    assert 'name="timezone"' not in page.text


def test_a_channel_is_stopped_with_a_reason_and_goes_on_when_that_is_undone() -> None:
    browser = signed_in("helena")
    sent = holding(go(browser, SENDING), "channel", "email")
    after = then(browser, SENDING, deliver(browser, SENDING, sent, why="link errado"))
    assert "E-mail parado: nada mais sai." in after.words
    assert "link errado" in after.words
    assert "E-mail voltou a enviar." in undo(browser, after).words


def test_a_channel_is_not_stopped_without_a_reason() -> None:
    browser = signed_in("helena")
    sent = holding(go(browser, SENDING), "channel", "sms")
    answer = deliver(browser, SENDING, sent, why=" ")
    assert answer.status == 422
    assert 'id="why-sms-fault"' in answer.text


def test_rests_and_hours_hold_and_are_taken_back() -> None:
    browser = signed_in("helena")
    said: dict[str, Any] = {
        "rest__name": ["por pesquisa", ""],
        "rest__days": ["90", ""],
        "rest__at_most": ["2", "1"],
        "rest__after": ["invitation", "invitation"],
        "rest__scope": ["survey", "organisation"],
        "rest__then": ["defer", "skip"],
        "quiet_from": "21:00",
        "quiet_to": "08:00",
        "weekdays": ["monday", "friday"],
        "excluded": "2027-01-01\n2026-12-25",
        "reply_kind": "manager",
    }
    after = then(browser, RULES, send(browser, RULES, f"/{RULES}", **said))
    held = rules()
    assert [(each.name, each.days, each.at_most, each.scope, each.then) for each in held.rest] == [
        ("por pesquisa", 90, 2, "survey", "defer")
    ]
    assert (held.calendar.quiet_from, held.reply_to, len(held.calendar.weekdays)) == ("21:00", "manager", 2)

    undo(browser, after)
    assert rules().rest[0].days == 30
    assert rules().reply_to == ""


def test_a_rest_that_means_nothing_is_told_in_its_row() -> None:
    browser = signed_in("helena")
    answer = send(browser, RULES, f"/{RULES}", rest__days=["900", ""], quiet_from="21:00", quiet_to="")
    assert answer.status == 422
    assert 'id="rest-0-days" name="rest.days" type="number" value="900"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_whom_nobody_writes_to_is_said_changed_and_forgotten_with_a_way_back() -> None:
    browser, new = signed_in("helena"), f"{RULES}/exclude/new"
    said = {"name": "Sul", "fact": ["segment", ""], "op": ["is", "is"], "value": ["sul", ""]}
    after = then(browser, new, send(browser, new, "/exclude/new", **said))
    assert "Lugar é Sul" in after.words

    after = then(browser, RULES, send(browser, RULES, "/exclude/0/forget"))
    assert rules().exclude == ()
    undo(browser, after)
    assert [each.name for each in rules().exclude] == ["Sul"]


def test_an_exclusion_of_a_place_that_there_is_not_is_told_beside_the_conditions() -> None:
    new = f"{RULES}/exclude/new"
    said = {"name": "x", "fact": ["segment"], "op": ["is"], "value": ["lua"]}
    answer = send(signed_in("helena"), new, "/exclude/new", **said)
    assert answer.status == 422
    assert 'value="lua"' in answer.text
    assert rules().exclude == ()


def test_limits_of_sms_hold_and_prices_are_pasted() -> None:
    browser = signed_in("helena")
    said = {"hourly": "50", "countries": "br; ar", "daily_of__country": ["AR", ""], "daily_of__parts": ["7", ""]}
    then(browser, SMS, send(browser, SMS, f"/{SMS}", **said))
    assert (rules().sms.hourly, rules().sms.countries, rules().sms.daily_of) == (50, ("BR", "AR"), {"AR": 7})

    after = then(browser, SMS, send(browser, SMS, "/prices", prices="country,price\nBR,0.02\n", source="AWS"))
    assert "Preços de 1 países guardados." in after.words
    assert str(rules().sms.prices["BR"]) == "0.02"
    undo(browser, after)
    assert rules().sms.prices == {}


def test_a_list_of_prices_that_cannot_be_read_is_refused_and_kept_in_the_field() -> None:
    answer = send(signed_in("helena"), SMS, "/prices", prices="country,price\nBR,muito")
    assert answer.status == 422
    assert "BR,muito" in answer.text
    assert rules().sms.prices == {}


def test_links_hold_below_until_a_place_names_its_own_and_everybody_is_offered_them() -> None:
    browser, below = signed_in("helena"), "admin/promoter/poa"
    after = then(browser, PROMOTER, send(browser, PROMOTER, f"/{PROMOTER}", google=GOOGLE))
    assert "qualquer nota" in after.words
    page = go(browser, below).words
    assert GOOGLE in page
    assert "de Sul" in page

    undo(browser, after)
    assert segments.get("sul").share == {}


def test_a_link_that_leads_elsewhere_is_told_beside_its_network() -> None:
    answer = send(signed_in("helena"), PROMOTER, f"/{PROMOTER}", google="https://bad.example/x")
    assert answer.status == 422
    assert 'id="google-fault"' in answer.text
    assert "https://bad.example/x" in answer.text


def test_other_hosts_are_allowed_at_the_top_alone() -> None:
    browser, top = signed_in("helena"), "admin/promoter/aurora"
    after = then(browser, top, send(browser, top, "/hosts", share_hosts="avalie.example.com"))
    assert segments.get("aurora").share_hosts == ("avalie.example.com",)
    undo(browser, after)
    assert segments.get("aurora").share_hosts == ()
    assert "/hosts" not in go(browser, PROMOTER).text


def test_a_manager_decides_for_the_own_places_alone() -> None:
    browser = signed_in("bruno")
    page = go(browser, "admin/promoter").words
    assert "Loja Poa" in page
    assert "Loja Santos" not in page
    assert go(browser, "admin/promoter/santos").status == 404


def test_closing_takes_a_cause_and_the_customer_is_asked_until_that_is_undone() -> None:
    browser = signed_in("helena")
    said = {"demands__resolved": ["action"], "demands__closed": None, "follow_on": "on", "after_hours": "12"}
    after = then(browser, DETRACTOR, send(browser, DETRACTOR, f"/{DETRACTOR}", **said))
    assert (promised()["demands"], promised()["follow_up"]["after_hours"]) == ({"resolved": ["action"]}, 12)
    assert "Ficou tudo bem agora?" in after.words

    undo(browser, after)
    assert promised()["follow_up"]["after_hours"] == 24


def test_hours_that_make_no_sense_are_told_beside_the_field() -> None:
    answer = send(signed_in("helena"), DETRACTOR, f"/{DETRACTOR}", follow_on="on", after_hours="logo")
    assert answer.status == 422
    assert 'id="after_hours-fault"' in answer.text


def test_devices_are_listed_and_left_with_another_code() -> None:
    body = {
        "survey": "visit",
        "segment": "poa",
        "label": "Caixa 1",
        "kiosk": {"idle_seconds": 30, "access_code": "2468"},
    }
    device = ask("POST", "/v1/tokens", key(), body=body).json["id"]
    browser, page = signed_in("helena"), f"{MOBILE}/{device}"
    assert "Caixa 1" in go(browser, MOBILE).words

    refused = send(browser, page, f"/{device}", access_code="12")
    assert refused.status == 422
    assert 'id="access_code-fault"' in refused.text
    after = then(browser, page, send(browser, page, f"/{device}", label="Caixa 2", idle_seconds="60"))
    assert "Caixa 2" in after.words
    assert "Caixa 1" in undo(browser, after).words


@pytest.mark.parametrize("path", [GENERAL, SENDING, RULES, SMS, DETRACTOR])
def test_who_may_not_decide_sees_no_button_and_is_refused(path: str) -> None:
    browser = signed_in("davi")
    page = go(browser, path)
    if page.status != FORBIDDEN:
        assert "data-save" not in page.text
    sent = browser.post(f"/console/{path}", {"csrf": browser.token(), "rev": "0", "channel": "email"})
    assert sent.status == FORBIDDEN
