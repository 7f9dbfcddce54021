"""Writing once more with one fault at every call that writes: each who failed gets one more, and counts once."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from botocore.exceptions import BotoCoreError

from escuta import clock, table
from escuta.errors import EscutaError
from escuta.outreach import alarms, invitations, resending
from escuta.outreach.model import Channel, DeploymentState, Due, InvitationState, Resend, Step
from tests.conftest import NOON
from tests.functions.senders import READS, Line, cool, invited, open_shop, sending
from tests.kit import factories, funnel, outbox, world
from tests.kit.faults import Call, Crash, Fault, injected, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
LATER = NOON + timedelta(hours=1)


def prepare() -> None:
    """Store what a deployment left of which one message was refused, and the wish to send it again."""
    world.fresh()
    cool()
    open_shop(ANA)
    table.put(sending(ANA, state=DeploymentState.RUNNING, parts=1, planned=True))
    identity = invitations.identity("first", ANA.id, Channel.EMAIL)
    own = {"id": identity, "link_key": invitations.link_key(identity), "state": InvitationState.REJECTED}
    funnel.store(factories.invitation(**own, reached=Step.QUEUED, sent_at=None))
    states = (InvitationState.REJECTED,)
    table.put(Resend(id="again", deployment="first", states=states, created_at=NOON, created_by="user:carla"))


def act() -> None:
    with clock.at(LATER):
        resending.work("first", "again")


def recover() -> None:
    """Let the message come again, the clock ring, and the queues work."""
    act()
    with clock.at(LATER + timedelta(minutes=5)):
        alarms.ring()
    Line().run(start=LATER + timedelta(minutes=5))


def problems() -> Iterator[str]:
    (ana,) = invited()
    if (ana.state, len(outbox.mails())) != (InvitationState.SENT, 1):
        yield f"{ana.state}, {len(outbox.mails())} messages"
    if (counted := resending.queued(resending.get("first", "again"))) != 1:
        yield f"{counted} counted"
    if funnel.problems() or funnel.counted()["visit#segment#paulista", "2026-03-10"] != {"queued": 1, "sent": 1}:
        yield f"{funnel.counted()} in the funnel"


def trial(call: Call, fault: Fault) -> list[str]:
    prepare()
    with injected(call.number, fault), suppress(Crash, EscutaError, BotoCoreError):
        act()
    recover()
    return [f"{fault} at {call}: {problem}" for problem in problems()]


def sweep() -> list[str]:
    """Return what went wrong, one line per fault; nothing else is queued before the fault than the store says."""
    prepare()
    with recording() as calls:
        act()
    recover()
    wrong = [f"no fault: {problem}" for problem in problems()]
    for call in calls:
        if call.operation not in READS:
            for fault in (Fault.CRASH_AFTER, Fault.LOST_REPLY):
                wrong += trial(call, fault)
    return wrong


def test_one_fault_anywhere_loses_nobody_and_writes_to_nobody_twice() -> None:
    assert sweep() == []


def test_without_the_alarm_beforehand_somebody_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgotten(_alarms: list[Due]) -> None:
        """Leave it to the message that is queued afterwards."""

    monkeypatch.setattr(alarms, "put", forgotten)

    assert any("queued, 0 messages" in problem for problem in sweep())
