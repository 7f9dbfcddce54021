"""What follows from a loaded file: one deployment for each route of its rules that has rows."""

from collections.abc import Iterator

from escuta import clock, ids
from escuta.directory.model import DropFile
from escuta.outreach import deployments, rulesets
from escuta.outreach.model import AudienceKind, Deployment, RuleSetVersion


def follow_up(file: DropFile) -> tuple[str, ...]:
    """Start what the rules of a file ask for; return the ids. Safe to repeat: the ids follow from file and route.

    The version is the one that the file was registered with, whatever was published since.
    """
    if file.dry_run or not file.rules:
        return ()
    wanted = _deployments(file, rulesets.version(file.rules, file.rules_version))
    return tuple(deployments.start(deployment).id for deployment in wanted)


def _deployments(file: DropFile, version: RuleSetVersion) -> Iterator[Deployment]:
    for route in version.routes:
        if file.routed.get(route.name):
            yield Deployment(
                id=ids.derive("deployment", file.id, route.name),
                name=f"{file.object_key} · {route.name}",
                survey=route.survey,
                strategy=route.strategy,
                audience=AudienceKind.FILE,
                file=file.id,
                parts=file.chunks,
                rules=version.label,
                route=route.name,
                template=route.template,
                send=route.send,
                remind=route.remind,
                expires_after_days=route.expires_after_days,
                sender_name=route.sender_name,
                created_at=clock.now(),
                created_by=f"folder:{file.folder}",
            )
