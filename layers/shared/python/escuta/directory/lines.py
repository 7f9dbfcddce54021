"""Texts that are shown on one line and searched: in such a one a control character, or a line end, is a space."""

import re

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def one(text: str) -> str:
    """Return a text on one line, without spaces around it."""
    return CONTROL.sub(" ", text.strip()).strip()
