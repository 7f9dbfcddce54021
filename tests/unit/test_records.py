"""Rows are found where csv finds them, whatever stands between the quotes."""

import csv
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escuta.directory.cells import cells_of
from escuta.directory.decoding import RefusedFileError
from escuta.directory.records import RECORD_LIMIT, Blank, is_blank, parse, physical_lines, reader, records

TEXTS = st.text(alphabet='a";,\n\r \té', max_size=40)
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])


def blocks(body: bytes, size: int) -> Iterator[bytes]:
    return (body[place : place + size] for place in range(0, len(body), size))


def lenient(text: str, delimiter: str) -> list[list[str]]:
    return list(reader(physical_lines(text), delimiter, strict=False))


@settings(deadline=None)  # other work on the machine is no failure
@given(TEXTS, DELIMITERS, st.integers(1, 7))
@example('"a\nb",c\r\n"d""",e\r"f', ",", 3)
@example('a,"b"c\n"d\n""\n",e\n', ",", 1)
@example('"a"b,"c\nd"\n', ",", 2)
def test_rows_joined_again_parse_as_the_whole_file_does(text: str, delimiter: str, size: int) -> None:
    body = text.encode("latin-1")
    try:
        found = list(records(blocks(body, size), delimiter))
    except RefusedFileError as refused:
        assert refused.code == "quote_unclosed"  # noqa: PT017 - both outcomes are right, each under its own condition
        with pytest.raises(csv.Error):
            list(reader(physical_lines(text), delimiter))
        return
    assert b"".join(record.raw for record in found) == body
    assert [parse(record.raw, delimiter) for record in found] == lenient(text, delimiter)
    assert [record.offset for record in found] == [
        sum(len(before.raw) for before in found[:number]) for number in range(len(found))
    ]


@settings(deadline=None)  # other work on the machine is no failure
@given(TEXTS, DELIMITERS)
@example('""\t', ",")  # quotes out of place around nothing: no row
def test_a_chunk_has_the_rows_that_registering_counted(text: str, delimiter: str) -> None:
    try:
        found = list(records([text.encode("latin-1")], delimiter))
    except RefusedFileError:
        return
    blank = Blank(delimiter)
    counted = [record for record in found if not blank(record.raw)]
    lines = list(cells_of(text, delimiter))
    assert [line.place + 1 for line in lines] == [record.line for record in counted]
    assert [line.cells for line in lines] == [parse(record.raw, delimiter) for record in counted]
    assert [blank(record.raw) for record in found] == [is_blank(parse(record.raw, delimiter)) for record in found]


def test_f3_a_quoted_line_end_belongs_to_its_cell() -> None:
    body = b'name,note\rAna,"one\r\ntwo\n"\nBruno,x'
    assert [(record.line, record.raw) for record in records([body], ",")] == [
        (1, b"name,note\r"),
        (2, b'Ana,"one\r\ntwo\n"\n'),
        (5, b"Bruno,x"),
    ]


def test_f4_a_quote_that_never_closes_is_named_by_its_line() -> None:
    body = b"name\n" * 6 + b'"Ana\n' + b"Bruno\n" * 100_000
    with pytest.raises(RefusedFileError) as refused:
        list(records(blocks(body, 65_536), ","))
    assert (refused.value.code, refused.value.details) == ("quote_unclosed", {"line": 7})


def test_f4_a_quote_closed_by_the_next_one_far_below_eats_no_rows() -> None:
    body = b'name;store\n"Ana;x\nBruno;y\n"Carla";z\n'
    with pytest.raises(RefusedFileError) as refused:
        list(records([body], ";"))
    assert (refused.value.code, refused.value.details) == ("quote_unclosed", {"line": 2})


def test_f4_the_line_named_is_that_of_the_quote_not_that_of_its_row() -> None:
    with pytest.raises(RefusedFileError) as refused:
        list(records([b'"Ana\nSouza","oops\nBruno\n'], ","))
    assert refused.value.details == {"line": 2}


def test_f9_a_line_without_end_is_refused_with_its_place_before_it_is_held() -> None:
    def endless() -> Iterator[bytes]:
        yield b"name\n"
        for _ in range(200):
            yield b"x" * (1 << 20)
        pytest.fail("read the whole line")

    with pytest.raises(RefusedFileError) as refused:
        list(records(endless(), ","))
    assert (refused.value.code, refused.value.details) == (
        "line_too_long",
        {"line": 2, "byte": 5, "limit": RECORD_LIMIT},
    )


def test_f9_a_field_above_the_limit_rejects_its_row_alone() -> None:
    text = f"Ana,{'x' * 70_000}\nBruno,y\n"
    first, second = cells_of(text, ",")
    assert (first.code, first.details) == ("field_too_long", {"limit": 65_536})
    assert (second.place, second.cells, second.code) == (1, ["Bruno", "y"], "")


def test_f5_a_stray_quote_is_kept_and_flagged() -> None:
    lines = list(cells_of('Joe "JJ" Doe,x\n"Ana ""Nana"" Souza",y\n', ","))
    assert [(line.cells[0], line.flag) for line in lines] == [
        ('Joe "JJ" Doe', "stray_quote"),
        ('Ana "Nana" Souza', ""),
    ]


def test_f5_text_after_a_closing_quote_rejects_its_row_alone() -> None:
    lines = list(cells_of('"Ana" Souza,"a\nb"\nBruno,y\n', ","))
    assert [(line.place, line.code) for line in lines] == [(0, "malformed_quotes"), (2, "")]
    assert lines[0].cells == ["Ana Souza", "a\nb"]


def test_an_unclosed_quote_costs_linear_time() -> None:
    body = b'"' + b'""' * 400_000 + b"\n" + b"a," * 200_000 + b'"x"y\n'
    with pytest.raises(RefusedFileError):
        list(records([body], ","))
