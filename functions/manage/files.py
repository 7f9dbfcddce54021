"""Files: what was dropped, and what became of every row of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from escuta import clock, files, table
from escuta.config import settings
from escuta.directory import drops, glancing, intake, reports
from escuta.directory.model import DropFile, FileState, RowOutcome, RowResult
from escuta.errors import ConflictError, NotFoundError
from manage.asking import Asked, Listing, Request, language_of

_INTERNAL = {"chunks", "etag", "sequencer", "staged_key"}
_MOST_CHUNKS = 20  # read for one page, so that a rare outcome in a huge file cannot outlast the function
_MOST_FILES = 500  # looked at for one page of a filtered list
_UNDER_WAY = frozenset({FileState.REGISTERED, FileState.HELD, FileState.LOADING})
_LINK_SECONDS = 300
_KINDS = {
    "report": "text/csv; charset=utf-8",
    "rejected": "text/csv; charset=utf-8",
    "summary": "application/json",
}

Place = tuple[int, int]  # chunk, and row in it


class FileListing(Listing):
    """All files, or those of one folder, or in one state."""

    folder: str = Field(default="", max_length=64)
    state: FileState | None = None


class FilePatch(Asked):
    """What becomes of a file that is held."""

    state: Literal["approved", "discarded"]


class PreviewQuery(Asked):
    """How many of the first rows."""

    limit: int = Field(default=20, ge=1, le=glancing.MOST_ROWS)


class ReportQuery(Asked):
    """Which of the reports of a file."""

    kind: Literal["report", "rejected", "summary"] = "report"


class RowListing(Listing):
    """A file's rows, all or those with one outcome."""

    outcome: RowOutcome | None = None


def _shown(file: DropFile) -> dict[str, Any]:
    return file.model_dump(mode="json", exclude=_INTERNAL)


def listing(request: Request) -> dict[str, Any]:
    """Return dropped files, the newest first. A file may hold people of any segment: nothing for a bound caller.

    A page of a filtered list may be shorter than `limit` although there is a next one.
    """
    request.everywhere()
    asked = request.query(FileListing)
    return request.page(_filtered(asked, request.cursor(asked)), _shown)


def get(request: Request, file: str) -> dict[str, Any]:
    """Return a file with its totals, how far it is, and why it was refused or is held, in words too."""
    request.everywhere()
    request.query(Asked)
    return _whole(request, drops.get(file, consistent=True))


def change(request: Request, file: str) -> dict[str, Any]:
    """Let a held file go on (`approved`), or end it (`discarded`): none of its rows is taken in then.

    One that is not held is refused (409 `file_not_held`).
    """
    request.everywhere()
    asked = request.body(FilePatch)
    found = drops.get(file, consistent=True)
    request.match(found)
    decide = intake.approve if asked.state == "approved" else intake.discard
    return _whole(request, decide(file, request.caller.id, found.rev))


def report(request: Request, file: str) -> dict[str, Any]:
    """Return a link to a report of a file, which ends in five minutes: whoever has it can read the report."""
    request.everywhere()
    asked = request.query(ReportQuery)
    found = drops.get(file, consistent=True)
    key = _report_key(found, asked.kind)
    if not key:
        raise NotFoundError("report_not_found", kind=asked.kind)
    kind = _KINDS[asked.kind]
    name = key.rpartition("/")[2]
    url = files.presigned_get(settings().reports_bucket, key, seconds=_LINK_SECONDS, name=name, content_type=kind)
    return {
        "url": url,
        "name": name,
        "content_type": kind,
        "expires_at": clock.now() + timedelta(seconds=_LINK_SECONDS),
    }


def preview(request: Request, file: str) -> dict[str, Any]:
    """Return the first rows of a file as they stand there, and what each column is taken for.

    Also of one that is held: so somebody sees what they let go on. A `field` of "" is none: the column is left out.
    409 `file_unread` for a file that nobody looked into, yet or ever; 404 when it is gone from its folder.
    """
    request.everywhere()
    asked = request.query(PreviewQuery)
    found = drops.get(file, consistent=True)
    glance = glancing.first(found, asked.limit)
    columns = [
        {"column": title, "field": found.mapping.get(title, ""), "date_format": found.date_formats.get(title, "")}
        for title in glance.header
    ]
    return {"columns": columns, "rows": [{"line": line, "cells": list(cells)} for line, cells in glance.rows]}


def _report_key(file: DropFile, kind: str) -> str:
    if not file.report_key:
        return ""
    names = {"report": file.report_key, "rejected": file.rejected_key}
    return names[kind] if kind in names else f"{drops.report_stem(file)}.summary.json"


def _whole(request: Request, file: DropFile) -> dict[str, Any]:
    words = reports.say(_language(request), file.reason, file.details) if file.reason else ""
    done = drops.progress(file) if file.chunks else 0
    rows_done = file.rows * done // file.chunks if file.chunks else 0
    progress = {"chunks": file.chunks, "done": done, "rows": file.rows, "rows_done": rows_done}
    return {**_shown(file), "message": words, "progress": progress}


def _filtered(asked: FileListing, cursor: str | None) -> table.Page[DropFile]:
    """Return a page of the files that are asked for, out of a bounded number of all files."""
    found: list[DropFile] = []
    looked = 0
    while len(found) < asked.limit and looked < _MOST_FILES:
        page = drops.listing(limit=asked.limit - len(found), cursor=cursor)
        cursor, looked = page.next, looked + asked.limit - len(found)
        found += [
            file for file in page.items if asked.folder in {"", file.folder} and asked.state in {None, file.state}
        ]
        if cursor is None:
            break
    return table.Page(tuple(found), cursor)


def rows(request: Request, file: str) -> dict[str, Any]:
    """Return what became of each row, with what was wrong in words; a page may be shorter than `limit`.

    A file that is still on its way, or that was given up, has no list (409 `file_under_way`, `file_failed`).
    """
    request.everywhere()
    asked = request.query(RowListing)
    found = drops.get(file)
    if found.state in _UNDER_WAY:
        raise ConflictError("file_under_way", state=found.state.value)
    if found.state is FileState.FAILED and found.chunks:
        raise ConflictError("file_failed")
    chunk, row = (request.cursor(asked) or "0:0").split(":")
    language = _language(request)

    def shown(result: RowResult) -> dict[str, Any]:
        words = reports.say(language, result.code, result.details) if result.code else ""
        return {**result.model_dump(mode="json"), "message": words}

    return request.page(_page(found, (int(chunk), int(row)), asked), shown)


def _language(request: Request) -> str:
    return language_of(request.event, request.caller)


def _page(file: DropFile, start: Place, asked: RowListing) -> table.Page[RowResult]:
    items: list[RowResult] = []
    end = min(start[0] + _MOST_CHUNKS, file.chunks)
    for place, result in _results(file, start, end):
        if asked.outcome in {None, result.outcome}:
            if len(items) == asked.limit:
                return table.Page(tuple(items), f"{place[0]}:{place[1]}")
            items.append(result)
    return table.Page(tuple(items), f"{end}:0" if end < file.chunks else None)


def _results(file: DropFile, start: Place, end: int) -> Iterator[tuple[Place, RowResult]]:
    for chunk in range(start[0], end):
        for row, result in enumerate(drops.results(file.id, chunk)):
            if (chunk, row) >= start:
                yield (chunk, row), result
