"""The separator of a file: scored by constant field count over its first lines, never guessed from letters."""

from collections import Counter
from collections.abc import Callable, Sequence
from csv import Error
from typing import NamedTuple

from escuta.directory.records import is_blank, reader

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 200
_TITLES = 500  # cells of a row that are looked at: a file has no more columns
_ANNOUNCED = len("sep=;")


class Score(NamedTuple):
    """How well a separator explains the sample: names known in the header, share of even rows, columns."""

    named: int
    even: float
    columns: int


def announced(line: str) -> str:
    """Return the separator that a first line `sep=;` announces to Excel, else ""."""
    line = line.rstrip("\r\n").strip('"')
    named = len(line) == _ANNOUNCED and line.lower().startswith("sep=") and line[-1] in DELIMITERS
    return line[-1] if named else ""


def choose(lines: Sequence[str], known: Callable[[Sequence[str]], int]) -> str:
    """Return the separator of these lines (with their ends). `known` counts the column names in a row it knows.

    The names decide first, since decimal commas are as regular as columns; then the share of rows with the usual
    number of fields, then that number.
    """
    return max(DELIMITERS, key=lambda delimiter: score(lines[:_SAMPLE_LINES], delimiter, known))


def score(lines: Sequence[str], delimiter: str, known: Callable[[Sequence[str]], int]) -> Score:
    """Return how well this separator explains the lines."""
    rows = sample(lines, delimiter)
    if not rows:
        return Score(0, 0.0, 2)  # a spreadsheet saved empty: nothing but this separator
    counts = Counter(len(row) for row in rows)
    columns, usual = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
    if columns == 1:
        return Score(0, 0.0, 1)
    return Score(max(known(row[:_TITLES]) for row in rows[:10]), usual / len(rows), columns)


def sample(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the rows of the sample that are not blank; what comes after an unreadable place is left out."""
    rows: list[list[str]] = []
    try:
        rows.extend(row for row in reader(lines, delimiter, strict=False) if not is_blank(row))
    except Error:
        return rows
    return rows
