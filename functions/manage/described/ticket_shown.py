"""A ticket as every answer shows it."""

from datetime import datetime

from pydantic import Field

from escuta.feedback.model import Ticket
from manage.described.operation import Shown, shape


class AttachmentShown(Shown):
    """A file at a ticket."""

    id: str
    name: str
    content_type: str
    size: int = Field(description="Bytes.")
    added_at: datetime
    added_by: str


TicketShown = shape(Ticket, without={"attachments"}, more={"attachments": tuple[AttachmentShown, ...]})
