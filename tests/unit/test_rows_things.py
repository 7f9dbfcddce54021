"""The rows of files of segments, managers, products and suppressions."""

from datetime import UTC, datetime
from typing import Any

import pytest

from escuta.directory.header import understand
from escuta.directory.model import AlertChannel, DropFile, FileKind, FileState, Folder, RowOutcome, RowResult
from escuta.directory.rows import Rows, Thing

PLACES = ("Código", "Nome", "Código pai", "Fuso horário", "País", "CEP", "Situação", "Gerente regional")
MANAGERS = ("E-mail", "Nome", "Sobrenome", "Celular", "Lojas", "Canais", "Outros idiomas", "Inativo")


def check(kind: FileKind, header: tuple[str, ...], cells: list[str]) -> Thing | RowResult:
    mapping = {"Gerente regional": "attribute.regional"} if kind is FileKind.SEGMENTS else {}
    folder = Folder(folder="x", file_kind=kind, mapping=mapping)
    file = DropFile(
        id="f",
        bucket="drop",
        object_key="x/x.csv",
        file_kind=kind,
        state=FileState.LOADING,
        header=header,
        mapping=understand(header, folder, []).mapping,
        received_at=datetime(2026, 3, 10, tzinfo=UTC),
    )
    found = Rows(file, folder, {}, "BR", {}).check(1, 2, cells)
    assert isinstance(found, Thing | RowResult)
    return found


def said(kind: FileKind, header: tuple[str, ...], cells: list[str]) -> dict[str, Any]:
    found = check(kind, header, cells)
    assert isinstance(found, Thing)
    assert found == Thing(1, 2, found.said, cells, "")
    return found.said


def rejection(kind: FileKind, header: tuple[str, ...], cells: list[str]) -> tuple[str, str, dict[str, str]]:
    found = check(kind, header, cells)
    assert isinstance(found, RowResult)
    assert (found.outcome, found.original) == (RowOutcome.REJECTED, tuple(cells))
    return found.column, found.code, found.details


def test_a_row_of_segments_says_what_its_cells_say_and_nothing_of_the_empty_ones() -> None:
    cells = ["SPO-01", "São Paulo", "Sul", "America/Sao_Paulo", "Brasil", "01310-100", "Ativa", "Bruno"]
    assert said(FileKind.SEGMENTS, PLACES, cells) == {
        "code": "spo-01",
        "name": "São Paulo",
        "parent": "sul",
        "timezone": "America/Sao_Paulo",
        "country": "BR",
        "postal_code": "01310-100",
        "retired": False,
        "attributes": {"regional": "Bruno"},
    }
    assert said(FileKind.SEGMENTS, PLACES, ["spo-01", "", "", "", "", "", "encerrada", ""]) == {
        "code": "spo-01",
        "retired": True,
    }


@pytest.mark.parametrize(
    ("cells", "rejected"),
    [
        (["", "São Paulo"], ("Código", "value_missing", {"field": "code"})),
        (["São Paulo", ""], ("Código", "segment_code_invalid", {"value": "São Paulo"})),
        (["x" * 65, ""], ("Código", "segment_code_invalid", {"value": "x" * 65})),
        (["spo-01", "x" * 201], ("Nome", "too_long", {"limit": "200"})),
    ],
)
def test_a_row_of_segments_that_cannot_be_is_rejected(cells: list[str], rejected: tuple[str, str, Any]) -> None:
    assert rejection(FileKind.SEGMENTS, ("Código", "Nome"), cells) == rejected


def test_a_status_that_says_neither_is_rejected() -> None:
    assert rejection(FileKind.SEGMENTS, ("Código", "Status"), ["spo-01", "reforma"]) == (
        "Status",
        "boolean_unknown",
        {"value": "reforma"},
    )


def test_a_row_of_managers_lists_segments_channels_and_languages() -> None:
    cells = [
        "Ana@Example.com",
        "Ana",
        "Souza",
        "11987654321",
        "SPO-01; rio-01|spo-01, mao",
        "e-mail,SMS",
        "en;es",
        "não",
    ]
    assert said(FileKind.MANAGERS, MANAGERS, cells) == {
        "email": "Ana@example.com",
        "name": "Ana Souza",
        "phone": "+5511987654321",
        "segments": ("spo-01", "rio-01", "mao"),
        "channels": (AlertChannel.EMAIL, AlertChannel.SMS),
        "languages": ("en", "es"),
        "retired": False,
    }


def test_a_row_of_managers_without_an_address_is_rejected() -> None:
    assert rejection(FileKind.MANAGERS, MANAGERS, ["", "Ana", *[""] * 6]) == (
        "E-mail",
        "value_missing",
        {"field": "email"},
    )
    assert rejection(FileKind.MANAGERS, MANAGERS, ["a@b.com", "Ana", "", "", "são paulo", "", "", ""])[1] == (
        "segment_code_invalid"
    )


def test_a_row_of_products_keeps_its_code_as_it_is() -> None:
    assert said(FileKind.PRODUCTS, ("SKU", "Nome", "Grupo"), ["Sofá-Lua", " Sofá Lua ", ""]) == {
        "code": "Sofá-Lua",
        "name": "Sofá Lua",
    }


def test_a_row_of_suppressions_closes_an_address_for_a_reason() -> None:
    header = ("email", "celular", "motivo", "pesquisa")
    assert said(FileKind.SUPPRESSIONS, header, ["a@B.com", "", "denúncia de spam", "nps"]) == {
        "email": "a@b.com",
        "reason": "complaint",
        "survey": "nps",
    }
    assert said(FileKind.SUPPRESSIONS, header, ["", "11987654321", "", ""]) == {
        "phone": "+5511987654321",
        "reason": "unsubscribe",
    }
    assert rejection(FileKind.SUPPRESSIONS, header, ["", "", "bounce", ""]) == ("", "no_address", {})
