"""Pictures for the README, taken while the tests walk: set ESCUTA_SCREENSHOTS to a folder to keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, ViewportSize

_LARGEST = 200_000  # bytes
_SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; font: 13px/1.4 system-ui, sans-serif; color: #1d2733 }}
table {{ border-collapse: collapse }} td {{ border: 1px solid #d9d5cb; padding: 3px 8px; max-width: 34em }}
tr:first-child td {{ background: #f6f4ef; font-weight: 600 }}
</style><table>{rows}</table>"""


@dataclass(frozen=True)
class Album:
    """A folder of pictures, or nothing."""

    folder: Path | None

    def keep(self, page: Page, name: str, screen: ViewportSize, *, whole: bool = False) -> None:
        """Keep what a page shows on a screen; the page is left as it was found."""
        if self.folder is None:
            return
        before = page.viewport_size or screen
        page.set_viewport_size(screen)
        taken = page.screenshot(path=self.folder / f"{name}.png", full_page=whole, animations="disabled", scale="css")
        page.set_viewport_size(before)
        assert len(taken) < _LARGEST, f"{name}.png has {len(taken)} bytes"

    def keep_sheet(self, context: BrowserContext, name: str, rows: Sequence[Sequence[str]]) -> None:
        """Keep a CSV as a spreadsheet shows it."""
        if self.folder is None:
            return
        cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
        page = context.new_page()
        page.set_content(_SHEET.format(rows="".join(f"<tr>{row}</tr>" for row in cells)))
        page.locator("table").screenshot(path=self.folder / f"{name}.png", scale="css")
