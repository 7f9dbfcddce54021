"""What speaks for a machine, one rule at a time."""

from datetime import datetime, timedelta

import pytest

from escuta.feedback import scanners
from escuta.feedback.model import Click
from escuta.feedback.scanners import Finding
from tests.conftest import NOON

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


def click(score: str = "9", second: float = 0, **fields: object) -> Click:
    own: dict[str, object] = {
        "link_key": "ana", "score": score, "method": "GET", "agent": "browser", "network": "", "survey": "visit",
        "segment": "poa", "domain": "acme.example", "after_seconds": 600, "day": "2026-03-10",
        "at_time": NOON + timedelta(seconds=second),
    }  # fmt: skip
    return Click.model_validate({**own, **fields})


def flags(*clicks: Click, human: bool = True, **fields: object) -> tuple[str, ...]:
    return scanners.flags(Finding.model_validate({"clicks": clicks, "human": human, "trap": "none", **fields}))


def test_a_person_who_taps_one_score_raises_no_flag() -> None:
    assert flags(click()) == ()


@pytest.mark.parametrize(
    ("found", "flag"),
    [
        (flags(click(), human=False), "no_signal"),
        (flags(click(after_seconds=9)), "fast"),
        (flags(click(network="datacenter")), "data_centre"),
        (flags(click(agent="scanner")), "scanner_agent"),
        (flags(click(agent="none")), "scanner_agent"),
        (flags(click(), together=3), "same_second"),
        (flags(click(), click("none", 500)), "trap"),
        (flags(*(click(str(score), score * 3) for score in range(4))), "all_scores"),
        (flags(click("0", 0), click("1", 1), scale=2), "all_scores"),
    ],
)
def test_each_sign_of_a_machine_has_its_name(found: tuple[str, ...], flag: str) -> None:
    assert found == (flag,)


@pytest.mark.parametrize(
    "found",
    [
        flags(click(after_seconds=10)),
        flags(click(after_seconds=None)),
        flags(click(), together=2),
        flags(*(click(str(score), score * 4) for score in range(4))),
        flags(*(click(str(score), score) for score in range(3))),
        flags(click("0", 0), click("1", 3), scale=2),
    ],
    ids=["ten seconds", "nobody knows when", "two people", "four in twelve seconds", "three scores", "up and down"],
)
def test_what_people_do_as_well_is_no_flag(found: tuple[str, ...]) -> None:
    assert found == ()


def test_the_heaviest_sign_comes_first_and_an_empty_comment_weighs_nothing() -> None:
    found = flags(click(after_seconds=1, agent="scanner"), human=False)

    assert found == ("scanner_agent", "no_signal", "fast")
    assert scanners.weight(found) == 8
    assert scanners.weight(("comment_empty", "link_revoked")) == 0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (IPHONE, "browser"),
        (f"{IPHONE} [FBAN/FBIOS;FBAV/480.0]", "browser"),
        (f"{IPHONE} Instagram 300.0", "browser"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 Line/15.1", "browser"),
        ("", "none"),
        ("  ", "none"),
        ("WhatsApp/2.24.1 A", "preview"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "preview"),
        ("Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5", "preview"),
        ("TelegramBot (like TwitterBot)", "preview"),
        ("facebookexternalhit/1.1", "preview"),
        ("facebookexternalhit/1.1;line-poker/1.0", "preview"),
        ("LinkedInBot/1.0", "preview"),
        ("python-requests/2.32", "scanner"),
        ("curl/8.5", "scanner"),
        ("Mozilla/5.0 HeadlessChrome/140.0 Safari/537.36", "scanner"),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", "scanner"),
        ("Mimecast URL Protect", "scanner"),
    ],
)
def test_an_agent_is_what_it_says(said: str, kind: str) -> None:
    assert scanners.agent(said) == kind


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "Preview", "PREFETCH"])
def test_a_browser_that_fetches_beforehand_shows_it_to_nobody(purpose: str) -> None:
    assert scanners.agent(IPHONE, "", purpose) == "preview"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("16509", "datacenter"),
        ("22843", "datacenter"),
        ("27699", "other"),
        ("13335", "other"),
        ("", ""),
        ("AS1", ""),
        ("٣", ""),
    ],
)
def test_a_network_is_told_by_its_number(number: str, kind: str) -> None:
    assert scanners.network(number) == kind


def together(*times: tuple[str, datetime], domain: str = "acme.example") -> int:
    return scanners.together(
        click(domain=domain), (click(link_key=link, at_time=at, domain=domain) for link, at in times)
    )


def test_people_of_one_company_are_together_within_the_same_second() -> None:
    almost = NOON + timedelta(milliseconds=900)

    assert together(("bruno", almost), ("carla", NOON), ("ana", NOON)) == 3
    assert together(("bruno", NOON + timedelta(seconds=1)), ("carla", NOON - timedelta(milliseconds=1))) == 1


@pytest.mark.parametrize("domain", ["gmail.com", "outlook.com", "yahoo.com.br", "uol.com.br", "icloud.com", ""])
def test_people_of_a_public_provider_are_never_together(domain: str) -> None:
    assert together(("bruno", NOON), ("carla", NOON), domain=domain) == 1
