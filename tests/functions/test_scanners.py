"""Two hundred invitations opened by every machine we know of, and two hundred people who tap a score (T7-T15).

Behaviours are replayed as HTTP calls against the respondents' function; those that need a real browser are in
`tests/browser/test_signal.py`.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, table
from escuta.feedback import evidence, links, metrics
from escuta.feedback.links import Door
from escuta.feedback.model import Click, Origin, Provisional, ProvisionalState, Response, Standing
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Invitation, InvitationState
from respond.app import app
from respond.confirm import handler
from tests.conftest import NOON
from tests.functions.browsing import checked, field
from tests.functions.respondents import invite, open_survey, unsubscribe_token
from tests.kit import world
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws")

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
FORM = "application/x-www-form-urlencoded"
AMAZON, PROOFPOINT, TELEFONICA = "16509", "22843", "27699"


class Invited(NamedTuple):
    """Somebody with a message in the inbox."""

    token: str
    invitation: Invitation


class Machine:
    """Something that opens links, so many seconds after the message was sent."""

    def __init__(self, invited: Invited, *, after: float, agent: str = CHROME, network: str = TELEFONICA) -> None:
        """Stand before the message."""
        self.token, self.invitation = invited
        self.after = after
        self.headers = {"Accept": "text/html", "User-Agent": agent, "CloudFront-Viewer-ASN": network}

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> HTTPResponse:
        """Send one call; the next one comes a little later."""
        sent = {**self.headers, **headers, **({"Content-Type": FORM} if body or method == "POST" else {})}
        with clock.at(NOON + timedelta(seconds=self.after)):
            answer = Client(app).http.request(method, path, headers=sent, body=body.encode())
        self.after += 0.05
        return answer

    def opens(self, score: object, more: str = "", **headers: str) -> HTTPResponse:
        """Open the link of a score."""
        return self.ask("GET", f"/s/{self.token}?r={score}{more}", **headers)

    def signals(self, page: HTTPResponse, score: int, *, kind: str = "touch", after_ms: int = 1500) -> HTTPResponse:
        """Report as the page's script does."""
        (nonce,) = re.findall(r'data-nonce="([^"]+)"', page.body.decode()) or [""]
        said = f"nonce={nonce}&score={score}&input={kind}&after_ms={after_ms}&language=pt-BR"
        return self.ask("POST", f"/s/{self.token}/signal", said)

    def presses(self, page: HTTPResponse, score: int, *, comment: str = "", signal: str = "") -> HTTPResponse:
        """Send the form of the page."""
        fields = f"submission_id={field(page, 'submission_id')}&version=1&language=pt-BR&go=send"
        return self.ask("POST", f"/s/{self.token}", f"{fields}&n.nps={score}&t.comment={comment}{signal}")


def touched(page: HTTPResponse) -> str:
    """Return what the script puts into the form when somebody is there."""
    (nonce,) = re.findall(r'data-nonce="([^"]+)"', page.body.decode())
    return f"&signal={nonce}+1400"


# What machines do. Each gets an invitation; none may become an answer, close the link or stop the messages.


def safelinks(them: Invited) -> None:
    """Open one link from a data centre, hardly that the message is there."""
    assert Machine(them, after=3, network="8075").opens(9).status_code == 200


def proofpoint(them: Invited) -> None:
    """Open all scores within a second."""
    machine = Machine(them, after=5, network=PROOFPOINT)
    for score in range(11):
        machine.opens(score)


def head_first(them: Invited) -> None:
    """Ask for the head, then for the page."""
    machine = Machine(them, after=60)
    assert machine.ask("HEAD", f"/s/{machine.token}?r=9").status_code == 405
    machine.opens(9)


def runs_the_script(them: Invited) -> None:
    """Load the page in a browser and touch nothing."""
    machine = Machine(them, after=40, agent=CHROME.replace("Chrome", "HeadlessChrome"))
    machine.opens(10)
    machine.after += 10
    machine.opens(10)


def presses_the_first_button(them: Invited) -> None:
    """Send the form as it stands, at once, from a data centre (T9)."""
    machine = Machine(them, after=4, network=AMAZON)
    assert machine.presses(machine.opens(0), 0).status_code == 200


def names_itself_and_presses(them: Invited) -> None:
    machine = Machine(them, after=90, agent="Mozilla/5.0 (compatible; Barracuda Sentinel)")
    machine.presses(machine.opens(0), 0)


