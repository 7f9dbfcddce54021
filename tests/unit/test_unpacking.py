"""Packed objects come out as they went in, within a budget; what cannot be unpacked is refused with the reason."""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.directory import addresses, canonical, unpacking, values
from escuta.directory.canonical import Row
from escuta.directory.cells import cells_of, rows_of
from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import DropFile, FileState, Folder
from escuta.directory.records import is_blank
from escuta.directory.scan import scan
from escuta.errors import InvalidError
from tests.conftest import NOON
from tests.kit.workbooks import made

ANA = '{"Nome": "Ana", "E-mail": "ana@example.com", "Loja": "spo-01"}\n'
PEOPLE = Folder(folder="clientes")
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def reading(body: bytes, size: int = 1000) -> Callable[[], Iterator[bytes]]:
    return lambda: (body[place : place + size] for place in range(0, len(body), size))


def unpacked(body: bytes, key: str, notes: dict[str, str] | None = None) -> bytes:
    kind = unpacking.packing(body, key)
    return b"".join(unpacking.unpack(kind, reading(body), key=key, notes=notes))


def rows(body: bytes, key: str = "clientes.jsonl") -> list[list[str]]:
    lines = list(csv.reader(StringIO(unpacked(body, key).decode(), newline="")))
    assert lines[0] == ["sep=", ""]
    return lines[1:]


