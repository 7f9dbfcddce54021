"""How many messages of a deployment are in each state: what is counted as they move is what the rows say."""

import pytest

from escuta import table
from escuta.entity import Table
from escuta.outreach import deployments, ledger, planning, progress, reminding, standings
from escuta.outreach.model import Invitation, InvitationState, Reminder
from tests.conftest import NOON
from tests.functions.senders import Line, claim, invited, open_shop, send, sending
from tests.kit import factories

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA, BRUNO, DAVI = (factories.contact(name) for name in ("Ana", "Bruno", "Davi"))
CARLA = factories.contact("Carla", email="")
S = InvitationState


def agree(deployment: str = "first") -> dict[InvitationState, int]:
    """Return in which states invitations are, once counters and rows say the same, of reminders too."""
    for cls, told in ((Invitation, deployments.progress), (Reminder, deployments.reminded)):
        rows = [table.tally(Table.OUTREACH, shard, index="g1") for shard in cls.shards(deployment)]
        assert told(deployment) == {state: number for state in S if (number := sum(each[state] for each in rows))}
    return deployments.progress(deployment)


def test_who_is_asked_and_who_is_left_out() -> None:
    open_shop(ANA, BRUNO, CARLA)
    deployments.start(sending(ANA, BRUNO, CARLA))
    line = Line()
    line.plan.run()
    assert agree() == {S.QUEUED: 2, S.SUPPRESSED: 1}

    line.run()

    assert agree() == {S.SENT: 2, S.SUPPRESSED: 1}


def test_what_is_claimed_and_whose_claim_ends() -> None:
    open_shop(ANA, BRUNO)
    deployments.start(sending(ANA, BRUNO))
    planning.plan("first", 0, "")
    claimed = claim(next(invited()), deployments.get("first"))
    assert agree() == {S.QUEUED: 1, S.CLAIMED: 1}

    assert isinstance(claimed, Invitation)
    assert ledger.lapse(claimed)

    assert agree() == {S.QUEUED: 1, S.UNKNOWN: 1}


def test_what_is_told_of_messages_alone_and_together() -> None:
    open_shop(ANA, BRUNO, DAVI)
    send(ANA, BRUNO, DAVI)
    first, *others = invited()
    progress.advance(first.link_key, 0, S.BOUNCED, reason="permanent_bounce", heard=progress.BOUNCE)
    progress.advance_together([progress.Arrived(one.link_key, S.DELIVERED, "") for one in others])
    progress.advance(others[0].link_key, 0, S.COMPLAINED, heard=progress.COMPLAINT)

    assert agree() == {S.DELIVERED: 1, S.BOUNCED: 1, S.COMPLAINED: 1}


def test_reminders() -> None:
    open_shop(ANA, BRUNO)
    found = send(ANA, BRUNO)
    for one, state in zip(invited(), (S.SENT, S.UNKNOWN), strict=True):
        reminder = reminding.made(one, 1, NOON)
        (claimed,) = ledger.claim([ledger.claiming(reminder, one, found)])
        agree()
        assert isinstance(claimed, Reminder)
        ledger.mark([ledger.Mark(claimed, state)])
        assert ledger.settle(reminding.made(one, 2, NOON), S.CANCELLED, "answered")

    assert agree() == {S.SENT: 2}
    assert deployments.reminded("first") == {S.SENT: 1, S.UNKNOWN: 1, S.CANCELLED: 2}


def test_whoever_waits_when_a_deployment_is_cancelled() -> None:
    open_shop(BRUNO)
    deployments.start(sending(BRUNO))
    line = Line()
    line.plan.run()
    deployments.cancel("first")
    line.run()

    assert agree() == {S.CANCELLED: 1}


def test_a_message_that_becomes_what_it_was_changes_nothing() -> None:
    one = factories.invitation(state=S.CLAIMED)

    assert standings.difference([(one, one.changed(state=S.QUEUED))]) == {}
