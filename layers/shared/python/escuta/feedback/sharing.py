"""Where somebody can tell others what they think: the review links of a place, offered to everyone alike.

The score never decides who is asked for a public review: that would be review gating.
"""

from collections.abc import Iterator, Mapping

from escuta.directory import segments, shares
from escuta.directory.model import Segment
from escuta.entity import Value


class Share(Value):
    """One link to a page of reviews. The network says how it is called; of `other` the host does."""

    network: str
    url: str
    host: str
    segment: str  # where it was said


def offered(segment_path: tuple[str, ...]) -> tuple[Share, ...]:
    """Return the links of a place, the nearest segment that names a network winning, in the order of the networks.

    From the kept hierarchy, so up to 60 seconds old. An address whose host was taken off the list is left out.
    """
    return _offered(segments.by_code(), segment_path)


def at(place: Segment) -> tuple[Share, ...]:
    """Return the links that a place offers, as they are at this moment."""
    return _offered({**segments.now(place.path[:-1]), place.code: place}, place.path)


def _offered(known: Mapping[str, Segment], segment_path: tuple[str, ...]) -> tuple[Share, ...]:
    hosts = known[segment_path[0]].share_hosts if segment_path and segment_path[0] in known else ()
    links = {network: (code, url) for code, network, url in _upward(known, segment_path)}
    return tuple(
        Share(network=network, url=url, host=url.split("/")[2], segment=code)
        for network in shares.ORDER
        if network in links
        for code, url in [links[network]]
        if shares.is_safe(network, url, hosts)
    )


def _upward(known: Mapping[str, Segment], segment_path: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield every link from the root down to the place: of two for a network, the later one is the nearer one."""
    for code in segment_path:
        if code in known:
            yield from ((code, network, url) for network, url in known[code].share.items())
