from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from escuta import files, table
from escuta.directory import drops
from escuta.directory.model import DropFile, FileState, RowOutcome, RowResult, Scope
from importer import register
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit.queue import Queue


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def dropped(name: str = "visits", **fields: Any) -> DropFile:
    own = {"id": name, "bucket": "escuta-drop", "object_key": f"erp/{name}.csv", "state": FileState.DONE}
    return table.create(DropFile(**{**own, "received_at": NOON, **fields}))


def result(row: int, outcome: RowOutcome = RowOutcome.ACCEPTED, **fields: Any) -> RowResult:
    return RowResult(row=row, line=row + 1, outcome=outcome, **fields)


def loaded() -> None:
    """Store a file of two chunks: one good row and one bad one, then three good ones."""
    dropped(rows=5, chunks=2, done_chunks=(0, 1), totals={"accepted": 4, "rejected": 1})
    bad = result(2, RowOutcome.REJECTED, column="segment", code="segment_unknown", details={"value": "bh"})
    drops.write_results("visits", 0, [result(1, contact="ana"), bad.changed(original=("Bruno", "bh"))])
    drops.write_results("visits", 1, [result(3), result(4), result(5)])


def test_files_are_listed_the_newest_first() -> None:
    for number in range(3):
        dropped(f"file-{number}", received_at=NOON + timedelta(minutes=number))
    text = key(Scope.FILES_READ)

    page = ask("GET", "/v1/files", text, query={"limit": 2}).json
    rest = ask("GET", "/v1/files", text, query={"limit": 2, "cursor": page["next"]}).json

    assert [item["id"] for item in page["items"] + rest["items"]] == ["file-2", "file-1", "file-0"]


def test_a_file_shows_its_totals() -> None:
    loaded()

    shown = ask("GET", "/v1/files/visits", key()).json

    assert (shown["state"], shown["rows"], shown["totals"]) == ("done", 5, {"accepted": 4, "rejected": 1})
    assert shown["message"] == ""


def test_a_refused_file_says_why_in_the_callers_language() -> None:
    dropped(state=FileState.REFUSED, reason="quote_unclosed", details={"line": "7"})

    said = [
        ask("GET", "/v1/files/visits", key(), headers={"Accept-Language": language}).json["message"]
        for language in ("pt-BR", "en", "es")
    ]

    assert len(set(said)) == 3
    assert all("7" in words for words in said)


def rows(**query: Any) -> Any:
    return ask("GET", "/v1/files/visits/rows", key(), query=query, headers={"Accept-Language": "en"}).json


def test_every_row_says_what_became_of_it() -> None:
    loaded()

    assert [(row["row"], row["outcome"]) for row in rows()["items"]] == [
        (1, "accepted"),
        (2, "rejected"),
        (3, "accepted"),
        (4, "accepted"),
        (5, "accepted"),
    ]


def test_a_rejected_row_says_line_column_reason_and_what_stood_there() -> None:
    loaded()

    (row,) = rows(outcome="rejected")["items"]

    assert (row["line"], row["column"], row["code"], row["original"]) == (
        3,
        "segment",
        "segment_unknown",
        ["Bruno", "bh"],
    )
    assert "bh" in row["message"]


def test_rows_are_read_page_by_page_over_the_chunks() -> None:
    loaded()
    text, cursor, seen = key(), None, []
    while cursor != "":
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        answer = ask("GET", "/v1/files/visits/rows", text, query=query)
        seen.append([row["row"] for row in answer.json["items"]])
        cursor = answer.json["next"] or ""

    assert seen == [[1, 2], [3, 4], [5]]


def test_a_rare_outcome_in_a_huge_file_is_looked_for_over_several_pages() -> None:
    dropped(rows=25, chunks=25, done_chunks=tuple(range(25)))
    for chunk in range(25):
        drops.write_results("visits", chunk, [result(chunk + 1, RowOutcome(("accepted", "updated")[chunk == 24]))])
    text = key()

    first = ask("GET", "/v1/files/visits/rows", text, query={"outcome": "updated"}).json
    second = ask("GET", "/v1/files/visits/rows", text, query={"outcome": "updated", "cursor": first["next"]}).json

    assert (first["items"], [row["row"] for row in second["items"]], second["next"]) == ([], [25], None)


def test_a_file_under_way_shows_no_half_list() -> None:
    dropped(state=FileState.LOADING, rows=5, chunks=2, done_chunks=(0,))

    answer = ask("GET", "/v1/files/visits/rows", key())

    assert (answer.status, answer.code) == (409, "file_under_way")


def test_a_refused_file_has_no_rows() -> None:
    dropped(state=FileState.REFUSED, reason="empty_file")

    assert rows() == {"items": [], "next": None}


def test_a_bound_key_sees_no_files_since_they_hold_people_of_any_segment() -> None:
    loaded()

    for path in ("/v1/files", "/v1/files/visits", "/v1/files/visits/rows", "/v1/files/visits/report"):
        answer = ask("GET", path, key(segment="sul"))
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
    answer = ask("PATCH", "/v1/files/visits", key(segment="sul"), body={"state": "approved"})
    assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


