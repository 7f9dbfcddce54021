"""Telling machines that open the links of a message from people who tap them. Pure.

Mail filters, preview makers and prefetchers open links, some in a real browser. Nothing here decides by itself whether
an answer is thrown away: none is. What is found is named, weighed, stored, and shown with the response.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from escuta.entity import Value
from escuta.feedback.model import Click

BROWSER, SCANNER, PREVIEW, NONE = "browser", "scanner", "preview", "none"
DATACENTER, OTHER = "datacenter", "other"

ALL_SCORES = "all_scores"  # many scores of one message opened almost at once
TRAP = "trap"  # a link opened that nobody can see
SCANNER_AGENT = "scanner_agent"  # the visitor says that it is a program
NO_SIGNAL = "no_signal"  # nobody touched the page
FAST = "fast"  # the message was hardly sent
DATA_CENTRE = "data_centre"  # from a network where machines live
SAME_SECOND = "same_second"  # several people of one domain at the same second
COMMENT_EMPTY = "comment_empty"  # nothing but the score: so do most people

WEIGHTS: dict[str, int] = {
    ALL_SCORES: 4,
    TRAP: 4,
    SCANNER_AGENT: 4,
    NO_SIGNAL: 2,
    FAST: 2,
    DATA_CENTRE: 2,
    SAME_SECOND: 2,
    COMMENT_EMPTY: 0,
}
MACHINE = 5  # weight from which a press of the button without any sign of a person is taken for a machine's

HASTE = timedelta(seconds=10)
_MANY = 4  # different scores within HASTE; nobody taps so many
_BOTH = timedelta(seconds=2)  # in which all of a short scale (thumbs) must be opened to mean anything
_TOGETHER = 3  # people of one domain, this one included

# Preview makers of messengers and networks, as they name themselves. Browsers inside their apps do not say these.
_PREVIEWS = re.compile(
    r"whatsapp/|slackbot|slack-imgproxy|skypeuripreview|microsoftpreview|teamsbot|telegrambot|facebookexternalhit"
    r"|facebookcatalog|facebot|meta-externalagent|twitterbot|linkedinbot|discordbot|pinterestbot|redditbot|line-poker"
    r"|viber|snap url preview|vkshare|embedly|iframely|google-pagerenderer|bingpreview|mastodon|signal-link-preview",
    re.IGNORECASE,
)
# Mail filters that name themselves, and programs that are no browser.
_SCANNERS = re.compile(
    r"proofpoint|mimecast|barracuda|safelinks|ironport|fortiguard|fortimail|trend ?micro|symantec|messagelabs|sophos"
    r"|urldefense|virustotal|headlesschrome|phantomjs|puppeteer|playwright|selenium|python-|aiohttp|httpx|curl/|wget"
    r"|go-http-client|java/|apache-httpclient|okhttp|node-fetch|axios|libwww|scrapy|\bbot\b|bot/|crawler|spider",
    re.IGNORECASE,
)
# Who registered these numbers stands in the registries of ARIN, RIPE and APNIC (RDAP, `autnum`). Left out on purpose:
# networks through which people browse (Cloudflare and Akamai carry iCloud Private Relay, Zscaler whole companies).
DATA_CENTRES: dict[int, str] = {
    8075: "Microsoft",
    14618: "Amazon",
    16509: "Amazon",
    15169: "Google",
    396982: "Google Cloud",
    31898: "Oracle Cloud",
    36351: "SoftLayer (IBM)",
    14061: "DigitalOcean",
    16276: "OVH",
    24940: "Hetzner",
    20473: "Vultr",
    63949: "Akamai Connected Cloud (Linode)",
    12876: "Scaleway",
    51167: "Contabo",
    60781: "LeaseWeb",
    45102: "Alibaba Cloud",
    132203: "Tencent Cloud",
    22843: "Proofpoint",
    26211: "Proofpoint",
    30031: "Mimecast",
    15324: "Barracuda Networks",
    16417: "Cisco IronPort",
}
# Where people without a company get their mail: many of them act at the same second, and it means nothing.
_PUBLIC_MAIL = re.compile(
    r"(gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|mac|aol|proton|protonmail|gmx|zoho|uol|bol"
    r"|terra|ig|globo|globomail|r7|oi)\.(com|com\.br|com\.ar|com\.mx|net|me|es|org|br)"
)


class Finding(Value):
    """What is known around a score, as far as flags are made of it."""

    clicks: tuple[Click, ...] = ()  # of this link, the first of each score
    scale: int = 11  # how many scores the message offers
    trap: str = ""  # what the link that nobody can see says as its score
    human: bool = False
    together: int = 1  # people of the same domain whose links were opened at the same second
    agents: tuple[str, ...] = ()  # of calls beyond the clicks
    networks: tuple[str, ...] = ()


def agent(user_agent: str, *purposes: str) -> str:
    """Return what opens a page: browser, scanner, preview, or none when it does not say. Prefetching is a preview."""
    if any(word in purpose.lower() for purpose in purposes for word in ("prefetch", "prerender", "preview")):
        return PREVIEW
    if not user_agent.strip():
        return NONE
    if _PREVIEWS.search(user_agent):
        return PREVIEW
    return SCANNER if _SCANNERS.search(user_agent) else BROWSER


def network(number: str) -> str:
    """Return what kind of network an autonomous system number is; "" when nobody says."""
    if not number.isascii() or not number.isdigit():
        return ""
    return DATACENTER if int(number[:10]) in DATA_CENTRES else OTHER


def domain(address: str) -> str:
    """Return the domain of an e-mail address; "" for a telephone number."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def is_shared(name: str) -> bool:
    """Tell whether a domain belongs to one organisation, so that its people share a mail filter; "" does not."""
    return bool(name) and not _PUBLIC_MAIL.fullmatch(name)


def flags(found: Finding) -> tuple[str, ...]:
    """Return what speaks for a machine, the heaviest first. An empty comment is evidence elsewhere, never a flag."""
    shown = {
        TRAP: bool(found.trap) and any(click.score == found.trap for click in found.clicks),
        ALL_SCORES: _in_haste([click for click in found.clicks if click.score != found.trap], found.scale),
        SCANNER_AGENT: not {SCANNER, NONE}.isdisjoint({*found.agents, *(click.agent for click in found.clicks)}),
        NO_SIGNAL: not found.human,
        FAST: any(click.after_seconds is not None and click.after_seconds < HASTE.seconds for click in found.clicks),
        DATA_CENTRE: DATACENTER in {*found.networks, *(click.network for click in found.clicks)},
        SAME_SECOND: found.together >= _TOGETHER,
    }
    return tuple(name for name in WEIGHTS if shown.get(name))


def weight(some: Iterable[str]) -> int:
    """Return how much these flags weigh together; what is no flag weighs nothing."""
    return sum(WEIGHTS.get(name, 0) for name in some)


def together(click: Click, others: Iterable[Click]) -> int:
    """Return of how many people of the same company a link was opened in the second in which this one was."""
    if not is_shared(click.domain):
        return 1
    second = click.at_time.replace(microsecond=0)
    same = (each for each in others if each.domain == click.domain and each.at_time.replace(microsecond=0) == second)
    return len({click.link_key, *(each.link_key for each in same)})


def _in_haste(clicks: Sequence[Click], scale: int) -> bool:
    enough, window = (_MANY, HASTE) if scale >= _MANY else (max(scale, 2), _BOTH)
    times: list[datetime] = sorted(click.at_time for click in clicks)
    return any(last - first <= window for first, last in zip(times, times[enough - 1 :], strict=False))
