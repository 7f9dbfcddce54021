"""Rests between invitations: what holds whatever the rules, and whatever the order in which people are asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.outreach import ledger, planning, resting
from escuta.outreach.model import (
    SLACK,
    Asking,
    Channel,
    LastAsked,
    Reply,
    RestAfter,
    RestRule,
    RestScope,
)
from escuta.outreach.model.budget import SKEW
from escuta.outreach.resting import History
from tests.conftest import NOON

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
MOMENTS = st.integers(0, 60 * 24).map(lambda hours: NOON + timedelta(hours=hours))
RULES = st.lists(
    st.builds(
        RestRule,
        name=st.just("regra"),
        scope=st.sampled_from(RestScope),
        days=st.integers(1, 20),
        at_most=st.integers(1, 4),
    ),
    max_size=3,
)
PLACES = st.tuples(MOMENTS, st.sampled_from(["visit", "party"]), st.sampled_from([Channel.EMAIL, Channel.SMS]))


def asked(rules: Sequence[RestRule], wanted: Sequence[tuple[datetime, str, Channel]]) -> list[Asking]:
    """Ask a person at these moments, in this order, wherever nothing forbids it."""
    askings: list[Asking] = []
    for at, survey, channel in wanted:
        if resting.rest(rules, History(tuple(askings)), survey, channel, at) is None:
            askings.append(Asking(at=at, survey=survey, channels=(channel,), owner=str(len(askings))))
    return askings


def most(times: Sequence[datetime], window: timedelta) -> int:
    """Return how many of these lie in the fullest window."""
    return max((sum(first <= time < first + window for time in times) for first in times), default=0)


@given(RULES, st.lists(PLACES, max_size=25))
def test_two_invitations_are_a_day_apart_whatever_the_rules_and_the_order(
    rules: list[RestRule], wanted: list[tuple[datetime, str, Channel]]
) -> None:
    assert most([one.at for one in asked(rules, wanted)], DAY) <= 1


@given(RULES, st.lists(PLACES, max_size=25), st.data())
def test_two_messages_are_a_day_apart_however_late_each_of_them_leaves(
    rules: list[RestRule], wanted: list[tuple[datetime, str, Channel]], data: st.DataObject
) -> None:
    delay = st.timedeltas(timedelta(), SLACK)

    left = [one.at + data.draw(delay) for one in asked(rules, wanted)]

    assert most(left, DAY) <= 1


def test_without_slack_two_messages_would_be_nearer_than_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [(NOON, "visit", Channel.EMAIL), (NOON + DAY, "party", Channel.EMAIL)]
    assert len(asked([], wanted)) == 1

    monkeypatch.setattr(resting, "SLACK", timedelta())

    first, second = (one.at for one in asked([], wanted))
    assert second - (first + SLACK) < DAY


def test_no_message_leaves_later_than_the_slack_allows() -> None:
    assert planning.LATE + ledger.LEASE + SKEW <= SLACK


@given(RULES, st.lists(PLACES, max_size=25))
def test_no_window_holds_more_invitations_than_its_rule_allows_whatever_the_order(
    rules: list[RestRule], wanted: list[tuple[datetime, str, Channel]]
) -> None:
    askings = asked(rules, wanted)
    for rule in rules:
        groups: dict[str, list[datetime]] = {}
        for one in askings:
            name = {RestScope.SURVEY: one.survey, RestScope.CHANNEL: one.channels[0]}.get(rule.scope, "")
            groups.setdefault(name, []).append(one.at)
        for times in groups.values():
            assert most(times, timedelta(days=rule.days)) <= rule.at_most


@given(RULES, st.lists(PLACES, max_size=25), st.lists(MOMENTS, max_size=3), PLACES)
def test_the_next_instant_is_truly_free_and_the_one_before_is_not(
    rules: list[RestRule],
    wanted: list[tuple[datetime, str, Channel]],
    answered: list[datetime],
    place: tuple[datetime, str, Channel],
) -> None:
    at, survey, channel = place
    rules = [*rules, RestRule(name="resposta", days=5, after=RestAfter.RESPONSE)]
    replies = tuple(Reply(at=moment, survey="visit") for moment in answered)
    history = History(tuple(asked(rules, wanted)), replies)
    until = resting.earliest(rules, history, survey, channel, at)

    assert resting.rest(rules, history, survey, channel, until) is None
    if until == at:
        return
    assert resting.rest(rules, history, survey, channel, at) is not None
    assert resting.rest(rules, history, survey, channel, until - TICK) is not None


def test_what_stands_in_several_rows_of_a_person_counts_once() -> None:
    by_mail = Asking(at=NOON, survey="visit", channels=(Channel.EMAIL,), owner="first")
    by_both = by_mail.changed(channels=(Channel.EMAIL, Channel.SMS))
    rows = [LastAsked(contact="c", askings=(by_both,)), LastAsked(contact="address#a", askings=(by_mail,))]

    assert resting.joined(rows).askings == (by_both,)
    assert resting.joined(rows, without="first").askings == ()


def test_a_row_that_knows_the_last_two_invitations_alone_is_still_read() -> None:
    old = '{"contact":"c","at_time":"2026-03-10T15:00:00Z","invitation":"x","before":"2026-02-01T12:00:00Z"}'
    never = '{"contact":"c","at_time":"1970-01-01T00:00:00Z","invitation":"","before":null}'
    row = LastAsked.model_validate_json(old)

    assert [(one.at.day, one.owner) for one in row.askings] == [(1, ""), (10, "x")]
    rule = RestRule(name="pesquisa", days=30, scope=RestScope.SURVEY)
    assert resting.rest([rule], resting.joined([row]), "visit", Channel.SMS, NOON + DAY) is not None
    assert LastAsked.model_validate_json(never).askings == ()


def test_a_row_forgets_what_is_older_than_a_year_and_keeps_the_newest_sixty() -> None:
    row = LastAsked(contact="c")
    for day in range(0, 400, 4):
        row = row.asked(Asking(at=NOON + day * DAY, owner=str(day)), NOON + day * DAY)

    assert len(row.askings) == 60
    assert [one.owner for one in row.askings[-2:]] == ["392", "396"]
    late = row.asked(Asking(at=NOON + 700 * DAY, owner="late"), NOON + 700 * DAY)
    assert [one.owner for one in late.askings] == ["336", *map(str, range(340, 400, 4)), "late"]
