from datetime import datetime
from typing import Any

import pytest

from escuta.directory import folders, segments
from escuta.directory.model import FileKind, Scope
from tests.functions.callers import Answer, ask, found_company, key

LOJAS = {
    "file_kind": "contacts",
    "mapping": {"Cupom": "reference", "Plano": "custom.plan", "Obs": ""},
    "date_format": "DD/MM/YYYY",
    "decimal": ",",
    "timezone": "America/Sao_Paulo",
    "segment": "poa",
    "hold_below_percent": 50,
    "marker": ".done",
    "owner_email": "Bruno@Aurora.EXAMPLE",
    "owner_language": "es",
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def described(name: str = "lojas", body: dict[str, Any] | None = None, **options: Any) -> Answer:
    return ask("PUT", f"/v1/folders/{name}", key(Scope.FILES_WRITE), body=LOJAS if body is None else body, **options)


def test_a_folder_is_described_and_read_again() -> None:
    answer = described()

    assert (answer.status, answer.headers["Location"]) == (201, "lojas")
    assert {name: answer.json[name] for name in LOJAS} == {**LOJAS, "owner_email": "Bruno@aurora.example"}
    assert ask("GET", "/v1/folders/lojas", key(Scope.FILES_READ)).json == answer.json
    assert folders.of("lojas").mapping == LOJAS["mapping"]


def test_a_folder_is_described_anew_as_a_whole() -> None:
    described()

    answer = described(body={"file_kind": "segments"})

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["file_kind"], answer.json["mapping"], answer.json["marker"]) == ("segments", {}, "")


def test_a_folder_is_described_as_it_was_read_or_not_at_all() -> None:  # A6
    described()
    described(body={})

    answer = described(headers={"If-Match": '"1"'})

    assert (answer.status, answer.code) == (412, "rev_stale")
    assert folders.of("lojas").marker == ""


def test_a_folder_is_described_as_long_as_nobody_did_so_before() -> None:
    assert described(headers={"If-Match": '"0"'}).status == 201
    assert described(headers={"If-Match": '"0"'}).status == 412


def test_a_folder_that_is_gone_is_not_described_as_it_was_read() -> None:  # A6
    assert described(headers={"If-Match": '"1"'}).status == 412


def test_a_folder_names_no_retired_segment() -> None:
    segments.retire(segments.get("poa"))

    answer = described()

    assert (answer.status, answer.code, answer.json["field"]) == (409, "segment_retired", "segment")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"file_kind": "people"}, "value_not_allowed", "file_kind"),
        ({"unknown": "guess"}, "value_not_allowed", "unknown"),
        ({"mapping": {"Cupom": "receipt"}}, "mapping_target_unknown", "mapping"),
        ({"mapping": {"Cupom": "custom.Número"}}, "mapping_target_unknown", "mapping"),
        ({"mapping": {"Cupom": "reference", "CUPOM": "name"}}, "mapping_column_twice", "mapping"),
        ({"mapping": {"": "reference"}}, "folder_column", "mapping."),
        ({"file_kind": "products", "mapping": {"Cupom": "reference"}}, "mapping_target_unknown", "mapping"),
        ({"mapping": {str(number): "" for number in range(501)}}, "value_too_long", "mapping"),
        ({"date_format": "DD-MM"}, "date_format_unknown", "date_format"),
        ({"decimal": ";"}, "value_not_allowed", "decimal"),
        ({"timezone": "Brasilia"}, "timezone_unknown", "timezone"),
        ({"segment": "nowhere"}, "segment_unknown", "segment"),
        ({"hold_below_percent": 101}, "value_too_large", "hold_below_percent"),
        ({"marker": ".ok"}, "value_not_allowed", "marker"),
        ({"owner_email": "bruno"}, "email_invalid", "owner_email"),
        ({"owner_language": "fr"}, "value_not_allowed", "owner_language"),
        ({"rules": "nothing"}, "rules_unknown", "rules"),
        ({"folder": "x"}, "field_unknown", "folder"),
    ],
)
def test_a_description_that_cannot_be_is_refused(changes: dict[str, Any], code: str, field: str) -> None:
    answer = described(body={**LOJAS, **changes})

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert ask("GET", "/v1/folders/lojas", key()).code == "folder_not_found"


