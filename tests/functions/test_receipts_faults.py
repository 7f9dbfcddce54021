"""What comes back of messages under a fault at every write: closed, moved, counted and confirmed once."""

from pathlib import Path

import pytest

from distribute import feedback
from escuta import secrets, table
from escuta.outreach import sending_rules, sms_replies
from escuta.outreach.model import Confirmation, Invitation, Step
from tests.kit import factories, funnel, outbox, world
from tests.kit.faults import Call, Fault, survey_of_faults
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

EVENTS = Path(__file__).parents[1] / "events"
ANA: Invitation = factories.invitation(reached=Step.SENT)
NAMES = ("ses_bounce", "ses_complaint", "sms_reply")
PHONE = "+5511988880000"
READS = frozenset({"GetItem", "BatchGetItem", "Query"})
WORST = (Fault.CRASH_AFTER, Fault.THROTTLE, Fault.LOST_REPLY)


def prepare() -> None:
    secrets.link_secret()
    sending_rules.current()  # kept for some seconds
    funnel.store(ANA)


def act() -> None:
    """Deliver all three, and what failed again, as the queue does."""
    texts = [(EVENTS / f"{name}.json").read_text(encoding="utf-8").replace("LINK_KEY", ANA.link_key) for name in NAMES]
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(texts)]
    for _ in range(5):
        left = feedback.handler({"Records": records}, Context())["batchItemFailures"]
        records = [record for record in records if {"itemIdentifier": record["messageId"]} in left]
        if not records:
            return
    raise AssertionError(records)


def view() -> world.Snapshot:
    """Return the store without what became of the confirmation, which may be lost, but never sent twice."""
    assert [number for number, _ in outbox.texts()] in ([], [PHONE])
    assert funnel.problems() == []
    rows = world.snapshot(ignore=("claim", "message_id"))
    return {key: row for key, row in rows.items() if row.get("kind") != Confirmation.kind}


def writes(call: Call) -> bool:
    return call.operation not in READS


def test_any_fault_leaves_all_of_it_done_once() -> None:
    assert survey_of_faults(prepare, act, view=view, faults=WORST, at=writes) == []


def _answered_first(wanted: Confirmation) -> Confirmation:
    """Claim nothing: the wrong way, since a message that comes again is answered again."""
    return wanted


def test_the_sweep_finds_a_reply_that_is_answered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_replies, "_claimed", _answered_first)
    monkeypatch.setattr(table, "save", lambda entity: entity)

    with pytest.raises(AssertionError):
        survey_of_faults(prepare, act, view=view, faults=(Fault.CRASH_AFTER,), at=writes)
