"""What others wrote for the browser and the console serves: the table beside it, read."""

import re
from pathlib import Path
from typing import NamedTuple

from infra.supply.locks import ROOT

FOLDER = ROOT / "functions" / "console" / "static" / "vendor"
_NAMED = re.compile(r"`([^`]+)`")


class Vendored(NamedTuple):
    """A library of the browser: its package, the files we have of it, and the texts of its licence."""

    name: str
    version: str
    licence: str
    files: tuple[Path, ...]
    texts: tuple[Path, ...]


def libraries() -> tuple[Vendored, ...]:
    """Return what the table of the folder names, by name."""
    found = []
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            files, _, package, version, licence = (cell.strip() for cell in line.strip("|").split("|"))
            found.append(
                Vendored(package.strip("`"), version, licence.partition(",")[0], _paths(files), _paths(licence))
            )
    return tuple(sorted(found))


def _paths(cell: str) -> tuple[Path, ...]:
    return tuple((FOLDER / name).resolve() for name in _NAMED.findall(cell))
