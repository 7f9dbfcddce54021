"""Files at a ticket: announced, put through a link, looked at, downloaded, removed."""

from typing import Any

from pydantic import Field

from escuta import clock
from escuta.directory import access
from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.feedback.model import Attachment
from escuta.feedback.tickets import attaching
from manage import handling
from manage.asking import Asked, Created, Request


class NewAttachment(Asked):
    """What a file is called, what it is, and how many bytes it has."""

    name: str = Field(min_length=1, max_length=1000)
    content_type: str = Field(min_length=1, max_length=200)
    size: int = Field(json_schema_extra={"minimum": 1, "maximum": attaching.LARGEST})


def listing(request: Request, ticket: str) -> dict[str, Any]:
    """Return the files of a ticket, the oldest first."""
    request.query(Asked)
    return {"items": [_shown(each) for each in handling.visible(request, ticket).attachments]}


def create(request: Request, ticket: str) -> Created:
    """Announce a file of a ticket, and get the address to put it to.

    `PUT` it to `url` with exactly these `headers` within 15 minutes, then confirm it. 422 `attachment_kind` for a kind
    that is not taken (pictures, PDF, text, office documents), `attachment_size` for an empty one or more than 10 MB;
    409 `attachments_full` beyond 20 files.
    """
    current = handling.visible(request, ticket)
    asked = request.body(NewAttachment)
    name = request.identity("attachment")
    with request.making():
        announced = attaching.announce(current, asked.name, asked.content_type, asked.size, attachment=name)
    return Created(announced._asdict(), f"attachments/{announced.id}")


def confirm(request: Request, ticket: str, attachment: str) -> dict[str, Any]:
    """Confirm that a file was put, so that it is looked at and attached.

    409 `attachment_absent` when nothing was put; 422 `attachment_lies` for a file that is not what it says, which is
    removed. Told again it answers the same.
    """
    before = handling.visible(request, ticket)
    request.query(Asked)
    changed, made = attaching.confirm(ticket, attachment, who=handling.actor(request))
    if attaching.find(before, attachment) is None:
        handling.note(request, changed)
    return _shown(made)


def get(request: Request, ticket: str, attachment: str) -> dict[str, Any]:
    """Return a file of a ticket, with a link that downloads it for five minutes.

    It may show anything: it takes the scope `responses:personal`.
    """
    current = handling.visible(request, ticket)
    request.query(Asked)
    access.require(request.caller, Scope.RESPONSES_PERSONAL)
    found = attaching.find(current, attachment)
    if found is None:
        raise NotFoundError("attachment_not_found")
    return {**_shown(found), "url": attaching.link(found), "expires_at": clock.now() + attaching.READABLE}


def delete(request: Request, ticket: str, attachment: str) -> dict[str, Any]:
    """Remove a file of a ticket, or take an announcement back; the files that are left are returned."""
    before = handling.visible(request, ticket)
    request.query(Asked)
    changed = attaching.detach(ticket, attachment, who=handling.actor(request))
    if changed.rev != before.rev:
        handling.note(request, changed)
    return {"items": [_shown(each) for each in changed.attachments]}


def _shown(attachment: Attachment) -> dict[str, Any]:
    return attachment.model_dump(mode="json", exclude={"key"})
