"""F22: whatever dies at whatever moment, redelivery ends where a clean run ends: rows, people, reports, messages.

The file of the sweep settles, is packed, has two chunks and rows of several fates, falls under a rule, and has an owner
who is told. Where a call only reads, what comes after it has not happened either: there a refusal is enough.
"""

import ast
import gzip
import re
from collections.abc import Callable
from datetime import datetime

import pytest

from escuta import config, table
from escuta.directory import contacts, drops, folders, scan
from escuta.directory.model import ChunkGroup, DropFile
from tests.conftest import forget
from tests.functions import droppers
from tests.functions.droppers import load_all, notify, put, register_all, rows
from tests.kit import outbox, world
from tests.kit.factories import contact
from tests.kit.faults import Call, Fault, survey_of_faults

_NAMED_TIME = re.compile(r"\d{8}T\d{6}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_READING = ("Get", "BatchGet", "Query", "Head", "List")
BODY = gzip.compress(
    rows(
        "C-1;Ana Conceição;ana@example.com;11987654321;spo-01",
        "C-2;Bruno;bruno@@example.com;;rio-01",
        "C-3;Carla;carla@example.com;;rio-01",
    ),
    mtime=0,
)


@pytest.fixture(autouse=True)
def two_chunks(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - store and clock
    """Cut the file into two chunks, after its time to settle; deliver it once, so that no run starts cold."""
    monkeypatch.setattr(scan, "CHUNK_ROWS", 2)
    monkeypatch.setenv(f"{config.PREFIX}SETTLE_SECONDS", "60")
    forget()
    prepare()
    deliver()


def prepare() -> None:
    droppers.stores()
    table.put(folders.of("lojas").changed(owner_email="dona@aurora.example"))
    known = contacts.identity("C-3", "", "")
    table.put(contact("Carla", id=known, external_id="C-3", segment="spo-01"))


def deliver() -> None:
    notify(put(BODY, "lojas/clientes.csv.gz", sequencer="0065F1A2B3C4D5E6F7"))
    register_all()
    load_all(batch=1)


def view() -> world.Snapshot:
    """Return every row of the tables and every report, with their times taken out, and whether one mail went at most.

    A mail whose fate was lost on the way is unknown, and not sent again; one that was refused is claimed once more, so
    that the revision of the file says nothing.
    """
    rows_now = ast.literal_eval(_NAMED_TIME.sub("<time>", repr(world.snapshot())))
    for row in rows_now.values():
        if row.get("kind") == "file" and row["data"]["mail"] in {"sent", "unknown"}:
            row["rev"], row["data"]["mail"] = "", "sent or unknown"
    for key, body in droppers.reports().items():
        still = _MOMENT.sub("<moment>", _NAMED_TIME.sub("<time>", body.decode("utf-8", "replace")))
        rows_now["s3", _NAMED_TIME.sub("<time>", key), ""] = {"body": still}
    rows_now["ses", "", ""] = {"at most one mail": len(outbox.mails()) <= 1}
    found: world.Snapshot = rows_now
    return found


def reads(call: Call) -> bool:
    return call.operation.startswith(_READING)


def writes(call: Call) -> bool:
    return not reads(call)


def test_f22_registering_loading_and_closing_survive_a_crash_after_every_write() -> None:
    assert survey_of_faults(prepare, deliver, view=view, faults=(Fault.CRASH_AFTER,), at=writes) == []


@pytest.mark.parametrize(("fault", "kind", "every"), [(Fault.LOST_REPLY, writes, 2), (Fault.THROTTLE, reads, 6)])
def test_f22_they_survive_a_lost_reply_and_a_refusal(fault: Fault, kind: Callable[[Call], bool], every: int) -> None:
    def at(call: Call) -> bool:
        return kind(call) and call.number % every == 0

    assert survey_of_faults(prepare, deliver, view=view, faults=(fault,), at=at) == []


def test_f22_a_count_of_chunks_in_place_of_a_set_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(file: DropFile, _chunk: int) -> None:
        before = table.find(ChunkGroup, ChunkGroup.at(file.id, 0), consistent=True)
        group = before or ChunkGroup(file=file.id, group=0)
        table.put(group.changed(done=(*group.done, len(group.done))))

    monkeypatch.setattr(drops, "mark_done", counted)

    def at(call: Call) -> bool:
        return call.operation == "TransactWriteItems"  # of the people: the chunk comes again after the other

    assert survey_of_faults(prepare, deliver, view=view, faults=(Fault.CRASH_AFTER,), at=at) != []
