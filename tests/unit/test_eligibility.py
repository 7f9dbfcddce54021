from datetime import timedelta
from typing import Any

import pytest

from escuta.outreach import eligibility
from escuta.outreach.eligibility import Decision, Defer, Person, Send, Skip, Terms
from escuta.outreach.model import (
    SLACK,
    Asking,
    Channel,
    Condition,
    Exclude,
    Op,
    Reply,
    RestAfter,
    RestRule,
    RestScope,
    RestThen,
    SendingDraft,
    Strategy,
)
from escuta.outreach.resting import History
from tests.conftest import NOON
from tests.kit import factories

EMAIL, SMS = Channel.EMAIL, Channel.SMS
BOTH = {"email": "ana@example.com", "phone": "+5511988880000"}
SURVEY = "visit"
DAY = timedelta(days=1)


def decide(strategy: Strategy = Strategy.PREFER_EMAIL, **fields: str) -> Decision:
    return eligibility.decide(Person(factories.contact("Ana", **{**BOTH, **fields})), terms(strategy), NOON)


def terms(strategy: Strategy = Strategy.PREFER_EMAIL, *rest: RestRule, **fields: Any) -> Terms:
    return Terms(SURVEY, strategy, SendingDraft(rest=rest or SendingDraft().rest), **fields)


def asked(days_ago: float, *rest: RestRule, survey: str = SURVEY, channel: Channel = EMAIL) -> Decision:
    """Decide on Ana, who was asked so many days ago."""
    asking = Asking(at=NOON - days_ago * DAY, survey=survey, channels=(channel,), owner="other")
    return eligibility.decide(person(asking), terms(Strategy.PREFER_EMAIL, *rest), NOON)


def person(*askings: Asking, replies: tuple[Reply, ...] = (), **fields: Any) -> Person:
    return Person(factories.contact("Ana", **BOTH), history=History(askings, replies), **fields)


