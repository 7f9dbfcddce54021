"""A workbook's first visible sheet becomes rows of text; what no program would have saved is refused at once."""

import csv
import struct
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from escuta.directory import archive, canonical, unpacking, workbook
from escuta.directory.cells import rows_of
from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import DropFile, FileState, Folder
from escuta.directory.scan import scan
from tests.conftest import NOON
from tests.kit import workbooks
from tests.kit.workbooks import made, saved


def unpacked(body: bytes, notes: dict[str, str] | None = None) -> bytes:
    def opened() -> Iterator[bytes]:
        return (body[place : place + 5000] for place in range(0, len(body), 5000))

    kind = unpacking.packing(body[:5000], "clientes.xlsx")
    assert kind == "xlsx"
    return b"".join(unpacking.unpack(kind, opened, notes=notes))


def rows(body: bytes) -> list[list[str]]:
    lines = list(csv.reader(StringIO(unpacked(body).decode(), newline="")))
    assert lines[0] == ["sep=", ""]
    return lines[1:]


def refused(body: bytes) -> tuple[str, dict[str, object]]:
    with pytest.raises(RefusedFileError) as error:
        unpacked(body)
    return error.value.code, error.value.details


def cell(reference: str, value: str, kind: str = "n", style: int = 0) -> str:
    return f'<c r="{reference}" t="{kind}" s="{style}"><v>{value}</v></c>'


def test_f12_the_first_visible_sheet_is_read_and_named() -> None:
    def fill(book: Workbook) -> None:
        assert book.active is not None
        book.active.append(["segredo"])
        book.active.sheet_state = "hidden"
        book.create_chartsheet("Gráfico")
        book.create_sheet("Clientes").append(["Ana", "spo-01"])
        book.create_sheet("Rascunho").append(["x"])

    notes: dict[str, str] = {}
    body = saved(fill)
    assert unpacked(body, notes) == b"sep=,\r\nescuta:1,Ana,spo-01\r\n"
    assert notes == {"format": "xlsx", "sheet": "Clientes"}


def test_f12_values_come_as_a_person_would_write_them() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        sheet.append(["Ana, “Nana”\nSouza", 11987654321, 7.0, 12.5, 0.1 + 0.2, True, -0.00001, None])
        visit = datetime(2026, 3, 10, 14, 30)  # noqa: DTZ001 - a sheet knows no zones
        sheet.append([visit, date(2026, 2, 28), time(8, 5), timedelta(hours=30, minutes=1)])
        sheet["E2"], sheet["F2"] = 7, "=1+1"
        sheet["E2"].number_format = "000"

    assert rows(saved(fill)) == [
        ["escuta:1", "Ana, “Nana”\nSouza", "11987654321", "7", "12.5", "0.3", "true", "-0.00001"],
        ["escuta:2 formula_unsaved=6", "2026-03-10T14:30:00", "2026-02-28", "08:05:00", "30:01:00", "007", "", ""],
    ]


