"""Columns find their fields by the folder's mapping and by name; what is not sure is refused by name."""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.directory import header
from escuta.directory.decoding import RefusedFileError
from escuta.directory.header import Understood, fold, names, own_field, understand
from escuta.directory.model import FileKind, Folder, UnknownColumns
from escuta.directory.synonyms import FIELDS
from escuta.errors import InvalidError

KINDS = tuple(FileKind)


def folder(kind: FileKind = FileKind.CONTACTS, **said: Any) -> Folder:
    return Folder(folder="lojas", file_kind=kind, **said)


def mapping(columns: tuple[str, ...], kind: FileKind = FileKind.CONTACTS, **said: Any) -> dict[str, str]:
    return understand(columns, folder(kind, **said), []).mapping


def refusal(columns: Sequence[str], rows: Sequence[Sequence[str]] = (), **said: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(RefusedFileError) as refused:
        understand(columns, folder(**said), rows)
    return refused.value.code, refused.value.details


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
        (
            ("Nº do pedido", "Data da compra", "Valor total", "Moeda", "Celular", "Filial", "Menor de idade"),
            ("reference", "occurred_at", "amount", "currency", "phone", "segment", "under_age"),
        ),
        (
            ("order_id", "order_purchase_timestamp", "customer_unique_id", "store_id"),
            ("reference", "occurred_at", "external_id", "segment"),
        ),
        (
            ("Fecha de la visita", "Nº de factura", "Importe", "Móvil", "Sucursal", "Fecha de nacimiento"),
            ("occurred_at", "reference", "amount", "phone", "segment", "birth_date"),
        ),
        (
            ("id_atendimento", "dt_da_visita", "codigo_de_loja", "email"),
            ("reference", "occurred_at", "segment", "email"),
        ),
        (("Nota fiscal", "DATA", "email", "Cód. Loja"), ("reference", "occurred_at", "email", "segment")),
    ],
)
def test_f8_names_in_three_languages_are_known(columns: tuple[str, ...], fields: tuple[str, ...]) -> None:
    assert mapping(columns) == dict(zip(columns, fields, strict=True))


