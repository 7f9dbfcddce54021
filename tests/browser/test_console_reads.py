"""What a page costs: how often it asks the tables, also of three times as many people and answers."""

from collections.abc import Iterator

import pytest

from tests.browser.houses import House, house
from tests.browser.test_console_pages import ELSEWHERE, OK, PATHS, place

TIMES = 3
MOST = 60  # calls of the tables for one page
CEILINGS = {
    "": 110
}  # beyond a thousand invitations, the progress of a sending is asked state by state, each up to a limit
_SLACK = 3  # calls for what is kept for some seconds, and was just forgotten
_WARM = 3  # what is kept has been read by then


@pytest.fixture(scope="module")
def some() -> Iterator[House]:
    """Serve the rich company."""
    with house() as served:
        yield served


@pytest.fixture(scope="module")
def many() -> Iterator[House]:
    """Serve the same with more people and more answers."""
    with house("--times", str(TIMES)) as served:
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
    print(f"{path or '/'}: {calls} calls and {rows} rows; {TIMES} times the company: {more_calls}, {more_rows}")  # noqa: T201 - shown by `pytest -rP`
    assert more_calls <= CEILINGS.get(path, MOST)
    assert path in CEILINGS or more_calls <= calls + _SLACK
