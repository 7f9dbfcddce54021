"""JSON Lines: one object a line. Their keys, in the order they first appear anywhere in the file, are the columns."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from json import JSONDecoder
from typing import Any

from escuta.directory.canonical import Row, spelled
from escuta.directory.decoding import RefusedFileError
from escuta.directory.header import COLUMN_LIMIT
from escuta.directory.records import byte_lines

_BOM = b"\xef\xbb\xbf"
_SHOWN = 1000


class _Repeated(dict[str, Any]):
    """An object that says a key more than once."""

    keys_repeated: tuple[str, ...] = ()


def rows(opened: Callable[[], Iterable[bytes]], decimal: str = "") -> Iterator[Row]:
    """Yield a header and a row for every line that is not blank; the file is read twice, so no key is left out.

    A line that is no object is a row with a fault. RefusedFileError `json_not_lines` when no line is one, and
    `too_many_columns`.
    """
    decoder = _decoder(decimal)
    columns = _columns(opened(), decoder)
    yield Row(0, columns)
    places = {name: place for place, name in enumerate(columns)}
    for number, raw in _lines(opened()):
        yield _row(number, raw, places, decoder)


def _lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(byte_lines(blocks), 1):
        raw = (line.removeprefix(_BOM) if number == 1 else line).strip()
        if raw:
            yield number, raw


def _columns(blocks: Iterable[bytes], decoder: JSONDecoder) -> Sequence[str]:
    found: dict[str, None] = {}
    empty = True
    for _, raw in _lines(blocks):
        empty = False
        said = _said(raw, decoder)
        if not isinstance(said, str):
            found.update(dict.fromkeys(said))
            if len(found) > COLUMN_LIMIT:
                raise RefusedFileError("too_many_columns", count=len(found), limit=COLUMN_LIMIT)
    if not found:
        raise RefusedFileError("empty_file" if empty else "json_not_lines")
    return tuple(found)


def _said(raw: bytes, decoder: JSONDecoder) -> dict[str, Any] | str:
    """Return the object of a line, or the code of what is wrong with it."""
    try:
        value = decoder.decode(raw.decode())
    except UnicodeDecodeError:
        return "json_not_utf8"
    except (ValueError, RecursionError):
        return "json_malformed"
    return value if isinstance(value, dict) else "json_not_object"


def _row(number: int, raw: bytes, places: Mapping[str, int], decoder: JSONDecoder) -> Row:
    said = _said(raw, decoder)
    if isinstance(said, str):
        return Row(number, [raw.decode(errors="replace")[:_SHOWN]], ((said, 0),))
    cells = [""] * len(places)
    faults: list[tuple[str, int]] = []
    for name, value in said.items():
        cells[places[name]] = _text(value)
        if isinstance(value, dict | list):
            faults.append(("json_nested", places[name] + 1))
    if isinstance(said, _Repeated):
        faults += [("json_key_repeated", places[name] + 1) for name in said.keys_repeated]
    return Row(number, cells, tuple(faults))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    repeated.keys_repeated = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return repeated


def _refuse(constant: str) -> str:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def _decoder(decimal: str) -> JSONDecoder:
    """Return what reads a line. Numbers keep their digits: a telephone number has none to round, an amount neither."""
    real = partial(spelled, decimal=decimal)
    return JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=real, parse_constant=_refuse)
