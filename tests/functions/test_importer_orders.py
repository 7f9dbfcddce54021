"""F20, F22: in whatever order chunks are loaded, and however often, the tables are those of one clean delivery."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import contacts, drops, loading, merging, persons, products, scan
from escuta.directory.model import ChunkGroup, RowOutcome
from escuta.directory.scan import Chunk
from tests.conftest import NOON
from tests.functions import droppers
from tests.functions.droppers import notify, put, rows, the_file
from tests.kit import world
from tests.kit.queue import Queue

HEADER = "Código do cliente;Nome;E-mail;Celular;Loja;Pedido;Data da compra;Valor"
MORNING = rows(
    "C-1;Ana;;;spo-01;P-1;2026-03-09T10:00:00Z;10,00",
    "C-2;Bruno;bruno@example.com;;rio-01;P-2;2026-03-09T11:00:00Z;20,00",
    "C-1;Ana Souza;ana@example.com;;rio-01;P-3;2026-03-09T12:00:00Z;30,00",
    "C-3;Carla;;;spo-01;P-4;2026-03-09T13:00:00Z;40,00",
    "C-1;A. Souza;outra@example.com;11987654321;spo-01;P-1;2026-03-08T12:00:00Z;99,00",
    "C-2;Bruno;bruno@example.com;;rio-01;P-2;2026-03-09T11:00:00Z;20,00",
    header=HEADER,
)
EVENING = rows(
    "C-1;Ana Lima;;;spo-01;P-1;2026-03-09T10:00:00Z;11,00",
    "C-4;Davi;davi@example.com;;spo-01;P-5;2026-03-10T09:00:00Z;50,00",
    "C-2;;novo@example.com;;spo-01;P-6;2026-03-07T09:00:00Z;60,00",
    header=HEADER,
)
MAKERS = ("created_by", "updated_by")  # which row was the first is what the order decides, and nothing else


@pytest.fixture(autouse=True)
def two_rows_a_chunk(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the store
    """Cut files into chunks of two rows."""
    monkeypatch.setattr(scan, "CHUNK_ROWS", 2)


def registered() -> list[Chunk]:
    """Empty the world, register a file and, an hour later, another about the same people; return their chunks."""
    world.fresh()
    droppers.stores()
    notify(put(MORNING, "outras/manha.csv"))
    with clock.at(NOON + timedelta(hours=1)):
        notify(put(EVENING, "outras/noite.csv"))
    found = [Chunk.model_validate(message) for message in Queue("load", lambda *_: None).waiting()]
    first = the_file("outras/manha.csv").id
    return sorted(found, key=lambda chunk: (chunk.file != first, chunk.number))


def loaded(order: Iterable[int]) -> tuple[world.Snapshot, list[dict[str, int]]]:
    """Load the chunks in this order; return the people and visits there are then, and the outcomes of each file."""
    chunks = registered()
    for place in order:
        loading.load(chunks[place])
    return people(), [outcomes(chunks, "outras/manha.csv"), outcomes(chunks, "outras/noite.csv")]


def people() -> world.Snapshot:
    found = world.snapshot(ignore=MAKERS)
    kinds = {"contact", "transaction"}
    return {
        key: {name: value for name, value in row.items() if name != "rev"}  # how often a row was written
        for key, row in found.items()
        if row.get("kind") in kinds
    }


def outcomes(chunks: Sequence[Chunk], key: str) -> dict[str, int]:
    file = the_file(key).id
    told = [result.outcome for chunk in chunks if chunk.file == file for result in drops.results(file, chunk.number)]
    return {outcome.value: told.count(outcome) for outcome in RowOutcome if outcome in told}


CLEAN = (0, 1, 2, 3, 4)
ORDERS = [
    *[(*order, 3, 4) for order in permutations((0, 1, 2)) if order != (0, 1, 2)],
    (4, 3, 2, 1, 0),
    (3, 0, 4, 2, 1),
    (2, 4, 0, 3, 1),
    (1, 3, 2, 0, 4),
]


def differences(orders: Iterable[Sequence[int]], between: Callable[[], Any] | None = None) -> list[str]:
    """Say where loading in these orders leaves something else than the clean delivery, one file after the other."""
    expected, told = loaded(CLEAN)
    assert told == [{"accepted": 4, "updated": 1, "duplicate": 1}, {"accepted": 2, "updated": 1}]
    found = []
    for order in orders:
        actual, counted = loaded(order)
        assert [sum(each.values()) for each in counted] == [6, 3]
        if difference := world.difference(expected, actual):
            found.append(f"{order}: {difference}")
        if between is not None:
            between()
    return found


def test_f20_the_chunks_of_two_files_about_the_same_people_leave_the_same_in_every_order() -> None:
    def the_right_ones() -> None:
        ana = contacts.get(contacts.identity("C-1", "", ""))
        assert (ana.name, ana.email, ana.phone, ana.segment) == (
            "Ana Lima",
            "ana@example.com",
            "+5511987654321",
            "rio-01",
        )

    assert differences(ORDERS, the_right_ones) == []


def test_f20_letting_the_last_writer_win_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "merge", lambda values, _marks, said: merging.merge(values, {}, said))
    assert differences(ORDERS[:1]) != []


def test_f18_f22_chunks_that_come_again_say_the_same_again_and_change_nothing() -> None:
    expected, told = loaded(CLEAN)
    before = world.snapshot()
    chunks = registered()
    for place in CLEAN:
        for _ in range(2):
            loading.load(chunks[place])
            table.delete(ChunkGroup, ChunkGroup.at(chunks[place].file, 0))  # as if it had died before it noted itself
    assert people() == expected
    assert [outcomes(chunks, "outras/manha.csv"), outcomes(chunks, "outras/noite.csv")] == told
    revisions = {key: row["rev"] for key, row in before.items() if key in expected}
    assert {key: row["rev"] for key, row in world.snapshot().items() if key in expected} == revisions


def test_f22_a_product_is_called_as_the_first_row_of_the_file_calls_it_whatever_chunk_is_faster() -> None:
    body = rows(
        *(f"C-{number};spo-01;sofa;{name}" for number, name in enumerate(["Sofá", "Divã", "Poltrona"])),
        header="Código do cliente;Loja;SKU;Nome do produto",
    )
    for order in ((0, 1), (1, 0), (1, 0, 1)):
        world.fresh()
        droppers.stores()
        notify(put(body, "outras/sofas.csv"))
        chunks = [Chunk.model_validate(message) for message in Queue("load", lambda *_: None).waiting()]
        for place in order:
            loading.load(sorted(chunks, key=lambda chunk: chunk.number)[place])
        assert products.get("sofa").name == "Sofá"