def opens_all_and_presses_each(them: Invited) -> None:
    machine = Machine(them, after=3600)
    for page, score in [(machine.opens(score), score) for score in range(4)]:
        machine.presses(page, score)


def unsubscribe_get(them: Invited) -> None:
    """Open the way out, which asks."""
    machine = Machine(them, after=6)
    assert machine.ask("GET", f"/u/{unsubscribe_token(them.invitation)}").status_code == 200


def unsubscribe_scan(them: Invited) -> None:
    """Open the way out again and again, with every method that reads."""
    machine = Machine(them, after=6, agent="python-requests/2.32")
    for method in ("HEAD", "GET", "GET"):
        machine.ask(method, f"/u/{unsubscribe_token(them.invitation)}")


def whatsapp(them: Invited) -> None:
    Machine(them, after=100, agent="WhatsApp/2.23.20.0").opens(9)


def slack(them: Invited) -> None:
    Machine(them, after=100, agent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)").opens(9)


def teams(them: Invited) -> None:
    Machine(them, after=100, agent="Mozilla/5.0 SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com").opens(9)


def telegram(them: Invited) -> None:
    Machine(them, after=100, agent="TelegramBot (like TwitterBot)").opens(9)


def prefetch(them: Invited) -> None:
    """Fetch the page beforehand, as browsers do for links they expect to be tapped."""
    Machine(them, after=100).opens(9, **{"Sec-Purpose": "prefetch;prerender"})


def double_get(them: Invited) -> None:
    machine = Machine(them, after=30)
    for _ in range(2):
        machine.opens(7)


def no_such_score(them: Invited) -> None:
    """T15."""
    machine = Machine(them, after=50)
    for score, more in ((999, ""), (9, "&r=0"), ("%3Cscript%3E", ""), (-1, "")):
        assert machine.opens(score, more).status_code == 200


def forged_nonce(them: Invited) -> None:
    machine = Machine(them, after=120)
    page = machine.opens(9)
    (nonce,) = re.findall(r'data-nonce="([^"]+)"', page.body.decode())
    forged = [nonce[:-1] + "_", f"9{nonce}", nonce.replace(".9.", ".3."), "", "...", "1.1.9.x"]
    for each in forged:
        said = f"nonce={each}&score=9&input=touch&after_ms=1500&language=pt-BR"
        assert machine.ask("POST", f"/s/{machine.token}/signal", said).status_code == 422


def old_nonce(them: Invited) -> None:
    """Replay a page of an hour ago (T14)."""
    machine = Machine(them, after=10)
    page = machine.opens(9)
    machine.after += 3600
    assert machine.signals(page, 9).status_code == 422


def impossible_signals(them: Invited) -> None:
    """Report what no script of ours reports: too soon, an unknown input, no score of the scale."""
    machine = Machine(them, after=10)
    page = machine.opens(9)
    assert machine.signals(page, 9, after_ms=20).status_code == 422
    assert machine.signals(page, 9, kind="synthetic").status_code == 422
    assert machine.signals(page, 11).status_code == 422


def trap(them: Invited) -> None:
    """Open every link of the message, also the one that nobody can see, and press the button of each page."""
    machine = Machine(them, after=30)
    pages = [machine.opens(score) for score in (*range(3), "none")]
    machine.presses(pages[0], 0)


MACHINES: tuple[Callable[[Invited], None], ...] = (
    safelinks, proofpoint, head_first, runs_the_script, presses_the_first_button, names_itself_and_presses,
    opens_all_and_presses_each, unsubscribe_get, unsubscribe_scan, whatsapp, slack, teams, telegram, prefetch,
    double_get, no_such_score, forged_nonce, old_nonce, impossible_signals, trap,
)  # fmt: skip


ROUNDS = range(10)  # of twenty invitations, each in a world of its own: two hundred in all


def send(count: int, of: str, provider: str = "") -> list[Invited]:
    """Send so many messages at noon, ten to each company, or all to people of one provider."""
    with clock.at(NOON):
        open_survey()
        return [
            Invited(*invite(f"{of}{number}", address=f"{of}{number}@{provider or f'company{number // 10}.example'}"))
            for number in range(count)
        ]


def every_response() -> list[Response]:
    with clock.at(NOON):
        return [each for day in ("2026-03-10", "2026-03-11") for each in _of(day)]


def _of(day: str) -> list[Response]:
    return list(table.query(Response, f"responses#visit#{day}", index="g2").items)


