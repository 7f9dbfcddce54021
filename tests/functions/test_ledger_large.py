"""Thousands of people are asked and reminded while one call in a hundred fails in some way, workers die included.

Nobody gets a message twice, nobody is lost, and in doubt are exactly those for whom a fault left a doubt. The same
proof refuses a worker that keeps a position in the list instead of a state for each person.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from distribute import deliver, due, feedback, plan
from escuta import clock, table
from escuta.directory.model import Contact
from escuta.entity import Entity
from escuta.outreach import deployments, messages
from escuta.outreach.model import (
    AudienceKind,
    Invitation,
    InvitationState,
    Reminder,
    Reminders,
)
from escuta.table.rows import name_of, to_item
from tests.conftest import NOON
from tests.functions.senders import open_shop, sending
from tests.kit import factories, funnel
from tests.kit.account import SENDS, Account, Left, Waiting, standing
from tests.kit.faults import Crash, Fault

PEOPLE = int(os.environ.get("LEDGER", "1500"))  # LEDGER=20000 is the proof at its full size
STORES = 20
FAULTS = 0.01
TICK = timedelta(minutes=30)  # between two looks at what is due, where nothing waits
WATCHED = 1_000  # batches between two looks at the progress
DOUBTFUL = frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REPLY, Fault.CLOSED})
UNDER_WAY = frozenset({InvitationState.QUEUED, InvitationState.CLAIMED})
KNOWN = frozenset({InvitationState.SENT, InvitationState.UNKNOWN, InvitationState.REJECTED})


def people(number: int) -> list[Contact]:
    """Return so many people, spread over the stores; every hundredth has a phone and no mail."""
    return [
        factories.contact(
            f"Ana {place}",
            email="" if place % 100 == 7 else f"ana.{place}@example.com",
            phone=f"+55119{80_000_000 + place}" if place % 100 == 7 else "",
            segment=f"loja-{place % STORES}",
        )
        for place in range(number)
    ]


def is_refused(address: str) -> bool:
    """Tell of whom the mail service never takes a mail."""
    return address.endswith("99@example.com")


class House:
    """A company with its people, its queues, and somebody who looks on after every batch."""

    def __init__(self, number: int, *, delivering: Callable[..., Any] = deliver.handler, seed: int = 1) -> None:
        self.account = Account(probability=FAULTS, partly=FAULTS, seed=seed, refused=is_refused)
        self.people, self.now, self.round, self.delivering = people(number), NOON, 0, delivering
        self.doubts: set[tuple[str, int]] = set()  # address, and number of the message: 0 is the first
        self.known: dict[str, str] = {}  # addresses, by the row of the invitation
        self.early: list[str] = []  # what stood open when the deployment was said to be finished

    def open(self) -> None:
        with self.account.calm():
            open_shop()
            for entity in (*(factories.segment("aurora", f"loja-{place}") for place in range(STORES)), *self.people):
                self._keep(entity)
        workers = (("plan", plan.handler, 10), ("deliver", self.delivering, 50), ("feedback", feedback.handler, 10))
        self.queues = [
            Waiting(self.account, name, self._watched(handler), batch=batch, max_receives=5, again=FAULTS)
            for name, handler, batch in workers
        ]

    def _keep(self, entity: Entity) -> None:
        item = to_item(entity, 1)
        self.account.store.tables[name_of(entity.table)].set(item, item)

    def start(self, **fields: Any) -> None:
        """Start the deployment; whoever starts it asks again until it is."""
        fields = {"audience": AudienceKind.ALL, "contacts": (), **fields}
        for _ in range(9):
            with clock.at(self.now), suppress(Crash, Exception):
                deployments.start(sending(**fields))
                return

    def _watched(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Return a worker after which is looked what its faults left open: what it had claimed, nobody knows of."""

        def call(event: dict[str, Any], context: Any) -> Any:
            before = len(self.account.struck)
            try:
                return handler(event, context)
            finally:
                fresh = self.account.struck[before:]
                ambiguous = [each for each in fresh if each.operation in SENDS and each.fault in DOUBTFUL]
                self.doubts |= {(each.about, self.round) for each in ambiguous}
                if fresh:
                    with self.account.calm():
                        self.doubts |= set(self.states(InvitationState.CLAIMED))

        return call

    def states(self, state: InvitationState) -> Iterator[tuple[str, int]]:
        """Yield address and number of every message in this state; 0 is the invitation."""
        found: Sequence[Any]
        for shard in Invitation.shards("first"):
            for found in (table.query(Invitation, shard, index="g1", prefix=f"{state}#").items,):
                yield from ((one.address, 0) for one in found)
        for shard in Reminder.shards("first"):
            for found in (table.query(Reminder, shard, index="g1", prefix=f"{state}#").items,):
                yield from ((self._address(one.link_key), one.number) for one in found)

    def _address(self, link_key: str) -> str:
        if link_key not in self.known:
            self.known = {one.link_key: one.address for one in invited()}
        return self.known[link_key]

    def work(self, until: datetime) -> None:
        """Work the queues off, again and again what died, and let the clock go on where nothing waits."""
        for number in count():
            with clock.at(self.now):
                moved = any(queue.step() for queue in self.queues)
                if number % WATCHED == 0:
                    self._look()
            if moved:
                continue
            with clock.at(self.now):
                for queue in self.queues:
                    queue.replay()
            waiting = [moment for queue in self.queues if (moment := queue.next())]
            if not waiting and self.now >= until:
                return
            self.now = min([self.now + TICK, *(moment for moment in waiting if moment > self.now)])
            with clock.at(self.now), suppress(Crash, Exception):
                due.handler({}, None)

    def _look(self) -> None:
        with self.account.calm():
            deployment = table.find(type(sending()), sending().key())
            if deployment and deployments.is_finished(deployment, deployments.progress("first")):
                self.early += [address for state in UNDER_WAY for address, number in self.states(state) if not number]
                self.early += ["not planned"] * (len(self.people) - len(list(invited())))

    def said(self) -> dict[str, InvitationState]:
        """Return the state of every invitation, by address."""
        with self.account.calm():
            return {one.address: one.state for one in invited()}

    def reminded(self) -> dict[str, InvitationState]:
        """Return the state of every reminder, by address."""
        with self.account.calm():
            return {address: state for state in InvitationState for address, number in self.states(state) if number}

    def unknown(self) -> set[tuple[str, int]]:
        """Return of which messages the product says that it does not know."""
        with self.account.calm():
            return set(self.states(InvitationState.UNKNOWN))

    def miscounted(self) -> list[str]:
        """Return where the response funnel is not what the stored invitations say."""
        with self.account.calm():
            return funnel.problems()

    def finished(self) -> bool:
        """Tell whether the deployment says that it is."""
        with self.account.calm():
            return deployments.is_finished(deployments.get("first"), deployments.progress("first"))

    def tell_of_doubts(self) -> set[tuple[str, int]]:
        """Let the mail service say what left, of those in doubt and of some others, twice; return of which it did."""
        told = [each for each in self.account.left if each.invitation]
        told = [each for place, each in enumerate(told) if each.place in self.doubts or place % 100 == 0]
        with clock.at(self.now):
            self.tell(*told, *told)
        return {each.place for each in told}

    def tell(self, *left: Left) -> None:
        """Let the mail service say what left: of each message once, now."""
        for each in left:
            tags = {"invitation": [each.invitation], **({"reminder": [each.reminder]} if each.reminder else {})}
            mail = {"messageId": each.message_id, "tags": tags, "destination": [each.address]}
            self.queues[2].send({"eventType": "Send", "mail": mail, "send": {}})


