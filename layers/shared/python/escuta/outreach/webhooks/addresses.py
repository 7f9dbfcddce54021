"""Which servers may be called: by their URL, and, when the connection is made, by their address.

Only what everybody on the internet can reach. The network that we run in has doors that trust whoever stands inside.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from escuta.errors import InvalidError

LONGEST = 2_048
_PORTS = {"https": 443, "http": 80}
_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces and backslashes, which are read in several ways
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_INSIDE = frozenset({"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"})
_V4_NOT = (  # what Python takes for public, some releases of it alone
    IPv4Network("192.0.0.0/24"),  # of protocols: also the dummy address
    IPv4Network("192.88.99.0/24"),  # to whatever IPv6 network is behind it
)
_V6 = IPv6Network("2000::/3")  # what is given out at all: no loopback, no mapped IPv4, no NAT64, nothing local
_V6_NOT = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))  # Teredo, 6to4, examples


class Target(NamedTuple):
    """Where a call goes. `inside`: the organisation allows this server although it is not of the internet."""

    scheme: str
    host: str
    port: int
    path: str
    inside: bool


def target(url: str, allowed: str = "") -> Target:
    """Return where a URL leads; InvalidError when it is none that may be called.

    `allowed` names servers, `host:port` with spaces between, that may have any address, and need no TLS.
    """
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url):
        raise InvalidError("webhook_url", field="url")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise InvalidError("webhook_url", field="url") from error
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or parts.username is not None or parts.password is not None or "#" in url:
        raise InvalidError("webhook_url", field="url")
    inside = f"{host}:{port}" in allowed.split()
    if not inside:
        _check(parts.scheme, host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, inside)


def _check(scheme: str, host: str, port: int) -> None:
    if scheme != "https" or port != _PORTS["https"]:
        raise InvalidError("webhook_url_https", field="url")
    if not _NAME.fullmatch(host) or host.rpartition(".")[2] in _INSIDE:
        raise InvalidError("webhook_url_host", field="url")


def is_public(address: str) -> bool:
    """Tell whether everybody on the internet would reach the same server at this address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(found) if isinstance(found, IPv4Address) else _is_public_v6(found)


def _is_public_v4(found: IPv4Address) -> bool:
    return found.is_global and not (found.is_multicast or found.is_reserved or any(found in each for each in _V4_NOT))


def _is_public_v6(found: IPv6Address) -> bool:
    return found.scope_id is None and found in _V6 and not any(found in each for each in _V6_NOT)
