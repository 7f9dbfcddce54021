"""Hundreds of files, each the way that some program writes them: every row comes out, and says what was put in."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from escuta.directory import records as parsing
from escuta.directory import scan as module
from escuta.directory.cells import cells_of
from escuta.directory.decoding import RefusedFileError, text
from escuta.directory.model import Folder
from escuta.directory.scan import Scan, scan

SPECTRUM = Path(__file__).parent / "csv_spectrum"
PEOPLE = Folder(folder="clientes")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "mac_roman")
SEPARATORS = (",", ";", "\t", "|", "sep=;")
ENDS = ("\n", "\r\n", "\r")
HEADER = ("Nome", "E-mail", "Loja")


class Expected(NamedTuple):
    """A row of a file: what is written, and what is to be read."""

    written: str
    cells: list[str]
    code: str = ""
    flag: str = ""


def written(cells: tuple[str, ...] | list[str], delimiter: str, *, quoted: bool) -> str:
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if quoted or any(odd in cell for odd in f'{delimiter}"\r\n') else cell
        for cell in cells
    )


def content(delimiter: str, end: str, *, quoted: bool) -> list[Expected]:
    """Return rows with everything that is right, and everything that is wrong with one row alone."""
    right = [
        ["Conceição Araújo", "conceicao@example.com", "spo-01"],
        [f"Souza{delimiter} Ana", "ana@example.com", "spo-01"],
        [f"Rua A{end}casa 2{end}", "bruno@example.com", "rio-01"],
        ['Ana "Nana" Souza', "", "spo-01"],
        ["=cmd|'/C calc'!A0", "carla@example.com", " rio-01 "],
        ["João", "davi@example.com", "spo-01", ""],
        ["Maçã\tÉvora\x0c", "eva@example.com", "1.234,56"],
        ["Çelik"],
        ["Élio", "elio@example.com", "spo-01", "a mais"],
    ]
    nothing = [Expected(line, []) for line in ("", " ", delimiter * 2, f'""{delimiter}""')]
    stray, broken = ['Zé "JJ" Doe', "z@example.com", "x"], ['"Ana"x', "y@example.com", "x"]
    wrong = [
        Expected(delimiter.join(stray), stray, flag="stray_quote"),
        Expected(delimiter.join(broken), ["Anax", "y@example.com", "x"], code="malformed_quotes"),
    ]
    rows = [Expected(written(cells, delimiter, quoted=quoted), cells) for cells in right]
    return [*rows[:3], nothing[0], *rows[3:6], wrong[0], *nothing[1:], wrong[1], *rows[6:]]


def read(body: bytes, found: Scan) -> Iterator[tuple[int, list[str], str, str]]:
    for chunk in found.chunks:
        piece = text(body[chunk.first_byte : chunk.last_byte + 1], found.encoding)
        lines = list(cells_of(piece, found.delimiter))
        assert len(lines) == chunk.rows
        yield from ((chunk.first_line + line.place, line.cells, line.code, line.flag) for line in lines)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_f1_f2_f3_f5_f7_every_row_of_every_file_comes_out_as_it_went_in(
    encoding: str, separator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_ROWS", 4)
    delimiter = separator[-1]
    for end, quoted, closed in product(ENDS, (False, True), (False, True)):
        rows = content(delimiter, end, quoted=quoted)
        head = [*([separator] if len(separator) > 1 else []), written(HEADER, delimiter, quoted=quoted)]
        whole = end.join([*head, *(row.written for row in rows)]) + (end if closed else "")
        body = whole.encode(encoding)
        found = scan([body[:37], body[37:]], PEOPLE)
        line, expected = len(head) + 1, []
        for row in rows:
            if row.cells:
                expected.append((line, row.cells, row.code, row.flag))
            line += 1 + row.written.count(end)
        assert list(read(body, found)) == expected
        assert (found.header, found.delimiter, found.rows) == (HEADER, delimiter, 11)
        assert found.mojibake is False


def faulty(fault: str, delimiter: str) -> tuple[list[str], str]:
    """Return the lines of a file that cannot be loaded, and the code that says so."""
    title, row = delimiter.join(HEADER), delimiter.join(("Conceição", "c@example.com", "spo-01"))
    return {
        "a quote that never closes": ([title, row, f'"{row}', *[row] * 50], "quote_unclosed"),
        "a quote that the next one closes": ([title, f'"{row}', row, f'"Ana"{delimiter}'], "quote_unclosed"),
        "a character that no text has": ([title, row, f"\0{row}"], "binary_file"),
        "a title twice": ([f"{title}{delimiter}nome", row], "header_duplicate"),
        "no row": ([title, "", delimiter], "no_rows"),
        "too many columns": ([title + f"{delimiter}x" * 500, row], "too_many_columns"),
        "a line without end": ([title, row, "ç" * 9_000], "line_too_long"),
        "nobody": (["Conceição" + delimiter + "Preço", row], "header_no_identity"),
    }[fault]


@pytest.mark.parametrize(
    "fault",
    [
        "a quote that never closes",
        "a quote that the next one closes",
        "a character that no text has",
        "a title twice",
        "no row",
        "too many columns",
        "a line without end",
        "nobody",
    ],
)
def test_f4_f6_f8_f9_f11_a_file_with_one_fault_is_refused_whole_in_any_writing(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "RECORD_LIMIT", 8_000)
    for encoding, separator in product(ENCODINGS, SEPARATORS):
        lines, code = faulty(fault, separator[-1])
        body = "\r\n".join([separator, *lines] if len(separator) > 1 else lines).encode(encoding)
        with pytest.raises(RefusedFileError) as refused:
            scan([body], PEOPLE)
        assert refused.value.code == code, f"{encoding} {separator!r}"


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECTRUM.glob("*.csv")))
def test_csv_spectrum_is_read_as_it_says(name: str) -> None:
    body = (SPECTRUM / f"{name}.csv").read_bytes()
    said = json.loads((SPECTRUM / f"{name}.json").read_bytes())
    expected = said if isinstance(said, list) else [said]
    folder = Folder(folder="x", segment="spo-01", mapping={next(iter(expected[0])): "external_id"})
    found = scan([body], folder)
    assert [dict(zip(found.header, cells, strict=True)) for _, cells, _, _ in read(body, found)] == expected