def invited() -> Iterator[Invitation]:
    for shard in Invitation.shards("first"):
        yield from table.query(Invitation, shard, index="g1").items


def addresses(everybody: Sequence[Contact]) -> list[str]:
    return [person.email or person.phone for person in everybody]


def by_position(event: dict[str, Any], _context: Any) -> None:
    """Send to the next ten of the list for each message, and note how far that is. What failed is skipped."""
    for _ in event["Records"]:
        deployment = deployments.get("first")
        position = int(deployment.reason)
        for address in deployment.contacts[position : position + 10]:
            with suppress(messages.Refused, messages.Lost):
                if address.startswith("+"):
                    messages.send_sms(address, "Como foi?")
                else:
                    messages.send_email(messages.Email(to=address, subject="Como foi?", text="x", html="x"))
        table.save(deployment.changed(reason=str(position + 10)))


def problems(everybody: Sequence[Contact], left: Sequence[Left], state: Mapping[str, InvitationState]) -> Counter[str]:
    """Count who got one message twice, who is lost, and of whom something else is said than what happened."""
    got = Counter(each.address for each in left if not each.reminder)
    found = Counter[str]()
    for address in addresses(everybody):
        said = state.get(address)
        found["twice"] += got[address] > 1
        found["lost"] += said not in KNOWN
        found["nothing left"] += said is InvitationState.SENT and not got[address]
        found["left all the same"] += said is InvitationState.REJECTED and bool(got[address])
    return +found


