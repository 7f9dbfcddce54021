"""A chunk of a registered file becomes people; the last chunk closes the file and starts what its folder asks for."""

from typing import Any

from escuta import clock, ids, queues
from escuta.directory import closing, drops, folders, loading
from escuta.directory.model import DropFile
from escuta.directory.scan import Chunk
from escuta.observe import entry
from escuta.outreach import deployments
from escuta.outreach.model import AudienceKind, Deployment, Strategy


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Load the chunks that the messages name."""
    return queues.each(event, _load)


def _load(message: dict[str, Any]) -> None:
    file = loading.load(Chunk.model_validate(message))
    if drops.is_loaded(file):
        closing.close(file, _deploy)


def _deploy(file: DropFile) -> str:
    """Start the deployment that the folder's rule asks for; return its id, "" when it asks for none."""
    rule = folders.of(file.folder)
    if not rule.survey:
        return ""
    deployment = Deployment(
        id=ids.derive("deployment", file.id),
        name=file.object_key,
        survey=rule.survey,
        strategy=Strategy(rule.strategy),
        audience=AudienceKind.FILE,
        file=file.id,
        parts=file.chunks,
        sender_name=rule.sender_name,
        created_at=clock.now(),
        created_by=f"folder:{file.folder}",
    )
    return deployments.start(deployment).id
