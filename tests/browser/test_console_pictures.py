"""Pictures of the console for the README: set ESCUTA_SCREENSHOTS to a folder to keep them. The walk is a test, too."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.houses import House, Visitor
from tests.e2e.album import Album

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 780}
QUIET = 1200  # milliseconds for plots to be drawn and frames to load

FOLDER = os.environ.get("ESCUTA_SCREENSHOTS")  # before the tests forget it

PICTURES = (
    ("console-survey", "/surveys/<survey>", "light", "pt-BR", DESK, "De 0 a 10"),
    ("console-sending", "/deploy/distribute/runs/<run>", "light", "en", DESK, "Who"),
    ("console-dashboard", "/analyze/dashboards/default.<survey>?segment=aurora", "light", "en", DESK, "between"),
    ("console-comments", "/analyze/comments", "dark", "es", DESK, "Comentarios"),
    ("console-tickets", "/action/tickets?look=board", "light", "pt-BR", DESK, "Chamados"),
    ("console-ticket", "/action/tickets/<ticket>", "light", "en", DESK, "Activity"),
    ("console-segments", "/admin/segments", "light", "es", DESK, "Sudeste"),
    ("console-phone", "/action/tickets", "dark", "pt-BR", PHONE, "Chamados"),
)


@pytest.mark.parametrize(("name", "path", "theme", "language", "screen", "words"), PICTURES)
def test_a_page_is_fit_to_be_shown(
    rich: House, browser: Browser, name: str, path: str, theme: str, language: str, screen: ViewportSize, words: str
) -> None:
    for known, example in rich.named.items():
        path = path.replace(f"<{known}>", example)
    visitor = Visitor(browser, rich, language, viewport=screen, color_scheme=theme)

    status, complaints = visitor.go(f"/console{path}")
    visitor.page.wait_for_timeout(QUIET)
    Album(Path(FOLDER) if FOLDER else None).keep(visitor.page, name, screen)

    assert (status, complaints) == (200, [])
    assert words in visitor.page.inner_text("main")
    visitor.close()