@pytest.mark.parametrize(
    ("kind", "columns", "fields"),
    [
        (
            FileKind.SEGMENTS,
            ("Código", "Nome", "Código pai", "Fuso horário", "Endereço", "Cidade", "UF", "País", "CEP", "Ativo"),
            ("code", "name", "parent", "timezone", "address", "city", "state", "country", "postal_code", "active"),
        ),
        (
            FileKind.SEGMENTS,
            ("store_id", "store name", "parent", "zip", "external_reference", "attribute.region_manager"),
            ("code", "name", "parent", "postal_code", "external_reference", "attribute.region_manager"),
        ),
        (
            FileKind.MANAGERS,
            ("Gerente", "Correo", "Móvil", "Tiendas", "Canales de alerta", "Idioma", "Otros idiomas", "Inactivo"),
            ("name", "email", "phone", "segments", "channels", "language", "languages", "retired"),
        ),
        (FileKind.PRODUCTS, ("SKU", "Descrição", "Categoria"), ("code", "name", "group")),
        (FileKind.SUPPRESSIONS, ("email", "celular", "motivo", "pesquisa"), ("email", "phone", "reason", "survey")),
    ],
)
def test_f8_every_kind_of_file_has_its_own_names(
    kind: FileKind, columns: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    assert mapping(columns, kind) == dict(zip(columns, fields, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_f8_no_name_stands_for_two_fields_of_a_kind(kind: FileKind) -> None:
    claimed = [
        (spelled(name), field)
        for field, groups in FIELDS[kind].items()
        for group in groups
        for name in group.split(",")
        for spelled in (fold, header._bare)  # noqa: SLF001 - the rule by which small words are dropped
    ]
    fields = Counter(name for name, _ in set(claimed))
    assert {name: count for name, count in fields.items() if count > 1} == {}
    assert "" not in fields


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind in KINDS for field in FIELDS[kind]])
def test_f8_a_field_is_known_by_its_own_name(kind: FileKind, field: str) -> None:
    assert header.known([field], kind) == 1
    assert header.is_target(field, kind)


def test_f8_a_surer_name_wins_and_the_other_column_is_named_among_those_taken_for_nothing() -> None:
    columns = ("email", "Loja", "Código da loja", "Telefone", "Celular", "Cliente", "Nome")
    assert understand(columns, folder(), []) == Understood(
        {"email": "email", "Código da loja": "segment", "Celular": "phone", "Nome": "name"},
        ("Loja", "Telefone", "Cliente"),
        {},
    )


def test_f8_a_lone_plain_name_is_as_good_as_a_sure_one() -> None:
    assert mapping(("Telefone", "Loja")) == {"Telefone": "phone", "Loja": "segment"}


def test_f8_a_surname_beside_a_full_name_is_not_said_twice() -> None:
    assert mapping(("Nome completo", "Sobrenome", "email", "Loja")) == {
        "Nome completo": "name",
        "email": "email",
        "Loja": "segment",
    }


def test_a_surname_that_the_saved_mapping_names_is_one() -> None:
    columns = ("Nome completo", "Sobrenome", "email", "Loja")
    assert mapping(columns, mapping={"sobrenome": "surname"})["Sobrenome"] == "surname"


def test_a_date_alone_and_an_amount_alone_say_nothing_of_a_visit() -> None:
    found = understand(("email", "Loja", "Data", "Valor", "Moeda"), folder(), [])
    assert found.mapping == {"email": "email", "Loja": "segment"}
    assert found.ignored == ("Data", "Valor", "Moeda")


def test_a_taxpayers_number_is_nobodys_identity_unless_the_folder_says_so() -> None:
    assert refusal(("CPF", "Loja"))[0] == "header_no_identity"
    assert mapping(("CPF", "Loja"), mapping={"cpf": "external_id"}) == {"CPF": "external_id", "Loja": "segment"}


@pytest.mark.parametrize(
    ("columns", "code", "details"),
    [
        (("E-mail", "Loja", "e mail"), "header_duplicate", {"columns": "“E-mail”, “e mail”"}),
        (("email", "Loja", "#", "#"), "header_duplicate", {"columns": "“#”, “#”"}),
        (("Mobile", "Celular", "Loja"), "header_ambiguous", {"field": "phone", "columns": "“Mobile”, “Celular”"}),
        (("Fone", "Telefone", "Loja"), "header_ambiguous", {"field": "phone", "columns": "“Fone”, “Telefone”"}),
        (("email", "Loja", "Filial"), "header_ambiguous", {"field": "segment", "columns": "“Loja”, “Filial”"}),
        (("Nome", "Loja"), "header_no_identity", {"columns": "“Nome”, “Loja”"}),
        (("Nome", "E-mail"), "header_no_segment", {"columns": "“Nome”, “E-mail”"}),
        (("C-1", "ana@example.com", "spo-01"), "header_no_identity", {"columns": "“C-1”, “ana@example.com”, “spo-01”"}),
    ],
)
def test_f8_what_is_not_sure_is_refused_by_name(columns: tuple[str, ...], code: str, details: dict[str, str]) -> None:
    assert refusal(columns) == (code, details)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FileKind.SEGMENTS, "header_no_code"),
        (FileKind.MANAGERS, "header_no_email"),
        (FileKind.PRODUCTS, "header_no_code"),
        (FileKind.SUPPRESSIONS, "header_no_address"),
    ],
)
def test_f8_a_file_without_the_column_that_its_kind_needs_is_refused(kind: FileKind, code: str) -> None:
    with pytest.raises(RefusedFileError) as refused:
        understand(("Nome", "", "Observação"), folder(kind), [])
    assert (refused.value.code, refused.value.details) == (code, {"columns": "“Nome”, “Observação”"})


