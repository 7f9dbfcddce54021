"""What is done before Lambda takes the snapshot that later functions start from (SnapStart), and after each start."""

import random
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def before(work: Callable[[], None]) -> None:
    """Have something done before the snapshot is taken; in Lambda's own runtime alone.

    It must draw nothing that has to be different in each function: no token, no nonce, no seed.
    """
    if hooks := _hooks():
        hooks.register_before_snapshot(work)


def _hooks() -> Any:
    """Return Lambda's registry, and see to it that each start draws numbers of its own.

    Tokens come from the operating system and differ anyway. Pauses and the rows that counts are spread over are drawn
    by `random`, whose state is in the snapshot: all functions would choose the same ones at the same time.
    """
    return _registry() if find_spec("snapshot_restore_py") else None


@cache
def _registry() -> Any:
    hooks = import_module("snapshot_restore_py")
    hooks.register_after_restore(random.seed)
    return hooks


def fresh() -> None:
    """Have each start draw numbers of its own, also where nothing is done before the snapshot."""
    _hooks()
