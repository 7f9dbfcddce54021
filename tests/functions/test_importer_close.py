"""A loaded file is reported, followed up and told of: each row has its fate, and the owner one mail."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from escuta import clock, i18n, table
from escuta.directory import contacts, drops, folders, reports
from escuta.directory.model import DropFile, FileState, RowOutcome, RowResult, Transaction
from importer import close
from tests.conftest import NOON
from tests.functions import droppers
from tests.functions.droppers import (
    close_all,
    drop,
    load_all,
    notify,
    people,
    put,
    register_all,
    report,
    rows,
    summary,
    the_file,
    totals,
)
from tests.kit import outbox
from tests.kit.faults import ENDPOINT, failing
from tests.kit.queue import Queue

ANA = "C-1;Ana Conceição;ana@example.com;11987654321;spo-01"
BAD = ["C-2;=Bruno;bruno@@example.com;;rio-01", "C-3;Carla;carla@@example.com;;rio-01", "C-4;Davi;d@example.com;;xyz"]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def describe(**fields: object) -> None:
    table.put(folders.of("lojas").changed(**fields))


@pytest.fixture
def dona() -> None:
    """Give the folder an owner."""
    describe(owner_email="dona@aurora.example")


def cells(key: str) -> list[list[str]]:
    text = droppers.reports()[key].decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))


def test_the_rejected_rows_stand_in_a_file_of_their_own() -> None:
    file = drop(rows(ANA, *BAD))
    assert file.rejected_key == file.report_key.replace(".report.csv", ".rejected.csv")
    title, *rest = cells(file.rejected_key)
    assert title == [
        *("escuta: linha", "escuta: resultado", "escuta: coluna", "escuta: motivo", "escuta: código"),
        *droppers.HEADER.split(";"),
    ]
    assert [(row[0], row[4], row[5]) for row in rest] == [
        ("3", "email_invalid", "C-2"),
        ("4", "email_invalid", "C-3"),
        ("5", "segment_unknown", "C-4"),
    ]
    assert file.reasons == {"email_invalid": 2, "segment_unknown": 1}


def test_a_file_of_only_the_rejected_rows_is_corrected_and_dropped_again() -> None:
    file = drop(rows(ANA, *BAD))
    corrected = droppers.reports()[file.rejected_key].replace(b"@@", b"@").replace(b";xyz", b";rio-01")
    again = drop(corrected, "lojas/corrigido.csv")
    assert (totals(again), again.rejected_key) == ((3, 0, 0, 0), "")
    assert [person.name for person in people()] == ["=Bruno", "Ana Conceição", "Carla", "Davi"]


def test_rejected_rows_keep_how_their_dates_were_read() -> None:
    body = rows(
        "C-1;Ana;ana@example.com;spo-01;P-1;25/04/2026",
        "C-2;Bruno;bruno@@example.com;spo-01;P-2;03/04/2026",
        header="Código do cliente;Nome;E-mail;Loja;Pedido;Data da compra",
    )
    with clock.at(datetime(2026, 6, 1, tzinfo=UTC)):
        file = drop(body)
        again = drop(droppers.reports()[file.rejected_key].replace(b"@@", b"@"), "lojas/again.csv")

    assert (totals(again), again.date_formats) == ((1, 0, 0, 0), {"Data da compra": "DD/MM/YYYY"})
    (bruno,) = table.query(Transaction, f"contact#{contacts.identity('C-2', '', '')}", prefix="transaction#").items
    assert bruno.occurred_at == datetime(2026, 4, 3, 3, tzinfo=UTC)


def test_a_file_without_a_rejected_row_has_no_such_file() -> None:
    file = drop(rows(ANA))
    assert (file.rejected_key, sorted(key.split(".")[-2] for key in droppers.reports() if "lojas/" in key)) == (
        "",
        ["report", "summary"],
    )


def test_the_summary_says_what_the_file_was_taken_for_and_what_became_of_it() -> None:
    file = drop(rows(f"{ANA};x", *(f"{row};x" for row in BAD), header=f"{droppers.HEADER};Vendedor"))
    found = summary(file)
    assert {name: found[name] for name in ("kind", "dry_run", "ignored", "format", "sheet", "deployments")} == {
        "kind": "contacts",
        "dry_run": False,
        "ignored": ["Vendedor"],
        "format": "csv",
        "sheet": "",
        "deployments": [*file.deployments],
    }
    assert found["totals"] == {"accepted": 1, "updated": 0, "duplicate": 0, "rejected": 3, "skipped": 0}
    assert found["reasons"] == {"email_invalid": 2, "segment_unknown": 1}
    assert found["message"] == ("Linhas: 4. Aceitas: 1, atualizadas: 0, duplicadas: 0, recusadas: 3, não incluídas: 0.")


@pytest.mark.parametrize(
    ("language", "titles", "words"),
    [
        ("en", "escuta: line,escuta: outcome,escuta: column,escuta: reason,escuta: code", "accepted"),
        ("es", "escuta: línea;escuta: resultado;escuta: columna;escuta: motivo;escuta: código", "aceptada"),
    ],
)
def test_the_report_is_in_the_owners_language(language: str, titles: str, words: str) -> None:
    describe(owner_language=language)
    separator = titles[len("escuta: line") + (language == "es")]
    file = drop(rows(ANA).replace(b";", separator.encode()))
    text = droppers.reports()[file.report_key].decode("utf-8-sig").splitlines()
    assert text[0].startswith(titles)
    assert text[1].startswith(f"2{separator}{words}{separator}")


def decided(**fields: Any) -> DropFile:
    """Store a file of one loaded chunk whose rows were decided as these results say."""
    own = {"id": "f1", "bucket": "escuta-drop", "object_key": "lojas/x.csv", "folder": "lojas", "received_at": NOON}
    file = table.create(DropFile(**{**own, "state": FileState.LOADING, "chunks": 1, "header": ("Nome",), **fields}))
    drops.mark_done(file, 0)
    return file


def fate(row: int, outcome: str, **fields: Any) -> RowResult:
    return RowResult(row=row, line=row + 1, outcome=RowOutcome(outcome), original=(f"Pessoa {row}",), **fields)


def closing_of(file: DropFile) -> DropFile:
    queue = Queue("close", close.handler)
    queue.send({"file": file.id})
    queue.run()
    return drops.get(file.id)


def test_f25_who_is_left_out_is_counted_and_the_five_outcomes_are_all_the_rows() -> None:
    file = decided(rows=5)
    codes = {"duplicate": "nothing_new", "rejected": "no_identity", "skipped": "opted_out"}
    outcomes = ("accepted", "updated", "duplicate", "rejected", "skipped")
    drops.write_results(file.id, 0, [fate(n, each, code=codes.get(each, "")) for n, each in enumerate(outcomes, 1)])
    done = closing_of(file)
    assert done.totals == dict.fromkeys(outcomes, 1)
    assert done.reasons == {"no_identity": 1, "opted_out": 1}
    assert [line[1] for line in report(done)[1:]] == ["aceita", "atualizada", "duplicada", "recusada", "não incluída"]


def test_a_file_whose_outcomes_are_fewer_than_its_rows_is_never_called_done() -> None:
    file = decided(rows=2)
    drops.write_results(file.id, 0, [fate(1, "accepted")])
    failed = closing_of(file)
    close_all()
    assert (failed.state, failed.reason, failed.totals) == (FileState.FAILED, "not_processed", {})


def test_rows_are_counted_by_the_rule_that_they_fall_under() -> None:
    file = decided(rows=5, rules="visits", rules_version=2, dry_run=True)
    routes = ["loja", "loja", "", "loja"]
    results = [fate(n, "accepted", route=route) for n, route in enumerate(routes, 1)]
    drops.write_results(file.id, 0, [*results, fate(5, "duplicate", excluded="Equipe")])
    done = closing_of(file)
    assert (done.routed, done.excluded, done.deployments) == ({"": 1, "loja": 3}, {"Equipe": 1}, ())
    assert summary(done)["rules"] == "visits@2"


def test_people_of_one_route_are_those_whom_its_deployment_asks() -> None:
    drops.write_results(
        "f1",
        0,
        [
            fate(1, "accepted", contact="ana", transaction="t1", route="loja"),
            fate(2, "updated", contact="bruno", route="site"),
            fate(3, "rejected", contact="carla", route="loja"),
            fate(4, "skipped", contact="davi", route="loja"),
            fate(5, "duplicate", contact="eva", excluded="Equipe"),
        ],
    )
    assert list(drops.people_of("f1", 0)) == [("ana", "t1"), ("bruno", ""), ("eva", "")]
    assert list(drops.people_of("f1", 0, "loja")) == [("ana", "t1")]


def test_chunks_are_noted_in_any_order_and_any_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops, "CHUNKS_TOGETHER", 2)
    file = decided(rows=5, chunks=5)
    for chunk in (4, 1, 1, 0, 3):
        drops.mark_done(file, chunk)
        assert drops.is_done(file, chunk)
    assert (drops.progress(file), drops.is_loaded(file), drops.is_done(file, 2)) == (4, False, False)
    drops.mark_done(file, 2)
    assert (drops.progress(file), drops.is_loaded(file), drops.done(file)) == (5, True, frozenset(range(5)))


@pytest.mark.usefixtures("dona")
def test_the_owner_is_told_once_with_figures_and_reasons_and_without_anybodys_data() -> None:
    file = drop(rows(ANA, *BAD))
    Queue("close", close.handler).send({"file": file.id})
    close_all()
    (mail,) = outbox.mails()
    assert (mail["To"], mail["Subject"]) == (
        "dona@aurora.example",
        "3 de 4 linhas foram recusadas · lojas/clientes.csv",
    )
    plain, html = (part.get_content() for part in mail.iter_parts())
    for part in (plain, html):
        assert file.report_key in part
        assert file.rejected_key in part
        assert "“…” não é um endereço de e-mail válido." in part
        assert not [word for word in ("Bruno", "Carla", "carla@", "xyz", "Ana") if word in part]
    assert "Recusadas: 3" in plain
    assert the_file().mail == "sent"


@pytest.mark.usefixtures("dona")
def test_f28_hostile_names_are_inert_in_the_mail() -> None:
    notify(put(b"", f"lojas/{HOSTILE}\u202ecsv.exe"))
    close_all()
    (mail,) = outbox.mails()
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert HOSTILE not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "\u202e" not in plain + html + mail["Subject"]


@pytest.mark.usefixtures("dona")
def test_a_title_that_is_somebodys_row_is_not_shown_in_the_mail() -> None:
    notify(put(rows("Bruno;b@example.com;x", header="Ana;ana@example.com;y")))
    close_all()
    (mail,) = outbox.mails()
    assert the_file().state is FileState.REFUSED
    assert "ana@example.com" not in mail.as_string()


@pytest.mark.usefixtures("dona")
def test_a_held_file_is_told_of_and_told_of_again_when_it_is_done() -> None:
    describe(owner_email="dona@aurora.example", marker=".done")
    notify(put(rows(ANA)))
    close_all()
    assert (the_file().state, the_file().mail) == (FileState.HELD, "sent")
    notify(put(b"", "lojas/clientes.csv.done"))
    load_all()
    assert [str(mail["Subject"]) for mail in outbox.mails()] == [
        "O arquivo espera por confirmação · lojas/clientes.csv",
        "Arquivo carregado, nenhuma linha recusada · lojas/clientes.csv",
    ]


@pytest.mark.parametrize(
    ("language", "subject"),
    [("en", "The file was not loaded · lojas/x.csv"), ("es", "El archivo no se cargó · lojas/x.csv")],
)
def test_the_mail_is_in_the_owners_language(language: str, subject: str) -> None:
    describe(owner_email="dona@aurora.example", owner_language=language)
    notify(put(b"", "lojas/x.csv"))
    close_all()
    assert [str(mail["Subject"]) for mail in outbox.mails()] == [subject]


def test_a_folder_without_an_owner_tells_nobody() -> None:
    drop(rows(ANA))
    assert (outbox.mails(), the_file().mail) == ([], "")


def _error(code: str) -> Callable[[dict[str, Any]], ClientError]:
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return lambda _call: ClientError(response, "SendEmail")


@pytest.mark.usefixtures("dona")
def test_e11_a_mail_whose_fate_nobody_knows_is_never_sent_again() -> None:
    with failing("SendEmail", lambda _call: ReadTimeoutError(endpoint_url=ENDPOINT)):
        file = drop(rows(ANA))
    Queue("close", close.handler).send({"file": file.id})
    close_all()
    assert (the_file().state, the_file().mail, outbox.mails()) == (FileState.DONE, "unknown", [])


@pytest.mark.usefixtures("dona")
def test_a_mail_that_a_dead_sender_claimed_is_not_sent_again() -> None:
    file = drop(rows(ANA))
    drops.change(file.id, lambda now: now.changed(mail="claimed"))
    Queue("close", close.handler).send({"file": file.id})
    close_all()
    assert (the_file().mail, len(outbox.mails())) == ("unknown", 1)


@pytest.mark.usefixtures("dona")
def test_a_refused_mail_changes_nothing_about_the_file() -> None:
    with failing("SendEmail", _error("MessageRejected")):
        drop(rows(ANA))
    assert (the_file().state, the_file().mail) == (FileState.DONE, "refused")


@pytest.mark.usefixtures("dona")
def test_a_mail_that_the_service_wants_later_is_sent_later_and_the_file_stays_done() -> None:
    notify(put(rows(ANA)))
    register_all()
    queue = Queue("close", close.handler)
    with failing("SendEmail", _error("TooManyRequestsException")):
        load_all()
    assert (the_file().state, the_file().mail, outbox.mails()) == (FileState.DONE, "", [])
    queue.send({"file": the_file().id})
    queue.run()
    assert (the_file().mail, len(outbox.mails())) == ("sent", 1)


def test_f26_every_cell_that_could_be_a_formula_is_inert() -> None:
    assert [reports.inert(cell) for cell in ("=cmd|'/C calc'!A0", "+1", "-1", "@x", "\tx", " =1", "1-1")] == [
        "'=cmd|'/C calc'!A0",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "' =1",
        "1-1",
    ]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_reason_can_be_told_without_what_a_row_said(language: str) -> None:
    codes = [code.removeprefix("intake.") for code in i18n.catalog("escuta.directory", language) if "intake." in code]
    told = {code: reports.outline(language, code, {"value": "Ana", "columns": "Ana"}) for code in codes}
    assert "…" in told["email_invalid"]
    assert [code for code, words in told.items() if not words or "Ana" in words] == []
