"""S3 says through the drop queue that a file is there; it is looked at and cut into chunks."""

from typing import Any
from urllib.parse import unquote_plus

from escuta import queues
from escuta.directory import intake
from escuta.observe import entry


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Register every file that the messages name."""
    return queues.each(event, _register)


def _register(notice: dict[str, Any]) -> None:
    """Register the files of one S3 notice. The test event that S3 sends when notices are switched on has none."""
    for record in notice.get("Records", ()):
        if record["eventName"].startswith("ObjectCreated"):
            intake.register(_drop(record["s3"]))


def _drop(s3: dict[str, Any]) -> intake.Drop:
    """Read the object's name out of a notice, where it is form-encoded: a space is `+`, a plus is `%2B`."""
    stored = s3["object"]
    return intake.Drop(
        bucket=s3["bucket"]["name"],
        key=unquote_plus(stored["key"]),
        version=stored.get("versionId", ""),
        etag=stored["eTag"].strip('"'),
    )
