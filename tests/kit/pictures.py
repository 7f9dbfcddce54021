"""PNG files of QR codes, read as a scanner sees them. Only what such files hold: gray, one bit, no interlace."""

import struct
import zlib


def pixels(png: bytes) -> memoryview:
    """Return the picture as rows of gray bytes. Fails on anything that is not a gray PNG of one bit."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = dict[bytes, bytes](), 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind = png[place + 4 : place + 8]
        chunks[kind] = chunks.get(kind, b"") + png[place + 8 : place + 8 + length]
        place += length + 12
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color) == (1, 0)
    lines, step = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    rows, above = list[bytes](), bytes(step - 1)
    for number in range(height):
        above = _line(lines[number * step : (number + 1) * step], above)
        bits = "".join(f"{byte:08b}" for byte in above)[:width]
        rows.append(bytes(255 if bit == "1" else 0 for bit in bits))
    return memoryview(b"".join(rows)).cast("B", (height, width))


def _line(line: bytes, above: bytes) -> bytes:
    """Undo the filter of a line: none, or the difference to the line above."""
    assert line[0] in {0, 2}
    return (
        line[1:] if line[0] == 0 else bytes((here + there) % 256 for here, there in zip(line[1:], above, strict=True))
    )
