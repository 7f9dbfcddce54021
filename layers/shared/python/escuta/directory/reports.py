"""The reports of a dropped file: every row's fate as CSV, the rejected rows alone, and a summary as JSON.

The CSV keep the original columns behind ours, in the language of whoever owns the folder: a rejected row is corrected
there, and the file dropped again. Every cell is inert in a spreadsheet; what it was is found again by the intake.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO

from escuta import files, i18n
from escuta.config import settings
from escuta.directory import dates, drops, folders
from escuta.directory.header import OWN_COLUMN, own_title
from escuta.directory.model import DropFile, RowOutcome, RowResult

_PACKAGE = "escuta.directory"
_CSV = "text/csv; charset=utf-8"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
_OWN = ("line", "outcome", "column", "reason", "code")
_LEFT_OUT = frozenset({RowOutcome.REJECTED, RowOutcome.SKIPPED})
_ALWAYS_READ = "YYYY"  # dates that begin with the year need no telling
_BUFFER = 1 << 16
_NAMELESS = frozenset({"rows", "usual", "percent", "limit", "line", "byte", "count", "kind", "folder"})
_ABOUT_OBJECTS = frozenset({"same_content", "held_marker", "held_checksum"})


@dataclass
class _Tally:
    """What the rows of a file came to, counted while they are written."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    routed: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    rejecting: set[int] = field(default_factory=set)  # chunks with a rejected row

    def add(self, chunk: int, result: RowResult) -> None:
        self.outcomes[result.outcome] += 1
        if result.outcome in _LEFT_OUT:
            self.reasons[result.code] += 1
        elif result.excluded:
            self.excluded[result.excluded] += 1
        else:
            self.routed[result.route] += 1
        if result.outcome is RowOutcome.REJECTED:
            self.rejecting.add(chunk)


def write(file: DropFile) -> DropFile:
    """Write what became of a file's rows, and return it with its figures and the reports' names; the caller stores it.

    Written again they are the same. RuntimeError when the outcomes do not add up to the rows of the file: then
    something was lost, and the file must not be called done.
    """
    language, stem, tally = language_of(file), drops.report_stem(file), _Tally()
    lines = _rows(file, language, tally) if file.chunks else _verdict(file, language)
    report = _write_csv(f"{stem}.report.csv", lines, file, language)
    if not file.chunks:
        return file.changed(report_key=report)
    if tally.outcomes.total() != file.rows:
        raise RuntimeError(f"file {file.id}: {tally.outcomes.total()} outcomes for {file.rows} rows")
    rejected = ""
    if tally.rejecting:
        rejected = _write_csv(f"{stem}.rejected.csv", _rejected(file, language, tally.rejecting), file, language)
    return file.changed(
        totals={outcome.value: tally.outcomes[outcome] for outcome in RowOutcome},
        reasons=dict(sorted(tally.reasons.items())),
        routed=dict(sorted(tally.routed.items())) if file.rules else {},
        excluded=dict(sorted(tally.excluded.items())),
        report_key=report,
        rejected_key=rejected,
    )


def write_summary(file: DropFile) -> None:
    """Write what a file was taken for and what became of it, for programs and for people."""
    body = json.dumps(summary(file, language_of(file)), ensure_ascii=False, indent=2)
    key = f"{drops.report_stem(file)}.summary.json"
    files.write(settings().reports_bucket, key, body.encode(), "application/json")


def language_of(file: DropFile) -> str:
    """Return the language of whoever owns the file's folder."""
    return folders.of(file.folder).owner_language


def summary(file: DropFile, language: str) -> dict[str, object]:
    """Return the summary of a file: what it was taken for and what became of it, in words and in figures."""
    return {
        "file": file.object_key,
        "id": file.id,
        "kind": file.file_kind.value,
        "dry_run": file.dry_run,
        "message": message(file, language),
        "warning": i18n.say(_PACKAGE, language, "summary.mojibake") if "mojibake" in file.details else "",
        "reason": file.reason,
        "duplicate_of": file.duplicate_of,
        "format": file.format,
        "compression": file.compression,
        "sheet": file.details.get("sheet", ""),
        "encoding": file.encoding,
        "sample": file.details.get("sample", ""),
        "delimiter": file.delimiter,
        "mapping": file.mapping,
        "ignored": file.ignored,
        "date_formats": file.date_formats,
        "rows": file.rows,
        "totals": file.totals,
        "reasons": file.reasons,
        "routed": file.routed,
        "excluded": file.excluded,
        "rules": f"{file.rules}@{file.rules_version}" if file.rules else "",
        "deployments": file.deployments,
        "sha256": file.sha256,
        "received_at": file.received_at.isoformat(),
        "report": file.report_key,
        "rejected": file.rejected_key,
    }


