"""A file appears in the drop bucket: it is registered once, or refused with a report that says why."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import boto3
import pytest

from escuta import clock, table
from escuta.directory import folders, reports
from escuta.directory.model import FileState
from importer import register
from tests.conftest import NOON
from tests.functions import droppers
from tests.functions.droppers import drop, notify, people, put, report, rows, summary, the_file, the_files
from tests.kit.queue import Queue

EVENTS = Path(__file__).parents[1] / "events"
ANA = "C-1;Ana Conceição;ana@example.com;11987654321;spo-01"
BRUNO = "C-2;Bruno;bruno@example.com;;rio-01"


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def test_a_file_is_registered_and_its_chunk_is_queued() -> None:
    body = rows(ANA, BRUNO)
    notify(put(body))
    file = the_file()
    assert (file.state, file.rows, file.chunks, file.encoding, file.delimiter) == (
        FileState.LOADING,
        2,
        1,
        "cp1252",
        ";",
    )
    assert file.folder == "lojas"
    assert file.mapping["Celular"] == "phone"
    first = body.index(b"C-1")
    assert Queue("load", register.handler).waiting() == [
        {
            "file": file.id,
            "number": 0,
            "first_byte": first,
            "last_byte": len(body) - 1,
            "first_row": 1,
            "first_line": 2,
            "rows": 2,
        }
    ]


def test_f21_the_key_of_a_real_notice_is_decoded_exactly_once() -> None:
    key = "lojas/clientes março + novos 100%25.csv"
    stored = boto3.client("s3").put_object(Bucket="escuta-drop", Key=key, Body=rows(ANA))
    event = json.loads((EVENTS / "s3_created_in_sqs.json").read_text().replace("ETAG", stored["ETag"].strip('"')))
    assert register.handler(event, None) == {"batchItemFailures": []}
    assert the_file(key).rows == 1


@pytest.mark.parametrize("name", ["a b.csv", "a+b.csv", "ação.csv", "a%2Fb.csv", "😀.csv", "a.csv.", "x" * 1_018])
def test_f21_any_key_that_s3_allows_is_loaded_and_reported(name: str) -> None:
    file = drop(rows(ANA), f"lojas/{name}")
    assert droppers.totals(file) == (1, 0, 0, 0)
    assert report(file)[1][1] == "aceita"
    assert len(file.report_key.encode()) <= 1_024


def test_the_test_event_of_s3_is_ignored() -> None:
    event = json.loads((EVENTS / "s3_test_event_in_sqs.json").read_text())
    assert register.handler(event, None) == {"batchItemFailures": []}
    assert the_files() == []


@pytest.mark.parametrize(
    "name", ["x.csv.filepart", "x.tmp", "x.PART", "x.csv~", "x.crdownload", ".x.csv.swp", "~$x.csv", ".hidden", ""]
)
def test_f16_what_is_not_there_yet_is_ignored(name: str) -> None:
    notify(put(rows(ANA), f"lojas/{name}"))
    assert the_files() == []
    assert droppers.reports() == {}


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        (b"", "empty_file", "O arquivo está vazio. Exporte-o de novo com a linha de títulos e as linhas de clientes."),
        (
            b"\xef\xbb\xbf",
            "empty_file",
            "O arquivo está vazio. Exporte-o de novo com a linha de títulos e as linhas de clientes.",
        ),
        (
            b"\r\n\r\n",
            "empty_file",
            "O arquivo está vazio. Exporte-o de novo com a linha de títulos e as linhas de clientes.",
        ),
        (
            b"%PDF-1.7\n" + b"\0" * 500,
            "binary_file",
            (
                "Isto não é um texto nem uma planilha que se possa ler (PDF)."
                " Abra-o no programa de planilhas e salve como CSV ou XLSX."
            ),
        ),
        (
            rows(ANA, '"Bruno', *[BRUNO] * 100),
            "quote_unclosed",
            (
                "As aspas abertas na linha 3 não são fechadas. Feche-as ou apague-as e envie o arquivo de novo;"
                " nenhuma linha foi carregada."
            ),
        ),
        (
            rows(ANA, header="Código do cliente;Nome;E-mail;e-mail;Loja"),
            "header_duplicate",
            "Duas colunas têm o mesmo título: “E-mail”, “e-mail”. Renomeie uma delas.",
        ),
        (
            rows("Ana;1;2;x", header="Nome;E-mail;Correo;Loja"),
            "header_ambiguous",
            "Mais de uma coluna pode ser “e-mail”: “E-mail”, “Correo”. Renomeie as que não devem ser usadas.",
        ),
        (
            rows("Ana;x", header="Nome;Loja"),
            "header_no_identity",
            (
                "Nenhuma coluna diz quem é o cliente: é preciso ter código do cliente, e-mail ou celular."
                " Títulos encontrados: “Nome”, “Loja”."
            ),
        ),
        (
            rows("Ana;a@b.com", header="Nome;E-mail"),
            "header_no_segment",
            "Nenhuma coluna traz o código da loja. Títulos encontrados: “Nome”, “E-mail”.",
        ),
    ],
)
def test_f4_f8_f11_f13_a_refused_file_gets_a_report_and_no_chunk(body: bytes, reason: str, words: str) -> None:
    notify(put(body))
    file = the_file()
    assert (file.state, file.reason, file.chunks) == (FileState.REFUSED, reason, 0)
    assert report(file) == [
        ["escuta: resultado", "escuta: motivo", "escuta: código"],
        ["arquivo recusado", words, reason],
    ]
    assert summary(file)["message"] == words
    assert Queue("load", register.handler).waiting() == []
    assert boto3.client("s3").get_object(Bucket="escuta-drop", Key="lojas/clientes.csv")["Body"].read() == body


def test_the_report_speaks_the_language_of_the_folders_owner() -> None:
    rule = folders.of("lojas")
    assert rule is not None
    for language, words in (("en", "file refused"), ("es", "archivo rechazado")):
        table.put(rule.changed(owner_language=language))
        notify(put(b"", f"lojas/{language}.csv"))
        body = droppers.reports()[the_file(f"lojas/{language}.csv").report_key].decode()
        assert words in body


def test_f19_the_same_content_under_another_name_is_recognised() -> None:
    first = drop(rows(ANA))
    with clock.at(NOON + timedelta(days=2)):
        again = drop(rows(ANA), "lojas/abril.csv")
    assert (again.state, again.duplicate_of, again.deployments) == (FileState.DUPLICATE, first.id, ())
    assert report(again)[1] == [
        "arquivo repetido",
        (
            "Este arquivo tem o mesmo conteúdo de “lojas/clientes.csv”, recebido em 10/03/2026 12:00."
            " Nada foi carregado e nenhum convite foi enviado de novo."
        ),
        "same_content",
    ]
    assert [person.updated_by for person in people()] == [people()[0].created_by]


def test_f19_new_content_under_the_same_name_is_a_new_file() -> None:
    drop(rows(ANA))
    second = drop(rows(BRUNO))
    assert droppers.totals(second) == (1, 0, 0, 0)
    assert [person.name for person in people()] == ["Ana Conceição", "Bruno"]


def test_f19_content_whose_first_file_was_replaced_before_it_was_read_is_loaded() -> None:
    late = put(rows(ANA))
    put(rows(BRUNO))
    notify(late)
    assert the_file().reason == "replaced"
    assert droppers.totals(drop(rows(ANA), "lojas/again.csv")) == (1, 0, 0, 0)


def test_f1_the_summary_shows_what_the_file_was_taken_for() -> None:
    found = summary(drop(rows(ANA).decode("cp1252").encode("utf-16")))
    assert found["encoding"] == "utf-16-le"
    assert found["sample"].startswith("C-1;Ana Conceição;")
    assert found["warning"] == ""
    twice = rows(BRUNO.replace("Bruno", "BrÃ£o")).decode("cp1252").encode()
    assert summary(drop(twice, "lojas/b.csv"))["warning"].startswith("Alguns acentos parecem")


def test_f24_nothing_is_written_into_the_drop_bucket() -> None:
    drop(rows(ANA, "C-9;;not an address;;x"))
    stored = boto3.client("s3").list_objects_v2(Bucket="escuta-drop")["Contents"]
    assert [found["Key"] for found in stored] == ["lojas/clientes.csv"]


def test_x1_what_begins_like_a_formula_is_inert() -> None:
    cells = ("=1+1", "+5511", "-2", "@x", "\tx", "\rx", " =1", "Ana", "")
    assert [reports.inert(cell) for cell in cells] == [
        "'=1+1",
        "'+5511",
        "'-2",
        "'@x",
        "'\tx",
        "'\rx",
        "' =1",
        "Ana",
        "",
    ]
