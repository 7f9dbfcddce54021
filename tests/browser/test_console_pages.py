"""Every page of the console, in a rich company and in an empty one: with ESCUTA_PAGES=all in all languages and themes.

The pages are those of the console's own table, so that none can be left out; what stands in `<>` in a path is an
example that the house knows. A page that needs another one, or a query, says so in ASKED.
"""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from console.routes import PAGES
from tests.browser.axe import complaints_by_theme, complaints_in, too_wide
from tests.browser.houses import House, Visitor, house

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LANGUAGES = ("pt-BR", "en", "es")
THEMES = ("light", "dark")
WHOLE = os.environ.get("ESCUTA_PAGES") == "all"  # else each page in one language and one theme, in turn
BESIDES = ("", "/account")  # pages that have routes of their own; those of the desk and of the API are tested apart
ASKED: dict[str, str] = {  # path in the table -> what is asked for in its place
    "/admin/sending/asked/<rules>/parts/<part>": "/admin/sending/asked/<rules>/parts/assign.new",
    "/admin/sending/rules/exclude/<which>": "/admin/sending/rules/exclude/new",
    "/deploy/distribute/message": "/deploy/distribute/message?survey=<survey>",
    "/surveys/<survey>/change/<what>": "/surveys/<survey>/change/close",
    "/action/tickets/<ticket>/files/<attachment>": "/action/tickets/<ticket>",  # sends the browser on to a file
}
PRINTED = {"/deploy/tokens/<token>/poster"}  # as wide as paper, in the language of its survey
# Pages that have something to show in an empty company, too.
FULL = {"/account", "/components", "/search", "/action/rules/versions"}
FULL |= {"/analyze/topics", "/admin/users", "/admin/users/roles"}
PATHS = tuple(page.path for page in PAGES if page.method == "GET") + BESIDES
OK, ELSEWHERE, FORBIDDEN, NOT_FOUND = 200, 303, 403, 404


@pytest.fixture(scope="module")
def poor() -> Iterator[House]:
    """Serve the company in which only the admin exists."""
    with house("--empty") as served:
        yield served


@pytest.fixture(scope="module")
def readers(rich: House, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """Let an admin in, in each language, with a telephone."""
    inside = {language: Visitor(browser, rich, language, viewport=PHONE) for language in LANGUAGES}
    yield inside
    for each in inside.values():
        each.close()


@pytest.fixture(scope="module")
def newcomer(poor: House, browser: Browser) -> Iterator[Visitor]:
    """Let the admin of the empty company in."""
    inside = Visitor(browser, poor, "pt-BR", viewport=PHONE)
    yield inside
    inside.close()


@pytest.fixture(scope="module")
def sessions(rich: House) -> dict[str, str]:
    """Sign an admin, an analyst and a manager in."""
    return {who: rich.session(who) for who in ("helena", "davi", "bruno")}


def complaints(page: Page, path: str) -> list[str]:
    """Return what is wrong with a page, in both themes or in that whose turn it is."""
    return complaints_by_theme(page) if WHOLE else complaints_in(page, THEMES[PATHS.index(path) % len(THEMES)])


def place(path: str, named: dict[str, str]) -> str:
    """Return an example of a path; KeyError: the house has none for a name in it."""
    return "/console" + re.sub(r"<(\w+)>", lambda found: named[found[1]], ASKED.get(path, path))


def is_page(served: House, path: str, session: str) -> bool:
    """Tell whether it is a page: no file, no way to elsewhere, nothing inert that is shown in a frame."""
    status, headers, _ = served.get(path, session)
    assert status in {OK, ELSEWHERE}, f"{status} at {path}\n{served.last()}"
    is_html = headers.get("content-type", "").startswith("text/html")
    is_inert = "sandbox" in headers.get("content-security-policy", "")  # no script runs there, not even ours
    is_file = "attachment" in headers.get("content-disposition", "")
    return status == OK and is_html and not is_inert and not is_file


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "/")
def test_a_page_is_sound_in_both_themes_and_three_languages(
    path: str, rich: House, readers: dict[str, Visitor], sessions: dict[str, str]
) -> None:
    where = place(path, rich.named)
    if not is_page(rich, where, sessions["helena"]):
        return
    turn = LANGUAGES[PATHS.index(path) % len(LANGUAGES)]
    found = []
    for language, reader in readers.items():
        if not WHOLE and language != turn:
            continue
        status, heard = reader.go(where)
        spoken = reader.page.locator("html").get_attribute("lang")
        found += [f"{language}: speaks {spoken}"] * (spoken != language and path not in PRINTED)
        found += [f"{language}: {each}" for each in complaints(reader.page, path)]
        found += [f"{language}: wider than a telephone"] * (too_wide(reader.page) and path not in PRINTED)
        found += [f"{language}: {each}" for each in heard]
        assert status == OK, heard
    assert not found, "\n".join([where, *found])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path or "/")
def test_nobody_meets_a_fault_whatever_they_may_see(path: str, rich: House, sessions: dict[str, str]) -> None:
    where = place(path, rich.named)
    for who in ("davi", "bruno"):
        status, _, _ = rich.get(where, sessions[who])
        assert status in {OK, ELSEWHERE, FORBIDDEN, NOT_FOUND}, f"{who}: {status} at {where}\n{rich.last()}"


@pytest.mark.parametrize(
    "path", [path for path in PATHS if "<" not in ASKED.get(path, path)], ids=lambda path: path or "/"
)
def test_a_page_of_an_empty_company_says_what_to_do_next(path: str, poor: House, newcomer: Visitor) -> None:
    session = poor.session("helena")
    where = place(path, {})
    if not is_page(poor, where, session):
        return
    status, heard = newcomer.go(where)
    found = [*complaints(newcomer.page, path), *["wider than a telephone"] * too_wide(newcomer.page), *heard]
    assert status == OK, heard
    assert not found, "\n".join([where, *found])
    if path not in FULL and newcomer.page.locator("main form").count() == 0:
        assert newcomer.page.locator("main .empty").count() > 0, f"{where} is empty, and says nothing of it"
