"""Saying no: on the page or by one click in the mail client; after it nothing is sent, even what waits already."""

import re
from typing import Any

from playwright.sync_api import expect

from escuta import queues
from escuta.config import settings
from escuta.outreach.model import InvitationState
from tests.e2e.conftest import LetsIn
from tests.e2e.house import House
from tests.e2e.visitor import fits
from tests.e2e.waiting import eventually
from tests.e2e.web import FORM, ask

LINK = re.compile(r"http://\S+/u/[A-Za-z0-9_-]{49}")


def _waits_and_is_not_sent(house: House, address: str) -> None:
    """Queue one more invitation to an address, as one that was planned before the no, and see it closed unsent."""
    sent = len(house.messages(address))
    invited = house.invite("Zilda", address=address, state=InvitationState.QUEUED)
    with house.inside():
        queues.send(settings().deliver_queue, [{"invitation": invited.invitation.link_key}])

    def closed() -> str:
        found = house.invitation(invited.link)
        return found.reason if found.state is InvitationState.SUPPRESSED else ""

    assert eventually("a suppressed invitation", closed) == "unsubscribe"
    assert len(house.messages(address)) == sent


def test_nobody_is_written_to_after_a_no_on_the_page(house: House, mail: dict[str, Any], person: LetsIn) -> None:
    address = "compras@souzafilhos.example.com"
    link = LINK.findall(mail[address]["text"])[0]
    for _ in range(3):
        assert ask("GET", link).status == 200  # a scanner that opens the link says nothing

    page = person(javascript=False).opens(link)
    expect(page.get_by_text("c•••@souzafilhos.example.com")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Não quero mais receber").click()

    expect(page.get_by_role("heading", name="Pronto")).to_be_visible()
    fits(page)
    _waits_and_is_not_sent(house, address)


def test_nobody_is_written_to_after_one_click_in_the_mail_client(house: House, mail: dict[str, Any]) -> None:
    address = "nadia.formula@example.com"
    link = LINK.findall(mail[address]["text"])[0]

    answers = [ask("POST", link, b"List-Unsubscribe=One-Click", **FORM) for _ in range(2)]

    assert [(answer.status, answer.text) for answer in answers] == [(200, "OK"), (200, "OK")]
    _waits_and_is_not_sent(house, address)


def test_an_address_that_said_nothing_is_still_written_to(house: House) -> None:
    invited = house.invite("Joana", state=InvitationState.QUEUED)
    with house.inside():
        queues.send(settings().deliver_queue, [{"invitation": invited.invitation.link_key}])

    (message,) = eventually("Joana's mail", lambda: house.messages("joana@example.com"))

    assert invited.link in message["text"]
    eventually("a sent invitation", lambda: house.invitation(invited.link).state is InvitationState.SENT)
