"""From an event to its delivery, with every fault at every call: told at least once, always as the same event."""

from datetime import datetime
from unittest.mock import patch

import pytest

from escuta import ids, table
from escuta.events import DomainEvent
from escuta.outreach import webhooks
from escuta.outreach.model import SigningKey, Webhook
from escuta.outreach.webhooks import hooks, telling
from escuta.secrets import link_secret
from publish import deliver
from tests.conftest import NOON
from tests.functions.hooked import allowed, published, run
from tests.kit import world
from tests.kit.faults import Fault, survey_of_faults
from tests.kit.queue import Queue
from tests.kit.receiver import Receiver

TRIED = ("attempts", "tries", "next_at", "delivered_at")  # how often and when it was called follows from the fault


FAULTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.THROTTLE, Fault.LOST_REPLY)


def problems(receiver: Receiver, *faults: Fault) -> list[str]:
    """Return after which of these faults something else is stored, or was heard, than without them."""
    known: list[DomainEvent] = []
    link_secret()

    def prepare() -> None:
        hooks._listed.cache_clear()  # noqa: SLF001 - a cold function; forgetting everything costs most of the sweep
        receiver.received.clear()
        key = SigningKey(salt="salt", created_at=NOON)
        hook = Webhook(
            id="crm",
            name="CRM",
            url=receiver.url,
            signing_keys=(key,),
            created_at=NOON,
            created_by="key:erp",
            updated_at=NOON,
        )
        table.create(hook)
        known[:] = [published()]

    def act() -> None:
        webhooks.fan_out(known)
        Queue("webhook", deliver.handler, batch=1).run()

    def recover() -> None:
        webhooks.fan_out(known)  # the message that tells of the event comes again
        run(minutes=10)

    def view() -> world.Snapshot:
        rows = world.snapshot(ignore=TRIED)
        heard = {"events": sorted({found.id for found in receiver.received}), "enough": len(receiver.received) <= 2}
        kept = {key: row for key, row in rows.items() if row.get("kind") != "webhook_lane"}  # its end frees it, too
        return {key: {**row, "rev": ""} for key, row in kept.items()} | {("heard", "", ""): heard}

    return survey_of_faults(prepare, act, recover=recover, view=view, faults=faults)


@pytest.mark.usefixtures("aws")
def test_h4_every_event_arrives_whatever_goes_wrong_and_is_always_the_same(noon: datetime) -> None:  # noqa: ARG001
    with allowed() as receiver:
        assert problems(receiver, *FAULTS) == []


@pytest.mark.usefixtures("aws")
def test_a_delivery_whose_id_does_not_follow_from_its_event_is_caught(noon: datetime) -> None:  # noqa: ARG001
    original = telling.fan_out

    def forgetful(some: list[DomainEvent]) -> None:
        original(some, again=ids.new())

    with allowed() as receiver, patch.object(webhooks, "fan_out", forgetful):
        found = problems(receiver)

    assert found[0].startswith("no fault, but done again: ")
