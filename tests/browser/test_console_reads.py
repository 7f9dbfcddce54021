"""What a page costs: how often it asks the tables and how many rows it reads, also of many more people and answers.

Three times as many in the ordinary run; with ESCUTA_HOUSE=large (`make reads`) a company of 100,000 contacts and 50,000
responses, which takes some minutes to make and 4 GB of memory. `-rP` shows the figures of each page.
"""

import os
from collections.abc import Iterator

import pytest

from tests.browser.houses import House, house
from tests.browser.test_console_pages import ELSEWHERE, OK, PATHS, place

LARGE = ("--contacts", "100000", "--responses", "50000")
MANY = LARGE if os.environ.get("ESCUTA_HOUSE") == "large" else ("--times", "3")
MOST = 60  # calls of the tables for one page
MOST_ROWS = 1_000  # that these return or count
MOST_SOUGHT = 2_500  # where a page looks through what is listed: at most 2,000 tickets or words, 1,000 responses...
MOST_QUERIES = 80  # ...in at most 60 queries, more of them where there are few a day
ASKED = (  # what looks through more than a page of a list
    "/?days=90",
    "/search?q=maria",
    "/admin/contacts?q=maria",
    "/analyze/comments?topic=parking",
    "/analyze/responses?channel=email&language=es",
    "/action/tickets?q=fila",
    "/action/tickets?sort=priority&overdue=true",
    "/deploy/history/<deployment>/people?state=delivered",
)
_SLACK = 3  # calls for what is kept for some seconds, and was just forgotten
_WARM = 3  # what is kept has been read by then


@pytest.fixture(scope="module")
def some() -> Iterator[House]:
    """Serve the rich company."""
    with house("--swept") as served:
        yield served


@pytest.fixture(scope="module")
def many() -> Iterator[House]:
    """Serve the same with more people and more answers."""
    with house("--swept", *MANY) as served:
        yield served


@pytest.fixture(scope="module")
def sessions(some: House, many: House) -> tuple[str, str]:
    """Sign the admin in, in both."""
    return some.session("helena"), many.session("helena")


def cost(served: House, path: str, session: str) -> tuple[int, int]:
    """Return how often a page asks the tables, and how many rows it gets, once what may be kept is kept."""
    asked = []
    for _ in range(_WARM):
        status, headers, _ = served.get(place(path, served.named), session)
        assert status in {OK, ELSEWHERE}, f"{status} at {path}\n{served.last()}"
        asked.append((int(headers["x-calls"]), int(headers["x-rows"])))
    return min(asked)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "/")
def test_a_page_asks_no_more_often_of_more_people_and_answers(
    path: str, some: House, many: House, sessions: tuple[str, str]
) -> None:
    calls, rows = cost(some, path, sessions[0])
    more_calls, more_rows = cost(many, path, sessions[1])
    print(f"{path or '/'}: {calls} calls and {rows} rows; of many more: {more_calls}, {more_rows}")  # noqa: T201 - shown by `pytest -rP`
    assert more_calls <= min(MOST, calls + _SLACK)
    assert more_rows <= MOST_ROWS


@pytest.mark.parametrize("path", ASKED)
def test_a_page_that_looks_for_something_ends_somewhere(path: str, many: House, sessions: tuple[str, str]) -> None:
    calls, rows = cost(many, path, sessions[1])
    print(f"{path}: {calls} calls and {rows} rows")  # noqa: T201 - shown by `pytest -rP`
    assert calls <= MOST_QUERIES
    assert rows <= MOST_SOUGHT
