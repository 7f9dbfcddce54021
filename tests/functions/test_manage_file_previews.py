"""The first rows of a dropped file, as they stand there, and what each column was taken for."""

from datetime import datetime

import pytest

from escuta import table
from escuta.directory import folders
from escuta.directory.model import FileState, Scope
from tests.functions import droppers
from tests.functions.callers import ask, key
from tests.functions.droppers import drop, notify, put, rows, the_file


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    droppers.stores()


def test_a_held_file_is_looked_into_before_it_goes_on() -> None:
    table.put(folders.of("lojas").changed(hold_below_percent=50))
    drop(rows(*[f"C-{n};Pessoa {n};p{n}@example.com;;spo-01" for n in range(10)]), "lojas/ontem.csv")
    notify(put(rows("C-1;Ana;ana@example.com;;spo-01", "C-2;João;joao@example.com;;rio-01"), "lojas/hoje.csv"))
    file = the_file("lojas/hoje.csv")
    assert file.state is FileState.HELD

    told = ask("GET", f"/v1/files/{file.id}/preview", key(Scope.FILES_READ)).json

    assert [each["field"] for each in told["columns"]] == [file.mapping.get(name, "") for name in file.header]
    assert [(each["line"], each["cells"][:3]) for each in told["rows"]] == [
        (2, ["C-1", "Ana", "ana@example.com"]),
        (3, ["C-2", "João", "joao@example.com"]),
    ]


def test_only_so_many_rows_are_shown() -> None:
    file = drop(rows(*[f"C-{n};Pessoa {n};p{n}@example.com;;spo-01" for n in range(10)]), "lojas/hoje.csv")

    assert len(ask("GET", f"/v1/files/{file.id}/preview", key(), query={"limit": 3}).json["rows"]) == 3
    shown = ask("GET", f"/v1/files/{file.id}", key()).json
    assert (shown["progress"]["rows"], shown["progress"]["rows_done"]) == (10, 10)


def test_a_file_that_is_gone_or_was_never_read_has_no_rows_to_show() -> None:
    file = drop(rows("C-1;Ana;ana@example.com;;spo-01"), "lojas/hoje.csv")
    table.save(file.changed(etag="another"))
    assert ask("GET", f"/v1/files/{file.id}/preview", key()).status == 404

    unread = table.save(the_file("lojas/hoje.csv").changed(encoding=""))
    assert ask("GET", f"/v1/files/{unread.id}/preview", key()).code == "file_unread"
