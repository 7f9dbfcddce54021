"""PNG files as a scanner of QR codes sees them: rows of gray. For files without palette and without interlace."""

import struct
import zlib
from collections.abc import Iterator

CHANNELS = {0: 1, 2: 3, 6: 4}  # gray, red-green-blue, the same with alpha


def gray(png: bytes) -> memoryview:
    """Return the picture as rows of bytes, 0 for black; of a colored one the green, which is most of its light."""
    chunks = dict[bytes, bytes]()
    for kind, content in _chunks(png):
        chunks[kind] = chunks.get(kind, b"") + content
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    channels = CHANNELS[color]
    length, step = (width * depth * channels + 7) // 8, max(1, depth * channels // 8)
    packed, above, rows = zlib.decompress(chunks[b"IDAT"]), bytes(length), list[bytes]()
    for start in range(0, height * (length + 1), length + 1):
        above = _unfiltered(packed[start], packed[start + 1 : start + 1 + length], above, step)
        rows.append(above[channels // 2 :: channels] if depth > 1 else _unpacked(above, width))
    return memoryview(b"".join(rows)).cast("B", (height, width))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        yield kind, png[place + 8 : place + 8 + length]
        place += length + 12


def _unpacked(line: bytes, width: int) -> bytes:
    return bytes(255 if bit == "1" else 0 for bit in "".join(f"{byte:08b}" for byte in line)[:width])


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """Undo the filter of a line (PNG, 9.2): what is stored is the difference to a guess from its neighbors."""
    found = bytearray(step)
    for place, difference in enumerate(line):
        left, up, corner = found[place], above[place], above[place - step] if place >= step else 0
        guess = (0, left, up, (left + up) // 2, _nearest(left, up, corner))[kind]
        found.append((difference + guess) % 256)
    return bytes(found[step:])


def _nearest(left: int, up: int, corner: int) -> int:
    wanted = left + up - corner
    return min((left, up, corner), key=lambda value: abs(wanted - value))
