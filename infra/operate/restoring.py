"""Tables restored beside their sources by point-in-time recovery, for a drill, and their removal afterwards."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from escuta.entity import Table
from infra.operate import stacks
from infra.operate.account import Account, StoppedError

Pause = Callable[[float], None]
_LOOK = 10.0  # seconds between two looks
_LONGEST = timedelta(hours=12)
_STAMP = "%Y%m%dt%H%M%S"
_OURS = re.compile(r"-drill-\d{8}t\d{6}$")  # ends the names of tables that a drill made, and that it may remove
CALLED = re.compile(r"Store(\w+?)[0-9A-F]{8}")


class Source(NamedTuple):
    """A table of the stage: its name in AWS, how much is in it, and from when to when it can be restored."""

    name: str
    size: int  # bytes, as AWS counted some hours ago
    earliest: datetime
    latest: datetime


def names(account: Account) -> dict[Table, str]:
    """Return the names of the stage's tables."""
    found = {}
    for each in stacks.resources(account, "AWS::DynamoDB::Table"):
        if match := CALLED.fullmatch(each.logical):
            found[Table(match[1].lower())] = each.physical
    return found


def sources(account: Account, wanted: Sequence[Table]) -> dict[Table, Source]:
    """Return what can be restored of these tables. StoppedError when point-in-time recovery is off."""
    client, found = account.aws("dynamodb"), {}
    for table, name in names(account).items():
        if table not in wanted:
            continue
        told = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = told.get("PointInTimeRecoveryDescription", {})
        if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise StoppedError(f"{name} cannot be restored: point-in-time recovery is off. make deploy switches it on.")
        size = client.describe_table(TableName=name)["Table"].get("TableSizeBytes", 0)
        earliest, latest = (recovery[f"{which}RestorableDateTime"] for which in ("Earliest", "Latest"))
        found[table] = Source(name, size, earliest, latest)
    return found


def moment(found: Mapping[Table, Source], asked: datetime | None) -> datetime:
    """Return the one moment that all tables are restored to: what was asked for, or the latest they have in common."""
    earliest, latest = max(each.earliest for each in found.values()), min(each.latest for each in found.values())
    if asked is None:
        return latest
    if not earliest <= asked <= latest:
        raise StoppedError(f"AT={asked.isoformat()}: the tables can be restored from {earliest} to {latest}")
    return asked


def restore(account: Account, found: Mapping[Table, Source], at_time: datetime) -> dict[Table, str]:
    """Begin to restore the tables beside their sources; return the names of the new ones."""
    stamp = datetime.now(UTC).strftime(_STAMP)
    made = {table: f"{source.name}-drill-{stamp}" for table, source in found.items()}
    for table, name in made.items():
        account.aws("dynamodb").restore_table_to_point_in_time(
            SourceTableName=found[table].name, TargetTableName=name, RestoreDateTime=at_time
        )
    return made


def wait(account: Account, tables: Sequence[str], pause: Pause = time.sleep) -> None:
    """Wait until the tables can be read. It takes from twenty minutes to hours, whatever their size."""
    client, end = account.aws("dynamodb"), time.monotonic() + _LONGEST.total_seconds()
    for name in tables:
        while not _is_ready(client.describe_table(TableName=name)["Table"]):
            if time.monotonic() > end:
                raise StoppedError(f"{name} is not there after {_LONGEST}. CLEAN=1 removes what was begun.")
            pause(_LOOK)


def _is_ready(told: dict[str, Any]) -> bool:
    indexes = told.get("GlobalSecondaryIndexes", ())
    there = (told["TableStatus"], *(each.get("IndexStatus", "ACTIVE") for each in indexes))
    return set(there) == {"ACTIVE"} and not told.get("RestoreSummary", {}).get("RestoreInProgress")


def left(account: Account) -> list[str]:
    """Return the tables of drills that are there still."""
    ours = tuple(f"{name}-drill-" for name in names(account).values())
    pages = account.aws("dynamodb").get_paginator("list_tables").paginate()
    return [name for page in pages for name in page["TableNames"] if name.startswith(ours) and _OURS.search(name)]


def remove(account: Account, tables: Sequence[str]) -> list[str]:
    """Remove tables of drills, and no other; return those that are still being restored and cannot be removed yet."""
    client, busy = account.aws("dynamodb"), []
    for name in tables:
        if not _OURS.search(name):
            raise ValueError(f"{name} is not of a drill")
        try:
            client.delete_table(TableName=name)
        except client.exceptions.ResourceInUseException:
            busy.append(name)
    return busy
