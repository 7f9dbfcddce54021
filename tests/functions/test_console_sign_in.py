"""The way in, step by step, and one's own account."""

import re
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto.cognitoidp import models, utils

from console.routes import PAGES, nearest
from escuta import clock
from escuta.directory import access, organisation
from escuta.directory.access import users
from escuta.directory.model import OrganisationDraft, UserState
from tests.functions import console_company as company
from tests.functions.console_company import Answer, Browser, signed_in
from tests.kit import people as kit

OTHER = "Margarida-2026"
STEP, SESSION = "__Host-escuta-step", "__Host-escuta"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - store and clock first
    company.found()
    company.hire(monkeypatch)
    monkeypatch.setenv("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true")
    monkeypatch.setattr(models, "verify_totp", partial(utils.verify_totp, valid_window=1))


def code(*, wrong: bool = False) -> str:
    """Return the code that the telephone of everybody shows now: moto gives all of them one secret."""
    shown = utils.cognito_totp(models.COGNITO_TOTP_MFA_SECRET).generate(int(time.time())).decode()
    return f"{(int(shown) + 500_000) % 1_000_000:06}" if wrong else shown


def cognito(operation: str, name: str, **said: Any) -> Any:
    client: Any = boto3.client("cognito-idp")
    pool = client.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    return getattr(client, operation)(UserPoolId=pool, Username=f"{name}@aurora.example", **said)


def invite(name: str) -> None:
    cognito("admin_set_user_password", name, Password=company.PASSWORD, Permanent=False)


def follow(browser: Browser, answer: Answer) -> Answer:
    """Go where a redirect leads, which is always below our own console."""
    assert answer.status == 303
    found = re.fullmatch(r"(?:\.\./)*console(/[a-z/-]+)?", answer.header("location"))
    assert found, answer.header("location")
    return browser.get(f"/console{found[1] or ''}")


def account_form(browser: Browser, path: str, **fields: str) -> Answer:
    token = re.findall(r'name="csrf" value="([^"]+)"', browser.get("/console/account").text)[0]
    return browser.post(f"/console/account/{path}", {"csrf": token, **fields})


def set_up(browser: Browser) -> Answer:
    step = account_form(browser, "factor", password=company.PASSWORD)
    follow(browser, step)
    return browser.post("/console/sign-in/factor", {"code": code()})


def test_who_was_invited_chooses_a_password_and_is_in() -> None:
    invite("davi")
    browser = Browser()
    page = follow(browser, browser.sign_in("davi"))
    assert "Escolha sua senha" in page.text
    assert SESSION not in browser.cookies

    answer = browser.post("/console/sign-in/password", {"password": OTHER, "again": OTHER})

    assert "<h1>Lojas Aurora</h1>" in follow(browser, answer).text
    assert STEP not in browser.cookies
    assert Browser().sign_in("davi", OTHER).status == 303
    assert users.get(users.identity("davi@aurora.example")).state is UserState.ACTIVE


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (OTHER, "Margarida-2027", "The two passwords are not the same."),
        ("short", "short", "This password does not follow the rules"),
        ("without-anything-else", "without-anything-else", "This password does not follow the rules"),
    ],
)
def test_a_password_that_cannot_be_is_asked_for_again(first: str, second: str, words: str) -> None:
    invite("davi")
    browser = Browser("en")
    browser.sign_in("davi")
    page = browser.post("/console/sign-in/password", {"password": first, "again": second})

    assert page.status == 400
    assert words in page.text
    assert first not in page.text
    assert browser.post("/console/sign-in/password", {"password": OTHER, "again": OTHER}).status == 303


def test_a_second_factor_is_set_up_with_a_picture_and_asked_for_from_then_on() -> None:
    browser = Browser()
    browser.sign_in("helena")
    page = follow(browser, account_form(browser, "factor", password=company.PASSWORD))
    assert "<svg" in page.text
    assert "asdf asdf asdf" in page.words
    assert browser.post("/console/sign-in/factor", {"code": code(wrong=True)}).status == 400
    assert browser.post("/console/sign-in/factor", {"code": code()}).status == 303

    other = Browser()
    assert "Código do aplicativo" in follow(other, other.sign_in("helena")).text
    assert SESSION not in other.cookies
    wrong = other.post("/console/sign-in/code", {"code": code(wrong=True)})
    assert (wrong.status, "O código não confere" in wrong.text) == (400, True)
    given = code()
    answer = other.post("/console/sign-in/code", {"code": f"{given[:3]} {given[3:]}"})
    assert "<h1>Lojas Aurora</h1>" in follow(other, answer).text