def test_a_folder_of_one_segment_needs_no_column_for_it() -> None:
    assert mapping(("email",), segment="spo-01") == {"email": "email"}


def test_the_saved_mapping_wins_over_the_names_and_an_empty_target_leaves_a_column_out() -> None:
    saved = {"telefone fixo": "phone", "PLANO": "custom.plan", "E-mail do pai": "", "absent": "name", "loja": "segment"}
    columns = ("Telefone Fixo", "Celular", "Plano", "e-mail do pai", "Loja", "Código da loja")
    assert understand(columns, folder(mapping=saved), []) == Understood(
        {"Telefone Fixo": "phone", "Plano": "custom.plan", "Loja": "segment"},
        ("Celular", "e-mail do pai", "Código da loja"),
        {},
    )


@pytest.mark.parametrize("target", ["nothing", "custom.", "custom.Plano", "attribute.x", "custom." + "x" * 65, "code"])
def test_a_mapping_to_a_field_that_does_not_exist_is_refused_with_its_column(target: str) -> None:
    saved = {"Plano": target}
    details = {"column": "Plano", "target": target}
    assert refusal(("email", "Loja"), mapping=saved) == ("mapping_target_unknown", details)
    with pytest.raises(InvalidError) as invalid:
        header.check_mapping(saved, FileKind.CONTACTS)
    assert (invalid.value.code, invalid.value.details) == ("mapping_target_unknown", {"field": "mapping", **details})


def test_two_spellings_of_a_column_may_not_lead_to_two_fields() -> None:
    saved = {"Fone 1": "phone", "FONE1": "external_id"}
    assert refusal(("email", "Loja"), mapping=saved) == ("mapping_column_twice", {"column": "FONE1"})


def test_f8_two_columns_that_the_mapping_leads_to_one_field_are_refused_by_name() -> None:
    saved = {"A": "phone", "B": "phone", "C": "custom.x", "D": "custom.x"}
    assert refusal(("A", "B", "Loja"), mapping=saved) == (
        "header_ambiguous",
        {"field": "phone", "columns": "“A”, “B”"},
    )
    assert refusal(("C", "D", "email", "Loja"), mapping=saved) == (
        "header_target_twice",
        {"target": "custom.x", "columns": "“C”, “D”"},
    )


def test_unknown_columns_are_ignored_made_fields_or_refused_as_the_folder_says() -> None:
    columns = ("email", "Loja", "Nº da mesa", "Código da loja", "市", "escuta: linha")
    known = {"email": "email", "Código da loja": "segment"}
    assert understand(columns, folder(), []) == Understood(known, ("Loja", "Nº da mesa", "市"), {})
    made = understand(columns, folder(unknown=UnknownColumns.CUSTOM), [])
    assert made.mapping == {**known, "Loja": "custom.loja", "Nº da mesa": "custom.no_da_mesa"}
    assert made.ignored == ("市",)
    assert refusal(columns, unknown=UnknownColumns.REFUSE) == (
        "header_unknown",
        {"columns": "“Nº da mesa”, “市”"},
    )


def test_two_columns_that_would_make_one_custom_field_are_refused() -> None:
    assert refusal(("email", "Loja", "Tam. P", "Tam/P?!"), unknown=UnknownColumns.CUSTOM)[0] == "header_duplicate"
    assert refusal(("email", "Loja", "Plano", "X"), unknown=UnknownColumns.CUSTOM, mapping={"X": "custom.plano"}) == (
        "header_target_twice",
        {"target": "custom.plano", "columns": "“X”, “Plano”"},
    )


@pytest.mark.parametrize(
    ("column", "name"), [("Nº do Cupom", "no_do_cupom"), ("  Já/É ", "ja_e"), ("x" * 70, "x" * 64), ("市", "")]
)
def test_a_custom_field_is_named_after_its_column(column: str, name: str) -> None:
    assert own_field(column) == name


