"""What others hear of answers, told by who reads the stream; and events on their way from the stream to the queue."""

from collections.abc import Iterable
from typing import Any

from escuta import events, queues, table
from escuta.config import settings
from escuta.entity import Value
from escuta.events import DeletedResponseData, DomainEvent, EventType, ResponseData
from escuta.feedback.model import Response, ResponseState


def pass_on(records: Iterable[dict[str, Any]]) -> None:
    """Queue the events among these records of the stream, to be published. Twice is harmless: they keep their ids."""
    queues.send(settings().event_queue, ({"event": name} for name in map(_event_of, records) if name))


def _event_of(record: dict[str, Any]) -> str:
    image = record["dynamodb"].get("NewImage", {})
    if image.get("kind", {}).get("S") != DomainEvent.kind or image["rev"]["N"] != "1":
        return ""  # one from which an erasure took the person was told before
    return str(image["pk"]["S"]).removeprefix("event#")


def response(now: Response, record: dict[str, Any]) -> None:
    """Tell of an answer what this image of it says, once for each revision, in whatever order the images come.

    Nothing is told of a revision that changed nothing for anybody outside.
    """
    before = record["dynamodb"].get("OldImage")
    if before is None or _said(_read(before)) != _said(now):
        events.tell(told_of(now))


def told_of(now: Response) -> DomainEvent:
    """Return what is told of an answer at its revision."""
    kind, data = _said(now)
    if now.rev == 1 and kind is EventType.RESPONSE_CHANGED:
        kind = EventType.RESPONSE_COMPLETED
    return events.made(
        kind,
        data,
        now.id,
        now.rev,
        subject=f"response/{now.id}",
        occurred_at=now.moment if kind is EventType.RESPONSE_COMPLETED else None,
        revision=now.rev,
        segment_path=now.segment_path,
        survey=now.survey,
    )


def _read(image: dict[str, Any]) -> Response:
    found = table.from_image(image)
    if not isinstance(found, Response):
        raise TypeError(f"a response was a {found.kind} before")
    return found


def _said(now: Response) -> tuple[EventType, Value]:
    if now.state is ResponseState.DELETED:
        return EventType.RESPONSE_DELETED, DeletedResponseData(response=now.id, survey=now.survey, segment=now.segment)
    same = ResponseData.model_fields.keys() & Response.model_fields.keys() - {"answered_at"}
    return EventType.RESPONSE_CHANGED, ResponseData(
        **{name: getattr(now, name) for name in same},
        response=now.id,
        survey_version=now.version,
        commented=bool(now.comment),
        call_wanted=now.call is not None,
        answered_at=now.moment,
    )
