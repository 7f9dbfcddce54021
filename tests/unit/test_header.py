"""Columns find their fields by name, in three languages; what is not sure is refused by name."""

import pytest

from escuta.directory import header
from escuta.directory.decoding import RefusedFileError
from escuta.directory.header import mapping, names


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (
            ("Código do Cliente", "NOME", "E-mail", "Celular", "Loja", "Idioma", "Produto"),
            ("external_id", "name", "email", "phone", "segment", "language", "product"),
        ),
        (
            ("Customer ID", "First name", "Last Name", "Email address", "Mobile", "Store"),
            ("external_id", "name", "surname", "email", "phone", "segment"),
        ),
        (
            ("código_del_cliente", "Nombre", "Correo", "Teléfono", "Tienda"),
            ("external_id", "name", "email", "phone", "segment"),
        ),
        (("email", "segment"), ("email", "segment")),
    ],
)
def test_f8_names_in_three_languages_are_known(columns: tuple[str, ...], fields: tuple[str, ...]) -> None:
    assert mapping(columns) == dict(zip(columns, fields, strict=True))


def test_f8_a_code_wins_over_a_plain_name_and_the_plain_one_is_kept_as_it_is() -> None:
    assert mapping(("email", "Loja", "Código da loja")) == {"email": "email", "Código da loja": "segment"}


@pytest.mark.parametrize(
    ("columns", "code", "details"),
    [
        (("E-mail", "Loja", "e mail"), "header_duplicate", {"columns": "“E-mail”, “e mail”"}),
        (("email", "Loja", "#", "#"), "header_duplicate", {"columns": "“#”, “#”"}),
        (
            ("Telefone", "Celular", "Loja"),
            "header_ambiguous",
            {"field": "phone", "columns": "“Telefone”, “Celular”"},
        ),
        (("email", "Loja", "Filial"), "header_ambiguous", {"field": "segment", "columns": "“Loja”, “Filial”"}),
        (("Nome", "Loja"), "header_no_identity", {"columns": "“Nome”, “Loja”"}),
        (("Nome", "E-mail"), "header_no_segment", {"columns": "“Nome”, “E-mail”"}),
        (("C-1", "ana@example.com", "spo-01"), "header_no_identity", {"columns": "“C-1”, “ana@example.com”, “spo-01”"}),
    ],
)
def test_f8_what_is_not_sure_is_refused_by_name(columns: tuple[str, ...], code: str, details: dict[str, str]) -> None:
    with pytest.raises(RefusedFileError) as refused:
        mapping(columns)
    assert (refused.value.code, refused.value.details) == (code, details)


def test_f8_the_header_may_stand_below_a_title() -> None:
    assert header.find([["Clientes de março"], ["Total", "3"], ["Nome", "E-mail", "Loja"], ["Ana", "a@b.c", "x"]]) == 2


def test_f8_names_are_trimmed_and_empty_ones_at_the_end_dropped() -> None:
    assert names([" Nome ", "", "Loja\n", "", ""]) == ("Nome", "", "Loja")


def test_f9_five_hundred_columns_and_no_more() -> None:
    assert len(names(["x"] * 500)) == 500
    with pytest.raises(RefusedFileError) as refused:
        names(["x"] * 501)
    assert (refused.value.code, refused.value.details) == ("too_many_columns", {"count": 501, "limit": 500})


def test_a_novel_in_place_of_a_column_name_is_refused() -> None:
    with pytest.raises(RefusedFileError) as refused:
        names(["x" * 201])
    assert refused.value.code == "header_name_too_long"
