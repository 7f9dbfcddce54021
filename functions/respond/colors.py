"""The colors of a page: the product's own, or those of the survey's author, light and dark. Pure."""

from escuta.entity import Value
from escuta.feedback import looks
from escuta.feedback.model import Palette, SurveyVersion, Theme

Colors = dict[str, str]  # custom property -> color

_LIGHT: Colors = {
    "ground": "#f6f4ef", "card": "#ffffff", "ink": "#1d2733", "soft": "#55606c", "line": "#d9d5cb", "edge": "#7d8590",
    "wash": "#f1efe9", "bad": "#b3372f", "bad-wash": "#fbeeec", "halo": "#1d2733", "push": "#000",
}  # fmt: skip
_DARK: Colors = {
    "ground": "#12171c", "card": "#1b2229", "ink": "#e9ecef", "soft": "#a9b3bd", "line": "#333d47", "edge": "#7c8894",
    "wash": "#242d36", "bad": "#ff9d94", "bad-wash": "#3a2220", "halo": "#12171c", "push": "#fff",
}  # fmt: skip
_SHADES = {"soft": 100, "line": 18, "edge": 66, "wash": 7}  # percent of ink on the card
_BLACK, _WHITE = "#000000", "#ffffff"
_DARK_CARD = 0.18  # relative luminance at which black and white stand out alike


class Look(Value):
    """What the style sheet of a page begins with. `theme` says which of the two palettes are used."""

    theme: Theme
    light: Colors
    dark: Colors
    derived: bool  # the dark accent is made lighter from the survey's color


def look(version: SurveyVersion) -> Look:
    """Return the colors of a survey's page."""
    own = version.branding
    light = _palette(_LIGHT, own.light) | accent(own.light.accent or version.color)
    dark = _palette(_DARK, own.dark)
    if own.dark.accent:
        dark |= accent(own.dark.accent)
    return Look(theme=own.theme, light=light, dark=dark, derived=not own.dark.accent)


def plain(color: str = "#0b5c5e") -> Look:
    """Return the product's own colors, for pages that belong to no survey."""
    return Look(theme=Theme.AUTO, light=_LIGHT | accent(color), dark=_DARK, derived=True)


def accent(color: str) -> Colors:
    """Return an accent with the label that is read on it: black or white, whichever stands out more."""
    white = looks.contrast(color, _WHITE) >= looks.contrast(color, _BLACK)
    return {"accent": color, "on-accent": _WHITE if white else _BLACK}


def _palette(base: Colors, own: Palette) -> Colors:
    """Return a palette with the author's colors in it. The shades between ink and card follow them."""
    given = {name: color for name in ("ground", "card", "ink") if (color := getattr(own, name))}
    if not given:
        return base
    whole = base | given
    of_card = _DARK if looks.luminance(whole["card"]) < _DARK_CARD else _LIGHT
    shades = {name: f"color-mix(in srgb,var(--ink) {share}%,var(--card))" for name, share in _SHADES.items()}
    wash = {"bad": of_card["bad"], "bad-wash": f"color-mix(in srgb,{of_card['bad']} 8%,var(--card))"}
    return whole | shades | wash | {"halo": of_card["halo"], "push": of_card["push"]}
