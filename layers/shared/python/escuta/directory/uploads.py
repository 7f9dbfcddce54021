"""Files that are put into their place through a link, by who may not write into the drop bucket otherwise.

The id of the upload stands in the object's key, so that the file that it becomes is known by it, and whether it is
only a preview stands there too: a notice that comes late finds both without the announcement.
"""

import re
import unicodedata
from datetime import timedelta
from typing import NamedTuple

from escuta import clock, files, ids, table
from escuta.config import settings
from escuta.directory.model import DropFile, Upload
from escuta.errors import ConflictError, InvalidError, UnavailableError

LASTS = timedelta(minutes=15)
CONTENT_TYPE = "application/octet-stream"  # one for all: what a file is, its content says
_KEY = re.compile(r"[^/]+/(?:preview/)?uploads/([A-Za-z0-9_-]{22}|[a-z2-7]{26})/[^/]+")
_UNSAFE = re.compile(r"[^\w.()+ -]+")
_LONGEST, _ENDING = 120, 20
_TRIES = 5


class Announced(NamedTuple):
    """An upload, and the link to use for it."""

    upload: Upload
    url: str
    method: str
    headers: dict[str, str]


def plain(name: str) -> str:
    """Return the last part of a file's name, without what keys and spreadsheets stumble over."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = _UNSAFE.sub("_", last).strip(" ._")
    if not kept:
        raise InvalidError("upload_name", field="name")
    stem, dot, ending = kept.rpartition(".")
    ending = ending[: _LONGEST if not dot else _ENDING]
    return f"{stem[: _LONGEST - len(dot + ending)]}{dot}{ending}"


def announce(folder: str, name: str, *, dry_run: bool = False, who: str = "", upload: str = "") -> Announced:
    """Make a place for a file in a folder, and a link that puts it there within 15 minutes.

    `name` is what `plain` makes of the name that somebody gave it. With `dry_run` the file is only looked at, and
    nothing is taken in. `upload` is its id, where it is to be known beforehand.
    """
    upload, now = upload or ids.new(), clock.now()
    key = f"{folder}/{'preview/' if dry_run else ''}uploads/{upload}/{name}"
    made = Upload(
        id=upload,
        folder=folder,
        name=name,
        object_key=key,
        content_type=CONTENT_TYPE,
        dry_run=dry_run,
        created_at=now,
        created_by=who,
        expires_at=now + LASTS,
    )
    made = table.create(made)
    seconds = int(LASTS.total_seconds())
    url = files.presigned_put(settings().drop_bucket, key, seconds=seconds, content_type=CONTENT_TYPE)
    return Announced(made, url, "PUT", {"Content-Type": CONTENT_TYPE})


def get(upload: str) -> Upload:
    """Return what was announced under this id. NotFoundError `upload_not_found`, also a week after its link ended."""
    return table.load(Upload, Upload.at(upload), consistent=True)


def of_key(key: str) -> str:
    """Return the id of the upload that an object's key names, "" for a file that was dropped otherwise."""
    found = _KEY.fullmatch(key)
    return found[1] if found else ""


def became(file: DropFile) -> None:
    """Note which file an upload became, so that who announced it finds the file. Doing it again changes nothing.

    Of two files that one link put there, the one that came last is noted.
    """
    for _ in range(_TRIES):
        known = table.find(Upload, Upload.at(file.upload), consistent=True) if file.upload else None
        if known is None or known.object_key != file.object_key or not _is_newer(file, known.file):
            return
        try:
            table.save(known.changed(file=file.id))
        except ConflictError:
            continue
        return
    raise UnavailableError("store_unavailable", retry_after=2)


def _is_newer(file: DropFile, than: str) -> bool:
    other = table.find(DropFile, DropFile.at(than), consistent=True) if than not in {"", file.id} else None
    return than != file.id and (other is None or other.received_at <= file.received_at)
