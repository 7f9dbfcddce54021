"""Closing a loaded file: its totals and reports, then what its folder asks for, then done, then the mail about it.

In this order, and every step the same when done again: a crash between two of them loses nothing, because the message
comes again and a file is only done after the others.
"""

from collections.abc import Callable

from escuta import clock
from escuta.directory import drops, reports
from escuta.directory.model import DropFile, FileState

FollowUp = Callable[[DropFile], tuple[str, ...]]
Notify = Callable[[DropFile], str]

_UNDER_WAY = frozenset({FileState.REGISTERED, FileState.LOADING})
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

    def done(now: DropFile) -> DropFile | None:
        if not drops.is_open(now):
            return None
        return now.changed(
            state=FileState.DONE,
            reason="",
            totals=reported.totals,
            report_key=reported.report_key,
            deployments=deployments,
            mail="",
            finished_at=clock.now(),
        )

    return drops.change(file.id, done)
