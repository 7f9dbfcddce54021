"""The book of rules in its versions: by which one an answer is judged hangs on no moment of judging.

What is received is judged by the version that was in force then, however often and late it comes up again: an answer
that is corrected a year later opens nothing because of a rule that somebody made meanwhile. A version begins half a
minute after it was saved, when no process knows less than all of it any more.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from escuta import clock, table
from escuta.errors import ConflictError, InvalidError
from escuta.feedback.model import (
    InForce,
    RuleKind,
    RuleProgress,
    Ticket,
    TicketRule,
    TicketRuleBook,
    TicketRuleBookVersion,
    TicketRulesDraft,
)
from escuta.feedback.tickets import ruling
from escuta.outreach import lookouts

FRESH_SECONDS = 10
AHEAD = timedelta(seconds=30)  # more than twice as long as any process keeps what it has read
MOST_VERSIONS = 1000
MOST_BEGUN = 90  # in one transaction
LARGEST = 200_000  # bytes of a book: with what is said beside it, it is one row of at most 400 KB
_SHIPPED = 1


def current() -> TicketRuleBook:
    """Return the book as this process knows it, up to ten seconds old."""
    return _kept(clock.epoch() // FRESH_SECONDS)


@lru_cache(maxsize=1)
def _kept(tick: int) -> TicketRuleBook:  # noqa: ARG001 - the tick is the age of what is kept
    return load()


def load() -> TicketRuleBook:
    """Return the book as it is stored now; where nobody has saved any, the one that ships."""
    found = table.find(TicketRuleBook, TicketRuleBook.at(), consistent=True)
    return found or TicketRuleBook(rules=ruling.RULES)


def in_force(moment: datetime) -> TicketRuleBookVersion:
    """Return the rules for what is received at this moment."""
    return version(number(moment))


def number(moment: datetime) -> int:
    """Return the version that is in force at this moment."""
    return max((_SHIPPED, *(each.version for each in current().since if each.at <= moment)))


@lru_cache(maxsize=32)
def version(wanted: int) -> TicketRuleBookVersion:
    """Return a version; kept in the warm function, since it never changes. NotFoundError when there is none."""
    if wanted == _SHIPPED:
        return _shipped()
    return table.load(TicketRuleBookVersion, TicketRuleBookVersion.at(wanted), consistent=True)


def versions(*, limit: int = 25, cursor: str | None = None) -> table.Page[TicketRuleBookVersion]:
    """Return what was saved, the newest first; the last of all is what ships."""
    pk = TicketRuleBook.at().pk
    page = table.query(TicketRuleBookVersion, pk, prefix="version#", limit=limit, cursor=cursor, newest_first=True)
    return page if page.next else table.Page((*page.items, _shipped()))


def rule_of(ticket: Ticket) -> TicketRule | None:
    """Return the rule that opened a ticket, as it was then; None for one that was made by hand."""
    return named(ticket.rule)


@lru_cache(maxsize=512)
def named(label: str) -> TicketRule | None:
    """Return the rule that a ticket calls `{id}@{version}`."""
    name, _, number = label.partition("@")
    if not number.isdecimal():
        return None
    found = table.find(TicketRuleBookVersion, TicketRuleBookVersion.at(int(number)), consistent=True)
    known = found or (_shipped() if int(number) == _SHIPPED else None)
    return next((rule for rule in known.rules if rule.id == name), None) if known else None


def save(draft: TicketRulesDraft, *, rev: int, who: str) -> TicketRuleBook:
    """Store rules in place of revision `rev` (0: of none) as the next version. They were checked before.

    ConflictError when others were faster. What is received from half a minute on is judged by them.
    """
    if len(draft.model_dump_json().encode()) > LARGEST:
        raise InvalidError("ticket_rules_large", field="rules", most=LARGEST)
    before, now = load(), clock.now()
    if before.rev != rev:
        raise ConflictError("stale")
    held = tuple(each for each in before.since if each.at <= now)  # nothing was judged by what has not begun
    if len(held) >= MOST_VERSIONS:
        raise InvalidError("ticket_rules_versions_many", field="rules", most=MOST_VERSIONS)
    number = before.version + 1
    after = before.changed(
        rules=draft.rules,
        version=number,
        since=(*held, InForce(version=number, at=now + AHEAD)),
        waited=before.waited or any(_waits(rule) for rule in draft.rules),
        updated_at=now,
        updated_by=who,
    )
    saved = TicketRuleBookVersion(version=number, saved_at=now, saved_by=who, rules=draft.rules)
    actions = [table.Save(after) if rev else table.Create(after), table.Create(saved)]
    table.transact(*actions, *lookouts.watching(on=any(_waits(rule) for rule in draft.rules)), *_begun(before, draft))
    _kept.cache_clear()
    return load()


def _waits(rule: TicketRule) -> bool:
    return rule.kind is RuleKind.OPENED_UNANSWERED and rule.active


def _begun(before: TicketRuleBook, draft: TicketRulesDraft) -> list[table.Action]:
    """Return what makes rules that were not there, or off, look at what is opened from now on and at nothing before."""
    known = {rule.id for rule in before.rules if _waits(rule)}
    new = [rule for rule in draft.rules if _waits(rule) and rule.id not in known]
    return [table.Remove(RuleProgress, RuleProgress.at(rule.id)) for rule in new[:MOST_BEGUN]]


def _shipped() -> TicketRuleBookVersion:
    return TicketRuleBookVersion(version=_SHIPPED, rules=ruling.RULES)