def again(
    everybody: Sequence[Contact],
    left: Sequence[Left],
    state: Mapping[str, InvitationState],
    reminded: Mapping[str, InvitationState],
) -> Counter[str]:
    """Count who got one reminder twice, who was not reminded and should have been, and who was and should not."""
    texts = {each.address: each for each in left if not each.invitation}
    found = problems(everybody, [*(each for each in left if each.invitation), *texts.values()], state)
    got = Counter(each.address for each in left if each.reminder or not each.invitation)
    for address in addresses(everybody):
        phone = address.startswith("+")  # a text bears no tag that tells which it is
        found["reminded twice"] += got[address] > 1 + phone
        found["not reminded"] += state[address] is InvitationState.SENT and reminded.get(address) not in KNOWN
        found["reminded all the same"] += state[address] is not InvitationState.SENT and got[address] > phone
    return +found


def test_one_fault_in_a_hundred_calls_sends_nothing_twice_and_loses_nobody() -> None:
    house = House(PEOPLE)
    with standing(house.account):
        house.open()
        house.start(remind=Reminders(times=1, every_days=1))
        house.work(NOON + timedelta(hours=1))

        assert problems(house.people, house.account.left, house.said()) == {}
        assert house.finished()
        assert house.miscounted() == []
        assert house.unknown() == house.doubts != set()

        resolved = house.tell_of_doubts()
        house.work(NOON + timedelta(hours=2))

        assert house.unknown() == house.doubts - resolved

        house.doubts, house.round = house.doubts - resolved, 1
        house.work(NOON + timedelta(days=2))

        assert again(house.people, house.account.left, house.said(), house.reminded()) == {}
        assert house.unknown() == house.doubts

        resolved = house.tell_of_doubts()
        house.work(NOON + timedelta(days=2, hours=1))

        assert house.unknown() == house.doubts - resolved
        assert house.miscounted() == []
    assert house.early == []


def test_a_worker_that_keeps_a_position_fails_the_same_proof() -> None:
    house = House(2_000, delivering=by_position)
    with standing(house.account):
        house.open()
        with house.account.calm():
            table.put(sending(reason="0", contacts=tuple(addresses(house.people))))
        with clock.at(NOON):
            house.queues[1].send(*({"batch": number} for number in range(200)))
        house.work(NOON + timedelta(hours=1))
        with house.account.calm():
            done = int(deployments.get("first").reason)
    states = dict.fromkeys(addresses(house.people)[:done], InvitationState.SENT)

    assert problems(house.people, house.account.left, states).keys() >= {"twice", "nothing left"}
