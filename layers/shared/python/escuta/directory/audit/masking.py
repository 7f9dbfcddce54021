"""What an entry says instead of what could name a customer."""

import re

from escuta import ids, secrets

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,79}")
_NUMBER = re.compile(r"\+?[\d.()/ -]{9,}")  # a telephone, a taxpayer's number
_TYPED = frozenset({"contacts", "sessions"})  # into the field for a name somebody types a password now and then


def masked(noun: str, said: str) -> str:
    """Return what the audit calls a thing that was named in a request.

    Customers, whose ids follow from their addresses, and names with which somebody tried to sign in get a keyed hash:
    who knows the id finds what was done, and nobody learns an id. What cannot be an id of ours is whatever somebody
    typed, and gets one, too.
    """
    if not said:
        return ""
    if noun in _TYPED or not _PLAIN.fullmatch(said) or _NUMBER.fullmatch(said):
        return "~" + ids.keyed_hash(secrets.link_secret(), f"audit:{said}")[:16]
    return said
