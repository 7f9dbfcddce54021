"""One pass finds out everything about a file, and cuts it into chunks of whole rows."""

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.directory import scan as module
from escuta.directory.cells import cells_of
from escuta.directory.decoding import RefusedFileError, text
from escuta.directory.model import FileKind, Folder
from escuta.directory.records import is_blank, physical_lines, reader
from escuta.directory.scan import Scan, scan

HEADER = "Nome;E-mail;Loja"
PEOPLE = Folder(folder="clientes")
CELLS = st.text(alphabet='aç";\n\r 👩', max_size=6)


def blocks(body: bytes, size: int = 1000) -> Iterator[bytes]:
    return (body[place : place + size] for place in range(0, len(body), size))


def chunks_of(body: bytes, found: Scan) -> list[str]:
    return [text(body[chunk.first_byte : chunk.last_byte + 1], found.encoding) for chunk in found.chunks]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@settings(deadline=None)  # other work on the machine is no failure
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.integers(1, 4),
)
def test_f10_chunks_joined_again_parse_as_the_whole_file_does(
    rows: list[list[str]], encoding: str, chunk_rows: int
) -> None:
    lines = [HEADER, *(";".join(map(quoted, row)) for row in rows)]
    body = "\r\n".join(lines).encode(encoding)
    whole = [row for row in rows if not is_blank(row)]
    if not whole:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_ROWS", chunk_rows)
        found = scan(blocks(body, 13), PEOPLE)
    again = [line.cells for chunk in chunks_of(body, found) for line in cells_of(chunk, ";")]
    assert again == whole == [row for row in reader(physical_lines("\r\n".join(lines)), ";") if not is_blank(row)][1:]
    assert found.rows == len(whole)
    assert [chunk.rows for chunk in found.chunks[:-1]] == [chunk_rows] * (len(found.chunks) - 1)
    assert [chunk.first_row for chunk in found.chunks] == list(range(1, len(whole) + 1, chunk_rows))


def test_a_brazilian_excel_file_is_understood() -> None:
    body = f"{HEADER}\r\nConceição;c@example.com;spo-01\r\n\r\n;;\r\nJoão;j@example.com;rio-01\r\n".encode("cp1252")
    found = scan(blocks(body, 7), PEOPLE)
    assert (found.encoding, found.delimiter, found.rows, found.size) == ("cp1252", ";", 2, len(body))
    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert found.header == ("Nome", "E-mail", "Loja")
    assert found.mapping == {"Nome": "name", "E-mail": "email", "Loja": "segment"}
    assert found.sample == "Conceição;c@example.com;spo-01"
    (chunk,) = found.chunks
    assert (chunk.first_byte, chunk.last_byte, chunk.first_row, chunk.first_line, chunk.rows) == (
        18,
        len(body) - 1,
        1,
        2,
        2,
    )


def test_f8_a_title_and_an_announced_separator_above_the_header_are_passed_over() -> None:
    body = "sep=|\r\nClientes de março\r\n\r\nNome|E-mail|Loja\r\nAna|a@b.com|x\r\n".encode()
    found = scan([body], PEOPLE)
    assert (found.delimiter, found.header, found.rows) == ("|", ("Nome", "E-mail", "Loja"), 1)
    assert found.chunks[0].first_line == 5


def test_a_chunk_ends_at_a_mebibyte_too() -> None:
    row = f"Ana;a@b.com;{'x' * 60_000}\n"
    body = f"{HEADER}\n{row * 40}".encode()
    found = scan(blocks(body, 1 << 16), PEOPLE)
    assert [chunk.rows for chunk in found.chunks] == [18, 18, 4]
    assert [chunk.first_line for chunk in found.chunks] == [2, 20, 38]
    assert sum(chunk.last_byte + 1 - chunk.first_byte for chunk in found.chunks) == len(body) - len(HEADER) - 1


def test_rows_that_may_name_each_other_stay_in_one_piece_of_at_most_ten_thousand() -> None:
    places = Folder(folder="lojas", file_kind=FileKind.SEGMENTS)
    title, row = "Código;Nome;Código pai\n", "spo-01;Loja;brasil\n"
    (chunk,) = scan([title.encode(), (row * 10_000).encode()], places).chunks
    assert (chunk.rows, chunk.first_line) == (10_000, 2)
    for body, code, limit in (
        (row * 10_001, "too_many_rows", 10_000),
        (f"spo-01;{'x' * 60_000};brasil\n" * 300, "too_many_bytes", 16),
    ):
        with pytest.raises(RefusedFileError) as refused:
            scan([title.encode(), body.encode()], places)
        assert (refused.value.code, refused.value.details) == (code, {"limit": limit})


def test_f9_the_widest_rows_are_looked_at_in_no_time() -> None:
    wide = b"a;" * 50_000 + b"\n"
    with pytest.raises(RefusedFileError) as refused:
        scan([wide * 10, b"x\n"], PEOPLE)
    assert (refused.value.code, refused.value.details) == ("too_many_columns", {"count": 50_000, "limit": 500})


def test_f9_a_row_of_quotes_alone_is_one_wrong_row() -> None:
    quotes = '"' * 200_000
    body = f"{HEADER}\nAna;a@b.com;x\n{quotes}\n".encode()
    found = scan([body], PEOPLE)
    (content,) = chunks_of(body, found)
    assert [line.code for line in cells_of(content, ";")] == ["", "field_too_long"]
    assert found.rows == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\xff\xfe", "empty_file"),
        (b"\xef\xbb\xbf\r\n \r\n;;\r\n", "empty_file"),
        (b"\n" * 1_200_000, "empty_file"),
        (b"Nome;E-mail;Loja\r\n", "no_rows"),
        (b"Nome;E-mail;Loja\r\n\r\n;;\r\n", "no_rows"),
        (b'Nome;"E-mail"x;Loja\nAna;a@b.com;x\n', "header_malformed"),
        (b"PK\x03\x04" + b"\0" * 100, "binary_file"),
        (b"Nome;E-mail;Loja\nAna\0;a@b.com;x\n", "binary_file"),
        (b'Nome;E-mail;Loja\n"Ana;a@b.com;x\n', "quote_unclosed"),
        (b"Nome;E-mail;e mail;Loja\nAna;a@b.com;;x\n", "header_duplicate"),
    ],
)
def test_f11_f13_what_cannot_be_loaded_at_all_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(RefusedFileError) as refused:
        scan(blocks(body, 1 << 20), PEOPLE)
    assert refused.value.code == code