def test_sessions_that_were_opened_without_the_second_factor_end_when_it_is_set_up() -> None:  # W6
    desk, phone = Browser(), Browser()
    for browser in (desk, phone):
        browser.sign_in("helena")

    set_up(desk)

    assert "Sua sessão terminou." in phone.get().text
    assert "<h1>Lojas Aurora</h1>" in desk.get().text


def test_administrators_without_a_second_factor_set_one_up_before_they_are_in_where_it_is_demanded() -> None:
    organisation.save(OrganisationDraft(admins_need_second_factor=True), rev=0, who="Helena")
    helena, davi = Browser(), Browser()

    assert "Verificação em duas etapas" in follow(helena, helena.sign_in("helena")).text
    assert SESSION not in helena.cookies
    davi.sign_in("davi")
    assert SESSION in davi.cookies
    helena.post("/console/sign-in/factor", {"code": code()})
    assert SESSION in helena.cookies


def test_whose_rights_change_on_the_way_in_begins_anew() -> None:
    organisation.save(OrganisationDraft(admins_need_second_factor=True), rev=0, who="Helena")
    browser = Browser()
    browser.sign_in("helena")
    users.sign_out_everywhere(users.get(users.identity("helena@aurora.example")))

    page = browser.post("/console/sign-in/factor", {"code": code()})

    assert (page.status, "Passou tempo demais." in page.text) == (401, True)
    assert SESSION not in browser.cookies


@pytest.mark.parametrize("path", ["password", "code", "factor"])
def test_a_step_that_is_missing_forged_old_or_another_is_refused(path: str, noon: datetime) -> None:
    invite("davi")
    browser = Browser()
    browser.sign_in("davi")
    good = browser.cookies[STEP]
    fields = {"password": OTHER, "again": OTHER, "code": code()}
    for forged in ("", good[:-1], f"e30.{good.partition('.')[2]}", "é.x", "."):
        browser.cookies[STEP] = forged
        assert browser.post(f"/console/sign-in/{path}", fields).status == 401, forged
    browser.cookies[STEP] = good
    with clock.at(noon + timedelta(minutes=11)):
        assert browser.post(f"/console/sign-in/{path}", fields).status == 401
    if path != "password":
        assert browser.post(f"/console/sign-in/{path}", fields).status == 401
    assert SESSION not in browser.cookies


def test_a_forgotten_password_is_replaced_with_a_code_and_all_sessions_are_over() -> None:  # W6
    inside = Browser()
    inside.sign_in("helena")
    browser = Browser()
    page = browser.post("/console/sign-in/forgotten", {"username": "helena@aurora.example"})
    assert "Se helena@aurora.example tiver acesso" in page.words

    fields = {"username": "helena@aurora.example", "code": "123456", "password": OTHER, "again": OTHER}
    assert "Sua senha foi trocada." in browser.post("/console/sign-in/replace", fields).text

    assert "Sua sessão terminou." in inside.get().text
    assert browser.sign_in("helena", OTHER).status == 303


def test_nobody_learns_who_exists_from_a_forgotten_password() -> None:  # W10
    known, unknown = (
        Browser().post("/console/sign-in/forgotten", {"username": f"{name}@aurora.example"})
        for name in ("helena", "ninguem")
    )
    assert known.words.replace("helena", "ninguem") == unknown.words


def test_a_new_password_ends_every_other_session_and_keeps_this_one_under_another_cookie() -> None:  # W6
    desk, phone = Browser(), Browser()
    for browser in (desk, phone):
        browser.sign_in("helena")
    before = desk.cookies[SESSION]

    answer = account_form(desk, "password", old=company.PASSWORD, password=OTHER, again=OTHER)

    assert "<h1>Lojas Aurora</h1>" in follow(desk, answer).text
    assert access.session(before) is None
    assert "Sua sessão terminou." in phone.get().text
    assert Browser().sign_in("helena").status == 401


def test_a_wrong_old_password_changes_nothing() -> None:
    desk = Browser()
    desk.sign_in("helena")

    page = account_form(desk, "password", old="Girassol-2025", password=OTHER, again=OTHER)

    assert (page.status, "A senha atual não confere." in page.text) == (400, True)
    assert "<h1>Lojas Aurora</h1>" in desk.get().text
    assert Browser().sign_in("helena").status == 303


