from datetime import timedelta

import pytest

from escuta.outreach import eligibility
from escuta.outreach.eligibility import Decision, Defer, Send, Skip
from escuta.outreach.model import Channel, Strategy
from tests.conftest import NOON
from tests.kit import factories

EMAIL, SMS = Channel.EMAIL, Channel.SMS
BOTH = {"email": "ana@example.com", "phone": "+5511988880000"}


def decide(
    strategy: Strategy = Strategy.PREFER_EMAIL, *, asked_days_ago: float | None = None, **fields: str
) -> Decision:
    return eligibility.decide(
        factories.contact("Ana", **{**BOTH, **fields}),
        strategy,
        now=NOON,
        suppressed={},
        last_asked=None if asked_days_ago is None else NOON - timedelta(days=asked_days_ago),
    )


@pytest.mark.parametrize(
    ("strategy", "channels"),
    [
        (Strategy.EMAIL, (EMAIL,)),
        (Strategy.SMS, (SMS,)),
        (Strategy.PREFER_EMAIL, (EMAIL,)),
        (Strategy.PREFER_SMS, (SMS,)),
        (Strategy.BOTH, (EMAIL, SMS)),
    ],
)
def test_the_strategy_chooses_among_the_addresses(strategy: Strategy, channels: tuple[Channel, ...]) -> None:
    assert decide(strategy) == Send(channels=channels)


@pytest.mark.parametrize(
    ("strategy", "channels"), [(Strategy.PREFER_EMAIL, (SMS,)), (Strategy.PREFER_SMS, (SMS,)), (Strategy.BOTH, (SMS,))]
)
def test_without_an_email_the_telephone_is_used(strategy: Strategy, channels: tuple[Channel, ...]) -> None:
    assert decide(strategy, email="") == Send(channels=channels)


def test_without_the_address_that_the_strategy_needs_the_person_is_skipped() -> None:
    assert decide(Strategy.EMAIL, email="") == Skip(channel=EMAIL, reason="no_address", evidence={"strategy": "email"})


def closed(strategy: Strategy, **reasons: str) -> Decision:
    return eligibility.decide(
        factories.contact("Ana", **BOTH),
        strategy,
        now=NOON,
        suppressed={Channel(channel): reason for channel, reason in reasons.items()},
        last_asked=None,
    )


def test_a_closed_address_gives_way_to_the_other() -> None:
    assert closed(Strategy.PREFER_EMAIL, email="bounce") == Send(channels=(SMS,))
    assert closed(Strategy.BOTH, sms="stop") == Send(channels=(EMAIL,))


def test_when_every_address_is_closed_the_reason_is_that_of_the_first() -> None:
    decision = closed(Strategy.PREFER_SMS, email="unsubscribe", sms="stop")

    assert decision == Skip(channel=SMS, reason="stop", evidence={"suppressed": "sms"})


def test_a_person_rests_for_thirty_days() -> None:
    assert decide(asked_days_ago=29.99) == Defer(
        channel=EMAIL,
        reason="resting",
        until=NOON + timedelta(days=0.01),
        evidence={"last_asked": "2026-02-08T15:14:24+00:00", "until": "2026-03-10T15:14:24+00:00"},
    )
    assert decide(asked_days_ago=30) == Send(channels=(EMAIL,))


@pytest.mark.parametrize("consent", ["no", "Não", " withdrawn "])
def test_who_said_no_is_not_asked(consent: str) -> None:
    assert decide(consent=consent) == Skip(channel=EMAIL, reason="no_consent", evidence={"consent": consent})


@pytest.mark.parametrize("consent", ["", "legitimate interest", "opt-in"])
def test_any_other_basis_allows_asking(consent: str) -> None:
    assert decide(consent=consent) == Send(channels=(EMAIL,))