def message(file: DropFile, language: str) -> str:
    """Return in a sentence what became of a file: why it was not loaded, or how many of its rows were what."""
    if file.reason:
        return say(language, file.reason, file.details)
    if not file.totals:
        return ""
    figures = {name: i18n.number(count, language) for name, count in file.totals.items()}
    code = "summary.would" if file.dry_run else "summary.totals"
    return i18n.say(_PACKAGE, language, code, rows=i18n.number(file.rows, language), **figures)


def say(language: str, code: str, details: dict[str, str]) -> str:
    """Return the words for the reason of a file or a row."""
    if "field" in details:
        details = {**details, "field": i18n.say(_PACKAGE, language, f"field.{details['field']}")}
    if "date" in details:
        moment = datetime.fromisoformat(details["date"])
        details = {**details, "date": i18n.moment(moment, language, settings().timezone)}
    readings: dict[str, str] = {
        name: dates.spell(language, details[name]) for name in ("reading", "other_reading") if name in details
    }
    return i18n.say(_PACKAGE, language, f"intake.{code}", **{**details, **readings})


class _Blanks(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"


def outline(language: str, code: str, details: dict[str, str]) -> str:
    """Return the words for a reason without what a row said: a title may be a person's address, taken for a title."""
    told = {name: text for name, text in details.items() if name in _NAMELESS or code in _ABOUT_OBJECTS}
    if "date" in told:
        told["date"] = i18n.moment(datetime.fromisoformat(told["date"]), language, settings().timezone)
    return i18n.catalog(_PACKAGE, language)[f"intake.{code}"].format_map(_Blanks(told))


def _rows(file: DropFile, language: str, tally: _Tally) -> Iterator[Sequence[str]]:
    """Yield the titles and every row of a file behind its fate."""
    layout = _Layout(file, language)
    yield layout.titles()
    for chunk in range(file.chunks):
        for result in drops.results(file.id, chunk):
            tally.add(chunk, result)
            yield layout.line(result)


def _rejected(file: DropFile, language: str, chunks: Iterable[int]) -> Iterator[Sequence[str]]:
    layout = _Layout(file, language)
    yield layout.titles()
    for chunk in sorted(chunks):
        for result in drops.results(file.id, chunk):
            if result.outcome is RowOutcome.REJECTED:
                yield layout.line(result)


class _Layout:
    """How the rows of one file stand in its reports: our columns first, then its own."""

    def __init__(self, file: DropFile, language: str) -> None:
        self._header = file.header
        self._kept = [place for place, name in enumerate(file.header) if not name.startswith(OWN_COLUMN)]
        self._language = language
        told = ((column, form) for column, form in file.date_formats.items() if not form.startswith(_ALWAYS_READ))
        self._formats = [own_title(column, form) for column, form in told]
        mood = "would" if file.dry_run else "outcome"
        self._outcomes = {each: i18n.say(_PACKAGE, language, f"{mood}.{each}") for each in RowOutcome}

    def titles(self) -> list[str]:
        return [*_titles(self._language), *self._formats, *(self._header[place] for place in self._kept)]

    def line(self, result: RowResult) -> list[str]:
        reason = say(self._language, result.code, result.details) if result.code else ""
        fate = [str(result.line), self._outcomes[result.outcome], result.column, reason, result.code]
        return fate + [""] * len(self._formats) + self._original(result)

    def _original(self, result: RowResult) -> list[str]:
        """Return the row as it was; cells without a column stand at the end, where they can be seen."""
        width = len(self._header)
        cells = [*result.original, *[""] * (width - len(result.original))]
        return [cells[place] for place in self._kept] + cells[width:]


def _titles(language: str) -> list[str]:
    return [f"{OWN_COLUMN} {i18n.say(_PACKAGE, language, f'report.{name}')}" for name in _OWN]


def _verdict(file: DropFile, language: str) -> Iterator[Sequence[str]]:
    """Yield the titles and the one line about a file that was not loaded at all."""
    _, outcome, _, reason, code = _titles(language)
    yield [outcome, reason, code]
    state = i18n.say(_PACKAGE, language, f"state.{file.state}")
    yield [state, say(language, file.reason, file.details), file.reason]


def _write_csv(key: str, lines: Iterable[Sequence[str]], file: DropFile, language: str) -> str:
    """Write a CSV with the file's own separator, or with the one that spreadsheets of the owner's language want."""
    delimiter = (file.delimiter if file.format == "csv" else "") or i18n.separator(language)
    files.write_blocks(settings().reports_bucket, key, _csv(lines, delimiter), _CSV)
    return key


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
