"""The drawings on buttons and menus: those of Lucide that we use, drawn in the colour of the text around them."""

import json
from functools import cache
from importlib.resources import files

from markupsafe import Markup


def drawn(name: str, title: str = "") -> Markup:
    """Return a drawing; without a title it says nothing to who cannot see it."""
    if not title:
        return _silent(name)
    return _svg(name, Markup(' role="img" aria-label="{}"').format(title))


@cache
def _silent(name: str) -> Markup:
    """Return a drawing without words: a page has more than a hundred of them."""
    return _svg(name, Markup(' aria-hidden="true"'))


def _svg(name: str, told: Markup) -> Markup:
    return Markup('<svg class="icon" viewBox="0 0 24 24"{}>{}</svg>').format(told, Markup(_known()[name]))  # noqa: S704 - ours


@cache
def _known() -> dict[str, str]:
    return dict(json.loads((files("console") / "icons.json").read_text(encoding="utf-8")))
