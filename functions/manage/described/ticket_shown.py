"""A ticket as every answer shows it."""

from datetime import datetime
from typing import Annotated

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


Correlation = Annotated[str, Field(description="Names what came of the answer in the log of the operator.")]
TicketShown = shape(
    Ticket, without={"attachments"}, more={"attachments": tuple[AttachmentShown, ...], "correlation_id": Correlation}
)
