import pytest

from escuta import table
from escuta.entity import Table
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Suppression
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


def test_the_first_reason_stays() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", "visit")
    suppression.add(EMAIL, "ana@example.com", "bounce")

    found = table.load(Suppression, Suppression.at(suppression.address_hash(EMAIL, "ana@example.com")))
    assert (found.reason, found.survey) == ("unsubscribe", "visit")


def test_an_address_can_be_opened_again() -> None:
    suppression.add(EMAIL, "ana@example.com", "manual")
    suppression.remove(EMAIL, "ANA@example.com")

    assert not suppression.is_suppressed(EMAIL, "ana@example.com")


def test_the_list_gives_no_address_away() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")

    assert "ana" not in str(world.scan(Table.OUTREACH))
