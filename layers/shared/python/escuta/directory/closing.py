"""Closing a loaded file: its totals and reports, then what its folder asks for, then done.

In this order, and every step the same when done again: a crash between two of them loses nothing, because the message
of the last chunk comes again and a file is only done after the others.
"""

from collections.abc import Callable

from escuta import clock
from escuta.directory import drops, reports
from escuta.directory.model import DropFile, FileState, RowOutcome


def close(file: DropFile, follow_up: Callable[[DropFile], str]) -> DropFile:
    """Report a file whose chunks are all loaded, start what follows from it, and call it done.

    `follow_up` starts the deployment once, however often it is called, and returns its id. It is not asked when no row
    of the file is about anybody.
    """
    reported = reports.write(file)
    anybody = any(count for outcome, count in reported.totals.items() if outcome != RowOutcome.REJECTED)
    deployment = follow_up(reported) if anybody else ""

    def done(now: DropFile) -> DropFile | None:
        if now.state is not FileState.LOADING:
            return None
        return now.changed(
            state=FileState.DONE,
            totals=reported.totals,
            report_key=reported.report_key,
            deployments=(deployment,) if deployment else (),
            finished_at=clock.now(),
        )

    return drops.change(file.id, done)
