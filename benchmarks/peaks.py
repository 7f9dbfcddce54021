"""The most memory that the process of each function ever had: `python -m benchmarks.peaks 600`.

It looks for so many seconds at every function that runs on an embedded AWS of this machine, whoever calls it: `make up`
and the largest that is let in (`benchmarks.largest`), or the tests of the deployed house (`make test-stack`). What it
sees is kept in `peaks.json`, with what was seen before: a peak only rises, until the file is removed. By it the memory
of each function is chosen (docs/decisions/0039-*.md).
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

PEAKS = Path(__file__).parent / "peaks.json"
_EVERY = 0.5  # seconds; the kernel keeps the peak of a process until it ends
_NAME = re.compile(rb"AWS_LAMBDA_FUNCTION_NAME=Escuta(?:-e2e)?-([a-z-]+)")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def main() -> None:
    """Look for the seconds that were asked for, and tell what is known then."""
    until = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 60)
    while time.monotonic() < until:
        keep(dict(_seen()))
        time.sleep(_EVERY)
    screen = Console(width=120)
    for name, peak in known().items():
        screen.print(f"{name:<24} {peak:>5} MB")


def known() -> dict[str, int]:
    """Return the peak of each function in MB."""
    if not PEAKS.exists():
        return {}
    found: dict[str, int] = json.loads(PEAKS.read_text(encoding="utf-8"))
    return found


def keep(seen: dict[str, int]) -> None:
    """Keep what is higher than what was known."""
    before = known()
    now = {name: max(before.get(name, 0), seen.get(name, 0)) for name in sorted(before | seen)}
    if now != before:
        PEAKS.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")


def _seen() -> Iterator[tuple[str, int]]:
    """Yield the functions that run now with their peaks, the lower ones of the same function first."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            status = (process / "status").read_text(encoding="utf-8")
        except OSError:  # it ended meanwhile, or is not ours
            continue
        name, peak = _NAME.search(environment), _PEAK.search(status)
        if name and peak:
            found.append((name[1].decode(), -(-int(peak[1]) // 1024)))
    yield from sorted(found)


if __name__ == "__main__":
    main()
