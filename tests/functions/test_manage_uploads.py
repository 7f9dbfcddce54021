from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
import requests

from escuta import clock
from escuta.directory.model import FileState, Scope
from tests.conftest import NOON
from tests.functions import droppers
from tests.functions.callers import ask, key

BODY = droppers.rows("C-1;Ana;ana@example.com;11999990001;spo-01", "C-2;Bruno;bruno@;;spo-01")


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    droppers.stores()


def announced(name: str = "clientes.csv", **fields: Any) -> Any:
    body = {"folder": "clientes", "name": name, **fields}
    answer = ask("POST", "/v1/files", key(Scope.FILES_WRITE), body=body)
    assert answer.status == 201, answer.json
    assert answer.headers["Location"] == f"uploads/{answer.json['id']}"
    return answer.json


def uploaded(announcement: Any, body: bytes = BODY) -> dict[str, Any]:
    """Put a file where the announcement says, as any program does, and return S3's notice of it."""
    sent = requests.request(
        announcement["method"], announcement["url"], data=body, headers=announcement["headers"], timeout=5
    )
    assert sent.status_code == 200
    (stored,) = boto3.client("s3").list_objects_v2(Bucket="escuta-drop")["Contents"]
    place = {"key": quote_plus(stored["Key"], safe="/"), "size": len(body), "eTag": stored["ETag"].strip('"')}
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "escuta-drop"}, "object": place}}
    return {"Records": [record]}


def polled(upload: str) -> Any:
    answer = ask("GET", f"/v1/uploads/{upload}", key(Scope.FILES_READ))
    assert answer.status == 200, answer.json
    return answer.json


def test_a_small_file_is_handed_over_in_the_call_and_needs_no_link() -> None:
    made = announced(text="nome;e-mail\nAna;ana@example.com")
    assert (made["url"], made["method"], made["headers"]) == ("", "", {})
    (stored,) = boto3.client("s3").list_objects_v2(Bucket="escuta-drop")["Contents"]
    assert stored["Key"] == f"clientes/uploads/{made['id']}/clientes.csv"
    body = boto3.client("s3").get_object(Bucket="escuta-drop", Key=stored["Key"])["Body"].read()
    assert body == b"nome;e-mail\nAna;ana@example.com"


def test_a_file_is_uploaded_by_link_and_followed_to_its_report() -> None:
    announcement = announced()
    assert polled(announcement["id"])["file"] == ""

    droppers.notify(uploaded(announcement))
    file = polled(announcement["id"])["file"]
    droppers.load_all()

    shown = ask("GET", f"/v1/files/{file}", key()).json
    assert (shown["state"], shown["upload"], shown["folder"]) == ("done", announcement["id"], "clientes")
    assert (shown["rows"], shown["totals"]["accepted"], shown["totals"]["rejected"]) == (2, 1, 1)
    link = ask("GET", f"/v1/files/{file}/report", key()).json
    report = requests.get(link["url"], timeout=5)
    assert report.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "bruno@" in report.content.decode("utf-8-sig")


def test_a_dry_run_is_announced_and_takes_nothing_in() -> None:
    announcement = announced(dry_run=True)

    droppers.notify(uploaded(announcement))
    droppers.load_all()

    shown = ask("GET", f"/v1/files/{polled(announcement['id'])['file']}", key()).json
    assert (shown["state"], shown["dry_run"], shown["totals"]["accepted"]) == ("done", True, 1)
    assert droppers.people() == []


def test_the_link_wants_the_headers_that_were_announced() -> None:
    announcement = announced()

    assert (announcement["method"], announcement["headers"]) == ("PUT", {"Content-Type": "application/octet-stream"})
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in announcement["url"]
    assert "X-Amz-Expires=900" in announcement["url"]
    assert "content-type" in announcement["url"].partition("X-Amz-SignedHeaders=")[2].partition("&")[0]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Vendas\\clientes de março.csv", "clientes de março.csv"),
        ('<img src="x">.csv', "img src_x_.csv"),
        ("🛒.csv", "csv"),
        ("a" * 300 + ".csv", "a" * 116 + ".csv"),
        ("a" * 300, "a" * 120),
    ],
)
def test_a_name_is_made_harmless(name: str, kept: str) -> None:  # F21
    assert announced(name)["name"] == kept


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": "..."}, "upload_name", "name"),
        ({"name": "clientes.csv.tmp"}, "upload_name_unfinished", "name"),
        ({"name": "clientes.csv.done"}, "upload_name_unfinished", "name"),
        ({"name": ""}, "value_too_short", "name"),
        ({"folder": "results"}, "folder_reserved", "folder"),
        ({"folder": "a/b"}, "folder_name", "folder"),
        ({"kind": "contacts"}, "field_unknown", "kind"),
    ],
)
def test_an_upload_that_would_never_be_read_is_refused(changes: dict[str, Any], code: str, field: str) -> None:
    answer = ask("POST", "/v1/files", key(), body={"folder": "clientes", "name": "clientes.csv", **changes})

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_a_link_used_twice_leads_to_the_newer_file() -> None:
    announcement = announced()
    early = uploaded(announcement)
    droppers.notify(early)
    first = polled(announcement["id"])["file"]

    with clock.at(NOON + timedelta(minutes=1)):
        droppers.notify(uploaded(announcement, BODY + b"C-3;Clara;;11999990003;spo-01\r\n"))

    second = polled(announcement["id"])["file"]
    assert second not in {"", first}
    assert {file.id for file in droppers.the_files()} == {first, second}
    droppers.notify(early)
    assert polled(announcement["id"])["file"] == second


def test_a_notice_that_comes_again_leaves_the_upload_as_it_is() -> None:
    announcement = announced()
    notice = uploaded(announcement)

    droppers.notify(notice)
    before = polled(announcement["id"])
    droppers.notify(notice, notice)

    assert polled(announcement["id"]) == before
    assert [file.state for file in droppers.the_files()] == [FileState.LOADING]


def test_an_upload_that_nobody_announced_is_a_404() -> None:
    answer = ask("GET", "/v1/uploads/nothing", key())

    assert (answer.status, answer.code) == (404, "upload_not_found")


def test_a_bound_key_uploads_nothing() -> None:
    bound = key(segment="spo-01")

    for method, path, body in (
        ("POST", "/v1/files", {"folder": "clientes", "name": "clientes.csv"}),
        ("GET", "/v1/uploads/nothing", None),
    ):
        answer = ask(method, path, bound, body=body)
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
