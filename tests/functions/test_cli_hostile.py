"""The command line where the network, the environment and people's words are not what they should be."""

import io
import json
import os
import sys
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from escuta_cli import app, profiles
from escuta_cli.exits import StoppedError
from escuta_cli.profiles import Profile
from escuta_cli.session import Session
from tests.functions import droppers
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.terminals import URL, Ended, Gateway, Terminal

KEY = "esk_0123456789abcdef_geheim"


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    return Terminal(KEY, capsys, tmp_path, Gateway())


@pytest.fixture
def company(aws: None, noon: datetime, terminal: Terminal) -> Terminal:  # noqa: ARG001 - the store and the clock come first
    found_company()
    terminal.key = key()
    return terminal


def run(terminal: Terminal, *arguments: str, **environment: str) -> Ended:
    terminal.captured.readouterr()
    session = Session({"HOME": str(terminal.home), **environment}, terminal.gateway, lambda _: None)
    return Ended(int(app.run(arguments, session)), *terminal.captured.readouterr())


@pytest.mark.parametrize("sent", [f"{KEY}\nX-Other: 1", f"{KEY} x", f"{KEY}ção", "\ufeff" + KEY])
def test_a_key_that_is_none_is_neither_sent_nor_shown(terminal: Terminal, sent: str) -> None:
    ended = run(terminal, "whoami", ESCUTA_URL=URL, ESCUTA_KEY=sent)
    assert (ended.code, terminal.gateway.asked, KEY in ended.err) == (4, [], False)
    assert ended.err.startswith("The key has blanks or characters that no key has.")


def test_a_header_that_is_none_is_not_tried_again_nor_shown(terminal: Terminal) -> None:
    def refuse(_: httpx.Request) -> None:
        raise httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'")

    terminal.gateway.before = refuse
    ended = terminal.run("list", "segments")
    assert (ended.code, KEY in ended.err + ended.out) == (64, False)


@pytest.mark.parametrize("url", ["api.example.com", "ftp://api.example.com", "https://", "https://u:p@api.example.com"])
def test_an_address_that_is_none_is_told_at_once(terminal: Terminal, url: str) -> None:
    ended = run(terminal, "whoami", ESCUTA_URL=url, ESCUTA_KEY=KEY)
    assert (ended.code, "begins with https://" in ended.err, "u:p" in ended.err) == (64, True, False)


@pytest.mark.parametrize("url", ["http://api.example.com", "http://127.0.0.1.example.com", "http://localhost.example"])
def test_a_key_goes_over_no_wire_where_others_could_read_it(url: str) -> None:
    with pytest.raises(StoppedError, match="url_open"):
        profiles.checked(Profile(url, KEY))


@pytest.mark.parametrize("host", ["localhost:4566", "api.localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machine_is_asked_as_it_is_under_any_path(host: str) -> None:
    profile = Profile(f"http://{host}/_aws/execute-api/a1/live", KEY)
    assert profiles.checked(profile) == profile


def test_the_key_of_a_profile_goes_to_its_own_address_alone(terminal: Terminal) -> None:
    environment = {"HOME": str(terminal.home)}
    profiles.keep(environment, "default", Profile(URL, KEY))
    ended = run(terminal, "whoami", ESCUTA_URL="https://elsewhere.example.com")
    assert (ended.code, terminal.gateway.asked) == (4, [])
    assert "is for https://api.aurora.example, and is not sent to https://elsewhere.example.com" in ended.err
    assert profiles.chosen({**environment, "ESCUTA_URL": f"{URL}/v1/"}) == Profile(URL, KEY)
    assert profiles.chosen({**environment, "ESCUTA_KEY": "esk_other\r\n"}) == Profile(URL, "esk_other")


def test_profiles_of_any_name_can_be_read_again_and_leave_nothing_beside_them(terminal: Terminal) -> None:
    environment = {"HOME": str(terminal.home)}
    for name in ("🏪 São", 'a"b\\c', "d\x7f\n"):
        profiles.keep(environment, name, Profile(URL, KEY))
    assert set(profiles.kept(environment)) == {"🏪 São", 'a"b\\c', "d\x7f\n"}
    folder = profiles.place(environment).parent
    assert [each.name for each in folder.iterdir()] == ["profiles.toml"]
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, headers={"Content-Type": "text/html"}, text="<html>Sign in to the network</html>"),
        httpx.Response(200, headers={"Content-Type": "application/json"}, text='{"items": ['),
        httpx.Response(302, headers={"Location": "https://login.example.com/"}),
        httpx.Response(200),
    ],
    ids=["html", "half", "moved", "empty"],
)
def test_what_is_no_answer_of_escuta_is_told_as_such(company: Terminal, page: httpx.Response) -> None:
    company.gateway.after = lambda _: page
    for command in (("whoami",), ("list", "segments"), ("plan", str(company.home))):
        (company.home / "segments.yaml").write_text("items: []\n", encoding="utf-8")
        ended = company.run(*command)
        assert (ended.code, "answered, but not as Escuta does" in ended.err) == (5, True), ended


