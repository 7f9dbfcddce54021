"""A file whose chunks are all loaded is reported and followed up; whoever owns its folder is told of it."""

from typing import Any

from escuta import clock, ids, queues
from escuta.directory import closing, drops, folders
from escuta.directory.model import DropFile
from escuta.observe import entry
from escuta.outreach import deployments
from escuta.outreach.model import AudienceKind, Deployment, Strategy


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Close the files that the messages name."""
    return queues.each(event, _close, _give_up)


def _close(message: dict[str, Any]) -> None:
    closing.close(drops.get(message["file"], consistent=True), _deploy, lambda _: "")


def _give_up(message: dict[str, Any], error: Exception) -> None:
    closing.give_up(message["file"], error)


def _deploy(file: DropFile) -> tuple[str, ...]:
    """Start the deployment that the folder asks for; return its id, none when it asks for none."""
    folder = folders.of(file.folder)
    if not folder.survey:
        return ()
    deployment = Deployment(
        id=ids.derive("deployment", file.id),
        name=file.object_key,
        survey=folder.survey,
        strategy=Strategy(folder.strategy),
        audience=AudienceKind.FILE,
        file=file.id,
        parts=file.chunks,
        sender_name=folder.sender_name,
        created_at=clock.now(),
        created_by=f"folder:{file.folder}",
    )
    return (deployments.start(deployment).id,)
