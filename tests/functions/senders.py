"""What the tests of sending share: a store, its people, a live survey, and the two queues that send."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import _lru_cache_wrapper
from typing import Any

from distribute import deliver, plan
from escuta import clock, table
from escuta.directory.model import Contact
from escuta.entity import Table
from escuta.feedback.model import Survey, SurveyStatus
from escuta.outreach import deployments, ledger, suppression
from escuta.outreach.model import (
    MESSAGES,
    AudienceKind,
    Budget,
    Channel,
    Deployment,
    Invitation,
    InvitationState,
    Strategy,
    Suppression,
)
from tests.conftest import NOON
from tests.kit import factories
from tests.kit.faults import Call, Fault
from tests.kit.queue import Queue

PHONE = "+5511988880000"
READS = frozenset({"GetItem", "BatchGetItem", "Query"})
STEP = timedelta(seconds=20)


def faults_of(call: Call) -> tuple[Fault, ...]:
    """Return what can go wrong at a call of sending, each thing once.

    A crash before a write leaves what a crash after the write before it left, and one at a read leaves the same. What
    an SDK that repeats a send by itself would do is proved apart, on the wire: it is never asked to.
    """
    return (Fault.THROTTLE,) if call.operation in READS else (Fault.CRASH_AFTER, Fault.THROTTLE, Fault.LOST_REPLY)


def open_shop(*people: Contact, status: SurveyStatus = SurveyStatus.LIVE, **fields: Any) -> None:
    """Store the hierarchy, a survey with one version, and these people."""
    table.put_many([factories.segment("aurora"), factories.segment("aurora", "sudeste"), factories.segment()])
    head = Survey(id=factories.SURVEY, name="Visita", status=status, version=1, created_at=NOON, updated_at=NOON)
    table.put_many([head, factories.version(**fields)])
    table.put_many(people)
    table.put_many(unhurried(channel) for channel in MESSAGES)


def cool() -> None:
    """Forget what a worker keeps for some seconds, so that every run makes the same calls; its clients it keeps."""
    for module in [module for name, module in sys.modules.items() if name.startswith("escuta.")]:
        for member in vars(module).values():
            if isinstance(member, _lru_cache_wrapper) and member.cache_parameters()["maxsize"] is not None:
                member.cache_clear()


def unhurried(channel: Channel) -> Budget:
    """Return the budget of an account that may send as much as it likes: most tests are not about its rate."""
    return Budget(channel=channel, rate=1e6, tokens=1e6, at=NOON)


def sending(*people: Contact, id: str = "first", **fields: Any) -> Deployment:  # noqa: A002 - the field's name
    """Return a deployment to these people, not started."""
    own = {"id": id, "name": "Visitas de março", "survey": factories.SURVEY, "strategy": Strategy.PREFER_EMAIL}
    audience = {"audience": AudienceKind.CONTACTS, "contacts": tuple(person.id for person in people)}
    return Deployment(**{**own, **audience, "created_at": NOON, **fields})


class Line:
    """The plan queue and the deliver queue, worked until nothing moves, while the clock goes on."""

    def __init__(self, **options: Any) -> None:
        """`options` are those of `Queue`."""
        self.plan = Queue("plan", plan.handler, **options)
        self.deliver = Queue("deliver", deliver.handler, **options)

    def run(self, *, start: datetime = NOON, steps: int = 40) -> None:
        """Deliver batch by batch, 20 seconds apart, so that leases end and what waits comes up again."""
        for number in range(steps):
            with clock.at(start + number * STEP):
                if not (self.plan.step() or self.deliver.step()):
                    return

    @property
    def dead(self) -> list[Any]:
        """Return what both queues gave up."""
        return [*self.plan.dead, *self.deliver.dead]


def send(*people: Contact, **fields: Any) -> Deployment:
    """Start a deployment to these people and work the queues until they are quiet."""
    started = deployments.start(sending(*people, **fields))
    Line().run()
    return deployments.get(started.id)


def invited(deployment: str = "first") -> Iterator[Invitation]:
    """Yield a deployment's invitations, in the order of their addresses."""
    found = [one for shard in Invitation.shards(deployment) for one in table.query(Invitation, shard, index="g1").items]
    yield from sorted(found, key=lambda invitation: invitation.address)


def states(deployment: str = "first") -> dict[str, tuple[InvitationState, str]]:
    """Return state and reason of each invitation, by address."""
    return {one.address: (one.state, one.reason) for one in invited(deployment)}


def claim(invitation: Invitation, deployment: Deployment) -> ledger.Message | Suppression | None:
    """Claim one invitation, as a worker does that then dies."""
    return ledger.claim([ledger.claiming(invitation, invitation, deployment)])[0]


def formerly(name: str, reason: str) -> None:
    """Close an address with a row as it was when each held one reason."""
    hashed = suppression.address_hash(Channel.EMAIL, f"{name}@example.com")
    data = {"address_hash": hashed, "channel": "email", "reason": reason, "survey": "visit", "source": ""}
    row = table.row_of(Table.OUTREACH)(f"suppression#{hashed}", "suppression", kind="suppression", rev=3)
    row.data = json.dumps({**data, "created_at": NOON.isoformat()})
    row.save()
