"""What axe-core, the contrast of both palettes, and a finger say about a page."""

from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLORED = ["color-contrast", "link-in-text-block"]  # rules that the theme of a page can break, and nothing else
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
        found += _run(page, scheme, RULES)
    return found


def complaints_by_theme(page: Page) -> list[str]:
    """Return the same for less: all rules in the light, and in the dark those that a theme can break.

    For pages that are one document in both themes, told apart by colors alone.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(source())
    found = _run(page, "light", RULES)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + _run(page, "dark", {"type": "rule", "values": COLORED})


def complaints_in(page: Page, theme: str) -> list[str]:
    """Return what all rules say of the page in one theme."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.evaluate(source())
    return _run(page, theme, RULES)


def _run(page: Page, scheme: str, rules: object) -> list[str]:
    result: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", rules
    )
    return [
        f"{scheme}: {each['id']} at {node['target']}: {node['failureSummary']}"
        for each in result["violations"]
        for node in each["nodes"]
    ]


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
