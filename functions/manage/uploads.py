"""Uploads: a link for one file, and which file it became."""

from typing import Any

from pydantic import Field

from escuta import files
from escuta.config import settings
from escuta.directory import folders, naming, uploads
from escuta.directory.model import Upload
from escuta.errors import InvalidError
from manage.asking import Asked, Created, Request

MOST_TEXT = 1_000_000  # characters


class NewUpload(Asked):
    """Where a file is to go, what it is called, and whether it is only to be looked at. A small one may be in it."""

    folder: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=1000)
    dry_run: bool = False  # it is only looked at, and nothing is taken in
    text: str = Field(default="", max_length=MOST_TEXT)  # what is in the file, where it is handed over at once


def _shown(upload: Upload) -> dict[str, Any]:
    return upload.model_dump(mode="json", exclude={"object_key", "created_by"})


def create(request: Request) -> Created:
    """Announce a file; the answer says where to `PUT` it, with which headers, and until when: 15 minutes from now.

    Whoever has the link can use it. `GET /v1/uploads/{id}` then says which file it became. A small file may be handed
    over in `text`: it is put into its place at once, and there is no link (`url` is empty).
    """
    request.everywhere()
    asked = request.body(NewUpload)
    folders.check_name(asked.folder)
    name = uploads.plain(asked.name)
    if naming.is_unfinished(name) or naming.marked(name):  # such an object would wait for its other name for ever
        raise InvalidError("upload_name_unfinished", field="name", value=name)
    with request.making():
        upload, url, method, headers = uploads.announce(
            asked.folder, name, dry_run=asked.dry_run, who=request.caller.id, upload=request.identity("upload")
        )
    if asked.text:
        files.write(settings().drop_bucket, upload.object_key, asked.text.encode(), upload.content_type)
        url, method, headers = "", "", {}
    return Created({**_shown(upload), "url": url, "method": method, "headers": headers}, f"uploads/{upload.id}")


def get(request: Request, upload: str) -> dict[str, Any]:
    """Return what was announced; `file` is empty until the file has come and was noticed."""
    request.everywhere()
    request.query(Asked)
    return _shown(uploads.get(upload))
