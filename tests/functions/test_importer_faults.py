"""F22: whatever dies at whatever moment, redelivery ends where a clean run ends: rows, people, reports, messages."""

import ast
import re
from datetime import datetime

import pytest

from escuta import table
from escuta.directory import contacts, drops, scan
from escuta.directory.model import ChunkGroup, DropFile
from tests.functions import droppers
from tests.functions.droppers import load_all, notify, put, rows
from tests.kit import world
from tests.kit.factories import contact
from tests.kit.faults import Fault, survey_of_faults

_NAMED_TIME = re.compile(r"\d{8}T\d{6}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
BODY = rows(
    "C-1;Ana Conceição;ana@example.com;11987654321;spo-01;sofa-lua",
    "C-1;Ana outra vez;;;spo-01;",
    "C-2;Bruno;bruno@@example.com;;rio-01;",
    "C-3;Carla;carla@example.com;;rio-01;",
    header=f"{droppers.HEADER};SKU",
)


@pytest.fixture(autouse=True)
def two_chunks(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - store and clock
    """Cut the file into two chunks."""
    monkeypatch.setattr(scan, "CHUNK_ROWS", 2)


def prepare() -> None:
    droppers.stores()
    known = contacts.identity("C-3", "", "")
    table.put(contact("Carla", id=known, external_id="C-3", segment="spo-01"))


def deliver() -> None:
    notify(put(BODY, sequencer="0065F1A2B3C4D5E6F7"))
    load_all(batch=1)


def view() -> world.Snapshot:
    """Return every row of the tables and every report, with their times taken out."""
    rows_now = ast.literal_eval(_NAMED_TIME.sub("<time>", repr(world.snapshot())))
    for key, body in droppers.reports().items():
        still = _MOMENT.sub("<moment>", _NAMED_TIME.sub("<time>", body.decode()))
        rows_now["s3", _NAMED_TIME.sub("<time>", key), ""] = {"body": still}
    found: world.Snapshot = rows_now
    return found


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.THROTTLE, Fault.LOST_REPLY])
def test_f22_registering_and_loading_survive_this_fault_at_every_call(fault: Fault) -> None:
    assert survey_of_faults(prepare, deliver, view=view, faults=(fault,)) == []


def test_f22_a_count_of_chunks_in_place_of_a_set_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(file: DropFile, _chunk: int) -> None:
        before = table.find(ChunkGroup, ChunkGroup.at(file.id, 0), consistent=True)
        table.put(before.changed(done=(*before.done, len(before.done))) if before else _first(file))

    monkeypatch.setattr(drops, "mark_done", counted)
    assert survey_of_faults(prepare, deliver, view=view, faults=(Fault.CRASH_AFTER,)) != []


def _first(file: DropFile) -> ChunkGroup:
    return ChunkGroup(file=file.id, group=0, done=(0,))
