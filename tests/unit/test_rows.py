"""A row is a person, or is rejected with its column and its reason."""

from datetime import UTC, datetime

import pytest

from escuta.directory import contacts
from escuta.directory.header import mapping
from escuta.directory.model import DropFile, FileState, Folder, RowOutcome, RowResult, Segment
from escuta.directory.rows import Person, Rows

HEADER = ("Código do cliente", "Nome", "E-mail", "Celular", "Loja", "Idioma", "Cupom")
GOOD = ("C-1", "Ana", "ana@example.com", "11987654321", "spo-01", "pt-BR", "A1")


def rows(header: tuple[str, ...] = HEADER) -> Rows:
    segments = {code: Segment(code=code, name=code, path=(code,), timezone="UTC") for code in ("spo-01", "rio-01")}
    file = DropFile(
        id="f",
        bucket="drop",
        object_key="lojas/clientes.csv",
        state=FileState.LOADING,
        header=header,
        mapping=mapping(header),
        received_at=datetime(2026, 3, 10, 12, tzinfo=UTC),
    )
    return Rows(file, Folder(folder="lojas"), segments, "BR", {})


def with_cell(column: str, cell: str) -> list[str]:
    return [cell if name == column else good for name, good in zip(HEADER, GOOD, strict=True)]


def person(cells: list[str], header: tuple[str, ...] = HEADER) -> Person:
    found = rows(header).check(1, 2, cells)
    assert isinstance(found, Person)
    return found


def rejection(cells: list[str], header: tuple[str, ...] = HEADER) -> tuple[str, str, dict[str, str]]:
    found = rows(header).check(1, 2, cells)
    assert isinstance(found, RowResult)
    assert (found.outcome, found.row, found.line, found.original) == (RowOutcome.REJECTED, 1, 2, tuple(cells))
    return found.column, found.code, found.details


def test_a_good_row_is_a_person() -> None:
    assert person(list(GOOD)) == Person(
        row=1,
        line=2,
        contact=contacts.identity("C-1", "", ""),
        said={
            "external_id": "C-1",
            "name": "Ana",
            "email": "ana@example.com",
            "phone": "+5511987654321",
            "segment": "spo-01",
            "language": "pt-BR",
            "custom": {"Cupom": "A1"},
        },
        original=list(GOOD),
    )


@pytest.mark.parametrize(
    ("column", "cell", "code", "details"),
    [
        ("E-mail", "ana@", "email_invalid", {"value": "ana@"}),
        ("E-mail", "a@b.com;c@d.com", "email_several", {"value": "a@b.com;c@d.com"}),
        ("E-mail", "ana\x07@example.com", "control_character", {}),
        ("E-mail", "ana@example.com\nBcc: x@example.org", "control_character", {}),
        ("Celular", "1,19999E+10", "phone_scientific", {"value": "1,19999E+10"}),
        ("Celular", "123", "phone_invalid", {"value": "123"}),
        ("Loja", "xyz-99", "segment_unknown", {"value": "xyz-99"}),
        ("Loja", " ", "segment_missing", {}),
        ("Idioma", "klingon", "language_unknown", {"value": "klingon"}),
        ("Nome", "A" * 201, "too_long", {"limit": "200"}),
        ("Código do cliente", "C" * 129, "too_long", {"limit": "128"}),
    ],
)
def test_what_is_wrong_is_named_with_its_column(column: str, cell: str, code: str, details: dict[str, str]) -> None:
    assert rejection(with_cell(column, cell)) == (column, code, details)


def test_f7_a_ragged_row_says_how_many_fields_it_has() -> None:
    assert rejection(list(GOOD[:3])) == ("", "ragged", {"expected": "7", "actual": "3"})
    assert rejection([*GOOD, "x"]) == ("", "ragged", {"expected": "7", "actual": "8"})


def test_f2_empty_cells_after_the_last_column_are_nothing() -> None:
    assert person([*GOOD, "", " "]).said["name"] == "Ana"


def test_somebody_without_any_mark_is_rejected() -> None:
    assert rejection(["", "Ana", "", "", "spo-01", "", ""]) == ("", "no_identity", {})


def test_custom_fields_have_a_limit_together() -> None:
    assert rejection(with_cell("Cupom", "x" * 16_001)) == ("", "custom_too_large", {"limit": "16000"})


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ana\r\nBcc: x@example.org", "Ana Bcc: x@example.org"),
        ("Ana\u2028Souza", "Ana Souza"),
        ("\x00\x1bAna\x7f ", "Ana"),
        ("=?utf-8?q?=0d=0a?=", "=?utf-8?q?=0d=0a?="),
        ("<img onerror=x>{{7*7}}%s", "<img onerror=x>{{7*7}}%s"),
        ("Zoë 👩‍👩‍👧", "Zoë 👩‍👩‍👧"),
    ],
)
def test_f6_e1_control_characters_leave_a_name_and_nothing_else_does(written: str, stored: str) -> None:
    assert person(with_cell("Nome", written)).said["name"] == stored


def test_f3_line_ends_stay_in_a_custom_field() -> None:
    assert person(with_cell("Cupom", "one\r\n\ttwo\x07")).said["custom"] == {"Cupom": "one\r\n\ttwo"}


def test_f26_a_formula_is_stored_literally_and_our_own_guard_is_taken_off() -> None:
    formula = "=cmd|'/C calc'!A0"
    assert person(with_cell("Nome", formula)).said["name"] == formula
    assert person(with_cell("Nome", f"'{formula}")).said["name"] == formula
    assert person(with_cell("Celular", "'+5511987654321")).said["phone"] == "+5511987654321"
    assert person(with_cell("Nome", "'Ana' Souza")).said["name"] == "'Ana' Souza"


def test_names_in_two_columns_are_one_name() -> None:
    header = ("Nome", "Sobrenome", "E-mail", "Loja")
    assert person(["Ana", "Souza", "a@b.com", "spo-01"], header).said["name"] == "Ana Souza"
    assert person(["", "Souza", "a@b.com", "spo-01"], header).said == {
        "name": "Souza",
        "email": "a@b.com",
        "segment": "spo-01",
    }


@pytest.mark.parametrize(("written", "stored"), [("PT", "pt-BR"), ("en_GB", "en"), ("Español", "es"), ("Inglês", "en")])
def test_languages_are_known_by_tag_and_by_name(written: str, stored: str) -> None:
    assert person(with_cell("Idioma", written)).said["language"] == stored


def test_a_store_code_is_found_in_any_case() -> None:
    assert person(with_cell("Loja", " SPO-01 ")).said["segment"] == "spo-01"


def test_a_time_zone_must_exist() -> None:
    header = ("E-mail", "Loja", "Fuso horário")
    assert person(["a@b.com", "spo-01", "America/Recife"], header).said["timezone"] == "America/Recife"
    assert rejection(["a@b.com", "spo-01", "America"], header) == (
        "Fuso horário",
        "timezone_unknown",
        {"value": "America"},
    )


def test_the_columns_of_our_own_report_are_no_custom_fields() -> None:
    header = ("escuta: linha", "E-mail", "Loja", "Cupom")
    assert person(["2", "a@b.com", "spo-01", "A1"], header).said["custom"] == {"Cupom": "A1"}
