"""What opens a ticket. Pure."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from escuta.feedback import facts, logic
from escuta.feedback.comments import words
from escuta.feedback.model import (
    Condition,
    Facts,
    Op,
    OwnerWay,
    Priority,
    Promise,
    Response,
    ResponseState,
    RuleKind,
    ScoreClass,
    Standing,
    TicketRule,
)

_DAY = 24 * 60  # minutes
_PLAIN = "plain:"  # before the name of a fact: without its accents
CALL = "call"
SAID = frozenset({"class", "score", "comment", "tone", "topic"})  # and every `answer.`: what an answer's words tell

DETRACTOR = TicketRule(
    id="detractor",
    name="Detractor",
    when=Condition(field="class", value=str(ScoreClass.DETRACTOR)),
    high_at_most=3,  # the lower half of the detractors' 0-6: they warn others
    way=OwnerWay.LOAD,
)
CALL_ME = TicketRule(
    id="call_me",
    name="Call me",
    when=Condition(field=CALL, op=Op.ANSWERED),
    priority=Priority.HIGH,
    promise=Promise(respond=_DAY // 2, resolve=_DAY),
)
RULES = (DETRACTOR, CALL_ME)  # before anybody makes their own


def opens(rule: TicketRule, response: Response, known: Facts) -> bool:
    """Tell whether this response wants a ticket of this rule. A deleted or emptied one never does.

    Of an answer that is not in the figures (a burst, a scanner, one that was switched off) nothing that it says counts.
    A request to be called is a person's own: it opens what it opens.
    """
    if not _concerns(rule, response):
        return False
    if response.standing is Standing.COUNTED:
        return _holds(rule.when, known)
    if response.call is None:
        return False
    trusted = {name: value for name, value in known.items() if not said(name)}
    return _holds(rule.when, trusted) and not _holds(rule.when, {**trusted, CALL: None})


def wanted(rules: Iterable[TicketRule], response: Response) -> frozenset[str]:
    """Return the facts that decide which of these rules a response falls under."""
    return names(rule for rule in rules if _concerns(rule, response))


def names(rules: Iterable[TicketRule]) -> frozenset[str]:
    """Return the facts that these rules test."""
    return frozenset(name for rule in rules if rule.when for name in facts.fields(rule.when))


def said(name: str) -> bool:
    """Tell whether a fact is known from what somebody answered."""
    return name in SAID or name.startswith("answer.")


def priority(rule: TicketRule, score: int | None) -> Priority:
    """Return how soon somebody must act on an answer with this score."""
    low = rule.high_at_most is not None and score is not None and score <= rule.high_at_most
    return max(rule.priority, Priority.HIGH if low else Priority.LOW, key=lambda each: each.rank)


def _holds(when: Condition | None, known: Facts) -> bool:
    """Tell whether a condition is met; words are looked for as people type them on a telephone, without accents."""
    if when is None:
        return True
    plain, fields = _plain(when)
    return logic.holds(plain, {**known, **{_PLAIN + name: _unaccented(known.get(name)) for name in fields}})


@lru_cache(maxsize=1000)
def _plain(when: Condition) -> tuple[Condition, tuple[str, ...]]:
    """Return a condition that looks for words in facts without accents, and the facts that it does so in."""
    if when.field:
        if when.op is not Op.CONTAINS:
            return when, ()
        return when.model_copy(update={"field": _PLAIN + when.field, "value": _unaccented(when.value)}), (when.field,)
    every, some = [_plain(part) for part in when.all], [_plain(part) for part in when.any]
    parts = {"all": tuple(part for part, _ in every), "any": tuple(part for part, _ in some)}
    return when.model_copy(update=parts), tuple(name for _, names in (*every, *some) for name in names)


def _unaccented(value: Any) -> Any:
    """Return words without accents; what is nothing but an accent stays, since nothing is found everywhere."""
    if isinstance(value, tuple):
        return tuple(words.plain(str(each)) or each for each in value)
    return (words.plain(value) or value) if isinstance(value, str) else value


def _concerns(rule: TicketRule, response: Response) -> bool:
    if rule.kind is not RuleKind.ANSWER or not rule.active or rule.when is None:
        return False
    if rule.surveys and response.survey not in rule.surveys:
        return False
    return response.state is ResponseState.FINAL and response.emptied is None


def tests(condition: Condition, place: str) -> Iterator[tuple[str, Condition]]:
    """Yield (place, test) of every test of a fact in a condition."""
    if condition.field:
        yield place, condition
    for name, parts in (("all", condition.all), ("any", condition.any)):
        for number, part in enumerate(parts):
            yield from tests(part, f"{place}.{name}[{number}]")
