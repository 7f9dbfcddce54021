"""Sending under the rate and the quota of an account, and with the brake on: nobody is dropped or hurried."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from distribute import due
from escuta import clock, table
from escuta.errors import UnavailableError
from escuta.outreach import alarms, brake, budgets, deployments
from escuta.outreach.model import Brake, Budget, Channel, Due, InvitationState, SendingRules, SmsRules, Strategy
from tests.conftest import NOON, forget
from tests.functions.senders import Line, invited, open_shop, sending
from tests.kit import factories, outbox, ses
from tests.kit.faults import failing, throttled

EMAIL = Channel.EMAIL
PEOPLE = [factories.contact(f"p{number}") for number in range(6)]


@pytest.fixture(autouse=True)
def shop(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    open_shop(*PEOPLE)


def account(**fields: object) -> None:
    found = table.load(Budget, Budget.place(EMAIL), consistent=True)
    own = {"rate": 14.0, "tokens": 25.0, "at": NOON, **fields}
    table.save(found.model_copy(update=own))


def states() -> list[InvitationState]:
    return sorted(found.state for found in invited())


def test_e9_an_account_of_one_message_a_second_writes_to_everybody_in_time() -> None:
    account(rate=1.0, tokens=1.0)
    deployments.start(sending(*PEOPLE))

    Line().run()

    assert states() == [InvitationState.SENT] * 6
    assert len(outbox.mails()) == 6


def test_e10_a_used_up_quota_holds_the_others_back_until_it_frees_and_pauses_nothing() -> None:
    account(per_day=4)
    deployments.start(sending(*PEOPLE))

    Line().run(steps=10)
    assert states() == [InvitationState.QUEUED] * 2 + [InvitationState.SENT] * 4

    Line().run(start=NOON + timedelta(hours=25))
    assert states() == [InvitationState.SENT] * 6


def test_e13_a_stopped_brake_leaves_everybody_pending_until_a_person_lets_it_go_on() -> None:
    guard = sending(id="guard")
    table.transact(table.Create(guard), *brake.counted(EMAIL, sent=1000, bounced=50))
    brake.check(EMAIL)
    deployments.start(sending(*PEOPLE))

    Line().run(steps=10)
    assert (states(), outbox.mails()) == ([InvitationState.QUEUED] * 6, [])

    with clock.at(NOON + timedelta(minutes=20)):
        brake.resume(EMAIL, who="ana", why="the list was cleaned")
    Line().run(start=NOON + timedelta(minutes=20))
    assert states() == [InvitationState.SENT] * 6


def test_what_is_sent_is_counted_for_the_brake_once_each() -> None:
    deployments.start(sending(*PEOPLE))

    Line().run()

    assert brake.windows(EMAIL)[0].sent == 6


def test_every_five_minutes_the_account_is_asked_and_the_brake_is_judged() -> None:
    table.transact(table.Create(sending(id="guard")), *brake.counted(EMAIL, sent=1000, bounced=50))

    with ses.saying(rate=70, per_day=100_000, sent=6):
        due.handler({}, None)

    found = budgets.of(EMAIL)
    assert (found.rate, found.per_day, found.used(clock.now()), found.brake) == (70.0, 100_000, 6, Brake.STOPPED)


def test_m9_sms_beyond_the_ceiling_of_an_hour_wait_for_the_next_one() -> None:
    table.put(SendingRules(rest=(), sms=SmsRules(hourly=4)))
    forget()
    table.put_many(person.changed(phone=f"+55119888800{number:02}") for number, person in enumerate(PEOPLE))
    deployments.start(sending(*PEOPLE, strategy=Strategy.SMS))

    Line().run(steps=10)
    assert (states().count(InvitationState.QUEUED), len(outbox.texts())) == (4, 2)  # of two parts each

    for hours in range(1, 3):
        with clock.at(NOON + timedelta(hours=hours, seconds=2)):
            due.handler({}, None)
        Line().run(start=NOON + timedelta(hours=hours, seconds=3), steps=10)
    assert states() == [InvitationState.SENT] * 6


def no_budget(parameters: dict[str, Any]) -> ReadTimeoutError | None:
    """Let nobody read or write a budget."""
    key = parameters.get("Key") or parameters.get("Item") or {}
    return ReadTimeoutError(endpoint_url="dynamodb") if str(key.get("pk")).find("budget#") >= 0 else None


def test_e9_who_was_refused_for_the_rate_is_not_lost_when_nobody_can_note_that() -> None:
    refused: list[ClientError] = []

    def full(_: dict[str, Any]) -> ClientError | None:
        refused.append(throttled("sesv2", "SendEmail"))
        return refused[-1] if len(refused) <= len(PEOPLE) else None

    deployments.start(sending(*PEOPLE))
    line = Line()
    line.plan.run()
    with failing("SendEmail", full), failing("GetItem", lambda told: no_budget(told) if refused else None):
        line.deliver.step()

    assert [(one.state, one.reason) for one in invited()] == [(InvitationState.QUEUED, "throttled")] * 6
    line.run(start=NOON + timedelta(minutes=30))
    assert states() == [InvitationState.SENT] * 6


def test_what_is_due_goes_out_though_nobody_can_look_at_the_budgets() -> None:
    alarms.put([Due(link_key="somebody", due_at=NOON)])

    with failing("GetItem", no_budget), pytest.raises(UnavailableError), clock.at(NOON + timedelta(minutes=1)):
        due.handler({}, None)

    assert Line().deliver.waiting() == [{"invitation": "somebody"}]
