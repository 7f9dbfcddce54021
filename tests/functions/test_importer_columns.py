"""What a folder says about its columns and dates holds for a whole file, from the drop to the report."""

from datetime import UTC, datetime

import pytest

from escuta import table
from escuta.directory.model import FileState, Folder, RowOutcome, Transaction
from tests.functions import droppers
from tests.functions.droppers import drop, people, report, rows, summary
from tests.kit.world import scan

HEADER = "E-mail;Loja;Nº do pedido;Data da compra;Valor;Plano;Obs"


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def test_f27_a_file_whose_dates_can_be_read_in_two_ways_is_refused_with_both_in_the_owners_language() -> None:
    file = drop(rows("ana@example.com;spo-01;P-1;03/02/2026;;;", header=HEADER))
    assert (file.state, file.reason) == (FileState.REFUSED, "date_ambiguous")
    assert (
        "As datas da coluna “Data da compra” podem ser lidas de duas maneiras:"
        " “03/02/2026” pode ser 3 de fevereiro de 2026 ou 2 de março de 2026."
    ) in str(summary(file)["message"])
    assert people() == []


def test_f27_with_the_folders_format_it_is_loaded_and_a_wrong_day_is_rejected_by_itself() -> None:
    table.put(
        Folder(
            folder="vendas",
            owner_language="en",
            date_format="DD/MM/YYYY",
            timezone="America/Manaus",
            decimal=",",
            mapping={"plano": "custom.plan"},
        )
    )
    lines = ("ana@example.com;spo-01;P-1;03/02/2026 10:00;R$ 1.234;Ouro;x", "ana@example.com;spo-01;P-2;30/02/2026;;;")
    file = drop(rows(*lines, header=HEADER), "vendas/fevereiro.csv")
    assert (file.state, file.ignored, file.date_formats) == (
        FileState.DONE,
        ("Obs",),
        {"Data da compra": "DD/MM/YYYY"},
    )
    assert (file.totals[RowOutcome.ACCEPTED], file.totals[RowOutcome.REJECTED]) == (1, 1)
    assert report(file)[2][2:4] == [
        "Data da compra",
        "“30/02/2026” is not a date that exists, or not in the expected format. Use 2026-03-31, for example.",
    ]
    assert people()[0].custom == {"plan": "Ouro"}
    visits = [row for row in scan(Transaction.table) if row["kind"]["S"] == "transaction"]
    (visit,) = table.query(Transaction, visits[0]["pk"]["S"], prefix="transaction#").items
    assert (visit.reference, visit.occurred_at, visit.amount, visit.currency) == (
        "P-1",
        datetime(2026, 2, 3, 14, tzinfo=UTC),
        "1234.00",
        "BRL",
    )
