"""People's own data: what they ask of it, the document of everything, and their erasure. Admins only."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field
from pydantic_core import to_json

from escuta import table
from escuta.directory import privacy
from escuta.directory.model import Erasure, PrivacyKind, PrivacyRequest
from escuta.errors import NotFoundError
from escuta.feedback import dossier, erasing
from manage.asking import Asked, Created, Document, Listing, Request

_TOLD = {"id", "hint", "keep_out", "state", "reached", "request", "started_at", "started_by", "finished_at", "rev"}


class State(StrEnum):
    """Whether a request waits."""

    OPEN = "open"
    DONE = "done"


class PrivacyListing(Listing):
    """Requests of one state."""

    state: State = State.OPEN


class PrivacyPatch(Asked):
    """The one change there is: it was met. One to be erased is met by erasing; `keep_out` as of an erasure."""

    state: Literal["done"]
    keep_out: bool = True


class ErasureOrder(Asked):
    """Whether files and the API may no longer bring the person back."""

    keep_out: bool = True


class Part(Listing):
    """Which part of a person's document."""

    limit: int = Field(default=1, ge=1, le=1)


def listing(request: Request) -> dict[str, Any]:
    """Return what people ask of their own data, the soonest due first.

    They ask by a link that only they have. The law gives 15 days (LGPD art. 19).
    """
    asked = request.query(PrivacyListing)
    request.everywhere()
    done = asked.state is State.DONE
    return request.page(privacy.listing(done=done, limit=asked.limit, cursor=request.cursor(asked)), _shown)


def get(request: Request, wanted: str) -> dict[str, Any]:
    """Return one request of a person about their own data."""
    request.query(Asked)
    request.everywhere()
    return _shown(privacy.get(wanted))


def change(request: Request, wanted: str) -> dict[str, Any]:
    """Say that a request was met; one to be erased starts the erasure.

    Who says so first is kept, and told again it answers the same.
    """
    asked = request.body(PrivacyPatch)
    request.everywhere()
    current = privacy.get(wanted)
    request.match(current)
    if current.wants is PrivacyKind.ERASE and current.contact and not current.done_at:
        _begun(current, request.caller.name, keep_out=asked.keep_out)
    return _shown(privacy.finish(current, request.caller.name))


def _begun(current: PrivacyRequest, who: str, *, keep_out: bool) -> None:
    """Start to erase whoever asked; when nothing is known of them any more, that is what they wanted."""
    try:
        erasing.start(current.contact, who, keep_out=keep_out, request=current.id)
    except NotFoundError:
        return


def data(request: Request, contact: str) -> Document:
    """Return a part of everything that is known of a person, as a file to keep.

    The first part has what keys lead to; all of them what a walk through files, parked answers and deployments finds.
    `next` is the cursor of the following part, null on the last: whoever wants all of it goes on until then.
    """
    asked = request.query(Part)
    request.everywhere()
    said = dossier.part(contact, request.cursor(asked) or "")
    following = request.page(table.Page((), said["next"]), _told)["next"]
    headers = {"Content-Disposition": f'attachment; filename="{contact}.json"'}
    return Document("application/json", to_json({**said, "next": following}).decode(), headers)


def erase(request: Request, contact: str) -> Created:
    """Begin to erase a person everywhere.

    The receipt says how far it is; it takes some minutes. Scores stay and say nothing of anybody, so that no figure
    changes. With `keep_out` neither files nor the API bring the person back. Told again it answers with the receipt
    there is.
    """
    asked = request.body(ErasureOrder)
    request.everywhere()
    begun = erasing.start(contact, request.caller.name, keep_out=asked.keep_out)
    return Created(_told(begun), f"../../erasures/{begun.id}")


def erasure(request: Request, erasure: str) -> dict[str, Any]:
    """Return the receipt of an erasure: figures, and nothing of the person."""
    request.query(Asked)
    request.everywhere()
    return _told(erasing.get(erasure))


def erasures(request: Request) -> dict[str, Any]:
    """Return the receipts of erasures, the newest first."""
    asked = request.query(Listing)
    request.everywhere()
    return request.page(erasing.listing(limit=asked.limit, cursor=request.cursor(asked)), _told)


def _told(receipt: Erasure) -> dict[str, Any]:
    """Return a receipt as it is handed on: figures, and nothing of the person."""
    return {**receipt.model_dump(mode="json", include=_TOLD), "waiting": len(receipt.waiting)}


def _shown(wanted: PrivacyRequest) -> dict[str, Any]:
    return {**wanted.model_dump(mode="json"), "state": State.DONE if wanted.done_at else State.OPEN}
