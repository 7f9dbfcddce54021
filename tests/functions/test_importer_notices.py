"""S3 tells of an object too early, twice, late, in any order, and of what is gone: the newest whole one counts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from escuta import clock, config, table
from escuta.directory import folders, intake, places
from escuta.directory.model import FileKind, FileState, Folder
from importer import register
from tests.conftest import NOON, forget
from tests.functions import droppers
from tests.functions.droppers import (
    close_all,
    drop,
    load_all,
    notify,
    people,
    put,
    register_all,
    rows,
    the_file,
    the_files,
    totals,
)
from tests.kit.faults import failing
from tests.kit.queue import Queue

ANA = "C-1;Ana Conceição;ana@example.com;11987654321;spo-01"
BRUNO = "C-2;Bruno;bruno@example.com;;rio-01"


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dropped object settle for a minute before it is read."""
    monkeypatch.setenv(f"{config.PREFIX}SETTLE_SECONDS", "60")
    forget()


def remove(key: str = "lojas/clientes.csv") -> None:
    boto3.client("s3").delete_object(Bucket="escuta-drop", Key=key)


@pytest.mark.usefixtures("patient")
def test_f16_a_file_is_read_only_after_its_minute_without_change() -> None:
    notify(put(rows(ANA)))
    assert (the_file().state, the_file().rows) == (FileState.REGISTERED, 0)
    assert Queue("load", register.handler).waiting() == []
    assert "Messages" not in boto3.client("sqs").receive_message(QueueUrl=config.settings().drop_queue)  # delayed
    assert Queue("drop", register.handler).waiting() == [{"settle": the_file().id}]


@pytest.mark.usefixtures("patient")
def test_f16_the_small_first_object_of_a_gateway_is_never_read() -> None:
    notify(put(b"x" * 36), put(rows(ANA)))
    register_all()
    load_all()
    assert sorted((file.state, file.reason) for file in the_files()) == [("done", ""), ("refused", "replaced")]
    assert [key for key in droppers.reports() if key.endswith(".report.csv")] == [
        file.report_key for file in the_files() if file.report_key
    ]


@pytest.mark.usefixtures("patient")
def test_f16_a_gateway_that_tells_three_times_of_one_object_has_it_loaded_once() -> None:
    notices = [put(rows(ANA)) for _ in range(3)]  # the last two are copies onto itself, as a change of metadata makes
    notify(*notices)
    register_all(again=0.5)
    load_all()
    assert [totals(file) for file in the_files()] == [(1, 0, 0, 0)]


def test_f16_a_temporary_name_waits_for_its_rename() -> None:
    body = rows(ANA)
    notify(put(body, "lojas/clientes.csv.filepart"))
    assert the_files() == []
    assert totals(drop(body)) == (1, 0, 0, 0)


