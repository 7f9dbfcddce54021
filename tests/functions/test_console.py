"""The console's door: signing in and out, languages, what every answer carries, what comes from elsewhere."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from escuta import clock, i18n, table
from escuta.directory import access, managers
from escuta.directory.model import Manager
from tests.functions import console_company as company
from tests.functions.console_company import Answer, Browser, signed_in

LANGUAGES = ("pt-BR", "en", "es")
TEMPLATES = Path(__file__).parents[2] / "functions" / "console" / "templates"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


@pytest.fixture
def people(console: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the company comes first
    company.hire(monkeypatch)


def test_who_is_signed_out_sees_the_sign_in_page() -> None:
    page = Browser().get()
    assert page.status == 200
    assert '<form class="card" method="post" action="console/sign-in">' in page.text
    assert "Loja Paulista" not in page.text


@pytest.mark.usefixtures("people")
def test_signing_in_opens_the_home_page_with_a_cookie_that_only_the_server_reads() -> None:
    browser = Browser()
    answer = browser.sign_in("helena")
    assert (answer.status, answer.header("location")) == (303, "../console")
    (cookie,) = answer.headers["set-cookie"]
    assert re.fullmatch(r"__Host-escuta=ess_[\w-]{32}; Path=/; HttpOnly; Secure; SameSite=Lax", cookie)
    assert "<h1>Lojas Aurora</h1>" in browser.get().text


@pytest.mark.usefixtures("people")
def test_a_wrong_password_and_an_unknown_user_get_the_same_answer() -> None:
    wrong = Browser().sign_in("helena", "Girassol-2025")
    unknown = Browser().sign_in("ninguem", "Girassol-2025")
    assert wrong.status == unknown.status == 401
    assert "E-mail ou senha não conferem." in wrong.text
    assert wrong.words.replace("helena", "ninguem") == unknown.words
    assert "set-cookie" not in wrong.headers


@pytest.mark.usefixtures("people")
def test_a_refused_sign_in_keeps_the_name_and_never_the_password() -> None:
    page = Browser().post("/console/sign-in", {"username": '"><b>ana', "password": "segredo-segredo"})
    assert 'value="&#34;&gt;&lt;b&gt;ana"' in page.text
    assert "segredo-segredo" not in page.text


def test_reloading_a_refused_sign_in_leads_back_to_the_form() -> None:
    answer = Browser().get("/console/sign-in")
    assert (answer.status, answer.header("location")) == (303, "../console")


def test_signing_out_ends_the_session_for_a_copied_cookie_too() -> None:
    browser, copy = signed_in("helena"), Browser()
    copy.cookies = dict(browser.cookies)
    answer = browser.post("/console/sign-out", {"csrf": browser.token()})
    assert (answer.status, answer.header("location")) == (303, "../console")
    assert answer.header("clear-site-data") == '"cache", "storage"'
    assert answer.headers["set-cookie"] == ["__Host-escuta=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"]
    assert "Sua sessão terminou." in copy.get().text
    assert copy.get("/console/home.json").status == 401


def test_a_session_ends_after_eight_hours(noon: datetime) -> None:
    browser = signed_in("helena")
    for minutes in range(59, 8 * 60, 30):
        with clock.at(noon + timedelta(minutes=minutes)):
            assert "<h1>Lojas Aurora</h1>" in browser.get().text
    with clock.at(noon + timedelta(hours=8, minutes=1)):
        assert "Sua sessão terminou." in browser.get().text


def test_a_page_that_looks_for_news_by_itself_keeps_nobody_signed_in(noon: datetime) -> None:
    left, read = signed_in("helena"), signed_in("davi")
    for browser in (left, read):
        session = access.session(browser.cookies["__Host-escuta"])
        assert session is not None
        table.save(session.changed(idle_minutes=60))
    for minutes in range(1, 60, 10):
        with clock.at(noon + timedelta(minutes=minutes)):
            assert left.send("GET", "/console", headers={"HX-Request": "true"}).status == 200
            assert read.get().status == 200
    with clock.at(noon + timedelta(minutes=61)):
        assert "Sua sessão terminou." in left.get().text
        assert "<h1>Lojas Aurora</h1>" in read.get().text


def test_ended_sessions_of_a_person_are_over_at_once() -> None:
    browser = signed_in("davi")
    session = access.session(browser.cookies["__Host-escuta"])
    assert session is not None
    access.end_sessions(session.user)
    assert "Sua sessão terminou." in browser.get().text


def test_a_manager_who_lost_every_store_is_out_at_once() -> None:
    browser = signed_in("bruno")
    bruno = company.owner("Bruno Lima")
    managers.update(bruno.id, rev=bruno.rev, segments=())
    assert "Sua sessão terminou." in browser.get().text


@pytest.mark.parametrize(
    "said",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "", "Origin": "https://aurora.example.evil"},
        {"Sec_Fetch_Site": "", "Origin": "https://evil.fala.aurora.example"},
        {"Sec_Fetch_Site": "", "Origin": "null"},
        {"Sec_Fetch_Site": ""},
    ],
)
def test_a_form_from_another_site_is_refused(said: dict[str, str]) -> None:
    browser = signed_in("helena")
    fields = {"csrf": browser.token(), "language": "en", "username": "helena@aurora.example"}
    for path in ("sign-in", "sign-out", "language"):
        answer = browser.post(f"/console/{path}", {**fields, "password": company.PASSWORD}, **said)
        assert answer.status == 403
        assert "O pedido veio de outro lugar" in answer.text
        assert "set-cookie" not in answer.headers
    assert "<h1>Lojas Aurora</h1>" in browser.get().text


def test_a_browser_without_fetch_metadata_is_known_by_its_origin() -> None:
    browser = signed_in("helena")
    answer = browser.post("/console/language", {"language": "en"}, Sec_Fetch_Site="", Origin=f"https://{company.HOST}")
    assert answer.status == 303


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_signing_out_takes_the_token_of_the_session(token: str) -> None:
    browser = signed_in("helena")
    assert browser.post("/console/sign-out", {"csrf": token}).status == 403
    assert "<h1>Lojas Aurora</h1>" in browser.get().text


def test_the_token_of_somebody_else_opens_nothing() -> None:
    browser, other = signed_in("helena"), signed_in("davi")
    assert browser.post("/console/sign-out", {"csrf": other.token()}).status == 403


def test_only_a_real_form_is_read() -> None:
    answer = Browser().post("/console/sign-in", {"username": "helena"}, Content_Type="text/plain")
    assert answer.status == 400
    many = Browser().post("/console/sign-in", {f"f{number}": "x" for number in range(50)})
    assert many.status == 400


def every_answer() -> list[Answer]:
    browser = signed_in("helena")
    fields = {"csrf": "wrong", "language": "en"}
    return [
        Browser().get(),
        Browser().get("/console/home.json"),
        Browser().sign_in("helena"),
        Browser().sign_in("helena", "wrong"),
        browser.get(),
        browser.get("/console/"),
        browser.get("/console/home.json"),
        browser.get("/console/sign-in"),
        browser.get("/console", days="31"),
        browser.get("/console/nowhere"),
        browser.post("/console", {}),
        browser.post("/console/language", fields),
        browser.post("/console/sign-out", fields),
        browser.post("/console/sign-out", {"csrf": browser.token()}),
    ]


@pytest.mark.usefixtures("people")
def test_every_answer_carries_the_headers() -> None:
    answers = every_answer()
    assert {answer.status for answer in answers} == {200, 303, 400, 401, 403, 404}
    for answer in answers:
        policy = answer.header("content-security-policy")
        nonce = re.findall(r"'nonce-([\w-]{22})'", policy)[0]
        framed = 'class="framed"' in answer.text
        own, drawn = ("'self' ", " blob:") if framed else ("", "")
        more = f"; script-src 'nonce-{nonce}'; connect-src 'self'; frame-src 'self'" if framed else ""
        assert policy == (
            f"default-src 'none'; style-src {own}'nonce-{nonce}'; img-src 'self' data:{drawn}; form-action 'self'; "
            f"base-uri 'none'; object-src 'none'; frame-ancestors 'none'{more}"
        )
        assert set(re.findall(r'nonce="([^"]+)"', answer.text)) <= {nonce}
        assert framed or answer.text.count("nonce=") == answer.text.count("<style")
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("strict-transport-security") == "max-age=63072000; includeSubDomains"
        assert answer.header("cache-control") == "no-store"
        assert answer.header("x-robots-tag") == "noindex"
        assert "camera=()" in answer.header("permissions-policy")
    nonces = {answer.header("content-security-policy") for answer in answers}
    assert len(nonces) == len(answers)


@pytest.mark.usefixtures("people")
def test_no_page_asks_anything_of_anybody_else_or_runs_a_script_that_is_not_its_own() -> None:
    for answer in every_answer():
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text)
        scripts = re.findall("<script.*?>.*?</script>", answer.text, flags=re.DOTALL)
        own = r'<script src="[./]*console/static/\w+(\.min)?\.js\?\w+" nonce="[\w-]{22}" defer></script>'
        assert all(re.fullmatch(own, script) for script in scripts)
        assert not scripts or 'class="framed"' in answer.text
        assert " style=" not in answer.text
        assert " on" not in re.sub(r">[^<]*<", "><", answer.words)


@pytest.mark.parametrize(
    ("path", "home", "form"),
    [
        ("/console", "console", "console/language"),
        ("/console/", "../console", "../console/language"),
        ("/console/nowhere", "../console", "../console/language"),
        ("/console/no/where", "../../console", "../../console/language"),
    ],
)
def test_links_work_under_any_prefix(path: str, home: str, form: str) -> None:
    page = signed_in("helena").get(path).text
    assert f'<a class="brand" href="{home}">' in page
    assert f'action="{form}"' in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("pt-BR", "Entrar · Lojas Aurora"), ("en", "Sign in · Lojas Aurora"), ("es-MX", "Iniciar sesión")],
)
def test_the_browser_s_language_is_spoken_until_another_is_chosen(language: str, words: str) -> None:
    browser = Browser(language)
    assert words in browser.get().text
    answer = browser.post("/console/language", {"language": "en", "days": "7", "survey": "", "other": "x"})
    assert (answer.status, answer.header("location")) == (303, "../console?days=7")
    assert '<html lang="en" data-theme="auto">' in browser.get().text


def test_a_person_s_own_language_comes_before_the_browser_s() -> None:
    bruno = company.owner("Bruno Lima")
    managers.update(bruno.id, rev=bruno.rev, language="es")
    assert "Casos abiertos" in signed_in("bruno", "en").get().text


def test_a_language_that_we_do_not_speak_is_refused() -> None:
    assert Browser().post("/console/language", {"language": "fr"}).status == 400


def test_an_unknown_page_says_so_and_leads_home() -> None:
    page = Browser("en").get("/console/nowhere")
    assert page.status == 404
    assert "We could not find that page" in page.text
    assert 'href="../console">Back to the home page' in page.text


def test_a_refusal_of_json_is_a_problem_document() -> None:
    answer = Browser("en").get("/console/home.json")
    assert (answer.status, answer.header("content-type")) == (401, "application/problem+json")
    assert json.loads(answer.text) == {
        "type": "about:blank",
        "title": "Sign in to go on",
        "detail": "Your session has ended, or you have not signed in yet.",
        "status": 401,
        "code": "signed_out",
    }


def test_a_failure_of_ours_is_a_page_with_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in("bruno")
    monkeypatch.setattr(Manager, "model_validate_json", lambda _: 1 / 0)
    page = browser.get()
    assert page.status == 500
    assert "Algo falhou do nosso lado" in page.text
    assert "suporte: r-1" in page.text
    assert "ZeroDivisionError" not in page.text


def test_the_three_languages_say_the_same_things() -> None:
    said = [i18n.catalog("console", language) for language in LANGUAGES]
    for code, words in said[0].items():
        holes = [sorted(re.findall(r"{(\w+)}", texts[code])) for texts in said]
        assert holes[0] == holes[1] == holes[2], code
        assert words.strip()
    assert said[0].keys() == said[1].keys() == said[2].keys()


def test_no_template_turns_escaping_off() -> None:
    templates = [path for path in TEMPLATES.rglob("*") if path.is_file()]
    assert len(templates) > 20
    for template in templates:
        words = template.read_text(encoding="utf-8")
        assert not re.findall(r"\|\s*safe|autoescape|Markup", words), template
