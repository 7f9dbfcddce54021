"""What `escuta cost` reckons with is what the product takes today."""

import json

import pytest

from benchmarks import units

pytestmark = pytest.mark.usefixtures("aws", "noon")
OFF = 0.1  # as much may pass unnoticed
LITTLE = 0.05  # of a unit: less is nothing
# Sizes, which names of chance make up partly; and whether a counter is a new row, which row it is spread to says.
CHANCE, BY_CHANCE = ("logs.bytes", "dynamodb.bytes", "s3.bytes", "events.bytes"), 300


def test_the_units_in_the_file_are_those_that_are_measured() -> None:
    kept, found = json.loads(units.FILE.read_text(encoding="utf-8"))["parts"], units.measured()

    assert kept.keys() == found.keys(), REMEDY
    for name, part in found.items():
        was = kept[name]
        for unit in {*part["units"], *was["units"]}:
            now, then = part["units"].get(unit, 0), was["units"].get(unit, 0)
            assert now == pytest.approx(then, rel=OFF, abs=BY_CHANCE if unit in CHANCE else LITTLE), (
                f"{name} {unit}: {REMEDY}"
            )
        for function in {*part["functions"], *was["functions"]}:
            ran, waited = part["functions"][function], was["functions"][function]
            assert ran["runs"] == pytest.approx(waited["runs"], rel=OFF, abs=LITTLE), f"{name} {function}: {REMEDY}"
            assert sum(ran["waits"].values()) == pytest.approx(sum(waited["waits"].values()), rel=OFF, abs=LITTLE), (
                f"{name} {function}: {REMEDY}"
            )


REMEDY = "run `make cost`"
