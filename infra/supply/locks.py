"""The hash-locked lists of packages, read."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
WORKSHOP = ROOT / "requirements.lock"  # what builds, tests and checks: nothing of it is deployed by itself
LAYERS = tuple(ROOT / "layers" / layer / "requirements.lock" for layer in ("deps", "parquet"))

_PACKAGE = re.compile(r"([a-z0-9][a-z0-9._-]*)==(\S+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Locked(NamedTuple):
    """A package at a version, with the hashes that one of its files must have."""

    name: str
    version: str
    hashes: tuple[str, ...]


def packages(path: Path) -> tuple[Locked, ...]:
    """Return what a list names, in its order; ValueError where a package has no hash."""
    found = []
    for entry in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip()):
        package, hashes = _PACKAGE.match(entry), tuple(_HASH.findall(entry))
        if package is None or not hashes:
            raise ValueError(f"{path}: not locked: {entry.splitlines()[0]}")
        found.append(Locked(package[1], package[2], hashes))
    return tuple(found)


def deployed() -> tuple[Locked, ...]:
    """Return the packages of all layers, each once."""
    return tuple(sorted({package for layer in LAYERS for package in packages(layer)}))
