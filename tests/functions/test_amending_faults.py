"""A deployment changed under way, with one fault at every call that writes: whoever it concerns hears once.

Ana waits for a canary that was ended; Bruno was asked a week ago, when nobody was to be reminded.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from escuta import clock, table
from escuta.errors import EscutaError
from escuta.outreach import alarms, amending, invitations
from escuta.outreach.model import Channel, DeploymentState, Due, InvitationState, Reminders
from tests.conftest import NOON
from tests.functions.senders import READS, Line, cool, open_shop, sending
from tests.kit import factories, outbox, world
from tests.kit.faults import Call, Crash, Fault, injected, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno")
LATER = NOON + timedelta(hours=1)
EXPECTED = Counter({"ana@example.com": 1, "bruno@example.com": 1})


def prepare() -> None:
    world.fresh()
    cool()
    open_shop(ANA, BRUNO)
    own: dict[str, Any] = {"state": DeploymentState.RUNNING, "parts": 1, "planned": True}
    table.put(sending(ANA, BRUNO, remind=Reminders(times=1, hour="13:30"), **own))
    week_ago = NOON - timedelta(days=7)
    waiting = {"state": InvitationState.QUEUED, "sent_at": None, "send_at": NOON + timedelta(days=2)}
    for person, fields in ((ANA, waiting), (BRUNO, {"sent_at": week_ago, "created_at": week_ago})):
        identity = invitations.identity("first", person.id, Channel.EMAIL)
        keys = {"id": identity, "link_key": invitations.link_key(identity)}
        table.put(factories.invitation(name=person.name, **keys, **fields))


def act() -> None:
    with clock.at(LATER):
        amending.follow("first")
        for state in range(4):
            amending.remind("first", state=state)


def recover() -> None:
    """Let the messages come again, the clock ring an hour later, and the queues work."""
    act()
    line = Line()
    for minutes in (5, 60):
        with clock.at(LATER + timedelta(minutes=minutes)):
            alarms.ring()
        line.run(start=LATER + timedelta(minutes=minutes))


def problems() -> Iterator[str]:
    got = Counter(mail["To"].addresses[0].addr_spec for mail in outbox.mails())
    if got != EXPECTED:
        yield f"messages: {dict(got)}"


def trial(call: Call, fault: Fault) -> list[str]:
    prepare()
    with injected(call.number, fault), suppress(Crash, EscutaError, BotoCoreError):
        act()
    recover()
    return [f"{fault} at {call}: {problem}" for problem in problems()]


def sweep() -> list[str]:
    """Return what went wrong, one line per fault."""
    prepare()
    with recording() as calls:
        act()
    recover()
    wrong = [f"no fault: {problem}" for problem in problems()]
    for call in calls:
        if call.operation not in READS and call.service != "sqs":
            wrong += trial(call, Fault.CRASH_AFTER)
    return wrong


def test_one_fault_anywhere_leaves_nobody_waiting_and_writes_to_nobody_twice() -> None:
    assert sweep() == []


def test_without_alarms_nobody_who_was_asked_before_would_be_reminded(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(_alarms: list[Due]) -> None:
        """Leave it to those who are asked from now on."""

    monkeypatch.setattr(alarms, "put", forgotten)

    assert any("bruno" not in problem for problem in sweep())
