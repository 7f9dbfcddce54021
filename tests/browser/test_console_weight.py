"""How much a first view of every page weighs, in a company that has something of everything."""

import gzip
import re
from functools import cache

import pytest

from console import static
from tests.browser.houses import House
from tests.browser.test_console_pages import OK, PATHS, place

MOST = 100 * 1000  # bytes, compressed, of a page with its styles and scripts; plots bring a library besides
APART = {"echarts.min.js", "gridstack.min.js", "gridstack.min.css"}  # of dashboards, kept for good once they were seen
_FILE = re.compile(rb'(?:href|src)="[./]*console/static/([\w.]+)\?\w+"')


@pytest.fixture(scope="module")
def session(rich: House) -> str:
    """Sign the admin in."""
    return rich.session("helena")


@cache
def packed(name: str) -> int:
    return len(gzip.compress(static.text(name).encode(), 6))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "/")
def test_a_first_view_is_light(path: str, rich: House, session: str) -> None:
    status, headers, body = rich.get(place(path, rich.named), session)
    if status != OK or not headers.get("content-type", "").startswith("text/html"):
        return
    weights = {name: packed(name) for name in {found.decode() for found in _FILE.findall(body)} - APART}
    weights["itself"] = len(gzip.compress(body, 6))
    assert sum(weights.values()) < MOST, weights
    print(f"{path or '/'}: {sum(weights.values())} bytes, {weights['itself']} its own")  # noqa: T201 - shown by `pytest -rP`
