"""A file takes as much memory as a smaller one: nothing grows with it but the list of its chunks."""

import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator

import pytest

from escuta.directory import unpacking
from escuta.directory.model import Folder
from escuta.directory.scan import scan

PEOPLE = Folder(folder="clientes")
NOTE = "".join(chr(ord("a") + number * number % 26) for number in range(4_000))  # tracing costs by the row


def blocks(rows: int, row: str) -> Iterator[bytes]:
    for first in range(0, rows, 100):
        yield "".join(row.format(number, NOTE) for number in range(first, first + 100)).encode()


def lines(rows: int) -> Iterator[bytes]:
    yield b"Nome;E-mail;Loja;Notas\r\n"
    yield from blocks(rows, 'Conceição {0};c{0}@example.com;spo-01;"{1}"\r\n')


def objects(rows: int) -> Iterator[bytes]:
    return blocks(rows, '{{"Nome": "Ana {0}", "E-mail": "c{0}@example.com", "Loja": "spo-01", "Notas": "{1}"}}\n')


def gzipped(rows: int) -> Iterator[bytes]:
    packer = zlib.compressobj(0, wbits=31)
    yield from map(packer.compress, lines(rows))
    yield packer.flush()


def peak(read: Callable[[int], Iterable[bytes]], rows: int) -> int:
    """Return the bytes that registering a file of so many rows holds at its worst."""
    tracemalloc.start()
    try:
        assert scan(read(rows), PEOPLE).rows == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "read",
    [
        lines,
        lambda rows: unpacking.unpack("gzip", lambda: gzipped(rows)),
        lambda rows: unpacking.unpack("jsonl", lambda: objects(rows)),
    ],
    ids=["plain", "gzip", "lines of JSON"],
)
def test_f10_a_file_of_ten_megabytes_takes_no_more_memory_than_one_of_four(
    read: Callable[[int], Iterable[bytes]],
) -> None:
    scan(read(100), PEOPLE)  # what is kept from then on is kept once
    small, large = peak(read, 1_000), peak(read, 2_500)
    assert small < 12 << 20
    assert large - small < 1 << 18