def test_f18_the_same_notice_twice_and_late_changes_nothing() -> None:
    notice = put(rows(ANA))
    notify(notice, notice)
    assert len(Queue("load", register.handler).waiting()) == 2  # a chunk may be loaded twice
    assert notify(notice) == {"batchItemFailures": []}
    load_all()
    done, written = the_file(), droppers.reports()
    assert notify(notice) == {"batchItemFailures": []}
    load_all()
    assert (the_files(), droppers.reports()) == ([done], written)
    assert totals(done) == (1, 0, 0, 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_f18_of_two_versions_of_a_key_the_newer_is_loaded_in_whatever_order_they_are_told(
    order: tuple[int, int],
) -> None:
    notices = (put(rows(ANA)), put(rows(BRUNO)))
    assert notify(*(notices[place] for place in order)) == {"batchItemFailures": []}
    load_all()
    assert sorted((file.state, file.reason) for file in the_files()) == [("done", ""), ("refused", "replaced")]
    assert [person.name for person in people()] == ["Bruno"]


def test_f18_versions_of_a_bucket_that_keeps_them_are_ordered_by_the_sequencer_alone() -> None:
    boto3.client("s3").put_bucket_versioning(Bucket="escuta-drop", VersioningConfiguration={"Status": "Enabled"})
    older, newer = put(rows(ANA)), put(rows(BRUNO))
    stored = boto3.client("s3").list_object_versions(Bucket="escuta-drop")["Versions"]
    for notice, version in zip((newer, older), stored, strict=True):
        notice["Records"][0]["s3"]["object"]["versionId"] = version["VersionId"]
    notify(newer, older)
    load_all()
    assert sorted((file.state, file.reason) for file in the_files()) == [("done", ""), ("refused", "replaced")]
    assert [person.name for person in people()] == ["Bruno"]


@pytest.mark.parametrize(
    ("sequencer", "than", "older"),
    [
        ("0A", "0B", True),
        ("0B", "0A", False),
        ("0A", "0A", False),
        ("0A", "0A00", False),
        ("0a1", "0A10", False),
        ("0A", "0A01", True),
    ],
)
def test_f18_sequencers_are_compared_as_if_both_were_equally_long(sequencer: str, than: str, *, older: bool) -> None:
    assert places.is_older(sequencer, than) is older


def test_f18_a_file_that_comes_back_to_its_place_after_another_is_taken_up_again() -> None:
    late = put(rows(ANA))
    put(rows(BRUNO))
    notify(late)
    assert the_file().reason == "replaced"
    assert totals(drop(rows(ANA))) == (1, 0, 0, 0)
    assert [file.object_key for file in the_files()] == ["lojas/clientes.csv"]


def test_f23_an_object_that_is_gone_is_given_up_after_the_last_try_and_says_why() -> None:
    queue = Queue("drop", register.handler)
    queue.send(put(rows(ANA)))
    remove()
    queue.step()
    assert the_file().state is FileState.REGISTERED
    queue.run()
    assert len(queue.dead) == 1
    assert (the_file().state, the_file().reason, the_file().finished_at) == (FileState.FAILED, "object_not_found", None)


def _refusal(code: str) -> Callable[[dict[str, Any]], ClientError]:
    return lambda _call: ClientError({"Error": {"Code": code, "Message": code}}, "GetObject")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", "object_denied"),
        ("KMS.DisabledException", "object_denied"),
        ("SlowDown", "object_store_unavailable"),
        ("Mystery", "not_processed"),
    ],
)
def test_f23_what_s3_refuses_is_given_up_and_goes_on_when_its_message_is_put_back(code: str, reason: str) -> None:
    queue = Queue("drop", register.handler)
    queue.send(put(rows(ANA)))
    with failing("GetObject", _refusal(code)):
        queue.run()
    assert (the_file().state, the_file().reason) == (FileState.FAILED, reason)
    queue.replay()
    queue.run()
    load_all()
    assert (the_file().reason, totals(the_file())) == ("", (1, 0, 0, 0))


def test_f23_a_chunk_that_was_given_up_is_put_back_and_the_file_is_done() -> None:
    notify(put(rows(ANA)))
    with failing("GetObject", _refusal("SlowDown")):
        queue = load_all()
    assert (the_file().state, the_file().reason) == (FileState.FAILED, "object_store_unavailable")
    queue.replay()
    queue.run()
    close_all()
    assert (the_file().reason, totals(the_file())) == ("", (1, 0, 0, 0))


@pytest.mark.parametrize("folder", ["results", "staged", "exports"])
def test_f24_a_drop_into_a_folder_that_the_product_keeps_for_itself_is_refused_and_writes_nothing(folder: str) -> None:
    notify(put(rows(ANA), f"{folder}/clientes.csv"))
    close_all()
    file = the_file(f"{folder}/clientes.csv")
    assert (file.state, file.reason, file.report_key) == (FileState.REFUSED, "folder_reserved", "")
    assert droppers.reports() == {}


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("segmentos", FileKind.SEGMENTS),
        ("Gerentes", FileKind.MANAGERS),
        ("productos", FileKind.PRODUCTS),
        ("descadastros", FileKind.SUPPRESSIONS),
        ("2026-03-11", FileKind.CONTACTS),
    ],
)
def test_a_folder_that_nobody_described_holds_what_its_name_says(folder: str, kind: FileKind) -> None:
    notify(put(b"", f"{folder}/x.csv"))
    assert the_file(f"{folder}/x.csv").file_kind is kind


def test_a_folder_that_somebody_described_holds_what_was_said() -> None:
    table.put(Folder(folder="segmentos", file_kind=FileKind.CONTACTS))
    notify(put(b"", "segmentos/x.csv"))
    assert the_file("segmentos/x.csv").file_kind is FileKind.CONTACTS


