"""A paused survey: its messages wait for it, outside the queue, and come when it goes on, or end with it."""

from datetime import timedelta

import pytest

from escuta import clock
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach import deployments
from escuta.outreach.model import InvitationState, Reminders
from tests.conftest import NOON
from tests.functions.senders import Line, cool, open_shop, sending, states
from tests.kit import factories, outbox

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
QUEUED, SENT = InvitationState.QUEUED, InvitationState.SENT
DAY = timedelta(days=1)


@pytest.fixture
def held() -> Line:
    """Let Ana's message come up while the survey is paused."""
    open_shop(ANA)
    line = Line()
    deployments.start(sending(ANA, remind=Reminders(times=1, every_days=3)))
    surveys.move(factories.SURVEY, SurveyStatus.PAUSED)
    line.run()
    return line


def test_its_messages_circle_in_no_queue(held: Line) -> None:
    assert states() == {"ana@example.com": (QUEUED, "")}
    assert (held.plan.waiting(), held.deliver.waiting()) == ([], [])
    assert outbox.mails() == []


def test_its_messages_go_out_when_it_goes_on(held: Line) -> None:
    with clock.at(NOON + DAY):
        surveys.move(factories.SURVEY, SurveyStatus.LIVE)
        cool()
    held.run(start=NOON + DAY)

    assert states() == {"ana@example.com": (SENT, "")}


def test_its_messages_end_with_it(held: Line) -> None:
    with clock.at(NOON + DAY):
        surveys.move(factories.SURVEY, SurveyStatus.CLOSED)
        cool()
    held.run(start=NOON + DAY)

    assert states() == {"ana@example.com": (InvitationState.CANCELLED, "survey_closed")}
    assert outbox.mails() == []


def test_a_deployment_that_is_cancelled_meanwhile_ends_its_messages(held: Line) -> None:
    with clock.at(NOON + DAY):
        deployments.cancel("first")
        cool()
    held.run(start=NOON + DAY)

    assert states() == {"ana@example.com": (InvitationState.CANCELLED, "deployment_cancelled")}


def test_a_deployment_that_goes_on_meanwhile_waits_for_it(held: Line) -> None:
    with clock.at(NOON + DAY):
        deployments.pause("first")
        deployments.resume("first")
        cool()
    held.run(start=NOON + DAY)
    assert states() == {"ana@example.com": (QUEUED, "")}

    with clock.at(NOON + 2 * DAY):
        surveys.move(factories.SURVEY, SurveyStatus.LIVE)
        cool()
    held.run(start=NOON + 2 * DAY)
    assert states() == {"ana@example.com": (SENT, "")}


def test_a_deployment_that_is_paused_itself_stays_so_when_its_survey_goes_on(held: Line) -> None:
    with clock.at(NOON + DAY):
        deployments.pause("first")
        surveys.move(factories.SURVEY, SurveyStatus.LIVE)
        cool()
    held.run(start=NOON + DAY)

    assert states() == {"ana@example.com": (QUEUED, "")}
    assert held.deliver.waiting() == []
