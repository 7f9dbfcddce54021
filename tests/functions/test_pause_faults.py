"""A pause with one fault at one AWS call, for every write: what was let go of comes back, late and decided on anew.

Ana and Bruno were planned at noon; their messages came up during a pause of the deployment, or of its survey. An hour
later a person lets it go on: they are queued, decided on anew together, since their rest begins now, claimed and sent.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import pytest

from escuta import clock, table
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach import deployments, going_on, planning, posting
from escuta.outreach.model import DeploymentState, Invitation, InvitationState, LastAsked
from tests.conftest import NOON
from tests.functions.senders import READS, Line, cool, faults_of, invited, open_shop, sending
from tests.kit import factories, outbox, world
from tests.kit.faults import Call, Crash, Fault, injected, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA, BRUNO = factories.contact("Ana"), factories.contact("Bruno")
LATER = NOON + timedelta(hours=1)


class Pause(NamedTuple):
    """What a person does to hold the messages back, and to let them go on."""

    begin: Callable[[], object]
    end: Callable[[], object]


DEPLOYMENT = Pause(lambda: deployments.pause("first"), lambda: deployments.resume("first"))
SURVEY = Pause(
    partial(surveys.move, factories.SURVEY, SurveyStatus.PAUSED),
    partial(surveys.move, factories.SURVEY, SurveyStatus.LIVE),
)


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "AT_ONCE", 1)


def prepare(pause: Pause) -> None:
    world.fresh()
    cool()
    open_shop(ANA, BRUNO)
    with clock.at(NOON):
        deployments.start(sending(ANA, BRUNO))
        line = Line()
        line.plan.run()
        pause.begin()
        line.deliver.run()
        assert line.deliver.waiting() == []
    cool()


def act(pause: Pause) -> None:
    """Let it go on, and work the queues until they are quiet. Whoever got no answer asks again."""
    line = Line(max_receives=10)
    for _ in range(2):
        with suppress(Crash, Exception), clock.at(LATER):
            pause.end()
            break
    line.run(start=LATER)
    assert line.dead == []


def problems() -> Iterator[str]:
    got = [mail["To"].addresses[0].addr_spec for mail in outbox.mails()]
    for one in invited():
        times = got.count(one.address)
        if times > 1 or (one.state is InvitationState.SENT) != (
            times == 1 and one.state is not InvitationState.UNKNOWN
        ):
            yield f"{one.address} is {one.state} and got {times}"
        if one.state not in {InvitationState.SENT, InvitationState.UNKNOWN}:
            yield f"{one.address} is left {one.state}"
        rests = table.load(LastAsked, LastAsked.at(one.contact), consistent=True).askings
        if len(rests) != 1 or rests[0].at < LATER:
            yield f"{one.address} rests from {[asking.at.isoformat() for asking in rests]}"


def sweep(pause: Pause, most: int = 1000) -> list[str]:
    """Return what went wrong, one line per fault ([]: nothing), at so many of the first calls."""
    prepare(pause)
    act(pause)  # once before, so that every later run finds the same clients and the secret
    prepare(pause)
    with recording() as calls:
        act(pause)
    wrong = [f"no fault: {problem}" for problem in problems()]
    for call in calls[:most]:
        for fault in faults_of(call) if call.operation not in READS else ():
            wrong += [f"{fault} at {call}: {problem}" for problem in _trial(pause, call, fault)]
    return wrong


def _trial(pause: Pause, call: Call, fault: Fault) -> list[str]:
    prepare(pause)
    with injected(call.number, fault) as calls:
        act(pause)
    if len(calls) <= call.number or calls[call.number].operation != call.operation:
        return ["was never reached"]
    return list(problems())


def test_one_fault_at_any_write_loses_nobody_writes_to_nobody_twice_and_no_rest_begins_early() -> None:
    assert sweep(DEPLOYMENT) == []


def test_one_fault_until_a_survey_that_goes_on_has_its_messages_in_the_queue_loses_nobody() -> None:
    assert sweep(SURVEY, 12) == []  # the calls after these are those of the other sweep


def test_the_sweep_catches_a_change_that_is_stored_before_what_follows_is_queued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resume(name: str) -> None:
        before = deployments.get(name)
        if before.state is DeploymentState.PAUSED:
            table.save(before.changed(state=DeploymentState.RUNNING))
            deployments.release([before], delay=deployments.SETTLED_SECONDS)  # in the wrong order

    monkeypatch.setattr(deployments, "resume", resume)

    assert {problem.rpartition(": ")[2] for problem in sweep(DEPLOYMENT, 4)} >= {"ana@example.com is left queued"}


def test_the_sweep_catches_a_survey_that_goes_on_before_what_follows_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    announce = going_on.announce

    def end() -> None:
        monkeypatch.setattr(going_on, "announce", lambda _survey: None)
        before = surveys.get(factories.SURVEY)
        if before.status is SurveyStatus.PAUSED:
            SURVEY.end()
            announce(factories.SURVEY)  # in the wrong order

    broken = Pause(SURVEY.begin, end)

    assert {problem.rpartition(": ")[2] for problem in sweep(broken, 4)} >= {"ana@example.com is left queued"}


def test_the_sweep_catches_messages_that_go_out_as_they_were_decided_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_invitation: Invitation) -> bool:
        return False

    monkeypatch.setattr(planning, "is_late", never)
    prepare(DEPLOYMENT)
    act(DEPLOYMENT)

    assert any("rests from ['2026-03-10T15:00" in problem for problem in problems())