def test_signing_out_everywhere_ends_all_sessions() -> None:  # W6
    desk, phone = Browser(), Browser()
    for browser in (desk, phone):
        browser.sign_in("helena")

    account_form(desk, "sign-out-everywhere")

    assert [access.session(browser.cookies[SESSION]) for browser in (desk, phone)] == [None, None]


@pytest.mark.parametrize("path", ["password", "factor", "sign-out-everywhere"])
def test_forms_of_the_account_take_the_token_of_the_session_and_come_from_our_own_page(path: str) -> None:  # W3
    browser = signed_in("helena")
    token = browser.token()
    fields = {"old": company.PASSWORD, "password": OTHER, "again": OTHER}

    assert browser.post(f"/console/account/{path}", fields).status == 403
    assert browser.post(f"/console/account/{path}", {**fields, "csrf": "x"}).status == 403
    answer = browser.post(f"/console/account/{path}", {**fields, "csrf": token}, Sec_Fetch_Site="cross-site")
    assert answer.status == 403
    assert access.session(browser.cookies[SESSION]) is not None


@pytest.mark.parametrize("path", ["", "/password", "/code", "/factor", "/forgotten", "/replace"])
def test_forms_of_the_way_in_come_from_our_own_page(path: str) -> None:  # W3
    fields = {"username": "helena@aurora.example", "password": company.PASSWORD, "code": "1", "again": "x"}
    for said in ({"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "", "Origin": "null"}):
        answer = Browser().post(f"/console/sign-in{path}", fields, **said)
        assert answer.status == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/console/sign-in/forgotten", "/console/account", "/console/sign-in"])
def test_no_page_of_the_way_in_can_be_framed_or_kept(path: str) -> None:  # W4
    answer = signed_in("helena").get(path)

    assert "frame-ancestors 'none'" in answer.header("content-security-policy")
    assert answer.header("cache-control") == "no-store"


def test_the_account_shows_where_somebody_is_signed_in() -> None:
    browser = Browser()
    browser.post(
        "/console/sign-in",
        {"username": "helena@aurora.example", "password": company.PASSWORD},
        User_Agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
    )
    assert "Safari · iPhone" in browser.get("/console/account").words


def test_who_is_signed_out_has_no_account() -> None:
    assert 'name="password"' in Browser().get("/console/account").text


def test_somebody_in_the_pool_alone_is_taken_in_with_the_role_of_their_group() -> None:
    Browser().sign_in("davi")

    davi = users.get(users.identity("davi@aurora.example"))
    assert (davi.role, davi.state, davi.name) == ("analyst", UserState.ACTIVE, "Davi")


def test_a_group_gives_nothing_back_to_who_was_given_less() -> None:
    Browser().sign_in("helena")
    kit.user("Bruno")
    admin = access.caller_of_session(access.session(signed_in("helena").cookies[SESSION]))  # type: ignore[arg-type]
    users.change(users.get(users.identity("helena@aurora.example")), admin, role="analyst")
    browser = Browser()
    browser.sign_in("helena")

    session = access.session(browser.cookies[SESSION])
    assert session is not None
    assert access.caller_of_session(session).scopes == access.SCOPES["analyst"]  # type: ignore[index]


def test_a_form_that_is_sent_after_the_session_ended_leads_back_to_its_page() -> None:
    browser = Browser()
    browser.sign_in("helena")
    browser.cookies[SESSION] = "over"

    answer = browser.post("/console/admin/general", {"csrf": "of before", "name": "Aurora"})

    assert (answer.status, "Sua sessão terminou" in answer.words) == (401, True)
    back = browser.post("/console/sign-in", {"username": "helena@aurora.example", "password": company.PASSWORD})
    assert back.header("location") == "../console/admin/general"
    assert "data-returned" in browser.get("/console/admin/general").text
    assert "data-returned" not in browser.get("/console/admin/general").text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("surveys/visit/edit/3/move", "surveys/visit"),
        ("action/tickets/one/close", "action/tickets/one"),
        ("admin/products/edit?code=a%2Fb", "admin/products/edit?code=a%2Fb"),
        ("account/password", "account"),
        ("theme", ""),
    ],
)
def test_the_page_of_a_form_is_its_own_or_one_above(sent: str, shown: str) -> None:
    assert nearest(sent) == shown


def test_every_form_of_the_menus_stands_on_a_page_of_its_menu() -> None:
    lost = {page.path for page in PAGES if page.method == "POST" and not nearest(page.path.strip("/"))}
    assert lost == {"/theme", "/action/views", "/action/views/restore", "/action/views/<view>/delete"}
