"""Every function has the memory that it was seen to need, half as much again, and not much more."""

import pytest

from benchmarks import peaks
from tests.infra.conftest import Template

ENOUGH = 1.5  # times the highest peak that was seen
UNSEEN = {"authorize-sftp"}  # deployed only beside an SFTP server of AWS


@pytest.fixture
def memory(template: Template) -> dict[str, int]:
    """Return what each function has, in MB."""
    return {
        each["FunctionName"].removeprefix("Escuta-"): each["MemorySize"]
        for each in template.of("Lambda::Function").values()
    }


def test_every_function_has_half_as_much_memory_again_as_it_was_seen_to_need(memory: dict[str, int]) -> None:
    seen = peaks.known()
    assert memory.keys() - UNSEEN - seen.keys() == set()
    short = {name: (seen[name], has) for name, has in memory.items() if name in seen and has < ENOUGH * seen[name]}
    assert short == {}


def test_what_is_kept_as_a_snapshot_is_as_small_as_it_can_be(memory: dict[str, int]) -> None:
    assert memory["respond"] == 256  # by the month and gigabyte, used or not
