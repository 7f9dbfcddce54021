"""Parquet, written while it is made."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyarrow import parquet as reader

from escuta.feedback import parquet
from escuta.feedback.exported import Field, Type

FIELDS = (
    Field("word", Type.TEXT),
    Field("number", Type.INT),
    Field("yes", Type.BOOL),
    Field("at", Type.TIME),
    Field("day", Type.DAY),
    Field("words", Type.TEXTS),
)
ROW = {
    "word": "=1+1",
    "number": -(2**62),
    "yes": False,
    "at": "2026-03-10T12:00:00.001-03:00",
    "day": "2026-02-28",
    "words": ["á", ""],
}


def written(rows: Iterator[dict[str, Any]]) -> pa.Table:
    return reader.read_table(io.BytesIO(b"".join(parquet.blocks(FIELDS, rows))))


def test_every_type_comes_back_as_it_was_and_nothing_is_made_inert() -> None:
    (row,) = written(iter([ROW])).to_pylist()

    moment = datetime(2026, 3, 10, 15, 0, 0, 1000, tzinfo=UTC)
    assert row == {**ROW, "at": moment, "day": date(2026, 2, 28)}


def test_what_is_not_there_is_null() -> None:
    (row,) = written(iter([{"word": None}])).to_pylist()

    assert row == dict.fromkeys(ROW)


def test_a_file_without_rows_still_says_what_its_columns_are() -> None:
    found = written(iter(()))

    assert (found.num_rows, found.schema.names) == (0, list(ROW))


words = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
rows = some.lists(
    some.fixed_dictionaries({"word": some.none() | words, "number": some.none() | some.integers(-(2**63), 2**63 - 1)}),
    max_size=30,
)


@given(rows=rows, batch=some.integers(1, 7))
def test_however_many_rows_make_a_group_all_come_back_in_order(rows: list[dict[str, Any]], batch: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parquet, "_BATCH", batch)
        patched.setattr(parquet, "GROUP_ROWS", 2 * batch)

        assert written(iter(rows)).select(["word", "number"]).to_pylist() == rows


def test_bytes_leave_with_each_group_and_long_texts_make_smaller_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BATCH", 10)
    monkeypatch.setattr(parquet, "_GROUP_BYTES", 20_000)
    taken = []

    def asked() -> Iterator[dict[str, Any]]:
        for number in range(100):
            taken.append(number)
            yield {"word": f"{number}" + "x" * 1000}

    sizes = [(len(taken), len(block)) for block in parquet.blocks(FIELDS, asked())]

    assert [count for count, _ in sizes] == [20, 40, 60, 80, 100, 100]
    assert all(size > 0 for _, size in sizes)


def test_rows_with_long_texts_are_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BATCH_LENGTH", 5_000)
    monkeypatch.setattr(parquet, "_GROUP_BYTES", 1)
    taken = []

    def asked() -> Iterator[dict[str, Any]]:
        for number in range(12):
            taken.append(number)
            yield {"word": "x" * 1000}

    assert [len(taken) for _ in parquet.blocks(FIELDS, asked())] == [5, 10, 12, 12]


def test_what_was_collected_as_a_number_or_as_several_is_packed_as_text() -> None:
    found = written(iter([{"word": 9}, {"word": ["price", "staff"]}, {"word": "said"}]))

    assert found["word"].to_pylist() == ["9", "price, staff", "said"]