def confirm(hours: int = 2) -> None:
    with clock.at(NOON + timedelta(hours=hours)):
        handler({}, Context())


def counted() -> int:
    metrics.apply(every_response())
    days = metrics.tally("visit", "segment", "aurora", "2026-03-10", "2026-03-11")
    return sum(metrics.viewed(day)["n"] for day in days.values())


@pytest.mark.parametrize("number", ROUNDS)
def test_of_two_hundred_scanned_links_none_is_counted_none_unsubscribed_and_all_can_be_answered(number: int) -> None:
    sent = send(20, f"them{number}-")

    for scan, them in zip(MACHINES, sent, strict=True):
        scan(them)
    confirm()

    assert counted() == 0
    assert {each.standing for each in every_response()} <= {Standing.FLAGGED}
    for them in sent:
        stored = table.load(Invitation, them.invitation.key())
        assert (stored.state, stored.response) == (InvitationState.SENT, "")
        assert not suppression.is_suppressed(Channel.EMAIL, them.invitation.address)
        with clock.at(NOON + timedelta(hours=3)):
            assert links.opened(Door.INVITATION, them.token).version.version == 1

    for them in sent:
        person = Machine(them, after=10_000, agent=PHONE)
        page = person.opens(9)
        assert person.presses(page, 8, comment="Bom", signal=touched(page)).status_code == 200
    assert counted() == 20
    final = [each for each in every_response() if each.state == "final" and each.standing is Standing.COUNTED]
    assert {each.score for each in final} == {8}


# What people do. Nobody's answer is thrown away, and what they press counts.


def taps_and_sends(them: Invited) -> None:
    ana = Machine(them, after=900, agent=PHONE)
    page = ana.opens(9)
    ana.signals(page, 9)
    ana.presses(page, 9, signal=touched(page))


def taps_and_closes(them: Invited) -> None:
    """T10."""
    ana = Machine(them, after=900, agent=PHONE)
    assert ana.signals(ana.opens(9), 9).status_code == 204


def taps_another_score(them: Invited) -> None:
    ana = Machine(them, after=900, agent=PHONE)
    ana.signals(ana.opens(2), 2)
    ana.after += 30
    ana.signals(ana.opens(9), 9, kind="pointer")


def changes_it_on_the_page(them: Invited) -> None:
    ana = Machine(them, after=900, agent=PHONE)
    page = ana.opens(2)
    ana.signals(page, 2)
    ana.signals(page, 9)


def takes_a_long_time(them: Invited) -> Callable[[], object]:
    """Send long after the tap was confirmed: what is sent takes its place."""
    ana = Machine(them, after=900, agent=PHONE)
    page = ana.opens(3)
    ana.signals(page, 3)
    ana.after += 6 * 3600
    return lambda: ana.presses(page, 9, comment="Pensei melhor")


def is_fast_in_a_company(them: Invited) -> None:
    """Press within seconds, through a proxy in a data centre."""
    ana = Machine(them, after=4, network=AMAZON)
    page = ana.opens(9)
    ana.after += 2
    ana.presses(page, 9, signal=touched(page))


def is_fast_and_only_taps(them: Invited) -> None:
    """Tap within seconds through a data centre and close: kept and shown, for somebody to switch on."""
    ana = Machine(them, after=4, network=AMAZON)
    ana.signals(ana.opens(9), 9)


def without_script(them: Invited) -> None:
    """Press the button; nothing reports that somebody is there."""
    ana = Machine(them, after=700, agent=PHONE)
    page = ana.opens(9)
    ana.after += 5
    ana.presses(page, 9)


def fast_without_script(them: Invited) -> None:
    ana = Machine(them, after=5, agent=PHONE)
    ana.presses(ana.opens(9), 9)


def behind_a_filter_that_scanned_before(them: Invited) -> None:
    scanner = Machine(them, after=5, network=PROOFPOINT)
    for score in (0, 3, 6, 10):
        scanner.opens(score)
    ana = Machine(them, after=1200, network=AMAZON)
    ana.presses(ana.opens(9), 9)


PEOPLE: tuple[Callable[[Invited], Callable[[], object] | None], ...] = (
    taps_and_sends, taps_and_closes, taps_another_score, changes_it_on_the_page, takes_a_long_time,
    is_fast_in_a_company, is_fast_and_only_taps, without_script, fast_without_script,
    behind_a_filter_that_scanned_before,
)  # fmt: skip


