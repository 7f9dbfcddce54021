"""What an answer, an invitation and a quiet month take of AWS: `python -m benchmarks.units [--write]`.

`make bench` shows it; `--write` writes it to the file that `escuta cost` reckons with. Nothing here is a price.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto import mock_aws
from rich.console import Console
from rich.table import Table as Grid

from benchmarks import deployed, scenes
from benchmarks.ground import SURVEY, standing
from benchmarks.ground import item as stored
from benchmarks.meter import Meter, Part
from escuta import clock, table
from escuta.feedback.model import Survey
from tests.conftest import ENVIRONMENT, NOON, deploy, forget, tables_in_memory
from tests.kit import ses

FILE = Path(__file__).parents[1] / "cli" / "escuta_cli" / "cost" / "units.json"
_CALLS = 500
_PER = {  # part -> how many it was measured on
    "import": len(scenes.PACES) * scenes.PEOPLE,
    "plan": len(scenes.PACES) * scenes.PEOPLE,
    "deliver": len(scenes.PACES) * scenes.PEOPLE,
    "receipts": scenes.PEOPLE,
    "page": len(scenes.PACES) * scenes.ANSWERS,
    "began": len(scenes.PACES) * scenes.ANSWERS,
    "draft": len(scenes.PACES) * scenes.ANSWERS,
    "answer": len(scenes.PACES) * scenes.ANSWERS,
    "funnel": scenes.ANSWERS,
    "count": scenes.ANSWERS,
    "follow": scenes.ANSWERS,
    "publish": scenes.ANSWERS,
    "alert": scenes.ANSWERS,
    "lake": 2 * scenes.ANSWERS,
    "clock": scenes.QUIET,
    "clock.rounds": scenes.QUIET * scenes.ROUNDS,
    "console": 1,
}


def measured() -> dict[str, Any]:
    """Return what each part takes, for one answer, one person asked, one run, one page. AWS must be stood in for."""
    meter = Meter()
    with meter.standing():
        for pace in scenes.PACES:
            scenes.answers(meter, pace)
        scenes.quiet(meter)
        scenes.pages(meter)
    return {
        name: _one(part, _PER.get(name) or _PER[name.partition(".")[0]]) for name, part in sorted(meter.parts.items())
    }


def _one(part: Part, number: int) -> dict[str, Any]:
    functions = {
        name: {
            "runs": _rounded(runs / number),
            "cpu_ms": _rounded(part.seconds[name] * 1000 / number),
            "waits": {kind: _rounded(count / number) for kind, count in sorted(part.waits.get(name, {}).items())},
        }
        for name, runs in sorted(part.runs.items())
    }
    return {
        "units": {name: _rounded(count / number) for name, count in sorted(part.units.items()) if count > 0},
        "functions": functions,
        "metrics": sorted(part.metrics),
        "writes_of_smaller_rows": _rounded(part.smaller / number),
    }


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


def _call_ms() -> float:
    """Return the processor time of one call of the SDK itself, which the tables in memory leave out."""
    with standing({"GetItem|survey#": stored(SURVEY)}):
        forget(clients=True)
        table.load(Survey, SURVEY.key())
        begun = time.process_time()
        for _ in range(_CALLS):
            table.load(Survey, SURVEY.key())
        spent = time.process_time() - begun
    return _rounded(spent * 1000 / _CALLS)


def _apart() -> dict[str, Any]:
    """Measure where nothing is stood in for yet."""
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT")]:
        del os.environ[name]
    os.environ |= ENVIRONMENT
    forget(clients=True)
    with ses.saying(), mock_aws(), tables_in_memory(), clock.at(NOON):
        deploy()
        return measured()


def _write(parts: dict[str, Any], call_ms: float) -> None:
    """Write today's figures, and the assumptions as somebody edited them."""
    assumptions = json.loads(FILE.read_text(encoding="utf-8"))["assumptions"]
    assumptions["call_cpu_ms"]["value"] = call_ms
    found = {
        "measured": datetime.now(UTC).date().isoformat(),
        "of": scenes.__doc__,
        "assumptions": assumptions,
        "standing": deployed.standing(),
        "parts": parts,
    }
    FILE.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Print what was measured; write it, if asked to."""
    call_ms = _call_ms()
    parts = _apart()
    if "--write" in sys.argv:
        _write(parts, call_ms)
    grid = Grid(
        title="units of AWS (for one answer, person, run or page)", title_justify="left", box=None, padding=(0, 2)
    )
    grid.add_column("part", width=28)
    for head in ("writes", "reads", "queue", "runs", "cpu, ms"):
        grid.add_column(head, justify="right")
    for name, part in parts.items():
        units, functions = part["units"], part["functions"].values()
        grid.add_row(
            name,
            *(f"{units.get(unit, 0):.2f}" for unit in ("dynamodb.writes", "dynamodb.reads", "sqs.requests")),
            *(f"{sum(each[what] for each in functions):.2f}" for what in ("runs", "cpu_ms")),
        )
    Console(width=120).print(grid)


if __name__ == "__main__":
    main()
