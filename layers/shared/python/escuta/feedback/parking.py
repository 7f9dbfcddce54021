"""What cannot be taken is kept whole: for the operator to see, to correct and to replay. It never holds others up."""

import json
from typing import Any

from escuta import clock, ids, measured, table
from escuta.entity import Entity
from escuta.errors import ConflictError
from escuta.feedback.model import Parked, Response
from escuta.feedback.submissions import Submission
from escuta.measured import Measure
from escuta.observe import logger

_LARGEST = 300_000  # characters of a parked payload; a row holds 400 KB


def park(
    reason: str, submission: str, payload: str, *identity: str | int, link_key: str = "", alarming: bool = True
) -> None:
    """Keep a payload, once per identity, and say so in the log. One too large keeps its key.

    `alarming`: somebody has to see it, so alarms read of it.
    """
    (logger().error if alarming else logger().info)("parked", extra={"reason": reason, "response": submission})
    whole = payload if len(payload) <= _LARGEST else json.dumps({"response": submission, "characters": len(payload)})
    parked = Parked(
        id=ids.derive("parked", *identity),
        reason=reason,
        submission=submission,
        link_key=link_key,
        payload=whole,
        created_at=clock.now(),
    )
    try:
        table.create(parked)
    except ConflictError:  # the same payload came again
        return
    measured.count(Measure.PARKED, alarming)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Parked]:
    """Return what is parked, the oldest first."""
    return table.query(Parked, "parked", index="g1", limit=limit, cursor=cursor)


def get(parked: str) -> Parked:
    """Return what is parked under this id. NotFoundError `parked_not_found`."""
    return table.load(Parked, Parked.at(parked), consistent=True)


def drop(parked: Parked) -> None:
    """Throw away what was seen to."""
    table.delete(Parked, parked.key())


def refuse(reason: str, link_key: str, submission: Submission) -> None:
    """Keep an answer that could not be taken: the same payload once, however often a device sends it again."""
    payload = json.dumps(dict(submission), default=str)
    said = json.dumps(dict(submission.changed(sent_time=None)), default=str)
    park(reason, submission.submission_id, payload, link_key, reason, said, link_key=link_key)


def response_of(record: dict[str, Any]) -> Response | None:
    """Return the response that a stream record shows; None for a removal, and for rows of other kinds.

    A deletion by a person is a tombstone, which has an image. What should be a response and cannot be read is parked,
    once for all consumers of the stream.
    """
    image = record["dynamodb"].get("NewImage")
    kind = (image or {}).get("kind", {}).get("S")
    if image is None or kind is None or (kind != Response.kind and kind in Entity.kinds):
        return None
    try:
        entity = table.from_image(image)
    except (KeyError, TypeError, ValueError, AttributeError):
        park_record("unreadable", record)
        return None
    return entity if isinstance(entity, Response) else None


def park_record(reason: str, record: dict[str, Any], *identity: str) -> None:
    """Keep what a stream record shows, once per record."""
    told = record["dynamodb"]
    name = told.get("Keys", {}).get("pk", {}).get("S", "").removeprefix("response#")
    payload = json.dumps(told.get("NewImage"), default=str)
    park(reason, name, payload, "record", told["SequenceNumber"], *identity)
