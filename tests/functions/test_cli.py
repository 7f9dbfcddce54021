"""The command line: what somebody types, what it says and what it ends with."""

import io
import json
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import boto3
import httpx
import pytest

from escuta import clock
from escuta.directory.model import Scope
from tests.functions import droppers
from tests.functions.callers import answered, ask, found_company, key, open_survey
from tests.functions.exporting import work
from tests.functions.terminals import URL, Gateway, Terminal


@pytest.fixture
def terminal(aws: None, noon: datetime, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:  # noqa: ARG001 - the store and the clock come first
    return Terminal(key(), capsys, tmp_path, Gateway())


def test_a_list_is_read_page_after_page_up_to_a_limit(terminal: Terminal) -> None:
    found_company()
    all_of_them = terminal.run("list", "segments", "--limit", "0", "--json", "-q", "limit=2")
    assert [each["code"] for each in all_of_them.lines] == ["aurora", "norte", "manaus", "sul", "curitiba", "poa"]
    assert len(terminal.gateway.asked) == 3
    assert [each["code"] for each in terminal.run("list", "segments", "-n", "2", "--json").lines] == ["aurora", "norte"]


def test_a_person_reads_a_table_and_somebody_else_json(terminal: Terminal) -> None:
    found_company()
    read = terminal.run("list", "segments", "-q", "under=sul")
    assert read.out.split()[:2] == ["code", "name"]
    assert [line.split()[0] for line in read.out.splitlines()[1:]] == ["sul", "curitiba", "poa"]
    assert terminal.run("get", "segments/poa", "--json").json["path"] == ["aurora", "sul", "poa"]


def test_a_refusal_is_told_in_the_language_of_the_terminal_with_its_code(terminal: Terminal) -> None:
    terminal.language = "pt_BR.UTF-8"
    ended = terminal.run("get", "surveys/nada")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("404 Não há pesquisa com este id.")
    assert "code survey_not_found" in ended.err


def test_a_refusal_is_a_problem_where_json_is_asked_for(terminal: Terminal) -> None:
    ended = terminal.run("list", "surveys", "-q", "limite=2", "--json")
    assert (ended.code, json.loads(ended.err)["code"]) == (1, "field_unknown")


def test_who_may_not_is_told_so(terminal: Terminal) -> None:
    terminal.key = key(Scope.SEGMENTS_READ)
    assert terminal.run("list", "surveys").code == 4
    terminal.key = ""
    ended = terminal.run("list", "surveys")
    assert (ended.code, ended.err) == (
        4,
        "There is no profile default. Set ESCUTA_URL and ESCUTA_KEY, or keep one with `escuta login`.\n",
    )


def test_what_nobody_can_mean_ends_as_wrong_usage(terminal: Terminal) -> None:
    ended = terminal.run("list", "surveys", "--colour")
    assert (ended.code, ended.err.splitlines()) == (
        64,
        ["No such option: --colour", "See what is possible with --help."],
    )


def test_any_call_of_the_api_can_be_made(terminal: Terminal, tmp_path: Path) -> None:
    body = tmp_path / "survey.json"
    body.write_text('{"id": "visit", "name": "Visit"}', encoding="utf-8")
    made = terminal.run("api", "post", "surveys", "-d", f"@{body}", "--json")
    stale = terminal.run("api", "PATCH", "surveys/visit", "-d", '{"retention_days": 30}', "--if-match", '"7"')
    assert (made.code, made.json["id"]) == (0, "visit")
    assert (stale.code, stale.err[:3]) == (1, "412")
    assert terminal.run("api", "POST", "surveys", "-d", "{").code == 64


def test_what_is_busy_is_asked_again_after_the_time_that_it_named(terminal: Terminal) -> None:
    waited: list[float] = []
    busy = [
        httpx.Response(429, headers={"Retry-After": "7"}, json={"status": 429, "code": "rate_limited"}),
        httpx.Response(503, json={"status": 503, "code": "store_unavailable"}),
    ]
    terminal.paused = waited.append
    terminal.gateway.after = lambda _: busy.pop(0) if busy else None
    assert terminal.run("list", "segments").code == 0
    assert waited == [7.0, 1.0]


def test_a_lost_reply_makes_nothing_twice(terminal: Terminal) -> None:
    keys: list[str] = []

    def lose(request: httpx.Request) -> None:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ReadError("lost")

    terminal.gateway.after = lose
    made = terminal.run("api", "POST", "surveys", "-d", '{"name": "Visit"}', "--json")
    assert (made.code, len(set(keys)), len(keys)) == (0, 1, 2)
    assert len(ask("GET", "/v1/surveys", terminal.key).json["items"]) == 1


def test_who_never_answers_is_given_up(terminal: Terminal) -> None:
    waited: list[float] = []

    def refuse(_: httpx.Request) -> None:
        raise httpx.ConnectError("refused")

    terminal.paused, terminal.gateway.before = waited.append, refuse
    ended = terminal.run("list", "segments")
    assert (ended.code, waited) == (5, [0.5, 1.0, 2.0, 4.0, 8.0])
    assert "https://api.aurora.example/v1/segments" in ended.err


CSV = droppers.rows("C-1;Ana;ana@example.com;11999990001;spo-01", "C-2;Bruno;bruno@;;spo-01")


def arriving(terminal: Terminal) -> None:
    """Let S3 tell of the file, and load it, at the first look of the terminal; at a tenth there is something wrong."""
    looks = count(1)

    def look(_: float) -> None:
        looked = next(looks)
        assert looked < 10, "nobody noticed the file"
        if looked == 1:
            (stored,) = boto3.client("s3").list_objects_v2(Bucket="escuta-drop")["Contents"]
            place = {
                "key": quote_plus(stored["Key"], safe="/"),
                "size": stored["Size"],
                "eTag": stored["ETag"].strip('"'),
            }
            record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "escuta-drop"}, "object": place}}
            with clock.at(clock.now() + timedelta(minutes=5)):
                assert droppers.notify({"Records": [record]}) == {"batchItemFailures": []}
                droppers.load_all()

    terminal.paused = look


