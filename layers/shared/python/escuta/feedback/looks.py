"""Whether a page in the author's colors can be read, and whether a logo is one. Pure."""

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from escuta.errors import InvalidError
from escuta.feedback.model import Palette, SurveyDraft

TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2: 1.4.3 words, 1.4.11 what marks a control
LIGHT = Palette(ground="#f6f4ef", card="#ffffff", ink="#1d2733")
DARK = Palette(ground="#12171c", card="#1b2229", ink="#e9ecef")
LARGEST_LOGO = 1_000  # bytes: it comes with the page, whose first load is at most 14 KB in all
_FORMATS = {
    "data:image/png;base64": lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    "data:image/jpeg;base64": lambda data: data.startswith(b"\xff\xd8\xff"),
    "data:image/webp;base64": lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
}


class Pair(NamedTuple):
    """Two colors that must be told apart: where the first one stands, how far they are, and how far they must be."""

    place: str  # `branding.light`
    one: str
    other: str
    found: float
    least: float


def check(draft: SurveyDraft) -> None:
    """Refuse colors that hide what they show, and a logo that is no small picture. InvalidError names the field.

    The words on a button are black or white, whichever stands out more: on every color one of them does by 4.5.
    """
    for pair in pairs(draft):
        if pair.found < pair.least:
            shown = int(pair.found * 10) / 10  # never rounded up to what it is not
            place = f"{pair.place}.{pair.one}"
            raise InvalidError("survey_contrast", field=place, against=pair.other, least=pair.least, found=shown)
    logo = draft.branding.logo
    if logo and not _is_picture(logo):
        raise InvalidError("survey_logo", field="branding.logo", allowed=["PNG", "JPEG", "WebP"], most=LARGEST_LOGO)


def pairs(draft: SurveyDraft) -> Iterator[Pair]:
    """Yield what must be told apart in both palettes; every color must be one, `#rrggbb`.

    Without an accent in the dark the style sheet makes one that stands out.
    """
    own = draft.branding
    yield from _pairs("branding.light", _over(LIGHT.changed(accent=draft.color), own.light))
    yield from _pairs("branding.dark", _over(DARK, own.dark))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 between two colors `#rrggbb`."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of a color `#rrggbb`, as WCAG 2.2 defines it."""
    channels = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004 - sRGB
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _over(base: Palette, own: Palette) -> Palette:
    return base.changed(**{name: color for name, color in own if color})


def _pairs(place: str, palette: Palette) -> Iterator[Pair]:
    compared = [("ink", "ground", TEXT), ("ink", "card", TEXT)]
    compared += [("accent", "card", SHAPE)] if palette.accent else []
    for one, other, least in compared:
        yield Pair(place, one, other, contrast(getattr(palette, one), getattr(palette, other)), least)


def _is_picture(logo: str) -> bool:
    form, _, text = logo.partition(",")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return form in _FORMATS and _FORMATS[form](data) and len(data) <= LARGEST_LOGO
