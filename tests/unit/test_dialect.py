"""The separator is scored, never guessed from letters."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.directory import dialect
from escuta.directory.header import known
from escuta.directory.records import physical_lines

CELLS = st.text(alphabet='ab ç,;|\t"\n', max_size=8)


def chosen(text: str) -> str:
    return dialect.choose(physical_lines(text), known)


@settings(deadline=None)  # other work on the machine is no failure
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(dialect.DELIMITERS))
def test_a_well_written_file_is_read_with_its_own_separator(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["Nome", "E-mail", "Loja"], *rows])
    assert chosen(text.getvalue()) == delimiter


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("nome;loja;valor\nAna;x;10,50\nBruno;y;3,20\n", ";"),
        ("id;value\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\tc\n1\t2\t3\n", "\t"),
        ("name|store\nAna|x\n", "|"),
        ("name,store\nSouza; Ana,x\nLima; Bruno,y\nDias; Carla,z\n", ","),
        ("email\nana@example.com\n", ","),
        ("", ","),
        ("name;store;\nAna;x;\n", ";"),
        ('nome;loja\n"a\n', ";"),
    ],
)
def test_f2_the_usual_files_are_told_apart(text: str, delimiter: str) -> None:
    assert chosen(text) == delimiter


def test_f2_a_first_line_may_announce_the_separator() -> None:
    assert [dialect.announced(line) for line in ("sep=;\r\n", "SEP=\t\n", '"sep=|"', "sep=x", "sep=", "separado;")] == [
        ";",
        "\t",
        "|",
        "",
        "",
        "",
    ]


def test_f2_a_line_of_any_length_is_survived() -> None:
    assert chosen("nome;loja\n" + "x" * 200_000 + ";y\n") == ";"
