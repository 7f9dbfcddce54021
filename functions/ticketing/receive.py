"""The queue `inbound`: S3 says that a mail of a customer is there, as SES received it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from escuta import files, queues
from escuta.errors import NotFoundError
from escuta.feedback import alerts
from escuta.feedback.tickets import receiving
from escuta.observe import entry, logger

MOST = 12 << 20  # bytes that are read: the words of a mail stand before what is attached


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Take in every mail that the messages name."""
    return queues.each(event, _receive)


def _receive(notice: dict[str, Any]) -> None:
    for bucket, key in _mails(notice):
        try:
            raw = b"".join(files.stream(bucket, key, last=MOST - 1))
        except NotFoundError:  # it was kept for its time, and is gone
            logger().warning("mail gone", extra={"bucket": bucket})
            continue
        alerts.queue(receiving.receive(raw))


def _mails(notice: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the objects of one S3 notice; the test event of S3 and the note of SES that a rule was made are none."""
    for record in notice.get("Records", ()):
        key = unquote_plus(record["s3"]["object"]["key"])
        if record["eventName"].startswith("ObjectCreated") and not key.endswith("AMAZON_SES_SETUP_NOTIFICATION"):
            yield record["s3"]["bucket"]["name"], key
