"""Planning and sending with one fault at one AWS call, for every call: nobody gets two messages, nobody is lost.

Ana is reached by mail, Bruno by SMS; both are claimed, sent and marked together. After the fault SQS delivers again
until nothing waits and every lease is over. One is sent after the other, so that every run makes the same calls.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from escuta import clock
from escuta.outreach import deployments, ledger, messages, posting
from escuta.outreach.messages import Lost, Refused
from escuta.outreach.model import InvitationState
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, cool, faults_of, invited, open_shop, sending
from tests.kit import factories, funnel, outbox, world
from tests.kit.faults import Call, Crash, Fault, injected, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno", email="", phone=PHONE)
SENDS = frozenset({"SendEmail", "Publish"})


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "AT_ONCE", 1)


def act() -> None:
    """Start, then work the queues until they are quiet. A start that failed is asked for again, as its caller would."""
    line = Line(max_receives=10)
    for _ in range(2):
        with suppress(Crash, Exception), clock.at(NOON):
            deployments.start(sending(ANA, BRUNO))
            break
    line.run()
    assert line.dead == []


def prepare() -> None:
    world.fresh()
    cool()
    open_shop(ANA, BRUNO)


def problems() -> Iterator[str]:
    """Name everybody who got two messages, is not listed, or whose state does not say what happened."""
    found = {one.address: one for one in invited()}
    got = {
        ANA.email: sum(mail["To"].addresses[0].addr_spec == ANA.email for mail in outbox.mails()),
        PHONE: sum(number == PHONE for number, _ in outbox.texts()),
    }
    for address, times in got.items():
        state = found[address].state if address in found else None
        if times > 1:
            yield f"{address} got {times} messages"
        if state not in {InvitationState.SENT, InvitationState.UNKNOWN}:
            yield f"{address} is {state}"
        if state is InvitationState.SENT and times == 0:
            yield f"{address} is sent and got nothing"
    if not deployments.is_finished(deployments.get("first"), deployments.progress("first")):
        yield "never finished"
    yield from funnel.problems()


def sweep(operations: frozenset[str] = frozenset()) -> list[str]:
    """Return what went wrong, one line per fault ([]: nothing). `operations`: only at these, when named."""
    prepare()
    act()  # once before, so that every later run finds the same clients and the secret
    prepare()
    with recording() as calls:
        act()
    wrong = [f"no fault: {problem}" for problem in problems()]
    for call in calls:
        for fault in faults_of(call):
            if not operations or call.operation in operations:
                wrong += [f"{fault} at {call}: {problem}" for problem in _trial(call, fault)]
    return wrong


def _trial(call: Call, fault: Fault) -> list[str]:
    prepare()
    with injected(call.number, fault) as calls:
        act()
    if len(calls) <= call.number or calls[call.number].operation != call.operation:
        return ["was never reached"]
    unknown = [one.address for one in invited() if one.state is InvitationState.UNKNOWN]
    return [*problems(), *([f"{unknown} left in doubt"] if len(unknown) > _doubts(call, fault) else [])]


def _doubts(call: Call, fault: Fault) -> int:
    """Return of how many nobody may know afterwards: those in flight at a crash, and the one whose answer was lost."""
    if fault is Fault.CRASH_AFTER:
        return 2
    return int(fault is Fault.LOST_REPLY and call.operation in SENDS)


def test_one_fault_at_any_call_sends_nothing_twice_and_loses_nobody() -> None:  # E11, E12, M7
    assert sweep() == []


def test_the_sweep_catches_sending_again_after_a_lost_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    once = messages.send_email

    def eager(email: messages.Email) -> str:
        try:
            return once(email)
        except Lost as error:
            raise Refused("unreachable", retry=True) from error

    monkeypatch.setattr(messages, "send_email", eager)

    assert [problem.rpartition(": ")[2] for problem in sweep(SENDS)] == ["ana@example.com got 2 messages"]


def test_the_sweep_catches_sending_before_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    def unclaimed(claims: Sequence[ledger.Claim]) -> list[ledger.Message]:
        return [claim.message for claim in claims]

    monkeypatch.setattr(ledger, "claim", unclaimed)

    assert {problem.rpartition(": ")[2] for problem in sweep(SENDS)} == {
        "ana@example.com got 2 messages",
        "+5511988880000 got 2 messages",
    }


def test_the_sweep_catches_a_step_that_is_counted_after_the_move() -> None:
    with funnel.counted_afterwards():
        found = sweep(frozenset({"TransactWriteItems"}))

    assert {problem.partition(" at ")[0] for problem in found if "counted" in problem} >= {"crash after", "throttle"}
