"""Links of respondents at one address, console and API at another: each leads where it belongs, and no further."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from console import headers, sign_in
from escuta import config
from escuta.config import origin, settings
from escuta.directory.access import federation
from escuta.feedback import showing
from escuta.feedback.tickets import magic
from escuta.outreach import invitations
from manage import users
from tests.functions import browsing
from tests.functions.respondents import invite, open_survey

DOOR = "https://fala.aurora.example"
HOUSE = "https://cx.aurora.example"


@pytest.fixture(autouse=True)
def survey(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    open_survey()


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.variable("house_url"), f"{HOUSE}/live")
    settings.cache_clear()


def frames(policy: str) -> str:
    """Return who may frame a page of this policy."""
    return policy.partition("frame-ancestors ")[2].partition(";")[0]


@pytest.mark.usefixtures("apart")
def test_what_respondents_get_begins_with_the_door() -> None:
    _, invited = invite("Ana")

    for purpose in ("answer", "unsubscribe"):
        assert invitations.link(invited, purpose).startswith(f"{DOOR}/")
    assert showing.link("visit").startswith(f"{DOOR}/p/")


@pytest.mark.usefixtures("apart")
def test_what_people_of_the_house_get_begins_with_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.variable("federation_client"), "client")
    monkeypatch.setenv(config.variable("federation_provider"), "Aurora")
    monkeypatch.setenv(config.variable("federation_domain"), "https://aurora.auth.example")
    settings.cache_clear()

    assert magic.issue(("ticket",), "helena", "opened")["ticket"].url.startswith(f"{HOUSE}/live/c/")
    sent, _ = federation.begin()
    assert parse_qs(urlsplit(sent).query)["redirect_uri"] == [f"{HOUSE}/live/console/sign-in/callback"]
    assert users.told()["url"] == sign_in.told()["url"] == f"{HOUSE}/live/console"


@pytest.mark.usefixtures("apart")
def test_the_console_may_frame_a_preview_at_the_door_and_nobody_else_may() -> None:
    page = browsing.get(showing.link("visit").removeprefix(DOOR))
    console = headers.framed("nonce")["Content-Security-Policy"]

    assert frames(page.headers["Content-Security-Policy"]) == f"'self' {HOUSE}"
    assert f"frame-src 'self' {DOOR}" in console
    assert f"form-action 'self' {DOOR};" in console  # without a script, a form leads to the preview
    assert "frame-ancestors 'none'" in console


@pytest.mark.usefixtures("apart")
def test_a_page_of_a_survey_names_nothing_of_the_house() -> None:
    token, _ = invite("Ana")
    for path in (f"/s/{token}", "/s/none"):
        page = browsing.get(path)
        assert HOUSE not in page.body.decode() + str(page.headers)
        assert "Set-Cookie" not in page.headers


def test_without_an_address_of_its_own_the_house_is_where_links_point() -> None:
    page = browsing.get(showing.link("visit").removeprefix(DOOR))

    assert settings().house == settings().public_url == DOOR
    assert frames(page.headers["Content-Security-Policy"]) == "'self'"
    assert "frame-src 'self'" in headers.framed("nonce")["Content-Security-Policy"].split("; ")


@pytest.mark.parametrize("address", [f"{HOUSE}/live", f"{HOUSE}/", HOUSE, f"{HOUSE}/live?a=b"])
def test_an_origin_is_an_address_without_its_path(address: str) -> None:
    assert origin(address) == HOUSE
