from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.directory import drops
from escuta.directory.model import DropFile, FileState, RowOutcome, RowResult, Scope
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key


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

    for path in ("/v1/files", "/v1/files/visits", "/v1/files/visits/rows"):
        answer = ask("GET", path, key(segment="sul"))
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


def test_an_unknown_file_is_a_404() -> None:
    for path in ("/v1/files/nothing", "/v1/files/nothing/rows"):
        answer = ask("GET", path, key())
        assert (answer.status, answer.code) == (404, "file_not_found")
