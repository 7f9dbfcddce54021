"""What is done before Lambda takes the snapshot that later functions start from (SnapStart)."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec


def before(work: Callable[[], None]) -> None:
    """Have something done before the snapshot is taken; in Lambda's own runtime alone.

    It must draw nothing that has to be different in each function: no token, no nonce, no seed.
    """
    if find_spec("snapshot_restore_py"):
        import_module("snapshot_restore_py").register_before_snapshot(work)