def test_f12_both_calendars_give_the_day_that_the_program_shows() -> None:
    def fill(book: Workbook) -> None:
        assert book.active is not None
        book.epoch = CALENDAR_MAC_1904
        book.active.append([datetime(2026, 3, 10)])  # noqa: DTZ001 - as above

    assert rows(saved(fill)) == [["escuta:1", "2026-03-10"]]
    styles = {"xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'}
    days = "".join(cell(f"{column}1", str(day), style=1) for column, day in zip("ABC", (1, 59, 61), strict=True))
    assert rows(made(f'<row r="1">{days}</row>', parts=styles)) == [
        ["escuta:1", "1900-01-01", "1900-02-28", "1900-03-01"]
    ]
    assert rows(made(f'<row r="1">{cell("A1", "99999999", style=1)}</row>', parts=styles)) == [
        ["escuta:1 cell_error=1", "99999999"]
    ]


def test_f12_a_number_with_more_digits_than_are_kept_has_lost_some() -> None:
    numbers = ("999999999999999", "1.1987654321E10", "1.23456789012346E+17", "1234567890123456")
    line = "".join(cell(f"{column}1", text) for column, text in zip("ABCD", numbers, strict=True))
    assert rows(made(f'<row r="1">{line}</row>')) == [
        ["escuta:1 digits_lost=3 digits_lost=4", "999999999999999", "11987654321", "123456789012346000", numbers[3]]
    ]


def test_f12_a_formula_gives_what_was_computed_last_and_an_error_says_so() -> None:
    line = (
        '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>""</f><v></v></c><c r="C1" t="e"><v>#N/A</v></c>'
        '<c r="D1"><f>B1</f></c><c r="E1" t="str"><f>A1</f><v>Ana</v></c><c r="F1" t="b"><v>0</v></c>'
    )
    assert rows(made(f'<row r="1">{line}</row>')) == [
        ["escuta:1 cell_error=3 formula_unsaved=4", "2", "", "#N/A", "", "Ana", "false"]
    ]


def test_shared_rich_and_escaped_texts_are_read_with_any_prefix() -> None:
    strings = (
        '<x:sst xmlns:x="m"><x:si><x:r><x:t>Concei</x:t></x:r><x:r><x:t>ção</x:t></x:r><x:rPh><x:t>kana</x:t></x:rPh>'
        "</x:si><x:si><x:t>a_x000A_b_x005F_x0041_</x:t></x:si></x:sst>"
    )
    sheet = (
        '<x:worksheet xmlns:x="m"><x:sheetData>'
        '<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>Ana</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>'
    )
    body = made(parts={"xl/sharedStrings.xml": strings, "xl/worksheets/s.xml": sheet})
    assert rows(body) == [["escuta:1", "Conceição", "a\nb_x0041_"], ["escuta:2", "Ana", ""]]


def test_f12_rows_without_anything_are_no_rows_and_keep_the_numbers_of_the_others() -> None:
    empty = "".join(f'<row r="{number}"><c r="A{number}" s="0"/></row>' for number in range(2, 5000))
    first, last = (f'<row r="{number}">{cell(f"B{number}", "x", "str")}</row>' for number in (1, 1_048_576))
    assert rows(made(first + empty + last)) == [["escuta:1", "", "x"], ["escuta:1048576", "", "x"]]


def test_a_row_of_a_workbook_is_known_by_its_number_and_rejected_for_a_cell_that_somebody_reads() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        for line in (["Clientes de março"], [], ["Nome", "E-mail", "Loja", "Idade"], ["Ana", "a@b.com", "=A1", "=B1"]):
            sheet.append(line)
        sheet.append(["Bruno", "b@b.com", "spo-01", "=B1"])
        sheet.append(["Carla", "c@b.com", "spo-01", 20])

    found = scan([content := unpacked(saved(fill))], Folder(folder="clientes"))
    file = DropFile(
        id="f",
        bucket="b",
        object_key="k",
        state=FileState.LOADING,
        received_at=NOON,
        header=found.header,
        mapping={"Nome": "name", "E-mail": "email", "Loja": "segment"},
        delimiter=found.delimiter,
    )
    (chunk,) = found.chunks
    assert (found.header, found.rows) == (("escuta:3", "Nome", "E-mail", "Loja", "Idade"), 3)
    lines = list(rows_of(file, chunk, content[chunk.first_byte :].decode()))
    assert [(chunk.first_line + line.place, line.cells[1], line.code, line.details) for line in lines] == [
        (4, "Ana", "formula_unsaved", {"column": "Loja"}),
        (5, "Bruno", "", {}),
        (6, "Carla", "", {}),
    ]


def lying() -> bytes:
    """Return a workbook whose list of members calls a large one small."""
    body = bytearray(made(f'<row r="1">{cell("A1", "x" * 3000, "str")}</row>'))
    place = body.rfind(b"xl/worksheets/s.xml") - 46
    body[place + 24 : place + 28] = struct.pack("<I", 100)
    return bytes(body)


def linking() -> bytes:
    """Return a workbook with a part that is a link to a file outside."""
    body = bytearray(made(extra=("link",)))
    place = body.rfind(b"link") - 46
    body[place + 38 : place + 42] = struct.pack("<I", 0o120777 << 16)
    return bytes(body)


def encrypted() -> bytes:
    body = bytearray(made())
    body[body.find(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


DTD = '<!DOCTYPE x [<!ENTITY a "ha">]><worksheet><sheetData/></worksheet>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (workbooks.zipped(a_csv="Nome;Loja\n"), "zip_archive"),
        (b"PK\x05\x06" + b"\0" * 18, "zip_archive"),
        (made()[:-30], "workbook_damaged"),
        (made(parts={"xl/worksheets/s.xml": "Nome;Loja"}), "workbook_damaged"),
        (made("<row>"), "workbook_damaged"),
        (made('<row r="1048577"/>'), "workbook_damaged"),
        (made(f'<row r="1">{cell("A1", "7", "s")}</row>'), "workbook_damaged"),
        (made(parts={"xl/workbook.xml": "<workbook/>"}), "workbook_damaged"),
        (lying(), "workbook_damaged"),
        (encrypted(), "file_encrypted"),
        (made(extra=tuple(f"m{number}" for number in range(200))), "workbook_too_many_parts"),
        (made(extra=tuple(f"{number:0500}" for number in range(3000))), "workbook_too_many_parts"),
        (made(extra=("../../etc/cron.d/x",)), "workbook_unsafe"),
        (made(extra=("/etc/passwd",)), "workbook_unsafe"),
        (made(extra=("c:\\x",)), "workbook_unsafe"),
        (linking(), "workbook_unsafe"),
        (made(extra=("XL/Workbook.xml",)), "workbook_unsafe"),
        (made(parts={"xl/worksheets/s.xml": DTD}), "workbook_unsafe"),
        (made(parts={"xl/worksheets/s.xml": OUTSIDE}), "workbook_unsafe"),
        (made(parts={"xl/worksheets/s.xml": " " * 20_000_000}), "expands_too_much"),
        (made(f'<row r="1">{cell("SH1", "x", "str")}</row>'), "too_many_columns"),
    ],
)  # fmt: skip
def test_f14_f15_what_no_spreadsheet_program_saved_is_refused(body: bytes, code: str) -> None:
    assert refused(body)[0] == code


def test_f15_a_tag_or_a_cell_without_end_is_refused_before_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_SILENCE", 100_000)
    monkeypatch.setattr(workbook, "_TEXT", 100_000)
    noise = "".join(f"{number:x}" for number in range(200_000))
    assert refused(made(parts={"xl/worksheets/s.xml": f"<worksheet a='{noise}'/>"}))[0] == "workbook_unsafe"
    assert refused(made(f'<row r="1">{cell("A1", noise, "str")}</row>'))[0] == "workbook_unsafe"


def test_f15_what_is_large_and_no_bomb_is_held_to_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = "".join(f"<si><t>{number:x}</t></si>" for number in range(5000))
    body = made(parts={"xl/sharedStrings.xml": f"<sst>{noise}</sst>"})
    assert unpacked(body) == b"sep=,\r\n"
    for module, limit in ((workbook, "_HELD"), (workbook, "_STRINGS"), (archive, "EXPANDED_LIMIT")):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, 50_000)
            assert refused(body) == ("expands_too_much", {"limit": 0, "ratio": 100})


