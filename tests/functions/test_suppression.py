import pytest

from escuta.entity import Table
from escuta.outreach import suppression
from escuta.outreach.model import Channel
from tests.kit import world

pytestmark = pytest.mark.usefixtures("aws", "noon")
EMAIL = Channel.EMAIL


def test_every_spelling_of_an_address_is_closed() -> None:  # E18
    suppression.add(EMAIL, "Ana@Example.com", "unsubscribe")

    assert suppression.is_suppressed(EMAIL, " ana@example.COM ")
    assert not suppression.is_suppressed(EMAIL, "bruno@example.com")


def test_the_channels_are_apart() -> None:
    suppression.add(Channel.SMS, "+5511988880000", "stop")

    assert suppression.is_suppressed(Channel.SMS, "+5511988880000")
    assert not suppression.is_suppressed(EMAIL, "+5511988880000")


def causes(address: str, survey: str = "visit") -> list[str]:
    return [found.cause for found in suppression.standing(EMAIL, address, survey)]


def test_the_first_of_two_reports_stays() -> None:
    suppression.add(EMAIL, "ana@example.com", "bounce", "visit")
    suppression.add(EMAIL, "ana@example.com", "complaint", "party")

    (found,) = suppression.standing(EMAIL, "ana@example.com")
    assert (found.reason, found.survey) == ("bounce", "visit")


def test_a_no_to_one_survey_closes_no_other() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", "visit", scope="visit")

    assert suppression.is_suppressed(EMAIL, "ana@example.com", "visit")
    assert not suppression.is_suppressed(EMAIL, "ana@example.com", "party")
    assert not suppression.is_suppressed(EMAIL, "ana@example.com")


def test_a_no_to_everything_closes_every_survey() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", "visit")

    assert suppression.is_suppressed(EMAIL, "ana@example.com", "party")


def test_each_reason_is_kept_and_the_report_of_the_mail_service_comes_first() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", scope="visit")
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")
    suppression.add(EMAIL, "ana@example.com", "bounce")

    assert causes("ana@example.com") == ["bounce", "unsubscribe", "unsubscribe_survey"]


def test_what_a_person_said_can_be_taken_back() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", scope="visit")
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", scope="party")

    suppression.take_back(EMAIL, "ANA@example.com", "visit")

    assert causes("ana@example.com") == []
    assert causes("ana@example.com", "party") == ["unsubscribe_survey"]


@pytest.mark.parametrize("reason", ["bounce", "complaint", "stop", "manual"])
def test_what_others_told_is_not_taken_back_by_the_person(reason: str) -> None:
    suppression.add(EMAIL, "ana@example.com", reason)
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")

    suppression.take_back(EMAIL, "ana@example.com", "visit")

    assert causes("ana@example.com") == [reason]


def test_the_list_gives_no_address_away() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")

    assert "ana" not in str(world.scan(Table.OUTREACH))
