"""Files at tickets: announced, put into their place through a link, looked at, and only then kept.

What is kept is what was looked at: it is written anew, to a place that no link ever opened for writing.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from escuta import clock, files, ids, table
from escuta.config import settings
from escuta.directory import uploads
from escuta.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback.model import Announcement, Attachment, Ticket
from escuta.feedback.tickets import keeping, sniffing
from escuta.feedback.tickets.keeping import Actor, Line

LARGEST = 10_000_000  # bytes of a file
MOST = 20  # files of a ticket
LASTS = timedelta(minutes=15)  # the link to put a file
READABLE = timedelta(minutes=5)  # the link to read one
_FORGOTTEN = timedelta(days=1)  # after it an announcement that nobody came back to is dropped
_TRIES = 5


class Announced(NamedTuple):
    """A file that may come, and the link to put it."""

    id: str
    name: str
    content_type: str
    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


def announce(ticket: Ticket, name: str, content_type: str, size: int, *, attachment: str = "") -> Announced:
    """Return a link that takes this one file, of this kind and size, within 15 minutes.

    `attachment` is its id, where it is to be known beforehand.

    InvalidError for a name or a kind that is not taken, `attachment_size` for too large a file or an empty one;
    ConflictError `attachments_full`, `ticket_emptied`.
    """
    if ticket.emptied:
        raise ConflictError("ticket_emptied")
    safe = uploads.plain(name)
    kind = sniffing.kind(content_type, safe)
    if not kind:
        allowed = ", ".join(ending for endings in sniffing.KINDS.values() for ending in endings)
        raise InvalidError("attachment_kind", field="content_type", allowed=allowed)
    if not 0 < size <= LARGEST:
        raise InvalidError("attachment_size", field="size", most=LARGEST)
    if len(ticket.attachments) + _waiting(ticket) >= MOST:
        raise ConflictError("attachments_full", most=MOST)
    now = clock.now()
    made = Announcement(
        ticket=ticket.id, id=attachment or ids.new(), name=safe, content_type=kind, size=size, created_at=now
    )
    table.create(made)
    url = files.presigned_put(
        settings().attachments_bucket, made.put_at, seconds=int(LASTS.total_seconds()), content_type=kind, size=size
    )
    return Announced(made.id, safe, kind, url, "PUT", {"Content-Type": kind, "Content-Length": str(size)}, now + LASTS)


def confirm(ticket: str, attachment: str, *, who: Actor) -> tuple[Ticket, Attachment]:
    """Look at a file that was put, and attach it to the ticket; done before, it is returned as it is.

    ConflictError `attachment_absent` when nothing was put; InvalidError `attachment_lies` for a file that is not what
    it says, which is removed.
    """
    current = keeping.get(ticket)
    known = find(current, attachment)
    if known:
        files.delete(settings().attachments_bucket, Announcement.new(ticket, attachment))
        return current, known
    announced = table.find(Announcement, Announcement.at(ticket, attachment), consistent=True)
    if announced is None:
        raise NotFoundError("attachment_not_found")
    content = _content(announced)
    if len(content) != announced.size or not sniffing.fits(announced.content_type, content):
        drop(announced)
        raise InvalidError("attachment_lies", field="content_type", said=announced.content_type)
    bucket = settings().attachments_bucket
    files.write(bucket, announced.kept_at, content, announced.content_type)
    try:
        attached = _attached(announced, who)
    except ConflictError as error:
        if error.code != "stale":
            drop(announced)
        raise
    files.delete(bucket, announced.put_at)
    return attached


def find(ticket: Ticket, attachment: str) -> Attachment | None:
    """Return a file of a ticket; None when it has no such one."""
    return next((each for each in ticket.attachments if each.id == attachment), None)


def link(attachment: Attachment) -> str:
    """Return a link that downloads a file under its name for five minutes; no browser shows it as a page of ours."""
    return files.presigned_get(
        settings().attachments_bucket,
        attachment.key,
        seconds=int(READABLE.total_seconds()),
        name=attachment.name,
        content_type=attachment.content_type,
    )


def detach(ticket: str, attachment: str, *, who: Actor) -> Ticket:
    """Remove a file from a ticket and from the store, or an announcement; NotFoundError when there is no such one.

    The object goes first: who dies in between does it again, and nothing stays that nobody knows of.
    """
    for _ in range(_TRIES):
        current = keeping.get(ticket)
        found = find(current, attachment)
        if found is None:
            announced = table.find(Announcement, Announcement.at(ticket, attachment), consistent=True)
            if announced is None:
                raise NotFoundError("attachment_not_found")
            drop(announced)
            return current
        files.delete(settings().attachments_bucket, found.key)
        rest = tuple(each for each in current.attachments if each.id != attachment)
        try:
            line = Line("detached", found.name, {"attachment": found.id})
            return keeping.store(current, current.changed(attachments=rest), line, who)
        except ConflictError as error:
            if error.code != "stale":
                raise
    raise UnavailableError("store_unavailable", retry_after=2)


def forget(ticket: Ticket) -> None:
    """Remove every object of a ticket, before it is emptied. May run twice."""
    for each in ticket.attachments:
        files.delete(settings().attachments_bucket, each.key)
    for announced in _announced(ticket):
        drop(announced)


def drop(announced: Announcement) -> None:
    """Remove an announcement with whatever came of it."""
    for key in (announced.put_at, announced.kept_at):
        files.delete(settings().attachments_bucket, key)
    table.delete(Announcement, announced.key())


def _content(announced: Announcement) -> bytes:
    """Return the file that was put. Of one that is larger than announced, only that it is."""
    bucket = settings().attachments_bucket
    try:
        found = files.head(bucket, announced.put_at)
        if found is None:
            raise ConflictError("attachment_absent")
        if found.size != announced.size:
            return b""
        return b"".join(files.stream(bucket, announced.put_at, etag=found.etag))
    except (ForbiddenError, NotFoundError) as error:  # S3 denies what is not there to who may not list
        raise ConflictError("attachment_absent") from error


def _attached(announced: Announcement, who: Actor) -> tuple[Ticket, Attachment]:
    """Attach a file to the ticket as it now is: it is in nobody's way."""
    for _ in range(_TRIES):
        current = keeping.get(announced.ticket)
        known = find(current, announced.id)
        if known:
            return current, known
        if len(current.attachments) >= MOST:
            raise ConflictError("attachments_full", most=MOST)
        made = Attachment(
            id=announced.id,
            name=announced.name,
            content_type=announced.content_type,
            size=announced.size,
            key=announced.kept_at,
            added_at=clock.now(),
            added_by=who.name,
        )
        line = Line("attached", made.name, {"attachment": made.id})
        gone = table.Remove(Announcement, announced.key())
        try:
            changed = current.changed(attachments=(*current.attachments, made))
            return keeping.store(current, changed, line, who, gone), made
        except ConflictError as error:
            if error.code != "stale":
                raise
    raise UnavailableError("store_unavailable", retry_after=2)


def _waiting(ticket: Ticket) -> int:
    """Return how many files were announced and may still come; those that were forgotten are dropped."""
    waiting = 0
    for announced in _announced(ticket):
        if announced.created_at + _FORGOTTEN <= clock.now():
            drop(announced)
        else:
            waiting += 1
    return waiting


def _announced(ticket: Ticket) -> tuple[Announcement, ...]:
    return table.query(Announcement, Ticket.at(ticket.id).pk, prefix="announced#", consistent=True).items