def test_a_refusal_of_any_form_is_told(company: Terminal) -> None:
    told = {"title": "No\x1b]0;owned\x07", "errors": {"a": 1}, "details": [], "code": ["x"]}
    company.gateway.after = lambda _: httpx.Response(418, json=told)
    ended = company.run("list", "segments")
    assert (ended.code, ended.err.splitlines()[0]) == (1, "418 No�]0;owned�")


def test_patience_that_is_asked_for_too_long_is_no_refusal(company: Terminal) -> None:
    problem = {"status": 429, "code": "rate_limited"}
    company.gateway.after = lambda _: httpx.Response(429, headers={"Retry-After": "3600"}, json=problem)
    assert (company.run("list", "segments").code, len(company.gateway.asked)) == (5, 1)


def test_people_s_words_do_nothing_to_a_terminal(company: Terminal) -> None:
    company.gateway.after = lambda _: httpx.Response(200, json={"name": "Loja \x1b[2J\x9b31m\u202eabc"})
    read = company.run("get", "segments/poa").out
    assert "Loja �[2J�31m�abc" in read
    assert {"\x1b", "\x9b", "\u202e"}.isdisjoint(read)
    written = company.run("get", "segments/poa", "--json").out
    assert ({"\x1b", "\x9b", "\u202e"}.isdisjoint(written), json.loads(written)["name"][5:10]) == (
        True,
        "\x1b[2J\x9b",
    )


def test_with_json_every_refusal_is_json(terminal: Terminal) -> None:
    refused = [
        run(terminal, "whoami", "--json"),
        terminal.run("plan", "nowhere", "--json"),
        terminal.run("list", "segments", "--colour", "--json"),
        terminal.run("import", "nowhere", "--folder", "x", "--json"),
        terminal.run("pull", terminal.home, "--only", "people", "--json"),
    ]
    codes = [(each.code, json.loads(each.err)["code"]) for each in refused]
    assert codes == [(4, "no_profile"), (64, "programme_none"), (64, "usage"), (64, "usage"), (64, "kind_unknown")]


def test_what_has_no_pages_or_shorter_ones_is_listed_too(company: Terminal) -> None:
    open_survey()
    for noun in ("roles", "ticket-views", "merge-fields", "/v1/segments/"):
        ended = company.run("list", noun, "-n", "0", "--json")
        assert (noun, ended.code, ended.err) == (noun, 0, "")
    assert company.run("list", "me").code == 64
    assert company.run("list", "segments?under=sul").code == 64
    assert company.run("list", "segments", "-q", "limit=0").code == 1


def test_events_are_listed_to_their_end(company: Terminal) -> None:
    open_survey()
    assert company.run("list", "events", "-n", "0").code == 0


def test_numbers_that_json_does_not_have_are_not_sent(company: Terminal) -> None:
    ended = company.run("api", "POST", "surveys", "-d", '{"name": 1e999}')
    assert (ended.code, company.gateway.asked) == (64, [])


