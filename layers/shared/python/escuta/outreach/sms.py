"""How many parts an SMS takes, and which alphabet it needs. Pure."""

import unicodedata
from typing import Literal

from escuta.entity import Value
from escuta.outreach.model import Accents

MOST_PARTS = 2  # of a message whose writer says nothing else

# 3GPP TS 23.038, 6.2.1: the default alphabet, and the characters that an escape makes two septets long.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_ALL = _BASIC | _EXTENDED
_TYPED = str.maketrans("\u201c\u201d\u2018\u2019\u2013\u2014\u00a0", "\"\"''-- ", "") | {0x2026: "..."}


class Measure(Value):
    """What sending a text costs. `units` are septets in GSM-7 and 16-bit units in UCS-2."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def measure(text: str) -> Measure:
    """Return the alphabet, the units and the parts of a text."""
    if _ALL.issuperset(text):
        return _measured("GSM-7", [2 if character in _EXTENDED else 1 for character in text], 160, 153)
    return _measured("UCS-2", [2 if character > "\uffff" else 1 for character in text], 70, 67)


def _measured(encoding: Literal["GSM-7", "UCS-2"], widths: list[int], alone: int, joined: int) -> Measure:
    """Fill the parts one after the other: neither an escape nor a surrogate pair is split over two."""
    if sum(widths) <= alone:
        return Measure(encoding=encoding, units=sum(widths), parts=1)
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return Measure(encoding=encoding, units=sum(widths), parts=parts)


def fitted(text: str, accents: Accents = Accents.SAVE) -> str:
    """Return the text as it should go out: as it is, or in plain letters, always or where that saves a part.

    "São João" in UCS-2 leaves 134 characters in two parts, "Sao Joao" in GSM-7 306.
    """
    if accents is Accents.KEEP:
        return text
    plain = "".join(_plain(character) for character in text.translate(_TYPED))
    return plain if accents is Accents.PLAIN or measure(plain).parts < measure(text).parts else text


def beyond(text: str) -> frozenset[str]:
    """Return the characters that the default alphabet does not have: with one of them a part holds 67, not 153."""
    return frozenset(text) - _ALL


def _plain(character: str) -> str:
    if character in _ALL:
        return character
    return "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
