"""Networks that a key is used from: `203.0.113.0/24`, `2001:db8::/32`. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from escuta.errors import InvalidError


def read(texts: Iterable[str], field: str) -> tuple[str, ...]:
    """Return networks as they are kept, each once; one address is a network, too. InvalidError names the first fault.

    Bits beside the mask are refused and not cut: who writes `203.0.113.7/24` meant either of two things.
    """
    found: dict[str, None] = {}
    for number, text in enumerate(texts):
        try:
            found[str(ip_network(text.strip()))] = None
        except ValueError as error:
            raise InvalidError("network_invalid", field=f"{field}[{number}]", what=text[:64]) from error
    return tuple(found)


def holds(networks: Iterable[str], address: str) -> bool:
    """Tell whether an address lies in one of these networks; what is no address lies in none."""
    try:
        known = _plain(ip_address(address))
    except ValueError:
        return False
    return any(known in ip_network(network) for network in networks)


def within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    """Tell whether each of the first networks lies in one of the second. No network at all is everywhere: in none."""
    wide = [ip_network(network) for network in outer]
    narrow = [ip_network(network) for network in inner]
    return bool(narrow) and all(any(_inside(each, one) for one in wide) for each in narrow)


def _inside(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    return (
        inner.version == outer.version
        and outer.network_address <= inner.network_address  # type: ignore[operator] # of one version, as just asked
        and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator] # as above
    )


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, where a network writes all of them as IPv6."""
    return getattr(address, "ipv4_mapped", None) or address
