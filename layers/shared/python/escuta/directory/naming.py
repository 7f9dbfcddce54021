"""What the name of an object in the drop bucket says: whether it is a file yet, whose it is, and what its rows are.

Names say nothing about time: a file dated tomorrow or named after yesterday is as good as any.
"""

from collections.abc import Mapping

from escuta.directory.model import FileKind

RESERVED = frozenset({"results", "staged", "exports"})  # what the product keeps for itself in the bucket of the reports
PREVIEW = "preview"  # `{folder}/preview/...` says what would happen, and changes nothing
MARKERS = (".done", ".sha256")  # stand beside a file and say that it is whole; never files themselves

_UNFINISHED = (".tmp", ".part", ".filepart", ".partial", ".crdownload", ".swp", "~")
_KINDS: Mapping[str, FileKind] = {
    **dict.fromkeys(("segments", "segmentos"), FileKind.SEGMENTS),
    **dict.fromkeys(("managers", "gerentes"), FileKind.MANAGERS),
    **dict.fromkeys(("products", "produtos", "productos"), FileKind.PRODUCTS),
    **dict.fromkeys(("suppressions", "descadastros", "supresiones"), FileKind.SUPPRESSIONS),
}


def is_unfinished(key: str) -> bool:
    """Tell whether a name says that its content is not there yet, or that it is no file: a folder, a lock, a draft."""
    name = key.rpartition("/")[2].lower()
    return not name or name.startswith((".", "~$")) or name.endswith(_UNFINISHED)


def folder_of(key: str) -> str:
    """Return the first part of a key, "" for an object that is in no folder."""
    return key.partition("/")[0] if "/" in key else ""


def is_preview(key: str) -> bool:
    """Tell whether a file was dropped to see what would happen."""
    _, *within = key.split("/")
    return within[:1] == [PREVIEW] and len(within) > 1


def marked(key: str) -> str:
    """Return the key of the file that an object is the marker of, "" for an object that is none."""
    return next((key.removesuffix(marker) for marker in MARKERS if key.endswith(marker)), "")


def kind_of(folder: str) -> FileKind:
    """Return what the rows of a folder are about that nobody described: its name may say it, in three languages."""
    return _KINDS.get(folder.lower(), FileKind.CONTACTS)
