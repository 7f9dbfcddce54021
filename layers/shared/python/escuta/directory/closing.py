"""Closing a loaded file: its totals and reports, then what its folder asks for, then done, then the mail about it.

In this order, and every step the same when done again: a crash between two of them loses nothing, because the message
comes again and a file is only done after the others.
"""

from collections.abc import Callable

from escuta import clock, queues
from escuta.config import settings
from escuta.directory import drops, reports
from escuta.directory.model import DropFile, FileState
from escuta.errors import EscutaError

FollowUp = Callable[[DropFile], tuple[str, ...]]
Notify = Callable[[DropFile], str]

_UNDER_WAY = frozenset({FileState.REGISTERED, FileState.LOADING})
_GIVEN_UP = frozenset({"object_not_found", "object_denied", "object_store_unavailable", "store_unavailable"})
_TOLD = ("totals", "reasons", "routed", "excluded", "report_key", "rejected_key", "deployments")
_NOBODY = frozenset({"rejected", "skipped"})


def close(file: DropFile, follow_up: FollowUp, notify: Notify) -> DropFile:
    """Report a file whose chunks are all loaded, start what follows from it, call it done, and tell its owner.

    `follow_up` starts what the rules ask for once, however often it is called, and returns the ids of the deployments.
    It is not asked for a dry run, nor when no row of the file is about anybody. `notify` tells the owner at most once
    about the state that the file is in. A file that waits or was ended before it was loaded is only told about.
    """
    if drops.is_loaded(file):
        file = _finished(file, follow_up)
    if file.state not in _UNDER_WAY:
        notify(file)
    return file


def _finished(file: DropFile, follow_up: FollowUp) -> DropFile:
    reported = reports.write(file)
    anybody = any(count for outcome, count in reported.totals.items() if outcome not in _NOBODY)
    deployments = follow_up(reported) if anybody and not file.dry_run else ()
    reported = reported.changed(reason="", deployments=deployments)
    reports.write_summary(reported)

    def done(now: DropFile) -> DropFile | None:
        if not drops.is_open(now):
            return None
        told = {name: getattr(reported, name) for name in _TOLD}
        return now.changed(state=FileState.DONE, reason="", mail="", finished_at=clock.now(), **told)

    return drops.change(file.id, done)


def give_up(file: str, error: Exception) -> DropFile:
    """Say in a file's row that the last try to go on with it failed, and why; its owner is told.

    Its message waits in the dead-letter queue: put back, it goes on where it stood, and a file that is complete then
    is done.
    """
    code = error.code if isinstance(error, EscutaError) else ""
    reason = code if code in _GIVEN_UP else "not_processed"

    moved = False

    def failed(now: DropFile) -> DropFile | None:
        nonlocal moved
        moved = now.state in _UNDER_WAY | {FileState.HELD}
        return now.changed(state=FileState.FAILED, reason=reason, mail="") if moved else None

    found = drops.change(file, failed)
    if moved:  # told of once: a mail that cannot be sent is given up too
        queues.send(settings().close_queue, [{"file": file, "tell": True}])
    return found
