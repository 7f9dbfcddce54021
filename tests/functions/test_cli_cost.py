"""`escuta cost`: a table for people, JSON for programs, no key and no network."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from escuta_cli.cost import tables
from tests.functions.terminals import Gateway, Terminal


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    return Terminal("", capsys, tmp_path, Gateway())


def test_a_person_reads_a_table_with_its_sums_and_what_it_rests_on(terminal: Terminal) -> None:
    ended = terminal.run("cost", "--responses", "1000000", "--per-month")
    assert (ended.code, terminal.gateway.asked) == (0, [])
    lines = [line.split() for line in ended.out.splitlines()]
    heads = [" ".join(line[:-1]) for line in lines if " ".join(line[:-1]) in HEADS]
    assert heads == HEADS
    assert any(line[:3] == ["DynamoDB", "write", "units"] for line in lines)
    measured = json.loads((Path(tables.__file__).parent / "units.json").read_text("utf-8"))["measured"]
    assert f"Units measured on {measured}" in ended.err
    assert datetime.fromisoformat(measured)


HEADS = ["Answers", "Asking people", "Messages", "A month in any case", "In all", "For 1,000 answers"]


def test_a_program_reads_all_lines_and_they_add_up(terminal: Terminal) -> None:
    told = terminal.run("cost", "-n", "5000", "--channel", "sms", "--country", "pe", "--json").json
    assert sum(line["amount"] for line in told["lines"]) == pytest.approx(told["total"])
    assert told["per_1000"] == pytest.approx(told["total"] / 5)
    assert {line["unit"] for line in told["lines"] if line["group"] == "messages"} == {"ses.messages", "sms.messages"}
    assert told["assumptions"]["response_rate"]


def test_an_idle_month_has_no_answers(terminal: Terminal) -> None:
    told = terminal.run("cost", "--idle", "--free-tier", "--json").json
    assert {line["group"] for line in told["lines"]} == {"month"}
    assert told["per_1000"] is None


def test_numbers_and_words_are_those_of_the_language(terminal: Terminal) -> None:
    terminal.language = "pt_BR.UTF-8"
    out = terminal.run("cost", "-n", "1000000", "--channel", "link").out
    assert "2.800.000" in out
    assert "unidades de escrita" in out


def test_ones_own_prices_are_reckoned_with(terminal: Terminal, tmp_path: Path) -> None:
    prices = json.loads((Path(tables.__file__).parent / "prices.json").read_text("utf-8"))
    for price in prices["prices"].values():
        price["usd"] = {"eu-south-2": 0}
    prices["prices"]["http_api.requests"]["usd"] = {"eu-south-2": 2}
    own = tmp_path / "mine.json"
    own.write_text(json.dumps(prices), encoding="utf-8")
    ended = terminal.run(
        "cost", "-n", "1000000", "--channel", "link", "--region", "eu-south-2", "--prices", own, "--json"
    )
    assert ended.json["total"] == pytest.approx(2.8 * 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--region", "mars-1"), "There are no prices of mars-1. Known are us-east-1,"),
        (("--channel", "sms", "--country", "ZZ"), "There is no price of an SMS to ZZ."),
        (("--prices", "nowhere.json"), "nowhere.json cannot be read: No such file or directory."),
        (("--units", "{mine}"), "mine.json has nothing at parts."),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_remedy(
    terminal: Terminal, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    mine = tmp_path / "mine.json"
    mine.write_text('{"measured": "2026-01-01"}', encoding="utf-8")
    ended = terminal.run("cost", *(option.replace("{mine}", str(mine)) for option in options))
    assert (ended.code, ended.out) == (64, "")
    assert words in ended.err
