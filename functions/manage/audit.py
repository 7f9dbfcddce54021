"""The audit: who did what, when and from where, and what changed."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory import audit
from escuta.directory.model.audit import AuditEntry, Outcome
from escuta.entity import Moment
from escuta.errors import InvalidError
from manage.asking import Asked, Listing, Request

_INTERNAL = {"rev", "is_done", "expires_at"}


class AuditListing(Listing):
    """What is looked for. `from` and `to` are moments, both included; `id` is of what it was about, beside `noun`."""

    first: Moment | None = Field(default=None, alias="from")
    last: Moment | None = Field(default=None, alias="to")
    actor: str = Field(default="", max_length=200)
    action: str = Field(default="", max_length=40)
    noun: str = Field(default="", max_length=40)
    id: str = Field(default="", max_length=200)
    written: str = Field(default="", max_length=200)  # id of a thing that was changed, whatever the request was about
    outcome: Outcome | None = None


def listing(request: Request) -> dict[str, Any]:
    """List who did what, the newest first: every change, every sign-in, every file and dossier that was handed out.

    `actor` is the id of a caller, as `key:…` or `user:…`; `noun` the first part of a path, as `tickets`, and `id`
    what stands behind it: they find what was asked of one thing. `written` finds what changed it on the way, too, as a
    batch or the merge of another (of a request that changed many things, the first fifty); it looks through all
    entries, so that `from` and `to`, or an `actor`, make it faster. `outcome` is `unknown` while a request is under
    way, and for ever when it broke off: it may have changed something. A page may be short, or empty, while there is a
    `next`. Entries are kept as many days as the settings say. For who sees the whole hierarchy.
    """
    asked = request.query(AuditListing)
    request.everywhere()
    if asked.first and asked.last and asked.last < asked.first:
        raise InvalidError("export_period", field="to")
    if asked.id and not asked.noun:
        raise InvalidError("field_missing", field="noun")
    sought = audit.Sought(**asked.model_dump(exclude={"limit", "cursor", "id"}), thing=asked.id)
    page: table.Page[AuditEntry] = audit.page(sought, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(page, shown)


def get(request: Request, entry: str) -> dict[str, Any]:
    """Return one entry, with what changed: values before and after, of fields in which nothing personal can stand.

    Of other fields it says the names. Of a request that wrote many things the first are told, and `more` counts the
    others.
    """
    request.query(Asked)
    request.everywhere()
    return shown(audit.get(entry))


def shown(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry as it is answered."""
    return entry.model_dump(mode="json", exclude=_INTERNAL)