@pytest.mark.parametrize(
    ("strategy", "channels"),
    [
        (Strategy.EMAIL, (EMAIL,)),
        (Strategy.SMS, (SMS,)),
        (Strategy.PREFER_EMAIL, (EMAIL,)),
        (Strategy.PREFER_SMS, (SMS,)),
        (Strategy.BOTH, (EMAIL, SMS)),
        (Strategy.LINK, (Channel.LINK,)),
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
    assert decide(Strategy.LINK, email="", phone="") == Send(channels=(Channel.LINK,))


def closed(strategy: Strategy, **reasons: str) -> Decision:
    shut = {Channel(channel): reason for channel, reason in reasons.items()}
    return eligibility.decide(person(closed=shut), terms(strategy), NOON)


def test_a_closed_address_gives_way_to_the_other() -> None:
    assert closed(Strategy.PREFER_EMAIL, email="bounce") == Send(channels=(SMS,))
    assert closed(Strategy.BOTH, sms="stop") == Send(channels=(EMAIL,))


def test_when_every_address_is_closed_the_reason_is_that_of_the_first() -> None:
    decision = closed(Strategy.PREFER_SMS, email="unsubscribe", sms="stop")

    assert decision == Skip(channel=SMS, reason="stop", evidence={"suppressed": "sms"})


def test_no_link_is_handed_out_for_who_said_no_everywhere_though_one_may_be_for_an_address_that_is_dead() -> None:
    assert closed(Strategy.LINK, email="unsubscribe", sms="stop") == Skip(
        channel=Channel.LINK, reason="unsubscribe", evidence={"suppressed": "link"}
    )
    assert closed(Strategy.LINK, email="bounce", sms="stop") == Send(channels=(Channel.LINK,))
    assert closed(Strategy.LINK, email="unsubscribe") == Send(channels=(Channel.LINK,))


@pytest.mark.parametrize("consent", ["no", "Não", " withdrawn "])
def test_who_said_no_is_not_asked(consent: str) -> None:
    assert decide(consent=consent) == Skip(channel=EMAIL, reason="no_consent", evidence={"consent": consent})


@pytest.mark.parametrize("consent", ["", "legitimate interest", "opt-in"])
def test_any_other_basis_allows_asking(consent: str) -> None:
    assert decide(consent=consent) == Send(channels=(EMAIL,))


def test_whom_a_rule_of_the_organisation_excludes_is_not_asked_and_the_rule_is_named() -> None:
    staff = Exclude(name="equipe", when=(Condition(field="custom.tipo", op=Op.IS, value="funcionário"),))
    held = Terms(SURVEY, Strategy.EMAIL, SendingDraft(exclude=(staff,)))

    assert eligibility.decide(person(facts={"custom.tipo": "Funcionário"}), held, NOON) == Skip(
        channel=EMAIL, reason="excluded", evidence={"rule": "equipe"}
    )
    assert eligibility.decide(person(facts={"custom.tipo": "cliente"}), held, NOON) == Send(channels=(EMAIL,))


def test_who_comes_after_the_last_place_is_told_so_and_nobody_who_could_not_be_asked_anyway() -> None:
    full = terms(full=True)

    assert eligibility.decide(person(), full, NOON) == Skip(channel=EMAIL, reason="quota_reached", evidence={})
    assert eligibility.decide(person(closed={EMAIL: "stop", SMS: "stop"}), full, NOON) == Skip(
        channel=EMAIL, reason="stop", evidence={"suppressed": "email"}
    )


def test_a_person_is_left_out_for_thirty_days_unless_somebody_decides_otherwise() -> None:
    assert asked(29.99) == Skip(
        channel=EMAIL,
        reason="resting",
        until=NOON + 0.01 * DAY,
        evidence={
            "rule": "30 dias",
            "last_asked": "2026-02-08T15:14:24+00:00",
            "until": "2026-03-10T15:14:24+00:00",
        },
    )
    assert asked(30) == Send(channels=(EMAIL,))


def test_a_rule_that_puts_off_says_until_when() -> None:
    week = RestRule(name="semana", days=7, then=RestThen.DEFER)

    assert asked(3, week) == Defer(
        channel=EMAIL,
        reason="resting",
        until=NOON + 4 * DAY,
        evidence={"rule": "semana", "last_asked": "2026-03-07T15:00:00+00:00", "until": "2026-03-14T15:00:00+00:00"},
    )


def test_whoever_would_be_put_off_until_it_is_over_is_left_out() -> None:
    week = RestRule(name="semana", days=7, then=RestThen.DEFER)
    asking = Asking(at=NOON, owner="other")
    soon = eligibility.decide(person(asking), terms(Strategy.EMAIL, week, expires_at=NOON + 7 * DAY), NOON + DAY)

    assert isinstance(soon, Skip)
    assert soon.until == NOON + 7 * DAY


def test_a_rule_that_leaves_out_goes_before_one_that_puts_off() -> None:
    month = RestRule(name="mês", days=30, then=RestThen.DEFER)
    quarter = RestRule(name="trimestre", days=90, scope=RestScope.SURVEY)
    decision = asked(3, month, quarter)

    assert isinstance(decision, Skip)
    assert (decision.evidence["rule"], decision.until) == ("trimestre", NOON + 87 * DAY)


def test_a_rule_of_the_survey_counts_the_survey_alone() -> None:
    rule = RestRule(name="pesquisa", days=90, scope=RestScope.SURVEY)

    assert isinstance(asked(3, rule), Skip)
    assert asked(3, rule, survey="other") == Send(channels=(EMAIL,))


def test_a_rule_of_the_channel_closes_that_channel_and_leaves_the_other_open() -> None:
    rule = RestRule(name="canal", days=30, scope=RestScope.CHANNEL)

    assert asked(3, rule, channel=EMAIL) == Send(channels=(SMS,))
    assert asked(3, rule, channel=SMS) == Send(channels=(EMAIL,))


def test_after_an_answer_a_person_rests_by_the_rules_that_say_so() -> None:
    rule = RestRule(name="resposta", days=60, after=RestAfter.RESPONSE)
    replied = person(replies=(Reply(at=NOON - 10 * DAY, survey=SURVEY),))
    decision = eligibility.decide(replied, terms(Strategy.EMAIL, rule), NOON)

    assert decision == Skip(
        channel=EMAIL,
        reason="resting_answered",
        until=NOON + 50 * DAY,
        evidence={
            "rule": "resposta",
            "last_answered": "2026-02-28T15:00:00+00:00",
            "until": "2026-04-29T15:00:00+00:00",
        },
    )
    assert asked(10, rule) == Send(channels=(EMAIL,))


def test_two_in_a_month_are_two_in_any_month() -> None:
    rule = RestRule(name="dois", days=30, at_most=2)
    once = Asking(at=NOON - 20 * DAY, owner="a")
    twice = Asking(at=NOON - 10 * DAY, owner="b")

    assert eligibility.decide(person(once), terms(Strategy.EMAIL, rule), NOON) == Send(channels=(EMAIL,))
    full = eligibility.decide(person(once, twice), terms(Strategy.EMAIL, rule), NOON)
    assert isinstance(full, Skip)
    assert full.until == NOON + 10 * DAY


def test_nobody_is_asked_twice_within_a_day_whatever_the_rules() -> None:  # E18
    lax = RestRule(name="vinte", days=1, at_most=20)

    assert asked(0.5, lax) == Defer(
        channel=EMAIL,
        reason="resting_floor",
        until=NOON + 0.5 * DAY + SLACK,
        evidence={"rule": "24 h", "last_asked": "2026-03-10T03:00:00+00:00", "until": "2026-03-11T03:15:00+00:00"},
    )
    assert isinstance(asked(-0.5, lax), Defer)
    assert isinstance(asked(1, lax), Defer)
    assert asked(1.011, lax) == Send(channels=(EMAIL,))


def test_who_is_asked_in_five_weeks_may_be_asked_now() -> None:
    assert asked(-35) == Send(channels=(EMAIL,))
    assert isinstance(asked(-20), Skip)
