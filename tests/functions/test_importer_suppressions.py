from datetime import datetime

import pytest

from escuta.outreach import suppression
from escuta.outreach.model import Channel
from tests.functions.droppers import drop, people, report, rows, stores

HEADER = "E-mail;Celular;Motivo;Pesquisa"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    stores()


def test_a_file_of_people_who_said_no_closes_their_addresses_and_takes_nobody_in() -> None:
    file = drop(
        rows("ana@example.com;11988880000;descadastro;", "ANA@example.com;;descadastro;", "bruno@;;;", header=HEADER),
        "descadastros/nao.csv",
    )

    assert (file.totals["accepted"], file.totals["duplicate"], file.totals["rejected"]) == (1, 1, 1)
    assert suppression.is_suppressed(Channel.EMAIL, "ana@example.com")
    assert suppression.is_suppressed(Channel.SMS, "+5511988880000")
    assert people() == []
    assert "Este endereço já estava fechado." in report(file)[2]


def test_a_file_to_be_looked_at_closes_nothing() -> None:
    file = drop(rows("ana@example.com;;;", header=HEADER), "descadastros/preview/nao.csv")

    assert file.totals["accepted"] == 1
    assert not suppression.is_suppressed(Channel.EMAIL, "ana@example.com")


def test_a_no_to_one_survey_leaves_the_others_open() -> None:
    drop(rows("ana@example.com;;descadastro;visit", header=HEADER), "descadastros/nao.csv")

    assert suppression.is_suppressed(Channel.EMAIL, "ana@example.com", "visit")
    assert not suppression.is_suppressed(Channel.EMAIL, "ana@example.com", "party")


def test_people_on_the_list_are_skipped_by_tomorrows_file() -> None:  # F25
    drop(rows("ana@example.com;;descadastro;", header=HEADER), "descadastros/nao.csv")

    file = drop(rows("C-1;Ana;ana@example.com;;spo-01", "C-2;Bruno;bruno@example.com;;spo-01"))

    assert (file.totals["accepted"], file.totals["skipped"]) == (1, 1)
    assert [person.name for person in people()] == ["Bruno"]