def sent(terminal: Terminal, tmp_path: Path, body: bytes, *options: str) -> Any:
    file = tmp_path / "clientes.csv"
    file.write_bytes(body)
    return terminal.run("import", file, "--folder", "clientes", *options)


def test_a_file_is_sent_and_followed_to_the_rows_that_were_rejected(terminal: Terminal, tmp_path: Path) -> None:
    droppers.stores()
    arriving(terminal)
    ended = sent(terminal, tmp_path, CSV)
    assert ended.code == 3, ended
    told = dict(line.split(maxsplit=1) for line in map(str.rstrip, ended.out.splitlines()))
    assert (told["state"], told["rows"], told["accepted"], told["rejected"]) == ("done", "2", "1", "1")
    assert "row 2, E-mail: " in ended.err
    assert "1 rows rejected. All of them, to be corrected: escuta get files/" in ended.err


def test_a_file_of_good_rows_ends_with_nothing_to_say(terminal: Terminal, tmp_path: Path) -> None:
    droppers.stores()
    arriving(terminal)
    ended = sent(terminal, tmp_path, droppers.rows("C-1;Ana;ana@example.com;11999990001;spo-01"), "--json")
    assert (ended.code, ended.json["totals"]["accepted"], ended.err) == (0, 1, "")


def test_an_export_is_ordered_and_fetched_for_its_owner_alone(terminal: Terminal, tmp_path: Path) -> None:
    found_company()
    open_survey()
    answered("poa", score=9)
    terminal.paused = lambda _: work()
    file = tmp_path / "answers.csv"
    ended = terminal.run("export", "responses", "--survey", "visit", "-o", file)
    assert ended.code == 0, ended
    assert len(file.read_text("utf-8-sig").splitlines()) == 2
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_events_are_printed_in_their_order_and_go_on_from_the_cursor(terminal: Terminal) -> None:
    found_company()
    with clock.at(clock.now() - timedelta(minutes=2)):
        open_survey()
    first = terminal.run("events", "tail", "--no-follow", "--json")
    assert [each["type"] for each in first.lines] == ["survey.published"]
    cursor = first.err.rpartition("--after ")[2].strip()
    assert terminal.run("events", "tail", "--no-follow", "--after", cursor, "--json").out == ""


def test_a_test_goes_to_ones_own_addresses(terminal: Terminal) -> None:
    found_company()
    open_survey()
    ended = terminal.run("send-test", "visit", "--to", "ana@aurora.example", "--json")
    assert (ended.code, ended.lines[0]["sent"]) == (0, True)
    assert terminal.run("send-test", "visit", "--to", "nobody").code == 1


def test_a_profile_is_kept_for_its_owner_alone_once_the_key_is_somebodys(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, terminal.key = terminal.key, ""
    monkeypatch.setattr("sys.stdin", io.StringIO("esk_0123456789abcdef_wrong\n"))
    assert terminal.run("login", f"{URL}/v1/").code == 4
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{kept}\n"))
    assert terminal.run("login", f"{URL}/v1/", "--profile", "aurora").code == 0

    file = tmp_path / ".config" / "escuta" / "profiles.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert terminal.run("whoami", "--profile", "aurora", "--json").json["name"] == "ERP"
    file.chmod(0o644)
    open_to_all = terminal.run("whoami", "--profile", "aurora")
    assert (open_to_all.code, "chmod 600" in open_to_all.err) == (4, True)
