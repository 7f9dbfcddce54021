"""Files of segments, managers, products and suppressions: every row is told of, and comes back in its order."""

from datetime import datetime

import pytest

from escuta import table
from escuta.directory import drops, products, segments
from escuta.directory.model import DropFile, FileKind, Folder
from escuta.errors import NotFoundError
from escuta.outreach import suppression
from escuta.outreach.model import Channel
from tests.functions import droppers
from tests.functions.droppers import drop, rows


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def of_kind(kind: FileKind, header: str, *lines: str) -> DropFile:
    table.put(Folder(folder="coisas", file_kind=kind, owner_language="pt-BR"))
    file = drop(rows(*lines, header=header), "coisas/arquivo.csv")
    assert sum(file.totals.values()) == file.rows
    return file


def told(file: DropFile) -> list[tuple[int, str, str]]:
    """Return row, outcome and code of every row, in order."""
    return [(result.row, result.outcome.value, result.code) for result in drops.results(file.id, 0)]


def test_segments_may_stand_before_their_parents() -> None:
    file = of_kind(
        FileKind.SEGMENTS,
        "Código;Nome;Código pai",
        "poa-01;Porto Alegre;sul",
        "sul;Região Sul;aurora",
        "x-01;Sem pai;nada",
    )
    assert [(row, outcome) for row, outcome, _ in told(file)] == [(1, "accepted"), (2, "accepted"), (3, "rejected")]
    assert segments.get("poa-01").path == ("aurora", "sul", "poa-01")


def test_products_of_a_file_get_their_names_and_a_preview_makes_none() -> None:
    table.put(Folder(folder="coisas", file_kind=FileKind.PRODUCTS, owner_language="pt-BR"))
    lines = rows("sofa;Sofá;Salas", header="Código;Nome;Grupo")
    assert drop(lines, "coisas/preview/produtos.csv").totals["accepted"] == 1
    with pytest.raises(NotFoundError):
        products.get("sofa")
    assert drop(lines, "coisas/produtos.csv").totals["accepted"] == 1
    assert (products.get("sofa").name, products.get("sofa").group) == ("Sofá", "Salas")


def test_a_file_of_those_who_said_no_closes_their_addresses() -> None:
    file = of_kind(FileKind.SUPPRESSIONS, "E-mail", "ana@example.com", "não é", "ana@example.com")
    assert [(row, outcome) for row, outcome, _ in told(file)] == [(1, "accepted"), (2, "rejected"), (3, "duplicate")]
    assert suppression.is_suppressed(Channel.EMAIL, "ana@example.com")
