"""What holds for every sending of the organisation. Read with every batch, so a copy is kept for half a minute."""

from functools import lru_cache

from escuta import clock, table
from escuta.outreach.model import Calendar, Deployment, SendingDraft, SendingRules

_FRESH_SECONDS = 30


def current() -> SendingRules:
    """Return the rules that hold; where nobody has set any, the ones to begin with. Up to 30 seconds old."""
    return _kept(clock.epoch() // _FRESH_SECONDS)


def calendar_of(deployment: Deployment) -> Calendar:
    """Return the calendar that a deployment keeps to: its own, else that of the organisation."""
    return current().calendar if deployment.calendar is None else deployment.calendar


@lru_cache(maxsize=1)
def _kept(_window: int) -> SendingRules:
    return load()


def load() -> SendingRules:
    """Return the rules as they are stored now."""
    return table.find(SendingRules, SendingRules.at(), consistent=True) or SendingRules()


def save(draft: SendingDraft, *, rev: int, who: str) -> SendingRules:
    """Store rules in place of revision `rev` (0: of none); ConflictError when somebody else was faster."""
    rules = SendingRules(**dict(draft), rev=rev, updated_at=clock.now(), updated_by=who)
    stored = table.save(rules) if rev else table.create(rules)
    _kept.cache_clear()
    return stored
