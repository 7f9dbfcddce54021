"""What `escuta cost` takes for standing in an account is what the stacks make."""

import json
from typing import Any

import pytest

from benchmarks import deployed, units
from escuta_cli.cost.tables import Figures
from escuta_cli.cost.taking import Company

OFF = 0.1  # as much may pass unnoticed
REMEDY = "run `make cost`"


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return deployed.standing()


def test_what_a_month_is_billed_for_is_what_the_stacks_make(now: dict[str, Any]) -> None:
    kept = json.loads(units.FILE.read_text(encoding="utf-8"))
    assert kept["standing"]["functions"].keys() == now["functions"].keys(), REMEDY

    was, found = (Company(Figures("units", each)).month(in_use=True) for each in (kept, {**kept, "standing": now}))

    assert kept["standing"]["backup_days"] == now["backup_days"], REMEDY
    assert kept["standing"]["backup_every_days"] == now["backup_every_days"], REMEDY
    for unit in {*was, *found}:
        assert found.get(unit, 0) == pytest.approx(was.get(unit, 0), rel=OFF), f"{unit}: {REMEDY}"


def test_everything_that_the_clock_calls_is_measured(now: dict[str, Any]) -> None:
    parts = json.loads(units.FILE.read_text(encoding="utf-8"))["parts"]
    assert {f"clock.{name}" for name in now["runs"]} <= set(parts)
