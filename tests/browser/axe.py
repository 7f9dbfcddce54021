"""What axe-core, the contrast of both palettes, and a finger say about a page."""

from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST = 44  # CSS pixels that a finger needs


@cache
def source() -> str:
    """Return axe-core, to be run in a page."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def complaints(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it stands, in the light and in the dark."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if not page.evaluate("'axe' in globalThis"):
            page.evaluate(source())
        result: dict[str, Any] = page.evaluate(
            "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", RULES
        )
        found += [
            f"{scheme}: {each['id']} at {node['target']}: {node['failureSummary']}"
            for each in result["violations"]
            for node in each["nodes"]
        ]
    return found


def too_small(page: Page) -> list[str]:
    """Return what can be pressed, and is smaller than a finger."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll("label.pick, button, .button, .kept a, .field input, textarea")]
          .filter(e => e.getClientRects().length)
          .map(e => [e.textContent.trim().slice(0, 30) || e.id, e.getBoundingClientRect()])
          .filter(([, box]) => box.width < least - .01 || box.height < least - .01)
          .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)""",
        SMALLEST,
    )
    return found


def too_wide(page: Page) -> bool:
    """Tell whether anything is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
