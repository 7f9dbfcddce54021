"""Where people may be sent to write a review: pages of known networks, and hosts that the organisation names.

An address is taken apart once and compared exactly. Shorteners and addresses that lead on to any other page are not
among the known ones: what is shown to a respondent must be where the link ends.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from escuta.errors import InvalidError

OTHER = "other"
MOST_HOSTS = 20
_LONGEST = 500
_UNFIT = re.compile(r"[\x00-\x20\x7f-\uffff\U00010000-\U0010ffff\\<>\"'`{}|^]")
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_COUNTRIES = (
    *(".com.br", ".com.ar", ".com.mx", ".com.au", ".com.pe", ".co", ".cl", ".es"),
    *(".pt", ".co.uk", ".ca", ".fr", ".de", ".it", ".ie"),
)


class Pages(NamedTuple):
    """The pages of a network: its hosts, and how their paths begin."""

    hosts: frozenset[str]
    paths: tuple[str, ...]


NETWORKS: dict[str, tuple[Pages, ...]] = {
    "google": (
        Pages(frozenset({"search.google.com"}), ("/local/writereview",)),
        Pages(frozenset({"www.google.com", "www.google.com.br", "maps.google.com"}), ("/maps",)),
        Pages(frozenset({"g.page", "maps.app.goo.gl"}), ("/",)),
    ),
    "facebook": (Pages(frozenset({"www.facebook.com", "m.facebook.com", "facebook.com"}), ("/",)),),
    "x": (Pages(frozenset({"x.com", "twitter.com"}), ("/",)),),
    "yelp": (
        Pages(frozenset({f"www.yelp{end}" for end in (".com", *_COUNTRIES)}), ("/biz/", "/writeareview/biz/")),
        Pages(frozenset({"m.yelp.com"}), ("/biz/", "/writeareview/biz/")),
    ),
    "tripadvisor": (
        Pages(
            frozenset({f"www.tripadvisor{end}" for end in (".com", *_COUNTRIES)}),
            ("/UserReview", "/Attraction_Review", "/Restaurant_Review", "/Hotel_Review", "/ShowUserReviews"),
        ),
    ),
}
ORDER = (*NETWORKS, OTHER)
_LEADING_ON = ("/l.php", "/flx/", "/dialog/", "/sharer")  # pages of Facebook that send whoever opens them elsewhere


def check(network: str, url: str, hosts: Iterable[str] = ()) -> str:
    """Return the address as it may be linked to; InvalidError when it is not one. `hosts` are those of `other`."""
    if network not in ORDER:
        raise InvalidError("share_network", field=f"share.{network[:40]}", allowed=", ".join(ORDER))
    if not is_safe(network, url, hosts):
        allowed = sorted(hosts) if network == OTHER else sorted({h for p in NETWORKS[network] for h in p.hosts})
        raise InvalidError("share_url", field=f"share.{network}", allowed=", ".join(allowed) or "-")
    return url


def is_safe(network: str, url: str, hosts: Iterable[str] = ()) -> bool:
    """Tell whether an address is https, on exactly a host of the network, and nothing else than a plain address."""
    if len(url) > _LONGEST or _UNFIT.search(url) or not url.startswith("https://"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if "@" in parts.netloc or ":" in parts.netloc or _climbs(parts.path):
        return False
    if network == OTHER:
        return parts.netloc in set(hosts)
    pages = next((pages for pages in NETWORKS.get(network, ()) if parts.netloc in pages.hosts), None)
    return pages is not None and parts.path.startswith(pages.paths) and not _leads_on(network, parts.path)


def host(text: str) -> str:
    """Return a host that addresses of `other` may be on; InvalidError when it is not the plain name of one."""
    if not _HOST.fullmatch(text):
        raise InvalidError("share_host", field="share_hosts", value=text[:64])
    return text


def _climbs(path: str) -> bool:
    """Tell whether a browser would read another path than the one that stands there."""
    plain = path.lower().replace("%2e", ".")
    return "%2f" in plain or "%5c" in plain or any(part in {".", ".."} for part in plain.split("/"))


def _leads_on(network: str, path: str) -> bool:
    """Tell whether the page sends whoever opens it elsewhere, however its path is spelled."""
    plain = re.sub("/+", "/", unquote(path)).lower()
    return network == "facebook" and plain.startswith(_LEADING_ON)
