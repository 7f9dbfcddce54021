"""Those who answer for segments: their accounts, what they did, what they are told, and their own view."""

from pydantic import Field

from escuta.directory.model import Activity, Manager
from escuta.feedback.coaching import Store
from escuta.feedback.dashboards.feed import Said
from escuta.feedback.model import Digest
from manage import coaching, managers
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, page, shape
from manage.described.ticket_shown import TicketShown

ManagerShown = shape(Manager, without={"created_by", "updated_by"})
ActivityShown = shape(Activity, "ManagerActivity", without={"rev", "manager"}, more={"words": str})
DigestShown = shape(Digest)


class Mail(Shown):
    """A mail as it would go out."""

    subject: str
    text: str
    html: str


DigestPreview = shape(Digest, "DigestPreview", more={"mail": Mail | None})


class Coaching(Shown):
    """What waits for a manager, how the stores do, and what customers said last."""

    manager: str
    name: str
    open: int
    given: int
    overdue: int = Field(description="Of the tickets that are shown.")
    streak: int = Field(description="Tickets closed in time since the last one that was not.")
    tickets: list[TicketShown] = Field(description="The soonest due first, at most 50.")
    stores: list[Store] = Field(description="At most ten, each held against all other stores below its parent.")
    stores_left_out: int
    comments: list[Said] | None = Field(description="Masked. Null for who may not read answers.")


OPERATIONS: Operations = {
    managers.listing: Operation(name="list_managers", query=managers.ManagerListing, answer=page(ManagerShown)),
    managers.create: Operation(name="create_manager", body=managers.ManagerDraft, answer=ManagerShown, statuses=(201,)),
    managers.get: Operation(name="get_manager", query=Asked, answer=ManagerShown),
    managers.change: Operation(name="change_manager", body=managers.ManagerPatch, answer=ManagerShown, matched=True),
    managers.delete: Operation(name="delete_manager", query=Asked, answer=ManagerShown, matched=True),
    managers.log: Operation(name="list_manager_activity", query=Listing, answer=page(ActivityShown)),
    managers.digested: Operation(name="list_manager_digests", query=Listing, answer=page(DigestShown)),
    managers.preview_digest: Operation(
        name="preview_manager_digest", query=managers.DigestPreview, answer=DigestPreview
    ),
    coaching.get: Operation(name="get_coaching", query=coaching.CoachingAsked, answer=Coaching),
}
