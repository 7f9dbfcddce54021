"""Every order in which workers can come to the store: one of them goes on to its next call, the others wait.

A call is what the store does at once, so that whatever two processes can do to each other lies in the order of calls.
"""

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from queue import Queue
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.kit.guard import EVERY_CALL

_LONGEST = 10  # seconds that one worker may take to its next call
_turn: ContextVar["_Worker | None"] = ContextVar("turn", default=None)
Point = Callable[[str, dict[str, Any]], bool]


class _Worker:
    """One thread that stops before each call in question."""

    def __init__(self, work: Callable[[], object], stops: Queue["_Worker"]) -> None:
        self.done = False
        self.error: BaseException | None = None
        self._work, self._stops, self._go = work, stops, threading.Semaphore(0)
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._run,), daemon=True)
        self._thread.start()

    def _run(self) -> None:
        _turn.set(self)
        try:
            self.stop()
            self._work()
        except BaseException as error:  # noqa: BLE001 - told to whoever runs the workers
            self.error = error
        self.done = True
        self._stops.put(self)

    def stop(self) -> None:
        """Say that the next call is reached, and wait for the turn."""
        self._stops.put(self)
        self._go.acquire()

    def go(self) -> None:
        """Let it go on to its next call."""
        self._go.release()
        self._stops.get(timeout=_LONGEST)


def orders(workers: Callable[[], Sequence[Callable[[], object]]], point: Point) -> Iterator[list[int]]:
    """Run the workers once in every order of their calls at which `point` holds; yield each order after its run.

    `workers` makes them anew for each run, in a world where the run before has left nothing that they touch.
    """
    original = vars(BaseClient)[EVERY_CALL]

    def call(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        worker = _turn.get()
        if worker is not None and point(operation, request):
            worker.stop()
        return original(self, operation, request)

    chosen: list[int] = []
    while True:
        with patch.object(BaseClient, EVERY_CALL, call):
            taken = _run(workers(), chosen)
        yield [number for number, _ in taken]
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        chosen = [*(number for number, _ in taken[:-1]), taken[-1][0] + 1]


def _run(works: Sequence[Callable[[], object]], chosen: Sequence[int]) -> list[tuple[int, int]]:
    """Return which of how many workers went on at each step; after the `chosen` steps always the first one."""
    stops: Queue[_Worker] = Queue()
    alive = []
    for work in works:
        alive.append(_Worker(work, stops))
        stops.get(timeout=_LONGEST)
    taken: list[tuple[int, int]] = []
    while alive:
        number = chosen[len(taken)] if len(taken) < len(chosen) else 0
        taken.append((number, len(alive)))
        alive[number].go()
        if alive[number].done:
            finished = alive.pop(number)
            if finished.error:
                raise finished.error
    return taken
