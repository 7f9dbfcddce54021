"""The report of a dropped file: a CSV with every row's fate, in the owner's language, and a summary as JSON.

The CSV keeps the original columns behind ours, so that a rejected row can be corrected there and the file dropped
again. Every cell is inert in a spreadsheet; what it was is found again by the intake.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO

from escuta import files, i18n
from escuta.config import settings
from escuta.directory import drops, folders
from escuta.directory.header import OWN_COLUMN
from escuta.directory.model import DropFile, RowOutcome, RowResult

_PACKAGE = "escuta.directory"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
_OWN = ("line", "outcome", "column", "reason")
_BUFFER = 1 << 16


def write(file: DropFile) -> DropFile:
    """Write both reports of a file and return it with its totals and the report's name; the caller stores it.

    Written again they are the same. RuntimeError when the outcomes do not add up to the rows of the file: then
    something was lost, and the file must not be called done.
    """
    language, stem = language_of(file), drops.report_stem(file)
    totals: Counter[str] = Counter()
    lines = _rows(file, language, totals) if file.chunks else _verdict(file, language)
    delimiter = file.delimiter or ("," if language == "en" else ";")
    key = f"{stem}.report.csv"
    files.write_blocks(settings().reports_bucket, key, _csv(lines, delimiter), "text/csv; charset=utf-8")
    if file.chunks and totals.total() != file.rows:
        raise RuntimeError(f"file {file.id}: {totals.total()} outcomes for {file.rows} rows")
    counted = {outcome.value: totals[outcome] for outcome in RowOutcome} if file.chunks else {}
    reported = file.changed(totals=counted, report_key=key)
    body = json.dumps(summary(reported, language), ensure_ascii=False, indent=2)
    files.write(settings().reports_bucket, f"{stem}.summary.json", body.encode(), "application/json")
    return reported


def language_of(file: DropFile) -> str:
    """Return the language of whoever owns the file's folder."""
    return folders.of(file.folder).owner_language


def summary(file: DropFile, language: str) -> dict[str, object]:
    """Return the summary of a file: what it was taken for and what became of it, in words and in figures."""
    words = say(language, file.reason, file.details) if file.reason else ""
    if file.totals:
        figures = {name: i18n.number(count, language) for name, count in file.totals.items()}
        words = i18n.say(_PACKAGE, language, "summary.totals", rows=i18n.number(file.rows, language), **figures)
    mojibake = i18n.say(_PACKAGE, language, "summary.mojibake") if "mojibake" in file.details else ""
    return {
        "file": file.object_key,
        "id": file.id,
        "message": words,
        "warning": mojibake,
        "reason": file.reason,
        "duplicate_of": file.duplicate_of,
        "encoding": file.encoding,
        "sample": file.details.get("sample", ""),
        "delimiter": file.delimiter,
        "mapping": file.mapping,
        "rows": file.rows,
        "totals": file.totals,
        "sha256": file.sha256,
        "received_at": file.received_at.isoformat(),
        "report": file.report_key,
    }


def say(language: str, code: str, details: dict[str, str]) -> str:
    """Return the words for the reason of a file or a row."""
    if "field" in details:
        details = {**details, "field": i18n.say(_PACKAGE, language, f"field.{details['field']}")}
    if "date" in details:
        moment = datetime.fromisoformat(details["date"])
        details = {**details, "date": i18n.moment(moment, language, settings().timezone)}
    return i18n.say(_PACKAGE, language, f"intake.{code}", **details)


def _rows(file: DropFile, language: str, totals: Counter[str]) -> Iterator[Sequence[str]]:
    kept = [place for place, name in enumerate(file.header) if not name.startswith(OWN_COLUMN)]
    yield [*_titles(language), *(file.header[place] for place in kept)]
    for chunk in range(file.chunks):
        for result in drops.results(file.id, chunk):
            totals[result.outcome] += 1
            yield [*_fate(result, language), *_original(result, kept, len(file.header))]


def _original(result: RowResult, kept: Sequence[int], width: int) -> list[str]:
    """Return the row as it was; cells without a column stand at the end, where they can be seen."""
    cells = [*result.original, *[""] * (width - len(result.original))]
    return [cells[place] for place in kept] + cells[width:]


def _titles(language: str) -> list[str]:
    return [f"{OWN_COLUMN} {i18n.say(_PACKAGE, language, f'report.{name}')}" for name in _OWN]


def _fate(result: RowResult, language: str) -> list[str]:
    outcome = i18n.say(_PACKAGE, language, f"outcome.{result.outcome}")
    reason = say(language, result.code, result.details) if result.code else ""
    return [str(result.line), outcome, result.column, reason]


def _verdict(file: DropFile, language: str) -> Iterator[Sequence[str]]:
    """Yield the titles and the one line about a file that was not loaded at all."""
    _, outcome, _, reason = _titles(language)
    yield [outcome, reason]
    yield [i18n.say(_PACKAGE, language, f"state.{file.state}"), say(language, file.reason, file.details)]


def _csv(rows: Iterable[Sequence[str]], delimiter: str) -> Iterator[bytes]:
    """Yield the CSV in blocks: UTF-8 with its mark, which is how Excel knows it."""
    buffer = StringIO(newline="")
    buffer.write("\ufeff")
    writer = csv.writer(buffer, delimiter=delimiter)
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
        if buffer.tell() > _BUFFER:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; the intake drops the apostrophe again."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_DANGEROUS) else cell
