"""Uploads: a link for one file, and which file it became."""

from typing import Any

from pydantic import Field

from escuta.directory import folders, naming, uploads
from escuta.directory.model import Upload
from escuta.errors import InvalidError
from manage.asking import Asked, Created, Request


class NewUpload(Asked):
    """Where a file is to go, what it is called, and whether it is only to be looked at."""

    folder: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=1000)
    dry_run: bool = False  # it is only looked at, and nothing is taken in


def _shown(upload: Upload) -> dict[str, Any]:
    return upload.model_dump(mode="json", exclude={"object_key", "created_by"})


def create(request: Request) -> Created:
    """Announce a file; the answer says where to `PUT` it, with which headers, and until when: 15 minutes from now.

    Whoever has the link can use it. `GET /v1/uploads/{id}` then says which file it became.
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
    return Created({**_shown(upload), "url": url, "method": method, "headers": headers}, f"uploads/{upload.id}")


def get(request: Request, upload: str) -> dict[str, Any]:
    """Return what was announced; `file` is empty until the file has come and was noticed."""
    request.everywhere()
    request.query(Asked)
    return _shown(uploads.get(upload))
