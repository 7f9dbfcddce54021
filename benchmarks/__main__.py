"""`make bench`: every figure of this folder, one line each."""

import subprocess
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Ratio

FAMILIES = (
    "submit",
    "metering",
    "importing",
    "planning",
    "sending",
    "rendering",
    "exports",
    "rates",
    "manage",
    "cold_import",
)


def main() -> None:
    """Print all figures; each family runs in a process of its own, so that no cache of one helps another."""
    if len(sys.argv) > 1:
        _print(sys.argv[1])
        return
    for family in FAMILIES:
        subprocess.run([sys.executable, "-m", "benchmarks", family], check=True)  # noqa: S603 - ourselves
    for family in ("dashboards", "units"):
        subprocess.run([sys.executable, "-m", f"benchmarks.{family}"], check=True)  # noqa: S603 - ourselves


def _print(family: str) -> None:
    screen = Console(width=120)
    figures = Table(title=f"{family} (processor time)", title_justify="left", box=None, padding=(0, 2))
    figures.add_column("ours : baseline", width=44)
    for head in ("ours, ms", "baseline, ms", "ratio"):
        figures.add_column(head, justify="right")
    figures.add_column("per")
    for ratio in import_module(f"benchmarks.{family}").ratios():
        figures.add_row(*_cells(ratio))
    screen.print(figures)


def _cells(ratio: Ratio) -> tuple[str, ...]:
    return ratio.name, f"{ratio.ours:.3f}", f"{ratio.base:.3f}", f"{ratio.ratio:.2f}", ratio.unit


if __name__ == "__main__":
    main()
