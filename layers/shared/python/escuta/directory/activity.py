"""What a manager did, and what was done to a manager's account: written once, and never changed."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from escuta import i18n, ids, table
from escuta.directory.model import Activity

_NOTHING: Mapping[str, str] = MappingProxyType({})


def note(
    manager: str,
    did: str,
    *,
    at_time: datetime,
    once: str | int,
    who: str = "",
    thing: str = "",
    details: Mapping[str, str] = _NOTHING,
) -> Activity:
    """Write into the log of a manager, and return what was written.

    `at_time` is when it happened and `once` tells it from what is like it (a revision), both as the thing itself says
    them: noted again after a lost reply it is the same row.
    """
    noted = of(manager, did, at_time=at_time, once=once, who=who, thing=thing, details=details)
    table.put(noted)
    return noted


def of(
    manager: str,
    did: str,
    *,
    at_time: datetime,
    once: str | int,
    who: str = "",
    thing: str = "",
    details: Mapping[str, str] = _NOTHING,
) -> Activity:
    """Return what `note` would write, for a transaction with what was done."""
    identity = ids.derive("activity", manager, did, thing, once)
    return Activity(id=identity, manager=manager, at_time=at_time, did=did, who=who, thing=thing, details=dict(details))


def listing(manager: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[Activity]:
    """Return the log of a manager, the newest first."""
    return table.query(
        Activity,
        f"manager#{manager}",
        prefix="activity#",
        limit=limit,
        cursor=cursor,
        newest_first=True,
        consistent=True,
    )


def words(noted: Activity, language: str) -> str:
    """Return what was done, in words."""
    return i18n.say("escuta.directory", language, f"activity.{noted.did}", **noted.details)
