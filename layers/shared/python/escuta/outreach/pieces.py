"""The long lists of a deployment, in rows of their own.

Its own row is checked by every claim of a message and read by every part that is planned, so it is kept small: which
segments it was cut into, or which people it names, stands in pieces, of which a part reads one.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from escuta import ids, table
from escuta.outreach.model import AudienceKind, Deployment, DeploymentPiece

SHORT = 25  # of so many the row itself tells
TOGETHER = 200  # items of a piece
_KEPT = 64  # pieces of segments that a warm function keeps: what stands in one is never changed


def put_apart(deployment: Deployment, expires: int | None = None) -> Deployment:
    """Store what is long of a new deployment apart, and return it without that, to be stored. Safe to repeat."""
    listed = deployment.spread or deployment.contacts
    if len(listed) <= SHORT:
        return deployment
    name = ids.derive("pieces", *listed)
    table.put_many(
        DeploymentPiece(deployment=deployment.id, list_hash=name, number=number, items=items, expires=expires)
        for number, items in enumerate(_cut(listed))
    )
    return deployment.changed(spread=(), contacts=(), apart=name)


def _cut(listed: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for first in range(0, len(listed), TOGETHER):
        yield tuple(listed[first : first + TOGETHER])


def segment(deployment: Deployment, part: int) -> str:
    """Return the code of the segment that is this part of the audience."""
    if not deployment.apart:
        return deployment.spread[part]
    number, place = divmod(part, TOGETHER)
    return _segments(deployment.id, deployment.apart, number)[place]


@lru_cache(maxsize=_KEPT)
def _segments(deployment: str, name: str, number: int) -> tuple[str, ...]:
    return table.load(DeploymentPiece, DeploymentPiece.at(deployment, name, number), consistent=True).items


def contacts(deployment: Deployment, first: int, count: int) -> tuple[str, ...]:
    """Return so many of the people that a deployment names, from the one at this place on; "" for who was erased."""
    if not deployment.apart:
        return deployment.contacts[first : first + count]
    numbers = range(first // TOGETHER, (first + count - 1) // TOGETHER + 1)
    keys = [DeploymentPiece.at(deployment.id, deployment.apart, number) for number in numbers]
    found = table.find_many(DeploymentPiece, keys, consistent=True)
    listed = tuple(item for key in keys if key in found for item in found[key].items)
    start = first - numbers[0] * TOGETHER
    return listed[start : start + count]


def everybody(deployment: Deployment) -> tuple[str, ...]:
    """Return all people that a deployment names, in their order."""
    return tuple(item for piece in people(deployment) for item in piece.items) or deployment.contacts


def people(deployment: Deployment) -> Iterator[DeploymentPiece]:
    """Yield the pieces that hold the people whom a deployment names; none where its row, or nothing, names them."""
    if not deployment.apart or deployment.audience is not AudienceKind.CONTACTS:
        return
    prefix, cursor = DeploymentPiece.at(deployment.id, deployment.apart, 0).sk[:-4], None
    while True:
        page = table.query(DeploymentPiece, deployment.key().pk, prefix=prefix, cursor=cursor, consistent=True)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next
