"""A file that looks cut off waits: for a person, or for what stands beside it and says that it is whole."""

import gzip
import hashlib
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto.s3.models import s3_backends

from escuta import table
from escuta.directory import folders, intake
from escuta.directory.model import DropFile, FileState
from escuta.errors import ConflictError
from tests.functions import droppers
from tests.functions.droppers import drop, load_all, notify, people, put, register_all, report, rows, the_file, totals

FULL = [f"C-{n};Pessoa {n};p{n}@example.com;;spo-01" for n in range(10)]
FEW = ["C-1;Ana;ana@example.com;;spo-01", "C-2;Bruno;bruno@example.com;;rio-01"]


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def describe(**fields: object) -> None:
    table.put(folders.of("lojas").changed(**fields))


def small() -> DropFile:
    """Drop a file of two rows where ten were usual."""
    describe(hold_below_percent=50)
    drop(rows(*FULL), "lojas/ontem.csv")
    notify(put(rows(*FEW), "lojas/hoje.csv"))
    return the_file("lojas/hoje.csv")


def mark(marker: str, body: bytes = b"") -> None:
    notify(put(body, f"lojas/clientes.csv{marker}"))


def test_f17_a_file_much_smaller_than_usual_waits_and_says_why() -> None:
    file = small()
    assert (file.state, file.reason, file.rows, file.chunks) == (FileState.HELD, "held_small", 2, 0)
    assert report(file)[1] == [
        "arquivo retido",
        (
            "O arquivo tem 2 linhas; os últimos desta pasta tinham cerca de 10. Abaixo de 50% disso,"
            " ele espera que alguém confirme que está completo."
        ),
        "held_small",
    ]
    assert len(people()) == 10


def test_f17_a_file_of_half_the_usual_size_does_not_wait_nor_does_the_first_one() -> None:
    describe(hold_below_percent=50)
    drop(rows(*FULL), "lojas/ontem.csv")
    assert totals(drop(rows(*FEW, *FULL[:3]))) == (0, 2, 3, 0)


def test_f17_what_is_usual_is_the_median_of_the_last_five_so_that_one_huge_file_holds_nothing_up() -> None:
    describe(hold_below_percent=50)
    for number in range(3):
        drop(rows(f"A-{number};Ana;a{number}@example.com;;spo-01", FEW[1]), f"lojas/{number}.csv")
    drop(rows(*FULL), "lojas/inicial.csv")
    assert totals(drop(rows("C-77;Ana;ana77@example.com;;spo-01"))) == (1, 0, 0, 0)


def test_f17_a_held_file_goes_on_when_somebody_approves_it() -> None:
    file = small()
    approved = intake.approve(file.id, "ana", file.rev)
    assert (approved.state, approved.approved_by) == (FileState.HELD, "ana")
    register_all()
    load_all()
    done = the_file("lojas/hoje.csv")
    assert (totals(done), done.reason, done.approved_by) == ((0, 2, 0, 0), "", "ana")
    with pytest.raises(ConflictError, match="file_not_held"):
        intake.approve(file.id, "ana", done.rev)


def test_f17_approving_twice_asks_the_queue_again_and_loads_once() -> None:
    file = small()
    for _ in range(2):
        intake.approve(file.id, "ana", file.rev)
    register_all(again=0.5)
    load_all()
    assert totals(the_file("lojas/hoje.csv")) == (0, 2, 0, 0)


def test_f17_a_discarded_file_is_over_and_the_same_content_may_come_again() -> None:
    file = small()
    gone = intake.discard(file.id, "ana", file.rev)
    assert (gone.state, gone.reason, report(gone)[1][0]) == (FileState.REFUSED, "discarded", "arquivo recusado")
    describe(hold_below_percent=0)
    assert totals(drop(rows(*FEW), "lojas/outra.csv")) == (0, 2, 0, 0)


def test_somebody_who_saw_an_older_state_decides_nothing() -> None:
    file = small()
    for decide in (intake.approve, intake.discard):
        with pytest.raises(ConflictError, match="stale"):
            decide(file.id, "ana", file.rev - 1)


def test_f17_a_file_waits_for_its_marker() -> None:
    describe(marker=".done")
    notify(put(rows(*FEW)))
    assert (the_file().state, the_file().reason) == (FileState.HELD, "held_marker")
    mark(".done")
    load_all()
    assert (totals(the_file()), [file.object_key for file in droppers.the_files()]) == (
        (2, 0, 0, 0),
        ["lojas/clientes.csv"],
    )


def test_f17_a_marker_that_came_before_the_file_was_looked_at_is_found() -> None:
    describe(marker=".done")
    notice = put(rows(*FEW))
    mark(".done")
    notify(notice)
    load_all()
    assert totals(the_file()) == (2, 0, 0, 0)


def test_f17_the_marker_of_yesterdays_file_says_nothing_about_todays() -> None:
    describe(marker=".done")
    mark(".done")
    stored = s3_backends["123456789012"]["aws"].buckets["escuta-drop"].keys["lojas/clientes.csv.done"]
    stored.last_modified = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1)
    notify(put(rows(*FEW)))
    assert the_file().reason == "held_marker"


def test_f17_a_hash_beside_a_file_must_be_its_own() -> None:
    describe(marker=".sha256")
    body = rows(*FEW)
    notify(put(body))
    mark(".sha256", hashlib.sha256(body[:-1]).hexdigest().encode())
    assert (the_file().state, the_file().reason) == (FileState.HELD, "held_checksum")
    mark(".sha256", f"{hashlib.sha256(body).hexdigest().upper()}  clientes.csv\n".encode())
    load_all()
    assert totals(the_file()) == (2, 0, 0, 0)


def test_f17_the_hash_beside_a_packed_file_is_that_of_the_object() -> None:
    describe(marker=".sha256")
    body = gzip.compress(rows(*FEW))
    notify(put(body, "lojas/clientes.csv.gz"))
    notify(put(hashlib.sha256(body).hexdigest().encode(), "lojas/clientes.csv.gz.sha256"))
    load_all()
    assert totals(the_file("lojas/clientes.csv.gz")) == (2, 0, 0, 0)


def test_a_marker_where_none_is_asked_for_is_no_file() -> None:
    mark(".done")
    mark(".sha256", b"0" * 64)
    assert droppers.the_files() == []


def test_f19_the_same_content_packed_otherwise_is_recognised_and_its_copy_stays_out_of_the_drop_bucket() -> None:
    first = drop(gzip.compress(rows(*FEW)), "lojas/clientes.csv.gz")
    again = drop(rows(*FEW))
    assert (totals(first), first.compression, first.staged_key) == ((2, 0, 0, 0), "gzip", f"staged/{first.id}")
    assert (again.state, again.duplicate_of) == (FileState.DUPLICATE, first.id)
    stored = boto3.client("s3").list_objects_v2(Bucket="escuta-drop")["Contents"]
    assert [found["Key"] for found in stored] == ["lojas/clientes.csv", "lojas/clientes.csv.gz"]
