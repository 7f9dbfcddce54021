"""How what the API counts is laid out: states in groups, steps as shares, the way of one person. Nothing is counted."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from console.visit import Visit
from console.words import Reader

_STEPS = ("queued", "sent", "delivered", "started", "completed")
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "waiting": ("queued", "claimed", "deferred"),
    "reached": ("exported", "sent", "delivered", "complained", "completed"),
    "left_out": ("suppressed", "cancelled", "expired"),
    "failed": ("bounced", "rejected", "unknown"),
}
_UNDATED = frozenset(
    {"delivered", "bounced", "complained", "rejected", "unknown", "suppressed", "expired", "cancelled"}
)


class Step(NamedTuple):
    """A step of the funnel with its share of the first one."""

    name: str
    n: int
    share: float
    before: float  # its share of the step before it


class Group(NamedTuple):
    """States that mean the same to a reader, with how many are in each."""

    name: str
    total: int
    states: tuple[tuple[str, int], ...]


class Moment(NamedTuple):
    """Something that happened to an invitation, or will."""

    name: str
    at: str  # "" : nobody told when


def state(deployment: Mapping[str, Any]) -> str:
    """Return the state under which a deployment is shown: one that has nothing left to do is finished."""
    if deployment["state"] in {"running", "planning"} and deployment.get("finished"):
        return "finished"
    return str(deployment["state"])


def shares(came: Mapping[str, int]) -> list[Step]:
    """Return the steps of a funnel, each as a share of the first and of the one before."""
    first = came["queued"]
    steps, before = [], first
    for name in _STEPS:
        n = came[name]
        steps.append(Step(name, n, n / first if first else 0.0, n / before if before else 0.0))
        before = n
    return steps


def groups(progress: Mapping[str, int]) -> list[Group]:
    """Return the states that somebody is in, in groups."""
    found = []
    for name, states in _GROUPS.items():
        inside = tuple((each, progress[each]) for each in states if progress.get(each))
        if inside:
            found.append(Group(name, sum(n for _, n in inside), inside))
    return found


def way(invitation: Mapping[str, Any]) -> list[Moment]:
    """Return what happened to an invitation in the order of time, and what is to come."""
    found = sorted(_moments(invitation), key=lambda moment: datetime.fromisoformat(moment.at))
    if invitation["state"] not in _UNDATED:
        return found
    after = next((place for place, moment in enumerate(found, 1) if moment.name == "sent"), 1)
    return [*found[:after], Moment("state", ""), *found[after:]]  # told without its time


def _moments(it: Mapping[str, Any]) -> Iterator[Moment]:
    yield Moment("made", it["created_at"])
    named = {"sent": "sent_at", "opened": "opened_at", "answered": "answered_at", "revoked": "revoked_at"}
    for name, field in named.items():
        if it[field]:
            yield Moment(name, it[field])
    if it["send_at"] and not it["sent_at"] and it["state"] in {"queued", "deferred"}:
        yield Moment("due", it["send_at"])
    if it["sent_at"] and not it["answered_at"] and it["state"] in {"sent", "delivered", "unknown"}:
        yield Moment("expires", it["expires_at"])


def evidence(visit: Visit, details: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what a decision was made by, its moments on the reader's clock."""
    reader = visit.reader(visit.timezone)
    return [(name, _told(reader, value)) for name, value in details.items() if value]


def _told(reader: Reader, value: str) -> str:
    try:
        return reader.at(value) if "T" in value else value
    except ValueError:
        return value
