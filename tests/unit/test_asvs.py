"""The table of the Application Security Verification Standard is whole, and what it names is there."""

import ast
import csv
import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = json.loads(Path(__file__).with_name("asvs_5_0_0.json").read_text())  # all of levels 1 and 2
COLUMNS = ["id", "level", "what", "applies", "how", "proof"]
PATH = re.compile(r"(?<![\w/.])[\w.-]+(?:/[\w.-]+)+\.(?:py|js|html|md|json|toml|lock|csv)\b")
TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")

with (ROOT / "docs" / "asvs.csv").open(newline="", encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))


@cache
def named_in(path: str) -> set[str]:
    """Return the names of the tests in a file; none when there is no such file."""
    if not (ROOT / path).is_file():
        return set()
    return {node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.FunctionDef)}


def wrong(row: dict[str, str]) -> list[str]:
    """Return what is wrong with a row, in words."""
    found = [f"{name} is empty" for name in COLUMNS if not row[name].strip()]
    found += [f"no file {path}" for path in PATH.findall(row["how"]) if not (ROOT / path).is_file()]
    kind, _, text = row["proof"].partition(": ")
    if kind in {"open", "reason"}:
        if len(text.split()) < 3:
            found.append("says nothing")
    else:
        named = [TEST.fullmatch(each) for each in row["proof"].split()]
        found += ["neither tests nor a reason"] if not all(named) else []
        found += [f"no test {each[0]}" for each in named if each and each[2] not in named_in(each[1])]
    if row["applies"] not in {"yes", "no"} or (row["applies"] == "no" and kind != "reason"):
        found.append("what does not apply has a reason")
    return found


def test_every_requirement_of_both_levels_is_there_once_and_in_order() -> None:
    assert list(ROWS[0]) == COLUMNS
    assert [(row["id"], row["level"]) for row in ROWS] == sorted(
        ((each, level) for level, ids in ASKED["levels"].items() for each in ids),
        key=lambda told: [int(part) for part in told[0].removeprefix("V").split(".")],
    )


def test_the_standard_asks_for_so_many() -> None:
    """As version 5.0.0 counts them: 70 of level 1, and 183 more of level 2."""
    assert (ASKED["version"], *(len(ASKED["levels"][level]) for level in ("1", "2"))) == ("5.0.0", 70, 183)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_names_what_is_there(row: dict[str, str]) -> None:
    assert wrong(row) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"how": ""}, "how is empty"),
        ({"how": "functions/console/nobody.py"}, "no file functions/console/nobody.py"),
        ({"proof": "tests/unit/test_asvs.py::test_nothing"}, "no test tests/unit/test_asvs.py::test_nothing"),
        ({"proof": "tests/unit/test_gone.py::test_gone"}, "no test tests/unit/test_gone.py::test_gone"),
        ({"proof": "it is so"}, "neither tests nor a reason"),
        ({"proof": "reason: none"}, "says nothing"),
        ({"applies": "no"}, "what does not apply has a reason"),
        ({"applies": "no", "proof": "open: not done yet"}, "what does not apply has a reason"),
    ],
)
def test_a_row_that_says_less_is_found(changed: dict[str, str], said: str) -> None:
    row = dict(zip(COLUMNS, ["V1.1.1", "1", "a few words", "yes", "docs/asvs.csv", ""], strict=True))
    row["proof"] = "tests/unit/test_asvs.py::test_a_row_names_what_is_there"
    assert wrong(row) == []
    assert wrong(row | changed) == [said]
