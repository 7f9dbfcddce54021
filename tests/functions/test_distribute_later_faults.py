"""A message that goes out later, and its reminder, with one fault at one AWS call: each goes out once, or is in doubt.

Ana is written to an hour from now and reminded the day after. After the fault the clock rings again and SQS delivers
again, until nothing waits and every lease is over.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from distribute import due
from escuta import clock, table
from escuta.outreach import deployments, messages, posting, reminders
from escuta.outreach.messages import Lost, Refused
from escuta.outreach.model import DueCursor, InvitationState, Reminders, SendTime, SendWhen
from tests.conftest import NOON
from tests.functions.senders import READS, Line, cool, faults_of, invited, open_shop, sending
from tests.kit import factories, outbox, world
from tests.kit.faults import Call, Crash, Fault, injected, recording, untouched
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
FIRST, SECOND = NOON + timedelta(hours=1), NOON + timedelta(hours=25)
UNASKED = frozenset({"BatchWriteItem", "SendMessageBatch"})
LOOKS = frozenset({"Query"})  # looking for alarms: many, all alike, and none of them changes anything


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "AT_ONCE", 1)


def prepare() -> None:
    world.fresh()
    cool()
    open_shop(ANA)


def act() -> None:
    """Start; then let the clock ring and the queues run at the two moments, again where something failed."""
    wanted = sending(
        ANA,
        send=SendTime(when=SendWhen.AT, at=FIRST),
        remind=Reminders(times=1, every_days=1, hour="13:00"),
    )
    for _ in range(2):
        with suppress(Crash, Exception), clock.at(NOON):
            deployments.start(wanted)
            break
    line = Line(max_receives=10)
    line.run()
    for moment in (FIRST, SECOND):
        _ring(moment)
        line.run(start=moment)
    assert line.dead == []


def _ring(moment: datetime) -> None:
    """Ring as the schedule does, which has just run before: the hours in between were empty."""
    with untouched():
        cursor = table.find(DueCursor, DueCursor.at())
        table.put(DueCursor(slot=moment, rev=cursor.rev if cursor else 0))
    with clock.at(moment):
        for _ in range(2):
            with suppress(Crash, Exception):
                due.handler({}, Context())
                break


def problems() -> Iterator[str]:
    """Name what went out twice, is lost, or has a state that does not say what happened."""
    (invitation,) = invited()
    reminder = reminders.of(invitation.link_key).get(1)
    states = [invitation.state, *([reminder.state] if reminder else [])]
    certain, doubtful = states.count(InvitationState.SENT), states.count(InvitationState.UNKNOWN)
    sent = len(outbox.mails())
    if not certain <= sent <= certain + doubtful:
        yield f"{sent} messages for {' and '.join(states)}"
    if doubtful > 1 or (reminder is None and invitation.state is not InvitationState.UNKNOWN):
        yield f"ends as {states}"
    if reminder and reminder.state is InvitationState.CANCELLED and reminder.reason != "first_unknown":
        yield f"not reminded: {reminder.reason}"


def sweep(operations: frozenset[str] = frozenset()) -> list[str]:
    """Return what went wrong, one line per fault ([]: nothing). `operations`: only at these, when named."""
    prepare()
    act()  # once before, so that every later run finds the same clients and the secret
    prepare()
    with recording() as calls:
        act()
    wrong = [f"no fault: {problem}" for problem in problems()]
    counting = [call for call in calls if _counts(call, calls)]
    wanted = [call for call in counting if not operations or call.operation in operations]
    return wrong + [
        f"{fault} at {call}: {one}" for call in wanted for fault in _faults_of(call) for one in _trial(call, fault)
    ]


def _faults_of(call: Call) -> tuple[Fault, ...]:
    """Return what can go wrong at a call: of what is put down without asking, only that nothing came after it.

    Whoever sets alarms or queues messages does the same whatever the store answers, so that an answer that is lost
    leaves what a crash leaves, and a refusal what a crash after the write before left.
    """
    return (Fault.CRASH_AFTER,) if call.operation in UNASKED else faults_of(call)


def _counts(call: Call, calls: list[Call]) -> bool:
    """Tell whether a call is worth a fault here: what sets alarms and queues, and all that belongs to the reminder.

    Everything else is as in every sending, and fails in its own sweep. Of the looks for alarms, one after the other and
    all alike, the first is enough; of the other reads, which leave what the write before them left, every third.
    """
    operations = [other.operation for other in calls]
    if call.operation in READS:
        again = call.operation in LOOKS and operations[call.number - 1] in LOOKS
        sampled = call.operation in LOOKS or call.number % 3 == 0
        return call.number > operations.index("SendEmail") and sampled and not again
    first = "BatchWriteItem" if call.operation in UNASKED else "SendEmail"
    return call.number >= operations.index(first)


def _trial(call: Call, fault: Fault) -> list[str]:
    prepare()
    with injected(call.number, fault) as calls:
        act()
    if len(calls) <= call.number or calls[call.number].operation != call.operation:
        return ["was never reached"]
    return list(problems())


def test_one_fault_at_any_call_sends_nothing_twice_and_forgets_nobody() -> None:  # E11, E12
    assert sweep() == []


def test_the_sweep_catches_a_reminder_that_is_sent_again_after_a_lost_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    once = messages.send_email

    def eager(email: messages.Email) -> str:
        try:
            return once(email)
        except Lost as error:
            if "reminder" in email.tags:
                raise Refused("unreachable", retry=True) from error
            raise

    monkeypatch.setattr(messages, "send_email", eager)

    assert [problem.rpartition(": ")[2] for problem in sweep(frozenset({"SendEmail"}))] == [
        "3 messages for sent and sent"
    ]