@pytest.mark.parametrize("form", ["<si><t>{:x}</t></si>", "<si/>{:x}", "<x:si><x:t>{:x}</x:t></x:si>"])
def test_f15_too_many_texts_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    first = "<x:sst xmlns:x='x'>" if "x:" in form else "<sst>"
    body = made(parts={"xl/sharedStrings.xml": f"{first}<damaged>{''.join(map(form.format, range(20_000)))}</sst>"})

    monkeypatch.setattr(workbook, "_NUMBER", 20_000)
    assert refused(body)[0] == "workbook_damaged"
    monkeypatch.setattr(workbook, "_NUMBER", 19_999)
    assert refused(body)[0] == "expands_too_much"


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("xl/workbook.bin", "XLSB"),
        ("content.xml", "ODS"),
        ("Index/Document.iwa", "Numbers"),
        ("word/document.xml", "DOCX"),
    ],
)
def test_f13_what_is_another_kind_of_document_is_named(member: str, kind: str) -> None:
    body = made(parts={}, extra=(member,)).replace(b"xl/workbook.xml", b"xl/workbook.xxx")
    assert refused(body) == ("binary_file", {"kind": kind})


def peak(rows: int) -> int:
    """Return the bytes that reading a sheet of so many rows holds at its worst."""
    lines = ("".join(f"<c><v>{row * place % 99_999}</v></c>" for place in range(1, 6)) for row in range(rows))
    body = made("".join(f"<row>{line}</row>" for line in lines))
    tracemalloc.start()
    try:
        assert sum(block.count(b"\n") for block in unpacking.unpack("xlsx", lambda: [body])) == rows + 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_sheet_of_more_rows_is_read_in_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "_BLOCK", 1 << 14)  # so that the smaller sheet fills it too
    small, large = peak(2_000), peak(5_000)
    assert large - small < 50_000
