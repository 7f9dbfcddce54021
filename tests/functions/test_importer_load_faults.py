"""F22: a worker that dies at any call of a chunk; the next delivery ends where a clean one ends, and says the same."""

from datetime import datetime

import pytest

from escuta import table
from escuta.directory import contacts, drops, loading, merging, writing
from escuta.directory.scan import Chunk
from tests.functions import droppers
from tests.functions.droppers import notify, put, rows
from tests.kit import world
from tests.kit.factories import contact
from tests.kit.faults import Fault, survey_of_faults, untouched
from tests.kit.queue import Queue

BODY = rows(
    "C-1;Ana;;;spo-01;P-1;sofa",
    "C-1;;ana@example.com;;spo-01;P-1;",
    "C-2;Bruno;bruno@example.com;;rio-01;P-2;",
    "C-2;;;11987654321;rio-01;;",
    "C-3;Carla;;;rio-01;;",
    header=f"{droppers.HEADER};Pedido;SKU",
)

chunks: list[Chunk] = []


@pytest.fixture(autouse=True)
def store(aws: None, noon: datetime) -> None:
    """Use the store and the clock."""


def prepare() -> None:
    droppers.stores()
    for name, mark in (("Bru", "C-2"), ("Carla", "C-3")):
        known = contacts.identity(mark, "", "")
        table.put(contact(name, id=known, external_id=mark, segment="rio-01"))
    notify(put(BODY))
    (message,) = Queue("load", lambda *_: None).waiting()
    chunks[:] = [Chunk.model_validate(message)]


def deliver() -> None:
    loading.load(chunks[0])


def view() -> world.Snapshot:
    """Return people, visits and products with their revisions, and what became of each row."""
    with untouched():
        found = {key: row for key, row in world.snapshot().items() if row.get("kind") in {"contact", "transaction"}}
        told = [(each.outcome.value, each.code) for each in drops.results(droppers.the_file().id, 0)]
    return {**found, ("results", "", ""): {"told": told}}


def test_f22_a_chunk_with_visits_survives_the_death_of_its_worker_after_every_call() -> None:
    prepare()
    deliver()
    assert view()["results", "", ""]["told"] == [
        ("accepted", ""),
        ("updated", ""),
        ("accepted", ""),
        ("updated", ""),
        ("duplicate", "nothing_new"),
    ]
    assert survey_of_faults(prepare, deliver, view=view, faults=(Fault.CRASH_AFTER,)) == []


def test_f22_forgetting_which_rows_changed_a_person_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "rows_of", lambda *_: frozenset[int]())
    assert merging.rows_of("a.1+2", "a") == {1, 2}
    assert survey_of_faults(prepare, deliver, view=view, faults=(Fault.CRASH_AFTER,)) != []
