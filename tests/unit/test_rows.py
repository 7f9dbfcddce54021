"""A row is a person with or without a visit, or is rejected with its column and its reason."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.directory import contacts
from escuta.directory.header import understand
from escuta.directory.model import (
    Consent,
    CustomField,
    DropFile,
    FieldType,
    FileState,
    Folder,
    RowOutcome,
    RowResult,
    Segment,
)
from escuta.directory.rows import Person, Rows

HEADER = ("Código do cliente", "Nome", "E-mail", "Celular", "Loja", "Idioma", "Cupom")
GOOD = ("C-1", "Ana", "ana@example.com", "11987654321", "spo-01", "pt-BR", "A1")
VISIT = ("E-mail", "Loja", "Pedido", "Data da compra", "Valor", "Moeda")
RECEIVED = datetime(2026, 3, 10, 12, tzinfo=UTC)
SEGMENTS = {
    "spo-01": Segment(code="spo-01", name="São Paulo", path=("spo-01",), timezone="America/Sao_Paulo"),
    "mao-01": Segment(code="mao-01", name="Manaus", path=("mao-01",), timezone="America/Manaus"),
    "old-01": Segment(code="old-01", name="Fechada", path=("old-01",), timezone="UTC", retired_at=RECEIVED),
}
FOLDER = Folder(folder="lojas", mapping={"Cupom": "custom.coupon", "Mesa": "visit.table"})
DEFINED = {
    "size": CustomField(name="size", type=FieldType.NUMBER),
    "since": CustomField(name="since", type=FieldType.DATE),
}


def rows(header: tuple[str, ...] = HEADER, folder: Folder = FOLDER, **file: Any) -> Rows:
    understood = understand(header, folder, [])
    dropped = DropFile(
        id="f",
        bucket="drop",
        object_key="lojas/clientes.csv",
        state=FileState.LOADING,
        header=header,
        mapping=understood.mapping,
        received_at=RECEIVED,
        **file,
    )
    return Rows(dropped, folder, SEGMENTS, "BR", DEFINED)


def with_cell(column: str, cell: str) -> list[str]:
    return [cell if name == column else good for name, good in zip(HEADER, GOOD, strict=True)]


def person(cells: list[str], header: tuple[str, ...] = HEADER, folder: Folder = FOLDER, **file: Any) -> Person:
    found = rows(header, folder, **file).check(1, 2, cells)
    assert isinstance(found, Person)
    return found


def rejection(
    cells: list[str], header: tuple[str, ...] = HEADER, folder: Folder = FOLDER, **file: Any
) -> tuple[str, str, dict[str, str]]:
    found = rows(header, folder, **file).check(1, 2, cells)
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
            "custom": {"coupon": "A1"},
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
        ("Loja", "OLD-01", "segment_retired", {"value": "OLD-01"}),
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
    assert person(with_cell("Cupom", "one\r\n\ttwo\x07")).said["custom"] == {"coupon": "one\r\n\ttwo"}


def test_f26_a_formula_is_stored_literally_and_our_own_guard_is_taken_off() -> None:
    formula = "=cmd|'/C calc'!A0"
    assert person(with_cell("Nome", formula)).said["name"] == formula
    assert person(with_cell("Nome", f"'{formula}")).said["name"] == formula
    assert person(with_cell("Nome", f"'  {formula}")).said["name"] == formula
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
    assert person(["2", "a@b.com", "spo-01", "A1"], header).said["custom"] == {"coupon": "A1"}


def test_a_column_that_nobody_knows_says_nothing() -> None:
    assert person(["a@b.com", "spo-01", "x" * 20_000], ("E-mail", "Loja", "Obs")).said == {
        "email": "a@b.com",
        "segment": "spo-01",
    }


def test_a_row_with_a_number_or_a_date_is_a_visit_too() -> None:
    cells = ["a@b.com", "spo-01", "P-7", "2026-03-09 10:30", "R$ 1.234,50", ""]
    assert person(cells, VISIT).visit == {
        "reference": "P-7",
        "occurred_at": datetime(2026, 3, 9, 13, 30, tzinfo=UTC),
        "amount": "1234.50",
        "currency": "BRL",
    }
    assert person(cells, VISIT).said == {"email": "a@b.com", "segment": "spo-01"}


def test_a_row_that_names_no_visit_has_none_and_says_so_where_it_has_an_amount() -> None:
    assert person(["a@b.com", "spo-01", "", "", "", ""], VISIT)[5:7] == ("", None)
    assert person(["a@b.com", "spo-01", "", "", "12,50", ""], VISIT)[5:7] == ("visit_unnamed", None)
    assert person(list(GOOD)).visit is None


def test_fields_of_the_visit_and_of_the_person_stay_apart() -> None:
    header = ("E-mail", "Loja", "Pedido", "Mesa", "Cupom")
    found = person(["a@b.com", "spo-01", "P-7", "12", "A1"], header)
    assert (found.said["custom"], found.visit) == (
        {"coupon": "A1"},
        {"reference": "P-7", "custom": {"table": "12"}},
    )


@pytest.mark.parametrize(
    ("segment", "folder_zone", "written", "hour"),
    [
        ("spo-01", "", "2026-03-09 10:00", 13),
        ("mao-01", "", "2026-03-09 10:00", 14),
        ("mao-01", "Europe/Lisbon", "2026-03-09 10:00", 10),
        ("mao-01", "Europe/Lisbon", "2026-03-09 10:00+02:00", 8),
    ],
)
def test_f27_a_time_is_of_its_own_zone_else_the_folders_else_the_segments(
    segment: str, folder_zone: str, written: str, hour: int
) -> None:
    folder = FOLDER.changed(timezone=folder_zone)
    found = person(["a@b.com", segment, "", written, "", ""], VISIT, folder)
    assert found.visit == {"occurred_at": datetime(2026, 3, 9, hour, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("column", "cell", "code", "details"),
    [
        ("Data da compra", "2026-02-30", "date_invalid", {"value": "2026-02-30"}),
        ("Data da compra", "31/12/99", "date_two_digit_year", {"value": "31/12/99"}),
        ("Data da compra", "1775174400000", "date_epoch", {"value": "1775174400000"}),
        ("Data da compra", "46115", "date_serial", {"value": "46115"}),
        (
            "Data da compra",
            "03/02/2026",
            "date_two_ways",
            {"value": "03/02/2026", "reading": "2026-02-03", "other_reading": "2026-03-02"},
        ),
        ("Data da compra", "2026-03-12", "date_future", {"value": "2026-03-12"}),
        ("Valor", "1.234", "number_ambiguous", {"value": "1.234", "one": "1.234", "two": "1234"}),
        ("Valor", "grátis", "number_invalid", {"value": "grátis"}),
        ("Valor", "US$ 12,50", "currency_conflict", {"value": "US$ 12,50", "currency": "BRL"}),
        ("Moeda", "dinheiro", "currency_unknown", {"value": "dinheiro"}),
    ],
)
def test_f27_what_is_wrong_with_a_visit_is_named(column: str, cell: str, code: str, details: dict[str, str]) -> None:
    good = dict(zip(VISIT, ("a@b.com", "spo-01", "P-7", "2026-03-09", "12,50", "BRL"), strict=True))
    assert rejection(list((good | {column: cell}).values()), VISIT) == (column, code, details)


def test_f27_the_format_that_the_file_settled_holds() -> None:
    cells = ["a@b.com", "spo-01", "", "03/02/2026", "", ""]
    found = person(cells, VISIT, date_formats={"Data da compra": "DD/MM/YYYY"})
    assert found.visit == {"occurred_at": datetime(2026, 2, 3, 3, tzinfo=UTC)}


def test_f29_a_visit_of_tomorrow_is_a_matter_of_clocks_and_zones() -> None:
    found = person(["a@b.com", "spo-01", "", "2026-03-11 08:59", "", ""], VISIT)
    assert found.visit == {"occurred_at": datetime(2026, 3, 11, 11, 59, tzinfo=UTC)}
    assert rejection(["a@b.com", "spo-01", "", "2026-03-11 09:01", "", ""], VISIT)[1] == "date_future"


def test_a_decimal_sign_that_the_folder_declared_leaves_one_reading() -> None:
    found = person(["a@b.com", "spo-01", "P-7", "", "1.234", ""], VISIT, FOLDER.changed(decimal=","))
    assert found.visit == {"reference": "P-7", "amount": "1234.00"}


def test_consent_comes_with_its_basis_and_its_time() -> None:
    header = ("E-mail", "Loja", "Consentimento", "Data do consentimento")
    assert person(["a@b.com", "spo-01", "Sim", "2026-03-01"], header).said == {
        "email": "a@b.com",
        "segment": "spo-01",
        "consent": Consent.CONSENT,
        "consent_at": datetime(2026, 3, 1, 3, tzinfo=UTC),
    }
    assert rejection(["a@b.com", "spo-01", "talvez", ""], header) == (
        "Consentimento",
        "consent_unknown",
        {"value": "talvez"},
    )


@pytest.mark.parametrize(
    ("column", "cell", "skip", "flag"),
    [
        ("Menor de idade", "sim", "under_age", ""),
        ("Menor de idade", "não", "", ""),
        ("Data de nascimento", "11/03/2008", "under_age", ""),  # in March as in November
        ("Data de nascimento", "2008-03-11", "under_age", ""),
        ("Data de nascimento", "2008-03-10", "", ""),
        ("Data de nascimento", "25/12/15", "under_age", ""),
        ("Data de nascimento", "25/12/60", "", ""),
        ("Data de nascimento", "29/02/2004", "", ""),
        ("Data de nascimento", "00/00/0000", "", "birth_date_unread"),
        ("Data de nascimento", "2040-01-01", "", "birth_date_unread"),
    ],
)
def test_f25_the_under_aged_are_not_taken_in_and_a_date_of_birth_is_not_kept(
    column: str, cell: str, skip: str, flag: str
) -> None:
    found = person(["a@b.com", "spo-01", cell], ("E-mail", "Loja", column))
    assert (found.skip, found.flag, found.said) == (skip, flag, {"email": "a@b.com", "segment": "spo-01"})


def test_a_folder_has_a_segment_for_the_rows_that_name_none() -> None:
    folder = FOLDER.changed(segment="mao-01")
    assert person(["a@b.com"], ("E-mail",), folder).said["segment"] == "mao-01"
    assert person(["a@b.com", ""], ("E-mail", "Loja"), folder).said["segment"] == "mao-01"
    assert person(["a@b.com", "spo-01"], ("E-mail", "Loja"), folder).said["segment"] == "spo-01"
    assert rejection(["a@b.com"], ("E-mail",), FOLDER.changed(segment="gone"))[1] == "segment_unknown"


def test_a_custom_field_with_a_type_is_read_by_it() -> None:
    folder = FOLDER.changed(mapping={"Tamanho": "custom.size"})
    header = ("E-mail", "Loja", "Tamanho")
    assert person(["a@b.com", "spo-01", "37,50"], header, folder).said["custom"] == {"size": "37.5"}
    assert rejection(["a@b.com", "spo-01", "G"], header, folder) == ("Tamanho", "number_invalid", {"value": "G"})


@pytest.mark.parametrize(("form", "stored"), [("MM/DD/YYYY", "2026-03-02"), ("DD/MM/YYYY", "2026-02-03")])
def test_f27_a_custom_date_is_read_by_the_folders_format(form: str, stored: str) -> None:
    folder = FOLDER.changed(mapping={"Desde": "custom.since"}, date_format=form)
    found = person(["a@b.com", "spo-01", "03/02/2026"], ("E-mail", "Loja", "Desde"), folder)
    assert found.said["custom"] == {"since": stored}


ALL = {
    "Código do cliente": "C-1",
    "E-mail": "ana@example.com",
    "Celular": "11987654321",
    "Loja": "spo-01",
    "Fuso horário": "America/Recife",
    "Consentimento": "sim",
    "Data do consentimento": "2026-03-01",
    "Data de nascimento": "25/12/1960",
    "Menor de idade": "não",
    "Pedido": "P-7",
    "Data da compra": "09/03/2026 10:30",
    "Valor": "R$ 12,50",
    "Moeda": "BRL",
    "Mesa": "12",
    "Tamanho": "37,5",
}
ODD = st.text(max_size=12) | st.sampled_from(
    ["'=1+1", "\x00", "\ud800", "31/12/99", "1e999", "+" * 99, "-0", "9" * 400, "٣", "'"]
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(list(ALL)), ODD, max_size=4))
def test_whatever_stands_in_its_cells_a_row_is_taken_in_or_rejected_with_its_reason(odd: dict[str, str]) -> None:
    folder = FOLDER.changed(mapping={"Mesa": "visit.table", "Tamanho": "custom.size"})
    cells = list((ALL | odd).values())
    found = rows(tuple(ALL), folder, date_formats={"Data da compra": "DD/MM/YYYY"}).check(1, 2, cells)
    if isinstance(found, RowResult):
        assert found.column in {"", *odd}
        assert found.original == tuple(cells)
    else:
        assert isinstance(found, Person)
        assert found.said["segment"] in SEGMENTS
        assert found.visit is None or found.visit.get("occurred_at", RECEIVED).tzinfo is UTC