def trimmed(cells: Sequence[str]) -> list[str]:
    """Return the cells without the empty ones at their end: a row of canonical CSV may be filled up with them."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def refused(body: bytes, key: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(RefusedFileError) as error:
        unpacked(body, key)
    return error.value.code, error.value.details


@pytest.mark.parametrize(
    ("head", "key", "packing"),
    [
        (b"Nome;Loja\n", "a.xlsx", ""),
        (b"Nome;Loja\n", "a.json", ""),
        (b"", "a.jsonl", ""),
        (b"\xef\xbb\xbf\n", "a.csv", ""),
        (b"{nome};loja\n", "a.csv", ""),
        (gzip.compress(b"x", mtime=0), "a.csv", "gzip"),
        (made(), "a.csv", "xlsx"),
        (b'{"a": 1}\n', "a.txt", "jsonl"),
        (b'\xef\xbb\xbf \n{ "a": 1}', "a", "jsonl"),
        (b"x\n{}", "A.NDJSON", "jsonl"),
    ],
)
def test_f13_the_bytes_tell_how_a_file_is_packed_and_never_its_name(head: bytes, key: str, packing: str) -> None:
    assert unpacking.packing(head, key) == packing


def test_f13_what_is_no_text_and_no_packing_of_ours_is_refused_at_once() -> None:
    assert refused(b"%PDF-1.7", "a.csv") == ("binary_file", {"kind": "PDF"})
    assert refused(b"\n<html><table>", "a.xls") == ("binary_file", {"kind": "HTML, XML"})
    assert refused(b'[{"a": 1}]', "a.json") == ("json_array", {})


@settings(deadline=None, max_examples=40)  # other work on the machine is no failure
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50), st.integers(0, 9))
def test_all_members_of_a_gzip_come_out_whole(pieces: list[bytes], size: int, padding: int) -> None:
    body = b"".join(map(gzip.compress, pieces)) + b"\0" * padding
    assert b"".join(unpacking.gunzip(reading(body, size)())) == b"".join(pieces)


def test_a_gzip_longer_than_a_block_comes_out_in_blocks() -> None:
    body = b"".join(b"%d;Ana\n" % number for number in range(300_000))
    blocks = list(unpacking.gunzip([gzip.compress(body, 1)]))
    assert b"".join(blocks) == body
    assert max(map(len, blocks)) <= 1 << 20


def test_what_a_gzip_holds_is_unpacked_too_where_it_is_lines() -> None:
    notes: dict[str, str] = {}
    assert unpacked(gzip.compress(b"Nome;Loja\nAna;x\n"), "a.csv.gz", notes) == b"Nome;Loja\nAna;x\n"
    assert notes == {"format": "csv"}
    assert unpacked(gzip.compress(ANA.encode()), "a.gz", notes) == unpacked(ANA.encode(), "a.jsonl")
    assert notes == {"format": "jsonl"}


def test_f14_a_gzip_that_is_cut_or_damaged_or_packed_again_is_refused() -> None:
    body = gzip.compress(b"Nome;Loja\nAna;x\n")
    for damaged in (body[:-1], body[:12], body + b"x", body[:-8] + b"\0" * 8, body[:2]):
        assert refused(damaged, "a.csv.gz") == ("gzip_damaged", {})
    assert refused(gzip.compress(body), "a.csv.gz") == ("packed_twice", {"kind": "GZIP"})
    assert refused(gzip.compress(made()), "a.xlsx.gz") == ("packed_twice", {"kind": "XLSX"})
    assert refused(gzip.compress(b"%PDF-1.7"), "a.csv.gz") == ("binary_file", {"kind": "PDF"})


def test_f15_a_gzip_bomb_is_refused_at_its_first_mebibytes(monkeypatch: pytest.MonkeyPatch) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"0" * 1_000_000) for _ in range(20)) + packer.flush()
    given: list[int] = []
    with pytest.raises(RefusedFileError) as error:
        given.extend(map(len, unpacking.gunzip([bomb])))
    assert (error.value.code, error.value.details) == ("expands_too_much", {"limit": 2048, "ratio": 100})
    assert sum(given) <= 3 << 20
    monkeypatch.setattr(unpacking, "EXPANDED_LIMIT", 1 << 20)
    noise = b"".join(b"%d," % (number * 7919 % 999_983) for number in range(200_000))
    assert refused(gzip.compress(noise, 1), "a.gz") == ("expands_too_much", {"limit": 1, "ratio": 100})


def test_json_lines_have_the_columns_of_all_their_lines() -> None:
    body = (
        '\ufeff{"Nome": "Ana", "Valor": 1.50, "Celular": 11987654321}\r\n\r\n{"Loja": "x", "Ativo": true, "Nome": null}'
    )
    assert rows(body.encode()) == [
        ["escuta:0", "Nome", "Valor", "Celular", "Loja", "Ativo"],
        ["escuta:1", "Ana", "1.50", "11987654321", "", ""],
        ["escuta:3", "", "", "", "x", "true"],
    ]


def test_a_line_that_is_no_object_is_one_wrong_row() -> None:
    lines = [
        b'{"Nome": "Ana", "Loja": "x"}',
        b"Bruno",
        b'["Bruno"]',
        b'{"Nome": NaN}',
        b'{"Nome": ' + b"[" * 100_000,
        b'{"Nome": "Jo\xe3o"}',
        b'{"Nome": "Carla", "Fones": ["1", "2"], "Casa": {"Rua": "A"}}',
        b'{"Nome": "Davi", "Nome": "Eva"}',
        b'{"Nome": "Zo\\ud800", "Loja": "\\u0000"}',
        b'{"Nome": "' + b"\xc3\xa7" * 262_145 + b'"}',
    ]
    assert [[row[0], row[1][:7]] for row in rows(b"\n".join(lines))[2:]] == [
        ["escuta:2 json_malformed", "Bruno"],
        ["escuta:3 json_not_object", '["Bruno'],
        ["escuta:4 json_malformed", '{"Nome"'],
        ["escuta:5 json_malformed", '{"Nome"'],
        ["escuta:6 json_not_utf8", '{"Nome"'],
        ["escuta:7 json_nested=3 json_nested=4", "Carla"],
        ["escuta:8 json_key_repeated=1", "Eva"],
        ["escuta:9 control_character=1 control_character=2", "Zo\ufffd"],
        ["escuta:10 row_too_long", "ççççççç"],
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[1]\n[2]\n", "json_not_lines"),
        (b"{}\n{}\n", "json_not_lines"),
        (b"{\n", "json_not_lines"),
        (b" \n\n", ""),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}\n', "line_too_long"),
        (json.dumps(dict.fromkeys(map(str, range(501)))).encode(), "too_many_columns"),
    ],
)
def test_f9_f11_lines_that_make_no_table_are_refused(body: bytes, code: str) -> None:
    if code:
        assert refused(body, "a.jsonl")[0] == code
    else:
        assert unpacked(body, "a.jsonl") == body  # blank lines are an empty file of whatever kind


def test_a_line_is_known_by_its_number_and_rejected_for_a_field_that_somebody_reads() -> None:
    lines = [
        ANA,
        "\n",
        "Bruno\n",
        ANA.replace('"ana@', '["x"], "Notas": [1], "E-mail": "carla@'),
        ANA.replace("}", ', "Notas": [1]}'),
    ]
    found = scan([content := unpacked("".join(lines).encode(), "a.jsonl")], PEOPLE)
    file = DropFile(
        id="f",
        bucket="b",
        object_key="k",
        state=FileState.LOADING,
        received_at=NOON,
        header=found.header,
        mapping=found.mapping,
        delimiter=found.delimiter,
    )
    (chunk,) = found.chunks
    read = rows_of(file, chunk, content[chunk.first_byte :].decode())
    assert [(chunk.first_line + line.place, line.code, line.details) for line in read] == [
        (1, "", {}),
        (3, "json_malformed", {}),
        (4, "json_key_repeated", {"column": "E-mail"}),
        (5, "", {}),
    ]


@settings(deadline=None, max_examples=40)  # other work on the machine is no failure
@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "ç"]), TEXTS, max_size=3), max_size=6))
def test_objects_come_out_of_json_lines_as_they_went_in(objects: list[dict[str, str]]) -> None:
    written = [one for one in objects if not is_blank(one.values())]
    if not written:
        return
    body = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects)
    columns, *found = rows(body.encode())
    assert [dict(zip(columns[1:], cells[1:], strict=True)) for cells in found] == [
        {name: one.get(name, "") for name in columns[1:]} for one in written
    ]
    assert set(columns[1:]) == {name for one in objects for name in one}


@pytest.mark.parametrize(
    ("written", "decimal", "spelled"),
    [("7", ",", "7"), ("12.5", ",", "12,5"), ("12.5", ".", "12.5"), ("12.5", "", "12.5"), ("1.234", "", "1.2340")],
)
def test_a_number_is_spelled_so_that_the_folder_reads_no_other(written: str, decimal: str, spelled: str) -> None:
    packed = [made(f"<row><c><v>{written}</v></c></row>"), f'{{"n": {written}}}'.encode()]
    for body in packed:
        kind = unpacking.packing(body, "")
        lines = b"".join(unpacking.unpack(kind, reading(body), decimal=decimal)).decode().splitlines()
        assert next(csv.reader(lines[-1:]))[1] == spelled
    assert values.number(spelled, decimal) == Decimal(written)


@pytest.mark.parametrize(
    "body",
    [
        made('<row><c t="str"><v>1.19999E+10</v></c></row>'),
        b'{"Celular": 1.19999E+10}',
        b'{"Celular": 1.1E9}',
        b'{"Celular": "1,19999E+10"}',
    ],
    ids=["a text of a sheet", "a number of JSON", "a short one", "a text of JSON"],
)
def test_f12_a_telephone_that_lost_its_digits_arrives_as_it_was_left(body: bytes) -> None:
    lines = unpacked(body, "a.jsonl").decode().splitlines()
    with pytest.raises(InvalidError) as refused:
        addresses.phone(next(csv.reader(lines[-1:]))[1], "BR")
    assert refused.value.code == "phone_scientific"


@settings(deadline=None, max_examples=40)  # other work on the machine is no failure
@given(
    st.lists(st.tuples(st.integers(0, 1 << 40), st.lists(TEXTS, max_size=4)), max_size=14),
    st.lists(st.sampled_from([("json_malformed", 0), ("cell_error", 3)]), max_size=2, unique=True),
)
def test_canonical_rows_are_read_back_as_they_were_written(
    lines: list[tuple[int, list[str]]], faults: list[tuple[str, int]]
) -> None:
    given_rows = [Row(place, cells, tuple(faults)) for place, cells in lines]
    body = b"".join(canonical.write(given_rows)).decode()
    found = list(cells_of(body.removeprefix("sep=,\r\n"), ","))
    expected = [row for row in given_rows if faults or not is_blank(row.cells)]
    assert [canonical.read(line.cells[0]) for line in found] == [(row.place, row.faults) for row in expected]
    assert [trimmed(line.cells[1:]) for line in found] == [trimmed(row.cells) for row in expected]


def test_no_cell_of_a_file_of_somebody_else_is_taken_for_one_of_ours() -> None:
    assert canonical.is_canonical(("escuta:7", "Nome"))
    for header in ((), ("escuta: linha", "Nome"), ("escuta:", "Nome"), ("Nome", "escuta:7"), ("escuta:7 x=y",)):
        assert not canonical.is_canonical(header)
    assert canonical.read("escuta:7;Ana") is None
