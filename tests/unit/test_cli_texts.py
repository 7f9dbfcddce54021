"""What the command line is made of: words in three languages, schemas of today's models, and nothing of the product."""

import ast
import json
import string
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from escuta_cli import app, nouns, words
from escuta_cli.programme import notation
from escuta_cli.programme.special import KINDS
from manage.described import programme
from manage.routes import ROUTES

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "cli" / "escuta_cli"


def names(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_word_is_there_in_three_languages_with_the_same_details() -> None:
    english = words.catalog("en")
    for language in words.LANGUAGES:
        found = words.catalog(language)
        assert {code: names(text) for code, text in found.items()} == {
            code: names(text) for code, text in english.items()
        }


def helps(command: Any) -> list[str]:
    own = [command.help, *(getattr(option, "help", None) or "-" for option in command.params)]
    return own + [each for below in getattr(command, "commands", {}).values() for each in helps(below)]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_command_and_option_has_words(language: str) -> None:
    known = words.catalog(language)
    codes = {code.rpartition(".")[2] for code in known if code.startswith(("command.", "option."))}
    of_typer = {"Show this message and exit."}
    found = helps(typer.main.get_command(app.built()))
    assert {each for each in found if each not in codes and each not in of_typer and "completion" not in each} == set()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "pt_BR.UTF-8"}, "pt-BR"),
        ({"LANG": "pt_PT"}, "pt-BR"),
        ({"LANG": "es_MX.UTF-8"}, "es"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "pt_BR", "LANGUAGE": "pt"}, "en"),
        ({"LANG": "pt_BR", "LC_ALL": "es_AR"}, "es"),
        ({"LANG": "en_US", "LANGUAGE": "es:en"}, "es"),
        ({}, "en"),
    ],
)
def test_the_terminal_says_which_language_it_speaks(environment: dict[str, str], expected: str) -> None:
    assert words.language(environment) == expected


@pytest.mark.parametrize("path", sorted(CLI.rglob("*.py")), ids=lambda path: str(path.relative_to(CLI)))
def test_the_command_line_knows_the_api_and_nothing_else_of_the_product(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    found |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {
        name for name in found if name.partition(".")[0] in {"escuta", "manage", "authorize", "boto3", "infra"}
    } == set()


def test_the_nouns_that_are_offered_can_be_listed() -> None:
    listed = {route.path.removeprefix("/v1/") for route in ROUTES if route.method == "GET"}
    assert set(nouns.LISTED) - listed == set()


def test_the_schemas_of_a_programme_are_those_of_the_models() -> None:
    committed = {path.name.partition(".")[0]: path for path in (ROOT / "docs" / "programme").glob("*.schema.json")}
    made = dict(programme.schemas())
    assert committed.keys() == made.keys() == {kind.name for kind in KINDS}
    for name, schema in made.items():
        assert json.loads(committed[name].read_text(encoding="utf-8")) == schema, (
            f"{name}: run `python -m manage.described.programme docs/programme`"
        )


def test_what_looks_like_a_text_is_one() -> None:
    read = notation.read(
        "on: no\nopens: 9:30\nday: 2026-12-25\ncode: 010\nphone: +5511999990001\nn: 12\nyes: true\nx: ~\n"
    )
    assert read == {
        "on": "no",
        "opens": "9:30",
        "day": "2026-12-25",
        "code": "010",
        "phone": "+5511999990001",
        "n": 12,
        "yes": True,
        "x": None,
    }


def test_what_is_written_is_read_again_as_it_was() -> None:
    hard = [
        "on",
        "no",
        "9:30",
        "010",
        "1e3",
        "0x1F",
        "1_000",
        "+5",
        "",
        "~",
        "<<",
        "=",
        " a",
        "a\n b\n\n",
        "\ttab\n",
        "😀\u2028",
    ]
    value = {"texts": hard, "on": {"no": 1.5, "n": -3}, "none": None, "yes": False}
    assert notation.read(notation.write(value)) == value


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(yaml.YAMLError, match="'a' stands twice"):
        notation.read("a: 1\nb: 2\na: 3\n")