def ids_of(**query: Any) -> list[str]:
    return [item["id"] for item in ask("GET", "/v1/files", key(), query=query).json["items"]]


def test_files_are_filtered_by_folder_and_state() -> None:
    for number, (folder, state) in enumerate((("erp", "done"), ("crm", "done"), ("erp", "held"))):
        dropped(f"file-{number}", folder=folder, state=FileState(state), received_at=NOON + timedelta(minutes=number))

    assert ids_of(folder="erp") == ["file-2", "file-0"]
    assert ids_of(state="done") == ["file-1", "file-0"]
    assert ids_of(folder="erp", state="held") == ["file-2"]
    assert ids_of(folder="sap") == []
    assert ask("GET", "/v1/files", key(), query={"state": "lost"}).code == "value_not_allowed"


def test_a_filtered_list_goes_on_where_its_cursor_points() -> None:
    for number in range(7):
        dropped(f"file-{number}", folder=("erp", "crm")[number % 2], received_at=NOON + timedelta(minutes=number))
    text, cursor, seen = key(), None, []
    while cursor != "":
        query = {"folder": "erp", "limit": "2", **({"cursor": cursor} if cursor else {})}
        page = ask("GET", "/v1/files", text, query=query).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"] or ""

    assert seen == ["file-6", "file-4", "file-2", "file-0"]


def test_a_file_under_way_shows_how_far_it_is() -> None:
    file = dropped(state=FileState.LOADING, rows=1500, chunks=3)
    drops.mark_done(file, 0)
    drops.mark_done(file, 2)

    assert ask("GET", "/v1/files/visits", key()).json["progress"] == {
        "chunks": 3,
        "done": 2,
        "rows": 1500,
        "rows_done": 1000,
    }


def test_a_file_that_was_given_up_shows_no_half_list() -> None:
    dropped(state=FileState.FAILED, rows=5, chunks=2)

    answer = ask("GET", "/v1/files/visits/rows", key())

    assert (answer.status, answer.code) == (409, "file_failed")


def decided(state: str, **headers: str) -> Answer:
    return ask("PATCH", "/v1/files/visits", key(Scope.FILES_WRITE), body={"state": state}, headers=headers)


def test_a_held_file_goes_on_when_somebody_lets_it() -> None:  # F17
    dropped(state=FileState.HELD)

    answer = decided("approved")

    assert (answer.status, answer.json["state"]) == (200, "held")
    assert answer.json["approved_by"].startswith("key:")
    assert Queue("drop", register.handler).waiting() == [{"settle": "visits"}]


def test_a_held_file_is_ended_when_somebody_says_so() -> None:  # F17
    dropped(state=FileState.HELD)

    answer = decided("discarded")

    assert (answer.status, answer.json["state"], answer.json["reason"]) == (200, "refused", "discarded")
    assert answer.json["message"]


@pytest.mark.parametrize("state", ["approved", "discarded"])
def test_a_file_that_is_not_held_is_not_decided_about(state: str) -> None:
    dropped()

    assert (decided(state).status, decided(state).code) == (409, "file_not_held")
    assert (decided("done").status, decided("done").code) == (422, "value_not_allowed")


def test_a_file_is_decided_about_as_it_was_read_or_not_at_all() -> None:  # A6
    dropped(state=FileState.HELD)

    answer = decided("discarded", **{"If-Match": '"7"'})

    assert (answer.status, answer.code) == (412, "rev_stale")


def linked(**query: str) -> Answer:
    return ask("GET", "/v1/files/visits/report", key(Scope.FILES_READ), query=query)


def test_a_report_is_read_by_a_link_that_ends_in_five_minutes() -> None:
    dropped(report_key="erp/visits.report.csv", rejected_key="erp/visits.rejected.csv")
    files.write("escuta-reports", "erp/visits.rejected.csv", b"Nome\r\nBruno\r\n", "text/csv")

    answer = linked(kind="rejected")

    assert (answer.json["name"], answer.json["expires_at"][:16]) == ("visits.rejected.csv", "2026-03-10T15:05")
    assert "X-Amz-Expires=300" in answer.json["url"]
    found = requests.get(answer.json["url"], timeout=5)
    assert found.content == b"Nome\r\nBruno\r\n"
    assert found.headers["Content-Disposition"] == "attachment; filename*=UTF-8''visits.rejected.csv"


def test_a_report_that_there_is_not_is_a_404() -> None:
    dropped()
    dropped("reported", report_key="erp/reported.report.csv")

    for file, kind in (("visits", "report"), ("visits", "summary"), ("reported", "rejected")):
        answer = ask("GET", f"/v1/files/{file}/report", key(), query={"kind": kind})
        assert (answer.status, answer.code) == (404, "report_not_found")
    assert (
        ask("GET", "/v1/files/reported/report", key(), query={"kind": "summary"}).json["name"].endswith(".summary.json")
    )


def test_an_unknown_file_is_a_404() -> None:
    for path in ("/v1/files/nothing", "/v1/files/nothing/rows"):
        answer = ask("GET", path, key())
        assert (answer.status, answer.code) == (404, "file_not_found")
