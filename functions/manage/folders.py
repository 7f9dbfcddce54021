"""Drop folders: what their files are, how they are read, and what they cause."""

from typing import Any

from pydantic import Field

from escuta.directory import describing, folders, header, reports
from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import Folder, FolderDraft
from escuta.errors import InvalidError, NotFoundError
from escuta.outreach import rulesets
from manage.asking import Asked, Created, Listing, Request, language_of

_SAMPLES = 3


class Sample(Asked):
    """The first lines of a file as cells: its titles, and some of its rows."""

    header: tuple[str, ...] = Field(min_length=1, max_length=header.COLUMN_LIMIT)
    rows: tuple[tuple[str, ...], ...] = Field(default=(), max_length=200)


def _shown(folder: Folder) -> dict[str, Any]:
    return folder.model_dump(mode="json")


def listing(request: Request) -> dict[str, Any]:
    """Return the folders that somebody described, by name."""
    request.everywhere()
    asked = request.query(Listing)
    return request.page(folders.listing(limit=asked.limit, cursor=request.cursor(asked)), _shown)


def get(request: Request, folder: str) -> dict[str, Any]:
    """Return what somebody said about a folder."""
    request.everywhere()
    request.query(Asked)
    return _shown(folders.get(folder))


def put(request: Request, folder: str) -> Created | dict[str, Any]:
    """Say what a folder is, as a whole: what is not sent has its default. Files that came before stay as they are.

    The answer is 201 for a folder that nobody described, else 200. `mapping` names columns as the file does; a field
    that there is not, or one that two columns would fill, is refused with its place. `If-Match: "0"` asks that nobody
    described it.
    """
    request.everywhere()
    asked = request.body(FolderDraft)
    if asked.rules and not rulesets.exists(asked.rules):
        raise InvalidError("rules_unknown", field="rules", value=asked.rules[:64])
    known = _known(folder)
    request.match(known or (Folder(folder=folder) if request.is_exact else None))
    described = _shown(describing.describe(folder, asked, known))
    return described if known else Created(described, folder)


def delete(request: Request, folder: str) -> dict[str, Any]:
    """Forget what was said about a folder, and return it this last time; its files and reports stay."""
    request.everywhere()
    request.query(Asked)
    found = folders.get(folder)
    request.match(found)
    folders.forget(found)
    return _shown(found)


def preview(request: Request, folder: str) -> dict[str, Any]:
    """Say what the columns of a file would be taken for, with what was said about the folder till now.

    `refused` says why such a file would not be taken in at all. Nothing is stored: `PUT` the mapping that is right.
    """
    request.everywhere()
    asked = request.body(Sample)
    known = folders.of(folders.check_name(folder))
    try:
        titles = header.names(asked.header)
        found = header.understand(titles, known, asked.rows)
    except RefusedFileError as error:
        details = {name: str(value) for name, value in error.details.items()}
        words = reports.say(language_of(request.event, request.caller), error.code, details)
        return {"columns": [], "refused": {"code": error.code, "message": words, "details": details}}
    columns = [
        {
            "column": title,
            "field": found.mapping.get(title, ""),
            "date_format": found.date_formats.get(title, ""),
            "samples": [row[place] for row in asked.rows[:_SAMPLES] if place < len(row)],
        }
        for place, title in enumerate(titles)
        if title
    ]
    return {"columns": columns, "ignored": list(found.ignored), "mapping": found.mapping, "refused": None}


def _known(folder: str) -> Folder | None:
    try:
        return folders.get(folder)
    except NotFoundError:
        return None
