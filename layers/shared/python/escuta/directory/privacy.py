"""What people ask of their data: to see it, or to have it erased. Asked through a link that only they were sent."""

from datetime import timedelta

from escuta import clock, ids, table
from escuta.directory.model import PrivacyKind, PrivacyRequest
from escuta.errors import ConflictError

TERM = timedelta(days=15)  # LGPD art. 19


def ask(wants: PrivacyKind, contact: str, *, hint: str, language: str) -> PrivacyRequest:
    """Keep a request, one for each person, kind and day: pressing twice is asking once.

    `hint` is the address, masked: what is answered goes to the address that is on file, never to who pressed.
    """
    now = clock.now()
    request = PrivacyRequest(
        id=ids.derive("privacy", contact, wants, now.date().isoformat()),
        wants=wants,
        contact=contact,
        hint=hint,
        language=language,
        requested_at=now,
        due_at=now + TERM,
    )
    try:
        return table.create(request)
    except ConflictError:
        return get(request.id)


def get(request: str) -> PrivacyRequest:
    """Return a request. NotFoundError `privacy_request_not_found`."""
    return table.load(PrivacyRequest, PrivacyRequest.at(request), consistent=True)


def listing(*, done: bool, limit: int = 50, cursor: str | None = None) -> table.Page[PrivacyRequest]:
    """Return what is open, or what is done, the soonest due first."""
    prefix = "done#" if done else "open#"
    return table.query(PrivacyRequest, "privacy", index="g1", prefix=prefix, limit=limit, cursor=cursor)


def finish(request: PrivacyRequest, who: str) -> PrivacyRequest:
    """Say that a request was met, and by whom; the first who says so stays. ConflictError `stale` when it changed."""
    return request if request.done_at else table.save(request.changed(done_at=clock.now(), done_by=who))


def masked(address: str) -> str:
    """Return enough of an address or a number for its owner to know it, and for nobody else."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}" if at else f"•••• {address[-4:]}" if address else ""