@pytest.mark.parametrize("number", ROUNDS)
def test_of_two_hundred_people_nobody_is_thrown_away(number: int) -> None:
    sent = send(20, f"ana{number}-", "gmail.com")

    later = [comes(them) for comes, them in zip(PEOPLE * 2, sent, strict=True)]
    confirm(5)
    for goes_on in filter(None, later):
        goes_on()
    confirm(12)

    kept = {each.invitation: each for each in every_response() if each.state == "final"}
    assert len(kept) == 20
    assert {each.score for each in kept.values()} == {9}
    apart = {each.invitation for each in kept.values() if each.standing is not Standing.COUNTED}
    only_tapped = {
        them.invitation.id for comes, them in zip(PEOPLE * 2, sent, strict=True) if comes is is_fast_and_only_taps
    }
    assert apart == only_tapped
    assert counted() == 18


# The rules one by one.


@pytest.fixture
def ana() -> Invited:
    """Ana, with a message in the inbox."""
    return send(1, "ana")[0]


def provisional(them: Invited) -> Provisional:
    return table.load(Provisional, Provisional.at(them.invitation.link_key))


def test_a_tap_counts_half_an_hour_later_and_closes_the_invitation(ana: Invited) -> None:
    taps_and_closes(ana)
    with clock.at(NOON + timedelta(minutes=44)):
        assert evidence.confirm_due(clock.now()) == 0
    assert counted() == 0

    with clock.at(NOON + timedelta(minutes=46)):
        assert evidence.confirm_due(clock.now()) == 1
        assert evidence.confirm_due(clock.now()) == 0

    (response,) = every_response()
    assert (response.score, response.origin, response.standing, response.answers) == (
        9, Origin.TAPPED, Standing.COUNTED, {"nps": 9},
    )  # fmt: skip
    assert counted() == 1
    stored = table.load(Invitation, ana.invitation.key())
    assert (stored.state, stored.response, stored.tapped) == (InvitationState.COMPLETED, response.id, response.id)
    assert (provisional(ana).state, provisional(ana).response) == (ProvisionalState.CONFIRMED, response.id)


def test_what_the_person_sends_before_it_is_due_is_the_only_answer(ana: Invited) -> None:
    taps_and_sends(ana)
    confirm()

    (response,) = every_response()
    assert (response.origin, provisional(ana).state) == (Origin.SUBMITTED, ProvisionalState.ANSWERED)


def test_what_the_person_sends_afterwards_takes_the_place_of_the_tap(ana: Invited) -> None:
    goes_on = takes_a_long_time(ana)
    confirm(5)
    assert [(each.score, each.origin) for each in every_response()] == [(3, Origin.TAPPED)]
    goes_on()

    final = [each for each in every_response() if each.state == "final"]
    assert [(each.score, each.origin) for each in final] == [(9, Origin.SUBMITTED)]
    assert counted() == 1


@pytest.mark.parametrize(
    ("behaviour", "flags"),
    [
        (presses_the_first_button, {"no_signal", "fast", "data_centre"}),
        (names_itself_and_presses, {"scanner_agent", "no_signal"}),
        (opens_all_and_presses_each, {"all_scores", "no_signal"}),
        (trap, {"trap", "all_scores", "no_signal"}),
    ],
)
def test_t9_a_button_pressed_by_a_machine_is_kept_with_its_evidence(
    ana: Invited, behaviour: Callable[[Invited], None], flags: set[str]
) -> None:
    behaviour(ana)

    (response,) = every_response()
    assert (response.standing, set(response.evidence) - {"all_scores"}) == (Standing.FLAGGED, flags - {"all_scores"})
    assert provisional(ana).state is ProvisionalState.FLAGGED
    assert table.load(Invitation, ana.invitation.key()).state is InvitationState.SENT


def test_a_link_leaves_at_most_twelve_traces_however_often_it_is_opened(ana: Invited) -> None:
    machine = Machine(ana, after=100)
    for score in (*range(11), "none", 9, 9, 11, "x", "", "none"):
        machine.opens(score)

    assert len(evidence.clicks(ana.invitation.link_key)) == 12


@pytest.mark.parametrize("behaviour", [whatsapp, slack, teams, telegram, prefetch, unsubscribe_get, no_such_score])
def test_t12_what_only_looks_leaves_nothing(ana: Invited, behaviour: Callable[[Invited], None]) -> None:
    before = world.snapshot()

    behaviour(ana)

    assert world.snapshot() == before


