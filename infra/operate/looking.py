"""Asking the DNS."""

from collections.abc import Callable

import dns.exception
import dns.resolver

Look = Callable[[str, str], list[str]]  # name and type of a record -> values
_SECONDS = 5.0


def look(name: str, kind: str) -> list[str]:
    """Return the values of a record; none when there is none, or nobody answers."""
    try:
        found = dns.resolver.resolve(name, kind, lifetime=_SECONDS)
    except dns.exception.DNSException:
        return []
    return [each.to_text().replace('" "', "").strip('"') for each in found]