@pytest.mark.parametrize("name", ["results", "staged", "exports", "Results"])
def test_the_products_own_places_are_no_folders(name: str) -> None:  # F24
    answer = described(name)

    assert (answer.status, answer.code) == (422, "folder_reserved")


@pytest.mark.parametrize("name", ["lojas.2026", "..", "-lojas", "lojas x", "l" * 64])
def test_a_folder_is_one_plain_part_of_a_key(name: str) -> None:
    answer = described(name)

    assert (answer.status, answer.code) == (422, "folder_name")


def test_folders_are_listed_by_name() -> None:
    for name in ("sul", "lojas", "norte"):
        described(name)

    listed = ask("GET", "/v1/folders", key(), query={"limit": 2}).json

    assert [item["folder"] for item in listed["items"]] == ["lojas", "norte"]
    assert listed["next"]


def test_a_description_is_forgotten_and_the_general_rules_hold() -> None:
    described(body={"file_kind": "segments"})

    assert ask("DELETE", "/v1/folders/lojas", key()).status == 200
    assert folders.of("lojas").file_kind is FileKind.CONTACTS
    assert ask("DELETE", "/v1/folders/lojas", key()).status == 404


def preview(header: list[str], *rows: list[str], folder: str = "lojas", language: str = "en") -> Any:
    body = {"header": header, "rows": list(rows)}
    path = f"/v1/folders/{folder}/mapping-preview"
    answer = ask("POST", path, key(Scope.FILES_READ), body=body, headers={"Accept-Language": language})
    assert answer.status == 200, answer.json
    return answer.json


def test_what_the_columns_of_a_file_would_be_is_proposed() -> None:
    header = ["E-mail", "Loja", "Data da visita", "Cor"]

    found = preview(
        header, ["ana@example.com", "poa", "25/02/2026", "azul"], ["bia@example.com", "poa", "26/02/2026", ""]
    )

    assert [(column["column"], column["field"]) for column in found["columns"]] == [
        ("E-mail", "email"),
        ("Loja", "segment"),
        ("Data da visita", "occurred_at"),
        ("Cor", ""),
    ]
    assert (found["ignored"], found["refused"]) == (["Cor"], None)
    assert found["columns"][2]["date_format"] == "DD/MM/YYYY"
    assert found["columns"][0]["samples"] == ["ana@example.com", "bia@example.com"]


def test_the_saved_mapping_goes_before_the_names() -> None:
    described(body={"mapping": {"Cor": "custom.color", "Loja": "segment"}})

    found = preview(["E-mail", "Loja", "Cor"], ["ana@example.com", "poa", "azul"])

    assert found["mapping"] == {"E-mail": "email", "Loja": "segment", "Cor": "custom.color"}


def test_dates_with_two_readings_are_told_with_both() -> None:  # F27
    found = preview(["E-mail", "Loja", "Data da visita"], ["ana@example.com", "poa", "03/04/2026"])

    assert found["refused"]["code"] == "date_ambiguous"
    assert "Data da visita" in found["refused"]["message"]


def test_a_header_that_would_be_refused_says_why_in_the_callers_language() -> None:
    said = {preview(["Cor"], language=language)["refused"]["message"] for language in ("pt-BR", "en", "es")}

    assert len(said) == 3


def test_a_bound_key_reaches_no_folders() -> None:
    bound = key(segment="sul")

    for method, path, body in (
        ("GET", "/v1/folders", None),
        ("GET", "/v1/folders/lojas", None),
        ("PUT", "/v1/folders/lojas", LOJAS),
        ("DELETE", "/v1/folders/lojas", None),
        ("POST", "/v1/folders/lojas/mapping-preview", {"header": ["E-mail"]}),
    ):
        answer = ask(method, path, bound, body=body)
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
