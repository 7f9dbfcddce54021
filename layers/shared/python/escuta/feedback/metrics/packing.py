"""Numbers that belong together, by name and day or month, as a short text and back.

Each number is told as its distance from what its name's share of all answers would make of that day: little more than
chance is left. What has parts (`topic.price` and `topic.price.promoter`) is told as its distance from their sum.
"""

from base64 import b85decode, b85encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from zlib import compress, decompress

_BASE = "n"


def pack(columns: Sequence[Mapping[str, int]]) -> str:
    """Return the numbers of some days or months in a row. Names have no line breaks; zeros are not kept."""
    names = sorted({name for column in columns for name, number in column.items() if number} - {_BASE}, reverse=True)
    base = [column.get(_BASE, 0) for column in columns]
    plain, low, high = bytearray(), bytearray(), bytearray()
    for number in (len(columns), *base):
        _put(plain, _unsigned(number))
    parts = _parts(names)
    for name in names:
        row = [column.get(name, 0) for column in columns]
        if name in parts:
            expected = [sum(column.get(part, 0) for part in parts[name]) for column in columns]
        else:
            _put(plain, _unsigned(sum(row)))
            expected = _shares(base, sum(row))
        for number, guess in zip(row, expected, strict=True):
            distance = _unsigned(number - guess)
            low.append(distance & 255)
            _put(high, distance >> 8)
    return b85encode(compress(b"\0".join(("\n".join(names).encode(), bytes(plain + low + high))), 9)).decode()


def unpack(text: str) -> list[Counter[str]]:
    """Return what was packed, one counter for each day or month."""
    listed, _, packed = decompress(b85decode(text)).partition(b"\0")
    names = listed.decode().split("\n") if listed else []
    parts = _parts(names)
    numbers = _taken(packed, len(names), len(names) - len(parts))
    base, totals = next(numbers), iter(next(numbers))
    columns = [Counter({_BASE: number}) if number else Counter[str]() for number in base]
    for name in names:
        if name in parts:
            expected = [sum(column.get(part, 0) for part in parts[name]) for column in columns]
        else:
            expected = _shares(base, next(totals))
        for column, guess, distance in zip(columns, expected, next(numbers), strict=True):
            if guess + distance:
                column[name] = guess + distance
    return columns


def _parts(names: Sequence[str]) -> dict[str, list[str]]:
    """Return which names say more of which, one step down."""
    parts: dict[str, list[str]] = {}
    known = set(names)
    for name in names:
        above = name.rpartition(".")[0]
        if above in known:
            parts.setdefault(above, []).append(name)
    return parts


def _shares(base: Sequence[int], total: int) -> list[int]:
    every = sum(base)
    return [(number * total + every // 2) // every for number in base] if every > 0 else [0] * len(base)


def _unsigned(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _signed(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def _put(target: bytearray, number: int) -> None:
    """Append a number, seven bits a byte, the lowest first."""
    while number > 127:  # noqa: PLR2004 - seven bits
        target.append(number & 127 | 128)
        number >>= 7
    target.append(number)


def _taken(packed: bytes, names: int, totals: int) -> Iterator[list[int]]:
    """Yield the base, the totals, and the distances of each name."""
    place = 0

    def take() -> int:
        nonlocal place
        number = shift = 0
        while True:
            byte = packed[place]
            place += 1
            number |= (byte & 127) << shift
            if byte <= 127:  # noqa: PLR2004 - seven bits
                return number
            shift += 7

    width = take() // 2
    yield [_signed(take()) for _ in range(width)]
    yield [_signed(take()) for _ in range(totals)]
    low = packed[place : place + names * width]
    place += len(low)
    for start in range(0, len(low), width or 1):
        yield [_signed(byte | take() << 8) for byte in low[start : start + width]]
