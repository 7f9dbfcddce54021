"""Files: what was dropped, and what became of every row of it."""

from collections.abc import Iterator
from typing import Any

from escuta import table
from escuta.directory import drops, reports
from escuta.directory.model import DropFile, FileState, RowOutcome, RowResult
from escuta.errors import ConflictError
from manage.asking import Asked, Listing, Request, language_of

_INTERNAL = {"done_chunks", "chunks", "etag"}
_MOST_CHUNKS = 20  # read for one page, so that a rare outcome in a huge file cannot outlast the function
_UNDER_WAY = frozenset({FileState.REGISTERED, FileState.LOADING})

Place = tuple[int, int]  # chunk, and row in it


class RowListing(Listing):
    """A file's rows, all or those with one outcome."""

    outcome: RowOutcome | None = None


def _shown(file: DropFile) -> dict[str, Any]:
    return file.model_dump(mode="json", exclude=_INTERNAL)


def listing(request: Request) -> dict[str, Any]:
    """Return dropped files, the newest first. A file may hold people of any segment: nothing for a bound caller."""
    request.everywhere()
    asked = request.query(Listing)
    return request.page(drops.listing(limit=asked.limit, cursor=request.cursor(asked)), _shown)


def get(request: Request, file: str) -> dict[str, Any]:
    """Return a file with its totals, and why it was refused, in words too."""
    request.everywhere()
    request.query(Asked)
    found = drops.get(file)
    words = reports.say(_language(request), found.reason, found.details) if found.reason else ""
    return {**_shown(found), "message": words}


def rows(request: Request, file: str) -> dict[str, Any]:
    """Return what became of each row; a page may be shorter than `limit` although there is a next one."""
    request.everywhere()
    asked = request.query(RowListing)
    found = drops.get(file)
    if found.state in _UNDER_WAY:
        raise ConflictError("file_under_way", state=found.state.value)
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
