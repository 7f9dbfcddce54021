"""Rows with types as a Parquet file, written while it is made: the memory of one row group, whatever the file.

The footer of a Parquet file says where every group stands, so nobody can go on with one that somebody else began. An
export therefore collects its rows as lines first, which can be continued, and packs them in one go.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from escuta.feedback.exported.columns import Field, Type, as_text

if TYPE_CHECKING:
    import pyarrow as pa

CONTENT_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 50_000
_GROUP_BYTES = 64 << 20  # of values in memory: rows with long texts make smaller groups
_BATCH = 2_000  # rows that are Python objects at the same time
_BATCH_LENGTH = 4 << 20  # characters of them: of rows with long texts there are fewer
Row = Mapping[str, Any]


def blocks(fields: Sequence[Field], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the bytes of a file with these columns and rows. Moments and days are ISO 8601, as JSON has them."""
    from pyarrow import parquet  # noqa: PLC0415 - heavy, and in the layer of those functions alone that need it

    schema, sink = _schema(fields), _Sink()
    with parquet.ParquetWriter(sink, schema, compression="zstd", version="2.6", write_page_index=True) as writer:
        for group in _groups(fields, schema, rows):
            writer.write_table(group, row_group_size=GROUP_ROWS)
            yield sink.taken()
    yield sink.taken()


def _schema(fields: Sequence[Field]) -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 - as above

    kinds = {
        Type.TEXT: pa.string(),
        Type.INT: pa.int64(),
        Type.BOOL: pa.bool_(),
        Type.TIME: pa.timestamp("ms", tz="UTC"),
        Type.DAY: pa.date32(),
        Type.TEXTS: pa.list_(pa.string()),
    }
    return pa.schema([(field.name, kinds[field.type]) for field in fields])


def _groups(fields: Sequence[Field], schema: "pa.Schema", rows: Iterable[Row]) -> Iterator["pa.Table"]:
    """Yield tables of as many rows as a row group may have."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    held = list[Any]()
    count = size = 0
    for some in _batches(rows):
        columns = [pa.array(_column(field, some), type=kind) for field, kind in zip(fields, schema.types, strict=True)]
        held.append(pa.record_batch(columns, schema=schema))
        count, size = count + len(some), size + held[-1].nbytes
        if count + _BATCH > GROUP_ROWS or size >= _GROUP_BYTES:
            yield pa.Table.from_batches(held, schema=schema)
            held, count, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held, schema=schema)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    held, length = list[Row](), 0
    for row in rows:
        held.append(row)
        length += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(held) == _BATCH or length >= _BATCH_LENGTH:
            yield held
            held, length = [], 0
    if held:
        yield held


def _column(field: Field, some: Iterable[Row]) -> list[Any]:
    values = (row.get(field.name) for row in some)
    read = _READ.get(field.type)
    return [value if value is None or read is None else read(value) for value in values]


_READ: Mapping[Type, Callable[[Any], Any]] = {
    Type.TIME: datetime.fromisoformat,
    Type.DAY: date.fromisoformat,
    Type.TEXT: as_text,  # also of a question that was a scale when the first rows were collected
}


class _Sink(io.RawIOBase):
    """A file that is written to, and whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, some: Any, /) -> int:
        with memoryview(some) as view:
            self._held += view
            self._at += view.nbytes
            return view.nbytes

    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._held = bytes(self._held), bytearray()
        return taken