def test_f29_a_name_that_speaks_of_another_day_changes_nothing() -> None:
    assert totals(drop(rows(ANA), "lojas/2027-01-01.csv")) == (1, 0, 0, 0)
    assert totals(drop(rows(BRUNO), "lojas/ontem 1999-12-31.csv")) == (1, 0, 0, 0)


def test_f30_many_tiny_files_at_once_are_all_loaded_each_with_its_report() -> None:
    notices = [put(rows(f"C-{n};Pessoa {n};p{n}@example.com;;spo-01"), f"lojas/{n:02}.csv") for n in range(5)]
    queue = Queue("drop", register.handler)
    queue.send(*notices)
    queue.run()
    load_all()
    assert [totals(file) for file in the_files()] == [(1, 0, 0, 0)] * 5
    assert len({file.report_key for file in the_files()}) == 5


def test_a_preview_reports_what_would_happen_and_changes_nothing() -> None:
    file = drop(rows(ANA, "C-9;;nobody;;spo-01"), "lojas/preview/clientes.csv")
    assert (file.dry_run, totals(file), people()) == (True, (1, 0, 0, 1), [])
    assert [line[1] for line in droppers.report(file)[1:]] == ["seria aceita", "seria recusada"]
    assert droppers.summary(file)["message"].startswith("Simulação: nada foi gravado. Linhas: 2.")
    assert totals(drop(rows(ANA, "C-9;;nobody;;spo-01"))) == (1, 0, 0, 1)  # its content counts as not seen


def test_a_preview_of_what_was_loaded_before_says_so() -> None:
    first = drop(rows(ANA))
    again = drop(rows(ANA), "lojas/preview/clientes.csv")
    assert (again.state, again.duplicate_of) == (FileState.DUPLICATE, first.id)


def test_the_same_rows_may_be_people_in_one_folder_and_closed_addresses_in_another() -> None:
    body = rows(ANA)
    drop(body)
    notify(put(body, "descadastros/clientes.csv"))
    assert the_file("descadastros/clientes.csv").state is FileState.LOADING


def test_the_rules_that_hold_when_a_file_comes_stay_with_it() -> None:
    notice = put(rows(ANA))["Records"][0]["s3"]["object"]
    noted = intake.Drop(bucket="escuta-drop", key="lojas/clientes.csv", etag=notice["eTag"].strip('"'))
    first = intake.register(noted, lambda _: ("visits", 3))
    again = intake.register(noted, lambda _: ("visits", 4))
    assert first is not None
    assert again is not None
    assert (first.rules, first.rules_version, again.rules_version) == ("visits", 3, 3)


def test_f23_a_file_given_up_before_its_chunks_were_queued_goes_on_when_its_message_is_put_back() -> None:
    queue = Queue("drop", register.handler)
    queue.send(put(rows(ANA)))
    refusal = ClientError({"Error": {"Code": "RequestThrottled", "Message": "slower"}}, "SendMessageBatch")
    with failing("SendMessageBatch", lambda call: refusal if call["QueueUrl"].endswith("load") else None):
        queue.run()
    assert (the_file().state, len(queue.dead)) == (FileState.FAILED, 1)

    queue.replay()
    queue.run()
    load_all()

    assert totals(the_file()) == (1, 0, 0, 0)


def test_a_file_that_was_refused_is_looked_at_again_when_it_is_dropped_again_after_its_folder_was_mended() -> None:
    body = rows("C-1;Ana;ana@example.com;;spo-01;03/02/2026", header=f"{droppers.HEADER};Data da visita")
    assert drop(body).reason == "date_ambiguous"

    table.put(folders.of("lojas").changed(date_format="DD/MM/YYYY"))

    assert totals(drop(body)) == (1, 0, 0, 0)
    assert (the_file().reason, the_file().details.get("column")) == ("", None)


@pytest.mark.usefixtures("patient")
def test_f18_a_file_that_comes_back_after_another_took_its_place_is_newer_than_that_one() -> None:
    first, second = rows(ANA), rows(ANA.replace("Ana Conceição", "Ana Souza"))
    notify(put(first), put(second))
    register_all()
    load_all()
    assert [person.name for person in people()] == ["Ana Souza"]

    with clock.at(NOON + timedelta(hours=1)):
        notify(put(first))
        register_all()
        load_all()

    assert [person.name for person in people()] == ["Ana Conceição"]
