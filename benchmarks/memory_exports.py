"""Peak memory and size of an export: `python -m benchmarks.memory_exports 100000 1000000`.

Each number of rows is written in a process of its own, in each format. Flat: the peak after a million rows is that
after a hundred thousand. Not part of `make bench`: it takes minutes.
"""

import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.exports import generated, write
from escuta.feedback.model import ExportFormat

ROWS = (100_000, 1_000_000)
FORMATS = (ExportFormat.CSV, ExportFormat.JSONL, ExportFormat.PARQUET)


def main() -> None:
    """Print the peak for each number of rows; the one number that a child is given, it writes itself."""
    if len(sys.argv) == 4 and sys.argv[1] == "write":  # noqa: PLR2004 - a word, a format and a number
        print(*peak(ExportFormat(sys.argv[2]), int(sys.argv[3])))  # noqa: T201 - what the parent reads
        return
    screen = Console(width=120)
    for rows in map(int, sys.argv[1:] or ROWS):
        for made_as in FORMATS:
            command = [sys.executable, "-m", "benchmarks.memory_exports", "write", made_as, str(rows)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves
            memory, size, seconds = told.split()[-3:]
            screen.print(
                f"{rows:>9,} rows as {made_as:<7}: {int(memory) / 1024:.0f} MB at most, "
                f"{int(size) / rows:.0f} bytes and {float(seconds) / rows * 1e6:.0f} µs of the processor a row"
            )


def peak(made_as: ExportFormat, rows: int) -> tuple[int, int, float]:
    """Write so many rows; return the most memory this process ever had in KiB, the file's bytes, and the seconds."""
    with TemporaryDirectory() as name, generated(rows, Path(name)):
        write(made_as)
        size = Path(name, "packed" if made_as is ExportFormat.PARQUET else "joined").stat().st_size
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_maxrss, size, spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
