"""What operators type: done by the clone that the command line runs in, and where there is none it says where."""

import sys
from pathlib import Path

import pytest

from tests.functions.terminals import Gateway, Terminal

CLONE = """
import json, os, sys
names = ("GO", "QUEUE", "FORGET", "RATE", "TABLES", "AT", "DAYS", "KEEP", "CLEAN")
print(json.dumps([sys.argv[1:], {name: os.environ[name] for name in names if os.environ.get(name)}]))
sys.exit(7)
"""


@pytest.fixture
def terminal(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    return Terminal("", capfd, tmp_path, Gateway())


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line be installed without the rest."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "infra"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "infra", None)


@pytest.fixture
def elsewhere(alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - before another clone is found
    """Let the command line run in another clone, whose command says how it was called."""
    clone = tmp_path / "clone"
    (clone / "infra" / "operate").mkdir(parents=True)
    for package in ("infra", "infra/operate"):
        (clone / package / "__init__.py").touch()
    (clone / "infra" / "operate" / "__main__.py").write_text(CLONE, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "infra")
    monkeypatch.syspath_prepend(clone)


@pytest.mark.parametrize("command", ["redrive", "restore-drill"])
def test_in_a_clone_it_is_done_there_wherever_one_types_it(
    terminal: Terminal, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = terminal.run(command, "--stage", "nowhere", "--go")

    assert ended.code == 1
    assert "there is no stages/nowhere.toml: copy stages/example.toml" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("redrive",), (["redrive"], {})),
        (
            ("redrive", "-s", "prod", "--go", "--queue", "deliver", "--rate", "5"),
            (["redrive", "prod"], {"GO": "1", "QUEUE": "deliver", "RATE": "5"}),
        ),
        (("redrive", "--forget"), (["redrive"], {"FORGET": "1"})),
        (
            (
                "restore-drill",
                "--table",
                "feedback",
                "--table",
                "audit",
                "--at",
                "2026-03-10T15:00:00Z",
                "--days",
                "366",
            ),
            (["restore-drill"], {"TABLES": "feedback audit", "AT": "2026-03-10T15:00:00Z", "DAYS": "366"}),
        ),
        (("restore-drill", "--keep", "--clean"), (["restore-drill"], {"KEEP": "1", "CLEAN": "1"})),
    ],
)
@pytest.mark.usefixtures("elsewhere")
def test_options_are_those_of_the_clones_makefile_and_its_end_is_ours(
    terminal: Terminal, typed: tuple[str, ...], expected: tuple[list[str], dict[str, str]]
) -> None:
    ended = terminal.run(*typed)

    assert (ended.code, tuple(ended.json)) == (7, expected)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("language", "words"),
    [("en_US", "from a clone of Escuta"), ("pt_BR", "a partir de um clone do Escuta"), ("es_MX", "desde un clon de")],
)
def test_installed_alone_it_says_where_to_type_what(terminal: Terminal, language: str, words: str) -> None:
    terminal.language = language

    ended = terminal.run("redrive", "-s", "prod")

    assert (ended.code, ended.out) == (1, "")
    assert words in " ".join(ended.err.split())
    assert "make redrive STAGE=prod" in ended.err
