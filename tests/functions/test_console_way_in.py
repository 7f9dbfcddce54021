"""The way in as people walk it: badly typed, backwards, twice, stopped in the middle, and tried by who guesses."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto.cognitoidp import models, utils

from escuta import clock, ids, table
from escuta.directory import access, organisation
from escuta.directory.access import users
from escuta.directory.model import OrganisationDraft, Session
from tests.functions import console_company as company
from tests.functions.console_company import Answer, Browser
from tests.kit import faults

OTHER = "Margarida-2026"
STEP, SESSION = "__Host-escuta-step", "__Host-escuta"
HELENA = "helena@aurora.example"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - store and clock first
    company.found()
    company.hire(monkeypatch)
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    monkeypatch.setattr(models, "verify_totp", partial(utils.verify_totp, valid_window=1))


def code() -> str:
    return utils.cognito_totp(models.COGNITO_TOTP_MFA_SECRET).generate(int(time.time())).decode()


def demand_factor() -> None:
    organisation.save(OrganisationDraft(admins_need_second_factor=True), rev=organisation.load().rev, who="Helena")


def form(browser: Browser, path: str, **fields: str) -> Answer:
    session = access.session(browser.cookies[SESSION])
    assert session is not None
    return browser.post(f"/console/account/{path}", {"csrf": session.csrf, **fields})


def signed_in(name: str = "helena", password: str = company.PASSWORD) -> Browser:
    browser = Browser()
    browser.sign_in(name, password)
    return browser


def with_factor() -> Browser:
    """Set up a second factor for Helena, and sign in with her password on another browser."""
    desk = signed_in()
    form(desk, "factor", password=company.PASSWORD)
    assert desk.post("/console/sign-in/factor", {"code": code()}).status == 303
    return signed_in()


def test_an_administrator_who_is_inside_sets_up_a_second_factor_once_these_need_one() -> None:
    helena, davi = signed_in(), signed_in("davi")
    assert access.session(helena.cookies[SESSION]) is not None
    demand_factor()

    assert access.session(helena.cookies[SESSION]) is None
    assert access.session(davi.cookies[SESSION]) is not None
    assert "Sua sessão terminou." in helena.get().text
    helena.sign_in("helena")
    helena.post("/console/sign-in/factor", {"code": code()})
    assert "<h1>Lojas Aurora</h1>" in helena.get().text
    assert form(helena, "password", old=company.PASSWORD, password=OTHER, again=OTHER).status == 303
    assert access.session(helena.cookies[SESSION]) is not None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34"])
def test_what_is_no_code_is_a_wrong_one_and_ends_no_way(typed: str) -> None:
    browser = with_factor()
    assert browser.post("/console/sign-in/code", {"code": typed}).status == 400
    assert browser.post("/console/sign-in/code", {"code": code()}).status == 303

    fields = {"username": HELENA, "code": typed, "password": OTHER, "again": OTHER}
    answer = Browser().post("/console/sign-in/replace", fields)
    assert (answer.status, "O código não confere" in answer.text) == (400, True)


@pytest.mark.parametrize("typed", ["", "12345", "abcdef"])
def test_what_is_no_code_does_not_end_the_setting_up_either(typed: str) -> None:
    browser = signed_in()
    form(browser, "factor", password=company.PASSWORD)

    answer = browser.post("/console/sign-in/factor", {"code": typed})
    assert (answer.status, "O código não confere" in answer.text) == (400, True)
    assert browser.post("/console/sign-in/factor", {"code": code()}).status == 303


@pytest.mark.parametrize(
    "password", [" Margarida-2026", "Margarida-2026 ", "margarida-2026", "Margarida2026x", "M-1a" * 65]
)
def test_a_password_against_the_rules_is_told_as_such_and_ends_no_session(password: str) -> None:
    browser = signed_in()

    answer = form(browser, "password", old=company.PASSWORD, password=password, again=password)

    assert (answer.status, "não segue as regras" in answer.text) == (400, True)
    assert access.session(browser.cookies[SESSION]) is not None


def test_who_guesses_codes_is_stopped_although_they_come_with_a_fresh_step_each_time(noon: datetime) -> None:
    browser = with_factor()
    kept = browser.cookies[STEP]
    for _ in range(10):
        browser.cookies[STEP] = kept
        assert browser.post("/console/sign-in/code", {"code": "000000"}).status == 400
    guesser = signed_in()
    answer = guesser.post("/console/sign-in/code", {"code": code()})
    assert (answer.status, "muitas tentativas" in answer.text) == (400, True)
    assert SESSION not in guesser.cookies

    with clock.at(noon + timedelta(minutes=16)):
        later = signed_in()
        assert later.post("/console/sign-in/code", {"code": code()}).status == 303


@pytest.mark.parametrize("name", ["helena", "ninguem"])
def test_nobody_fills_a_box_with_codes_nor_learns_by_it_who_exists(name: str) -> None:
    sent = [
        Browser().post("/console/sign-in/forgotten", {"username": f"{typed}@aurora.example"}).status
        for typed in (name, name.upper(), name, name, name, name)
    ]
    assert sent == [200, 200, 200, 200, 200, 429]


def test_a_code_that_was_mailed_is_taken_later_and_in_another_language() -> None:
    browser = Browser("en")
    assert "I already have a code" in browser.get("/console/sign-in/forgotten").text
    page = browser.get("/console/sign-in/replace")
    assert (page.status, 'name="username" type="email"' in page.text) == (200, True)
    fields = {"code": "123456", "password": OTHER, "again": OTHER}
    assert browser.post("/console/sign-in/replace", {"username": " ", **fields}).status == 400

    assert "password was replaced" in browser.post("/console/sign-in/replace", {"username": HELENA, **fields}).text
    assert signed_in("helena", OTHER).cookies.keys() == {SESSION}


def test_the_back_button_to_a_step_that_is_done_leads_inside() -> None:
    browser = with_factor()
    browser.post("/console/sign-in/code", {"code": code()})

    answer = browser.post("/console/sign-in/code", {"code": code()})

    assert (answer.status, answer.header("location")) == (303, "../../console")


def test_a_step_can_be_left_for_another_person() -> None:
    browser = with_factor()
    assert "Código do aplicativo" in browser.get().text
    assert 'href="../console/sign-in/anew"' in browser.get("/console/sign-in").text

    assert browser.get("/console/sign-in/anew").status == 303

    assert "Código do aplicativo" not in browser.get().text


def test_signing_in_again_ends_the_session_that_this_browser_had() -> None:
    browser = signed_in()
    before = browser.cookies[SESSION]
    browser.sign_in("davi")

    assert access.session(before) is None
    assert table.find(Session, Session.at(ids.token_key(browser.cookies[SESSION]))) is not None


def lost(operation: str) -> Any:
    """Let an operation of Cognito happen, and the function die before it hears of it."""
    original = boto3.client("cognito-idp")
    done: list[bool] = []

    def error(said: dict[str, Any]) -> Exception | None:
        if done:
            return None
        done.append(True)
        getattr(original, operation)(**said)
        return ReadTimeoutError(endpoint_url=faults.ENDPOINT)

    return error


def test_a_password_that_was_replaced_although_nobody_heard_of_it_ends_all_sessions() -> None:  # W6
    desk, stolen = signed_in(), signed_in()
    fields = {"old": company.PASSWORD, "password": OTHER, "again": OTHER}
    with faults.failing("AdminSetUserPassword", lost("admin_set_user_password")):
        form(desk, "password", **fields)

    assert form(desk, "password", **fields).status == 401

    assert [access.session(each.cookies[SESSION]) for each in (desk, stolen)] == [None, None]
    assert SESSION in signed_in("helena", OTHER).cookies


def test_a_forgotten_password_that_was_replaced_although_nobody_heard_of_it_ends_them_at_the_next_sign_in() -> None:
    stolen = signed_in()
    fields = {"username": HELENA, "code": "123456", "password": OTHER, "again": OTHER}
    with faults.failing("ConfirmForgotPassword", lost("confirm_forgot_password")):
        assert Browser().post("/console/sign-in/replace", fields).status in {400, 503}

    own = signed_in("helena", OTHER)

    assert access.session(stolen.cookies[SESSION]) is None
    assert access.session(own.cookies[SESSION]) is not None
    assert users.get(users.identity(HELENA)).unsettled is False


@pytest.mark.parametrize("path", ["/console", "/console/sign-in", "/console/account", "/console/home.json"])
def test_no_page_of_the_console_is_given_to_another_origin(path: str) -> None:  # W5
    for method in ("GET", "OPTIONS"):
        answer = signed_in().send(method, path, headers={"Origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
