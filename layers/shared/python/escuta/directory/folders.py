"""Drop folders: what their files are, how they are read, and what they cause."""

import re

from escuta import table
from escuta.config import settings
from escuta.directory import naming
from escuta.directory.model import Folder
from escuta.errors import InvalidError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def of(folder: str) -> Folder:
    """Return what is known of a folder; one that nobody described asks nobody, and takes in what its name says."""
    found = table.find(Folder, Folder.at(folder))
    return found or Folder(folder=folder, file_kind=naming.kind_of(folder), owner_language=settings().language)


def get(folder: str) -> Folder:
    """Return what somebody said about a folder. NotFoundError `folder_not_found`."""
    return table.load(Folder, Folder.at(folder), consistent=True)


def listing(*, limit: int, cursor: str | None = None) -> table.Page[Folder]:
    """Return the folders that somebody described, by name."""
    return table.query(Folder, "folders", index="g1", limit=limit, cursor=cursor)


def check_name(folder: str) -> str:
    """Return the name of a folder; InvalidError when it is ours, or would be no single part of a key."""
    if not _NAME.fullmatch(folder):
        raise InvalidError("folder_name", field="folder", value=folder[:64])
    if folder.casefold() in naming.RESERVED:
        raise InvalidError("folder_reserved", field="folder", value=folder)
    return folder


def forget(known: Folder) -> None:
    """Forget what was said about a folder. Files that come then are read as nobody had said anything."""
    table.delete(Folder, known.key())
