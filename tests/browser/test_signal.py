"""Pages that came with a score, in a real browser: what a person does is reported, what a script does is not."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from escuta import clock, table
from escuta.feedback.model import Provisional, Response
from escuta.outreach.model import Invitation, InvitationState
from tests.browser.server import Server
from tests.conftest import NOON
from tests.e2e.waiting import eventually
from tests.functions.respondents import invite, open_survey

Visitors = Callable[..., BrowserContext]


class Opened:
    """Ana's page, opened from her message with a nine; the time in it goes on when the test says."""

    def __init__(self, server: Server, context: BrowserContext) -> None:
        """Invite her at noon, and open her link a quarter of an hour later."""
        with clock.at(NOON):
            open_survey()
            self.token, self.invitation = invite("Ana")
        server.moment = NOON + timedelta(minutes=15)
        self.server = server
        self.page: Page = context.new_page()
        self.page.clock.install(time=server.moment)
        self.page.clock.pause_at(server.moment + timedelta(seconds=1))
        self.page.goto(f"{server.url}/s/{self.token}?r=9")
        expect(self.page.get_by_role("radio", name="9", exact=True)).to_be_checked()

    @property
    def path(self) -> str:
        return f"/s/{self.token}/signal"

    def later(self, milliseconds: int = 1000) -> None:
        """Let time go by on the page."""
        self.page.clock.run_for(milliseconds)

    def reports(self, count: int) -> list[dict[str, str]]:
        """Wait for so many reports, and return what they say."""
        eventually("the report of the page", lambda: self.server.count("POST", self.path) >= count)
        bodies = [parse_qs(call.body.decode()) for call in self.server.calls if call.path == self.path]
        assert len(bodies) == count
        assert {call.status for call in self.server.calls if call.path == self.path} <= {204}
        return [{name: values[0] for name, values in body.items()} for body in bodies]

    def stored(self) -> Provisional | None:
        return table.find(Provisional, Provisional.at(self.invitation.link_key), consistent=True)


@pytest.fixture
def ana(server: Server, visitor: Visitors) -> Opened:
    return Opened(server, visitor(user_agent="Mozilla/5.0 (X11; Linux x64) Chrome/140.0 Safari/537.36"))


def test_the_first_touch_of_a_person_is_reported_and_only_the_first(ana: Opened) -> None:
    ana.later()
    ana.page.mouse.move(200, 200)
    ana.page.mouse.wheel(0, 100)
    ana.page.keyboard.press("Tab")

    (report,) = ana.reports(1)

    assert (report["score"], report["input"], report["language"]) == ("9", "pointer", "pt-BR")
    assert int(report["after_ms"]) >= 800
    stored = ana.stored()
    assert stored is not None
    assert (stored.score, stored.human and stored.human.input, stored.flags) == (9, "pointer", ())


@pytest.mark.parametrize(("act", "name"), [("Tab", "key"), ("", "scroll")])
def test_a_key_and_a_wheel_are_a_person_too(ana: Opened, act: str, name: str) -> None:
    ana.later()
    if act:
        ana.page.keyboard.press(act)
    else:  # the pointer stands where it stood before the page came
        ana.page.mouse.wheel(0, 200)

    assert ana.reports(1)[0]["input"] == name


def test_t8_a_machine_that_runs_the_script_waits_and_plays_events_reports_nothing(ana: Opened) -> None:
    """Events of scripts are not trusted; a scroll by script is, and therefore is none of those that count."""
    ana.later(10_000)

    ana.page.evaluate("""() => {
      for (const type of ["pointerdown", "pointermove", "click", "touchstart", "keydown", "wheel"])
        document.body.dispatchEvent(new Event(type, { bubbles: true }));
      document.querySelector("[name='n.nps'][value='3']").click();
      scrollTo(0, 500);
    }""")
    ana.later(10_000)

    ana.page.mouse.move(100, 100)  # a person comes after all: now there is one report
    assert len(ana.reports(1)) == 1


def test_what_moves_before_the_page_can_be_seen_is_not_reported(ana: Opened) -> None:
    ana.later(500)
    ana.page.keyboard.press("Tab")
    ana.page.evaluate(
        "() => Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })"
    )
    ana.later()
    ana.page.keyboard.press("Tab")
    ana.page.evaluate("() => { delete document.visibilityState }")
    ana.page.mouse.move(100, 100)

    assert [report["input"] for report in ana.reports(1)] == ["pointer"]


def test_a_machine_that_presses_the_button_by_script_is_kept_apart_and_the_link_stays_open(
    server: Server, visitor: Visitors
) -> None:
    """T9, in the headless browser that it is."""
    machine = Opened(server, visitor())

    machine.page.evaluate("() => document.getElementById('go').click()")

    expect(machine.page.get_by_role("heading", name="Que bom saber disso!")).to_be_visible()
    (response,) = table.query(Response, "responses#visit#2026-03-10", index="g2").items
    assert (response.standing, set(response.evidence)) == ("flagged", {"scanner_agent", "no_signal"})
    assert table.load(Invitation, machine.invitation.key()).state is InvitationState.SENT
    assert server.count("POST", machine.path) == 0


def test_another_score_chosen_on_the_page_is_reported_and_the_answer_carries_the_sign(ana: Opened) -> None:
    ana.later()
    ana.page.get_by_role("radio", name="3", exact=True).check()

    assert [report["score"] for report in ana.reports(2)][-1] == "3"
    stored = ana.stored()
    assert stored is not None
    assert stored.score == 3

    ana.page.get_by_role("button", name="Enviar").click()
    expect(ana.page.get_by_role("heading", name="Obrigado")).to_be_visible()
    (response,) = table.query(Response, "responses#visit#2026-03-10", index="g2").items
    assert (response.score, response.standing, response.origin) == (3, "counted", "submitted")
    sent = next(call for call in ana.server.calls if call.method == "POST" and call.path == f"/s/{ana.token}")
    assert b"signal=" in sent.body


def test_a_second_tap_on_the_same_device_is_sent_with_one_sign(ana: Opened) -> None:
    ana.later()
    ana.page.get_by_role("radio", name="3", exact=True).check()
    ana.reports(2)

    ana.page.goto(f"{ana.server.url}/s/{ana.token}?r=7")
    ana.later()
    ana.page.mouse.move(100, 100)
    ana.reports(3)
    ana.page.get_by_role("button", name="Enviar").click()

    expect(ana.page.get_by_role("heading", name="Obrigado")).to_be_visible()
    sent = next(call for call in ana.server.calls if call.method == "POST" and call.path == f"/s/{ana.token}")
    assert sent.body.count(b"signal=") == 1


def test_t10_who_taps_and_closes_at_once_is_heard(ana: Opened) -> None:
    ana.later()
    ana.page.keyboard.press("Tab")
    ana.page.close()

    assert len(ana.reports(1)) == 1
