"""`make redrive`: shows what failed and lies aside, and with GO=1 gives all of it, or one queue, another try."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.operate import dead, parked, stacks
from infra.operate.account import Account, StoppedError

RATE = 50  # messages a second; AWS takes up to 500
_MOST = 500


def run(account: Account, screen: Console, *, queue: str, go: bool, forget: bool) -> int:
    """Show, and move when `go`; `forget` empties the queue of missed calls instead. Return 1 when something stays."""
    wanted = _wanted(account, queue)
    if forget:
        return _forget(account, screen, go=go)
    found = {each: dead.lying(account, each) for each in wanted}
    bucket, batches = "", list[parked.Batch]()
    if queue in {"", parked.NAME}:
        bucket = parked.bucket(account)
        batches = list(parked.batches(account, bucket))
    _show(screen, found, batches if bucket else None)
    if not go:
        screen.print("Nothing was changed. GO=1 gives it another try; QUEUE=<name> takes one of them.")
        return 0
    failed = [_moved(account, screen, each) for each, seen in found.items() if each.back and seen.number]
    ours = parked.functions(account) if batches else frozenset()
    failed += [_handed(account, screen, bucket, each, ours) for each in batches]
    screen.print("Everything was given another try." if not any(failed) else "What failed stays where it is.")
    return int(any(failed))


def _wanted(account: Account, name: str) -> list[dead.Queue]:
    known = dead.queues(account)
    wanted = [each for each in known if name in {"", each.name}]
    if not wanted and name != parked.NAME:
        names = ", ".join([*(each.name for each in known), parked.NAME])
        raise StoppedError(f"QUEUE={name}: there is no such queue in {stacks.names(account)[0]}. There are {names}.")
    return wanted


def _show(screen: Console, found: dict[dead.Queue, dead.Lying], batches: list[parked.Batch] | None) -> None:
    table = Table("what failed in", "lying", "oldest", box=None, pad_edge=False)
    for queue, seen in found.items():
        table.add_row(queue.name, str(seen.number), _age(seen.oldest), style="" if seen.number else "dim")
    if batches is not None:
        since = min((each.since for each in batches), default=None)
        table.add_row(f"{parked.NAME} (of the stream)", str(len(batches)), _age(since), style="" if batches else "dim")
    screen.print(table)
    if any(seen.number for queue, seen in found.items() if not queue.back):
        screen.print("Missed are calls by the clock: the next one does their work. FORGET=1 GO=1 empties the queue.")


def _age(since: datetime | None) -> str:
    if since is None:
        return ""
    return str(timedelta(seconds=int((datetime.now(UTC) - since).total_seconds())))


def _moved(account: Account, screen: Console, queue: dead.Queue) -> bool:
    moved = dead.redrive(account, queue, rate=_rate(), pause=time.sleep)
    left = f", {moved.left} left" if moved.left else ""
    screen.print(Text(f"{queue.name}: {moved.number} moved{left} {moved.why}".rstrip()))
    return bool(moved.why)


def _handed(account: Account, screen: Console, bucket: str, batch: parked.Batch, ours: frozenset[str]) -> bool:
    handed = parked.hand(account, bucket, batch, ours)
    said = handed.why or f"{handed.records} records taken by {handed.function}"
    screen.print(Text(f"{handed.key}: {said}", style="red" if handed.why else ""))
    return bool(handed.why)


def _forget(account: Account, screen: Console, *, go: bool) -> int:
    for queue in _missed(account):
        seen = dead.lying(account, queue)
        if go:
            dead.forget(account, queue)
        screen.print(f"{seen.number} missed calls {'are forgotten' if go else 'would be forgotten: GO=1 does it'}.")
    return 0


def _missed(account: Account) -> Iterator[dead.Queue]:
    return (each for each in dead.queues(account) if each.name == dead.MISSED)


def _rate() -> int:
    """Return how many messages a second are moved: what RATE says."""
    said = os.environ.get("RATE") or str(RATE)
    if not (said.isdecimal() and 1 <= int(said) <= _MOST):
        raise StoppedError(f"RATE={said}: messages a second, from 1 to {_MOST}")
    return int(said)
