"""The synthesised stack, kept under a hash of its sources: a synthesis takes seconds and mostly nothing changed."""

import compileall
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from py_compile import PycInvalidationMode

from infra import wheels
from infra.local.place import ROOT

BUILT = ROOT / "build" / "assembly"
_SOURCES = (
    "functions",
    "infra/cdk",
    "infra/wheels.py",
    "layers/deps",
    "layers/parquet",
    "layers/shared",
    "requirements.lock",
)
_KEPT = 3


def fingerprint() -> str:
    """Return the hash of everything that the stack is made from."""
    digest = sha256()
    for source in _SOURCES:
        for path in sorted(_files(ROOT / source)):
            digest.update(f"{path.relative_to(ROOT)}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:24]


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    else:
        yield from (path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def ready() -> Path:
    """Return the folder of the assembly of the current sources, synthesised if it is not there."""
    wanted = BUILT / fingerprint()
    with _alone():
        if not wanted.exists():
            wheels.arm64()
            wheels.arm64(wheels.PARQUET)
            _synthesise(wanted)
            _prune()
    return wanted


def _synthesise(wanted: Path) -> None:
    making = wanted.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "infra.cdk.app"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(making)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the stack cannot be synthesised:\n{done.stderr}")
    _compile(making)
    making.rename(wanted)


def _compile(made: Path) -> None:
    """Compile our own sources for the Python that runs them here: every start of a function would do it again."""
    for asset in made.glob("asset.*/"):
        if not (asset / "python" / "lib").exists():  # wheels are compiled where they are built
            compileall.compile_dir(asset, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def _prune() -> None:
    found = sorted(BUILT.glob("*/"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in found[_KEPT:]:
        shutil.rmtree(old)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time build."""
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