def test_t12_a_preview_shows_no_score_and_nobody(ana: Invited) -> None:
    page = Machine(ana, after=100, agent="facebookexternalhit/1.1").opens(9)

    assert checked(page) == []
    assert not re.search("data-nonce|ana0|company0", page.body.decode())
    assert "<title>Sua visita · Lojas Aurora</title>" in page.body.decode()


def test_t11_other_methods_are_told_which_there_are(ana: Invited) -> None:
    answer = Machine(ana, after=100).ask("HEAD", f"/s/{ana.token}?r=9")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert evidence.clicks(ana.invitation.link_key) == ()


def test_a_trace_that_cannot_be_written_is_no_reason_to_show_nothing(ana: Invited) -> None:
    with_store_refusing = Machine(ana, after=100)
    from tests.kit.faults import failing, throttled  # noqa: PLC0415

    def refuse(parameters: dict[str, object]) -> Exception | None:
        return throttled("dynamodb", "PutItem") if "click" in str(parameters) else None

    with failing("PutItem", refuse):
        assert with_store_refusing.opens(9).status_code == 200
    assert evidence.clicks(ana.invitation.link_key) == ()


def test_a_trace_says_what_opened_the_link_from_where_and_how_soon(ana: Invited) -> None:
    Machine(ana, after=7.5, network=AMAZON).opens(9)

    (click,) = evidence.clicks(ana.invitation.link_key)
    assert click == Click(
        link_key=ana.invitation.link_key,
        score="9",
        method="GET",
        agent="browser",
        network="datacenter",
        survey="visit",
        segment="sp-01",
        domain="company0.example",
        after_seconds=7,
        day="2026-03-10",
        at_time=click.at_time,
        rev=1,
    )


def test_three_of_one_company_in_the_same_second_are_flagged_and_three_of_a_public_provider_are_not() -> None:
    company = send(3, "them")
    with clock.at(NOON):
        public = [Invited(*invite(f"p{number}", address=f"p{number}@gmail.com")) for number in range(3)]

    for them in (*company, *public):
        someone = Machine(them, after=600, agent=PHONE)
        someone.signals(someone.opens(9), 9)
    confirm()

    assert [provisional(them).flags for them in company] == [("same_second",)] * 3
    assert [provisional(them).flags for them in public] == [()] * 3


def test_r21_nothing_is_kept_of_who_touches_the_page_of_a_link_that_was_taken_back(ana: Invited) -> None:
    person = Machine(ana, after=60)
    page = person.opens(9)
    table.save(table.load(Invitation, ana.invitation.key()).changed(revoked_at=NOON))

    assert person.signals(page, 9).status_code == 204
    assert table.find(Provisional, Provisional.at(ana.invitation.link_key)) is None


def test_r2_a_score_that_was_taken_gets_its_receipt_again_whatever_opened_the_links_meanwhile(ana: Invited) -> None:
    person = Machine(ana, after=3600)
    page = person.opens(9)
    first = person.presses(page, 9)
    for score in range(11):
        table.put(opening(ana, score))

    again = person.presses(page, 9)

    assert (first.status_code, again.status_code, again.headers.get("Idempotent-Replayed")) == (200, 200, "true")
    assert [(each.origin, each.standing) for each in every_response()] == [(Origin.SUBMITTED, Standing.COUNTED)]


def opening(them: Invited, score: int) -> Click:
    """Return the trace of a filter that opens all scores at once."""
    return Click(
        link_key=them.invitation.link_key,
        score=str(score),
        method="GET",
        agent="browser",
        network="datacenter",
        survey="visit",
        segment="sp-01",
        domain="mail.example",
        after_seconds=3600,
        day="2026-03-10",
        at_time=NOON + timedelta(seconds=3601),
    )


def test_the_score_of_a_tap_that_was_replaced_says_so(ana: Invited) -> None:
    goes_on = takes_a_long_time(ana)
    confirm(5)
    assert provisional(ana).state is ProvisionalState.CONFIRMED

    goes_on()

    sent = table.load(Invitation, ana.invitation.key()).response
    assert (provisional(ana).state, provisional(ana).response) == (ProvisionalState.ANSWERED, sent)


def test_a_revoked_link_becomes_nothing_and_holds_nobody_up(ana: Invited) -> None:
    taps_and_closes(ana)
    table.save(table.load(Invitation, ana.invitation.key()).changed(revoked_at=NOON))
    confirm()

    assert every_response() == []
    assert (provisional(ana).state, provisional(ana).flags) == (ProvisionalState.FLAGGED, ("link_revoked",))
