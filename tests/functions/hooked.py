"""Webhooks in tests: made for a server on this machine, told of events, called."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, config, events, table
from escuta.events import DomainEvent, EventType, OptedOutData, SurveyData
from escuta.outreach import webhooks
from escuta.outreach.model import Webhook, WebhookDelivery
from publish import deliver, sweep
from tests.conftest import NOON, forget
from tests.kit.queue import Queue
from tests.kit.receiver import Answer, Receiver, listening

PATHS = {"": (), "aurora": ("aurora",), "poa": ("aurora", "sul", "poa"), "manaus": ("aurora", "norte", "manaus")}


@contextmanager
def allowed(*answers: Answer) -> Iterator[Receiver]:
    """Yield a server that may be called although it is on this machine."""
    with listening(*answers) as receiver, pytest.MonkeyPatch.context() as patch:
        name = config.variable("webhook_hosts")
        patch.setenv(name, f"{os.environ.get(name, '')} {receiver.place}".strip())
        forget()
        yield receiver


def hooked(receiver: Receiver, name: str = "CRM", **fields: Any) -> Webhook:
    """Make a webhook for this server."""
    return webhooks.create(name, receiver.url, who="key:erp", **fields)[0]


def published(name: str = "visit", place: str = "poa") -> DomainEvent:
    """Store the event of a survey that was published."""
    data = SurveyData(survey=name, survey_version=1, name="Visit")
    return _stored(
        events.made(EventType.SURVEY_PUBLISHED, data, name, subject=f"survey/{name}", segment_path=PATHS[place])
    )


def opted_out(name: str, place: str = "poa") -> DomainEvent:
    """Store the event of somebody who wants no mail any more."""
    data = OptedOutData(contact=name, channel="email", reason="unsubscribe")
    return _stored(
        events.made(EventType.CONTACT_OPTED_OUT, data, name, subject=f"contact/{name}", segment_path=PATHS[place])
    )


def _stored(event: DomainEvent) -> DomainEvent:
    events.tell(event)
    return event


def run(**later: float) -> None:
    """Let the sweep of a moment find what is due, and whoever calls do all that is queued.

    Twenty seconds after that: what was made before by a slow machine is due.
    """
    with clock.at(NOON + timedelta(seconds=20) + timedelta(**later)):
        sweep.handler({}, None)
        Queue("webhook", deliver.handler, batch=1).run()


def told(hook: Webhook) -> list[WebhookDelivery]:
    """Return the deliveries of a webhook in the order of their making."""
    found = table.query(WebhookDelivery, f"webhook_deliveries#{hook.id}", index="g2").items
    return [table.load(WebhookDelivery, each.key(), consistent=True) for each in found]