def test_a_reader_that_goes_ends_the_command_quietly(company: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return os.open(os.devnull, os.O_WRONLY)

    monkeypatch.setattr(sys, "stdout", Gone())
    ended = company.run("list", "segments")
    assert (ended.code, ended.err) == (141, "")


def test_an_output_without_accents_gets_json_all_the_same(company: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("PATCH", "/v1/segments/poa", company.key, body={"name": "São João 🏪"})
    kept = io.BytesIO()
    narrow = io.TextIOWrapper(kept, encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert company.run("get", "segments/poa", "--json").code == 0
    narrow.flush()
    assert json.loads(kept.getvalue())["name"] == "São João 🏪"


def test_a_table_is_not_folded_where_a_program_reads_it(company: Terminal) -> None:
    name = "Loja " + "muito " * 15 + "longe"
    ask("PATCH", "/v1/segments/poa", company.key, body={"name": name, "city": "Porto Alegre"})
    assert any(name in line for line in company.run("list", "segments").out.splitlines())


def test_a_key_is_shown_once_and_alone_also_when_the_first_reply_was_lost(company: Terminal) -> None:
    lost = [httpx.ReadError("lost")]

    def lose(_: httpx.Request) -> None:
        if lost:
            raise lost.pop()

    company.gateway.after = lose
    made = company.run("keys", "create", "ERP", "--scope", "segments:read", "--rate", "60")
    assert (made.code, made.out.count("\n"), made.out[:4]) == (0, 1, "esk_")
    assert [each["name"] for each in ask("GET", "/v1/keys", company.key).json["items"]].count(
        "ERP"
    ) == 2  # with our own
    text = made.out.strip()
    assert ask("GET", "/v1/me", text).json["scopes"] == ["segments:read"]

    turned = company.run("keys", "rotate", text.split("_")[1], "--overlap", "0", "--json")
    assert ask("GET", "/v1/me", turned.json["key"]).status == 200
    with pytest.raises(Exception, match="Unauthorized"):
        ask("GET", "/v1/me", text)
    assert company.run("keys", "revoke", text.split("_")[1]).code == 0
    assert text.split("_")[2] not in company.run("list", "keys", "--json").out


def test_an_upload_that_is_refused_or_lost_is_told_and_bounded(
    company: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = company.home / "clientes.csv"
    file.write_bytes(droppers.rows("C-1;Ana;ana@example.com;11999990001;spo-01"))
    tried: list[int] = []

    def stored(status: int) -> httpx.Response:
        tried.append(status)
        if not status:
            raise httpx.WriteError("lost")
        return httpx.Response(status)

    for status, times, why in ((403, 1, "403 Forbidden"), (503, 3, "503 Service Unavailable"), (0, 3, "WriteError")):
        tried.clear()
        monkeypatch.setattr("tests.functions.terminals._stored", lambda *_, status=status: stored(status))
        ended = company.run("import", file, "--folder", "clientes")
        assert (ended.code, len(tried), f"could not be sent ({why})" in ended.err) == (5, times, True), ended


def test_an_export_is_fetched_again_when_the_line_breaks_and_its_link_is_not_told(
    company: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[httpx.Response | None] = [None, None, httpx.Response(200, content=b"a;b\n")]
    done = {"id": "e1", "state": "done", "link": "https://s3.example.com/x?X-Amz-Signature=geheim", "message": ""}
    company.gateway.before = lambda _: None
    company.gateway.after = lambda _: httpx.Response(200, json=done)

    def stored(*_: object) -> httpx.Response:
        answer = answers.pop(0)
        if answer is None:
            raise httpx.ReadError("lost")
        return answer

    monkeypatch.setattr("tests.functions.terminals._stored", stored)
    file = company.home / "a.csv"
    assert (company.run("export", "contacts", "-o", file).code, file.read_bytes()) == (0, b"a;b\n")
    answers[:] = [httpx.Response(403)]
    ended = company.run("export", "contacts", "-o", company.home / "b.csv")
    assert (ended.code, "geheim" in ended.err, (company.home / "b.csv").exists()) == (5, False, False)
    company.gateway.asked.clear()
    assert company.run("export", "contacts", "-o", company.home / "none" / "b.csv").code == 64
    assert company.gateway.asked == []


def test_an_apply_that_nobody_confirms_writes_nothing_and_says_so(
    company: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    (company.home / "p").mkdir()
    (company.home / "p" / "topics.yaml").write_text(
        "topics: [{code: t, name: {en: T}, terms: {en: [t]}}]\n", encoding="utf-8"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = company.run("apply", company.home / "p")
    assert (ended.code, company.gateway.written) == (130, [])
    assert ended.err.endswith("Stopped. Nothing more is done.\n")
