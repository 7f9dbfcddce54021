"""How much a first view of the console weighs, and how its files are kept."""

import gzip
import re
from datetime import datetime
from importlib.resources import files

import pytest

from console import static
from tests.functions import console_company as company
from tests.functions.console_company import Browser, signed_in

MOST = 100 * 1000  # bytes, compressed: of a first view, without plots
FILES = sorted(static.names())


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def packed(text: str) -> int:
    return len(gzip.compress(text.encode(), 6))


@pytest.mark.parametrize("path", ["/console", "/console/surveys", "/console/admin/contacts", "/console/action/tickets"])
def test_a_first_view_is_light(path: str) -> None:
    company.answers("paulista", 60, 20, 20)
    browser = signed_in("helena")
    page = browser.get(path)
    files = re.findall(r'(?:href|src)="[./]*console/(static/[\w.]+)\?\w+"', page.text)
    assert page.status == 200
    assert len(files) >= 3
    weights = {name: packed(browser.get(f"/console/{name}").text) for name in files}
    assert packed(page.text) + sum(weights.values()) < MOST, weights


def test_a_file_is_kept_for_good_since_its_link_names_what_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Browser().get("/console/static/console.js")
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"
    assert answer.header("content-type") == "text/javascript; charset=utf-8"
    before = static.link("console.js")
    static.link.cache_clear()
    monkeypatch.setattr(static, "text", lambda _: "something else")
    assert static.link("console.js") != before
    static.link.cache_clear()


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapp.py", "README.md", "htmx.LICENSE", "openapi.json", ""])
def test_nothing_but_styles_and_scripts_is_handed_out(name: str) -> None:
    assert Browser().get(f"/console/static/{name}").status == 404


@pytest.mark.parametrize("name", FILES)
def test_no_file_asks_another_host_for_anything(name: str) -> None:
    text = static.text(name)
    assert "sourceMappingURL" not in text
    assert not re.findall(r"@import|url\((?!['\"]?(data:|#))", text) or name.endswith(".js")


def test_what_others_wrote_is_served_with_its_version_and_licence() -> None:
    folder = files("console") / "static" / "vendor"
    told = (folder / "README.md").read_text(encoding="utf-8")
    for file in folder.iterdir():
        if file.name.rpartition(".")[2] in {"js", "css"}:
            assert f"`{file.name}`" in told
            assert (folder / f"{file.name.partition('.')[0]}.LICENSE").is_file()
