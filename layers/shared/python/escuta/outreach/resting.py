"""Whether a person rests, and until when: rules over what the person was asked and has answered. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from escuta.outreach.model import (
    FLOOR,
    SLACK,
    Asking,
    Channel,
    LastAsked,
    Reply,
    RestAfter,
    RestRule,
    RestScope,
    RestThen,
)

FLOOR_RULE = RestRule(name="24 h", days=FLOOR.days, then=RestThen.DEFER)  # whatever the rules of the organisation say


def _window(rule: RestRule) -> timedelta:
    """Return what lies between two invitations; for the floor that of their times, so that their messages keep it.

    What is counted is when messages are to leave; of two, the first may leave late by the slack and the second in time.
    """
    return FLOOR + SLACK if rule is FLOOR_RULE else timedelta(days=rule.days)


class History(NamedTuple):
    """What a person was asked, and has answered."""

    askings: tuple[Asking, ...] = ()
    replies: tuple[Reply, ...] = ()


class Rest(NamedTuple):
    """A rule that forbids an invitation at an instant, and the latest of what it counts."""

    rule: RestRule
    since: datetime


def joined(rows: Iterable[LastAsked], *, without: str = "") -> History:
    """Return what rows of one person say together: what stands in several of them, once. Nothing of owner `without`."""
    askings: dict[tuple[datetime, str], Asking] = {}
    replies: dict[Reply, None] = {}
    for row in rows:
        replies |= dict.fromkeys(row.replies)
        for one in row.askings:
            if without and one.owner == without:
                continue
            place = (one.at, one.owner)
            before = askings.get(place)
            every = dict.fromkeys((*before.channels, *one.channels)) if before else ()
            askings[place] = one.changed(channels=tuple(every)) if before else one
    return History(tuple(askings.values()), tuple(replies))


def rest(rules: Sequence[RestRule], history: History, survey: str, channel: Channel, at: datetime) -> Rest | None:
    """Return what forbids an invitation over this channel at this instant; None: nothing does.

    Of several rules the first that leaves people out, else the first that puts them off; the floor when no rule does.
    """
    broken = [rule for rule in rules if not _holds(rule, history, survey, channel, at)]
    final = [rule for rule in broken if rule.then is RestThen.SKIP]
    rule = next(iter((*final, *broken)), FLOOR_RULE)
    if not broken and _holds(FLOOR_RULE, history, survey, channel, at):
        return None
    return Rest(rule, max(_counted(rule, history, survey, channel)))


def earliest(rules: Sequence[RestRule], history: History, survey: str, channel: Channel, at: datetime) -> datetime:
    """Return the first instant, not before `at`, at which nothing forbids an invitation over this channel.

    A rule ceases to forbid only where something that it counts drops out of its window, so no other instant is tried.
    """
    every = (*rules, FLOOR_RULE)
    ends = {found + _window(rule) for rule in every for found in _counted(rule, history, survey, channel)}
    open_at = (
        found
        for found in sorted({at, *(end for end in ends if end > at)})
        if all(_holds(rule, history, survey, channel, found) for rule in every)
    )
    return next(open_at)


def _holds(rule: RestRule, history: History, survey: str, channel: Channel, at: datetime) -> bool:
    """Tell whether one more invitation at this instant leaves at most so many in every window."""
    window = _window(rule)
    counted = sorted(_counted(rule, history, survey, channel))
    if rule.after is RestAfter.RESPONSE:
        return sum(at - window < found <= at for found in counted) < rule.at_most
    near = sorted([at, *(found for found in counted if at - window < found < at + window)])
    return all(last - first >= window for first, last in zip(near, near[rule.at_most :], strict=False))


def _counted(rule: RestRule, history: History, survey: str, channel: Channel) -> Iterator[datetime]:
    """Yield when those things were that a rule counts. An invitation of which less is known counts as any."""
    if rule.after is RestAfter.RESPONSE:
        for reply in history.replies:
            if rule.scope is not RestScope.SURVEY or reply.survey == survey:
                yield reply.at
        return
    for asking in history.askings:
        if rule.scope is RestScope.SURVEY and asking.survey not in {survey, ""}:
            continue
        if rule.scope is RestScope.CHANNEL and asking.channels and channel not in asking.channels:
            continue
        yield asking.at