def test_a_column_of_our_own_export_says_which_field_it_is() -> None:
    assert mapping(("email", "segment", "custom.plan", "reference", "visit.table")) == {
        "email": "email",
        "segment": "segment",
        "custom.plan": "custom.plan",
        "reference": "reference",
        "visit.table": "visit.table",
    }


def test_f27_the_dates_of_a_file_settle_how_they_are_read() -> None:
    columns = ("email", "Loja", "Data da visita", "Aniversário")
    rows = [["a@b.com", "x", "03/04/2026", "01/02/2020"], ["a@b.com", "x", "25/04/2026", ""], ["short"]]
    assert understand(columns, folder(), rows).date_formats == {"Data da visita": "DD/MM/YYYY"}
    assert understand(columns, folder(date_format="MM/DD/YYYY"), rows).date_formats == {"Data da visita": "MM/DD/YYYY"}
    made = understand(columns, folder(mapping={"Aniversário": "custom.birthday"}, date_format="excel"), rows)
    assert made.date_formats == {"Data da visita": "excel"}  # `01/02/2020` may be no birthday, and is left to its row
    told = understand(columns, folder(mapping={"Aniversário": "custom.birthday"}, date_format="DD/MM/YYYY"), rows)
    assert told.date_formats == {"Data da visita": "DD/MM/YYYY", "Aniversário": "DD/MM/YYYY"}


def test_f27_dates_that_can_be_read_in_two_ways_are_refused_with_both() -> None:
    rows = [["a@b.com", "x", "05/05/2026"], ["a@b.com", "x", "03/04/2026"]]
    assert refusal(("email", "Loja", "Data da visita"), rows) == (
        "date_ambiguous",
        {"column": "Data da visita", "value": "03/04/2026", "reading": "2026-04-03", "other_reading": "2026-03-04"},
    )


def test_f27_an_unclear_birthday_refuses_no_file() -> None:
    rows = [["a@b.com", "x", "03/04/1990"]]
    assert understand(("email", "Loja", "Data de nascimento"), folder(), rows).date_formats == {}


def test_a_date_format_that_does_not_exist_is_refused() -> None:
    assert refusal(("email", "Loja"), date_format="dd.mm") == ("date_format_unknown", {"value": "dd.mm"})


@given(
    st.lists(st.text(max_size=8) | st.sampled_from(["Celular", "Loja", "E-mail", "Telefone"]), max_size=8),
    st.dictionaries(st.text(min_size=1, max_size=5), st.sampled_from(["", "phone", "email", "custom.a"]), max_size=3),
    st.sampled_from(list(product(KINDS, UnknownColumns))),
)
def test_f8_no_field_has_two_columns_and_no_column_is_lost_whatever_the_titles_are(
    columns: list[str], saved: dict[str, str], about: tuple[FileKind, UnknownColumns]
) -> None:
    kind, unknown = about
    titles = names(columns)
    try:
        found = understand(titles, folder(kind, mapping=saved, unknown=unknown), [])
    except RefusedFileError:
        return
    assert len(set(found.mapping.values())) == len(found.mapping)
    assert Counter([*found.mapping, *found.ignored]) == Counter(
        name for name in titles if name and not name.startswith("escuta:")
    )


def test_f8_the_header_may_stand_below_a_title() -> None:
    rows = [["Clientes de março"], ["Total", "3"], ["Nome", "E-mail", "Loja"], ["Ana", "a@b.c", "x"]]
    assert header.find(rows) == 2


def test_f8_the_header_is_the_first_row_when_no_name_is_known() -> None:
    assert header.find([["C-1", "ana@example.com"], ["C-2", "bruno@example.com"]]) == 0
    assert header.find([]) == 0


def test_f8_the_names_of_the_saved_mapping_show_the_header_too() -> None:
    assert header.find([["Relatório"], ["A1", "B1"], ["x", "y"]], FileKind.CONTACTS, ["a1", "b1"]) == 1


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
