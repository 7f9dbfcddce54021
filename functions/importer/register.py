"""S3 says through the drop queue that a file is there; it is looked at once it has settled, and cut into chunks."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from escuta import queues
from escuta.directory import closing, drops, intake
from escuta.directory.intake import Drop
from escuta.directory.model import Folder
from escuta.observe import entry
from escuta.outreach import rulesets


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Register every file that the messages name."""
    return queues.each(event, _register, _give_up)


def _register(notice: dict[str, Any]) -> None:
    """Register the files of one S3 notice, or go on with the one that has settled or was let go on."""
    if "settle" in notice:
        intake.settle(notice["settle"], _rules)
    for drop in _drops(notice):
        intake.register(drop, _rules)


def _rules(folder: Folder) -> tuple[str, int]:
    """Return the rules that hold for a folder now, with their version; the file keeps it, whatever is published."""
    return (folder.rules, rulesets.get(folder.rules).version) if folder.rules else intake.no_rules(folder)


def _drops(notice: dict[str, Any]) -> Iterator[Drop]:
    """Yield the objects of one S3 notice. The test event that S3 sends when notices are switched on has none."""
    for record in notice.get("Records", ()):
        if record["eventName"].startswith("ObjectCreated"):
            yield _drop(record["s3"])


def _drop(s3: dict[str, Any]) -> Drop:
    """Read the object's name out of a notice, where it is form-encoded: a space is `+`, a plus is `%2B`."""
    stored = s3["object"]
    return Drop(
        bucket=s3["bucket"]["name"],
        key=unquote_plus(stored["key"]),
        version=stored.get("versionId", ""),
        etag=stored["eTag"].strip('"'),
        size=stored.get("size", 0),
        sequencer=stored.get("sequencer", ""),
    )


def _give_up(notice: dict[str, Any], error: Exception) -> None:
    """Say of every file of a notice that was not taken in that it was given up; the others are past that."""
    if "settle" in notice:
        closing.give_up(notice["settle"], error)
    for drop in _drops(notice):
        closing.give_up(drops.identity(drop.bucket, drop.key, drop.version, drop.etag), error)
