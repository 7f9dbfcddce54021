"""A spreadsheet and lines of JSON are taken in as a CSV of the same rows is, and their rows known by their places."""

from datetime import UTC, date, datetime

import pytest
from openpyxl import Workbook

from escuta.directory.model import DropFile, FileState
from tests.functions import droppers
from tests.functions.droppers import drop, people, report, reports, rows, summary, totals
from tests.kit.workbooks import saved, zipped

TITLES = ["Código do cliente", "Nome", "E-mail", "Celular", "Loja", "Data da visita"]


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def workbook(book: Workbook) -> None:
    book.create_sheet("Senhas", 0).sheet_state = "hidden"
    sheet = book.worksheets[1]
    sheet.title = "Clientes"
    for line in (["Clientes de março"], [], TITLES):
        sheet.append(line)
    sheet.append([1001, "Ana", "ana@example.com", 11987654321, "spo-01", date(2026, 3, 4)])
    sheet.append(["C-2", "Bruno", "bruno@example.com", "1.19999E+10", "spo-01", date(2026, 3, 4)])
    sheet.append([])
    sheet.append(["C-3", "Carla", "carla@example.com", None, "=A1", date(2026, 3, 4)])


def kept(file: DropFile) -> list[tuple[str, str]]:
    """Return line and reason code of each row of the report that was not accepted."""
    return [(row[0], next(cell for cell in row if cell in CODES)) for row in report(file)[1:] if CODES & set(row)]


CODES = {"phone_scientific", "formula_unsaved", "json_malformed", "json_nested", "zip_archive"}


def test_f12_a_spreadsheet_is_taken_in_and_each_row_called_by_its_number() -> None:
    file = drop(saved(workbook), "lojas/clientes.xlsx")
    assert (totals(file), file.format, file.details["sheet"]) == ((1, 0, 0, 2), "xlsx", "Clientes")
    assert kept(file) == [("5", "phone_scientific"), ("7", "formula_unsaved")]
    assert summary(file)["sheet"] == "Clientes"
    (ana,) = people()
    assert (ana.external_id, ana.phone, ana.last_visit_at) == (
        "1001",
        "+5511987654321",
        datetime(2026, 3, 4, 3, tzinfo=UTC),
    )


def test_the_rejected_rows_of_a_spreadsheet_can_be_corrected_and_dropped_again() -> None:
    file = drop(saved(workbook), "lojas/clientes.xlsx")
    rejected = reports()[file.rejected_key].decode("utf-8-sig")
    assert "escuta:" not in rejected.splitlines()[1]
    again = drop(rejected.replace("1.19999E+10", "11988887777").encode(), "lojas/corrigido.csv")
    assert [person.name for person in people()] == ["Ana", "Bruno"]
    assert totals(again) == (1, 0, 0, 1)


def test_lines_of_json_are_taken_in_and_a_wrong_one_is_named() -> None:
    lines = (
        '{"nome": "Ana", "email": "ana@example.com", "loja": "spo-01", "tags": ["a"]}\n\nBruno\n'
        '{"nome": "Carla", "email": ["c@b.com"], "loja": "spo-01"}\n{"loja": "rio-01", "celular": 11987654321}\n'
    )
    file = drop(lines.encode(), "lojas/clientes.jsonl")
    assert (totals(file), file.format, file.ignored) == ((2, 0, 0, 2), "jsonl", ("tags",))
    assert kept(file) == [("3", "json_malformed"), ("4", "json_nested")]


def test_f14_a_zip_is_refused_with_the_reason_and_leaves_nothing() -> None:
    file = drop(zipped(clientes_csv=rows("C-1;Ana;ana@example.com;;spo-01").decode("cp1252")), "lojas/clientes.zip")
    assert (file.state, file.reason, file.staged_key) == (FileState.REFUSED, "zip_archive", "")
    assert report(file)[1][1].startswith("Isto é um arquivo zip, e nada é extraído de arquivos zip.")
    assert not any(key.startswith("staged/") for key in reports())
