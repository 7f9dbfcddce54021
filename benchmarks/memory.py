"""Peak memory of a loader that loads chunk after chunk: `python -m benchmarks.memory 20 200 2000`.

Each number of chunks is loaded in a process of its own; a chunk has 500 rows, each with a visit. Flat: the peak after a
million rows is that after ten thousand.
"""

import resource
import subprocess
import sys

from rich.console import Console

from benchmarks.ground import standing
from benchmarks.importing import PERSON, ROWS, VISIT, answers, chunk_of, content, file_of, load

CHUNKS = (20, 200)
ROW = "C-{0};Conceição Araújo {0};pessoa.{0}@example.com;(11) 9{0:04}-{0:04};sp-01;P-{0};2026-03-09T10:00:00Z;12,90"


def main() -> None:
    """Print the peak for each number of chunks; the one number that a child is given, it loads itself."""
    if len(sys.argv) == 3 and sys.argv[1] == "load":  # noqa: PLR2004 - a word and a number
        print(peak(int(sys.argv[2])))  # noqa: T201 - what the parent reads
        return
    screen = Console(width=120)
    for chunks in map(int, sys.argv[1:] or CHUNKS):
        command = [sys.executable, "-m", "benchmarks.memory", "load", str(chunks)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves
        screen.print(f"{chunks * ROWS:>9,} rows: {int(told.split()[-1]) / 1024:.0f} MB at most")


def peak(chunks: int) -> int:
    """Load so many chunks, and return the most memory that this process ever had, in KiB."""
    rows = content(ROW)
    file = file_of("v", {**PERSON, **VISIT})
    with standing(answers([file], (rows,))):
        chunk = chunk_of(file, rows)
        event = {"Records": [{"messageId": "m", "body": chunk.model_dump_json()}]}
        for _ in range(chunks):
            load(event)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
