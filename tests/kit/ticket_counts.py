"""The counters of tickets as they are stored, and as the stored tickets say, without the product's own arithmetic."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from escuta import table
from escuta.entity import Table
from tests.kit import guard, world

KINDS = ("ticket_counts", "ticket_days", "manager_load")
Counts = dict[tuple[str, ...], dict[str, int]]


def counted() -> Counts:
    """Return the counters as they are stored, their shards added up, without zeros."""
    found: dict[tuple[str, ...], Counter[str]] = {}
    for item in world.scan(Table.FEEDBACK):
        kind, _, rest = item["pk"]["S"].partition("#")
        if kind not in KINDS:
            continue
        sk = item["sk"]["S"]
        if kind == "ticket_counts":
            place: tuple[str, ...] = (kind, rest.rpartition("#")[0], sk)
        elif kind == "ticket_days":
            place = (kind, rest, sk.partition("#")[0])
        else:
            place = (kind, rest)
        numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
        found.setdefault(place, Counter()).update(numbers)
    return _plain(found)


def recounted() -> Counts:
    """Return the most important counters as they should be, out of every ticket that is stored."""
    found: dict[tuple[str, ...], Counter[str]] = {}
    for item in world.scan(Table.FEEDBACK):
        if item.get("kind", {}).get("S") == "ticket":
            _add(found, world.whole(item))
    return _plain(found)


def problems() -> list[str]:
    """Return where what is stored differs from what the tickets say, one line each; [] where it does not."""
    stored, wanted = counted(), recounted()
    return [
        f"{place}: {known} counted, {should} stored"
        for place in sorted(stored.keys() | wanted.keys())
        if (known := _known(stored.get(place, {}))) != (should := wanted.get(place, {}))
    ]


@contextmanager
def counted_afterwards() -> Iterator[None]:
    """Let the product store a ticket first, and count it in a transaction of its own: the wrong way."""
    whole = table.transact

    def apart(*actions: table.Action) -> int:
        adds = [one for one in actions if isinstance(one, table.Add) and one.key.pk.startswith(KINDS)]
        tries = whole(*(one for one in actions if one not in adds))
        if adds:
            with guard.down():
                whole(*adds)
        return tries

    with patch.object(table, "transact", apart):
        yield


def _add(found: dict[tuple[str, ...], Counter[str]], row: Mapping[str, Any]) -> None:
    path, survey = row["segment_path"], row["survey"]
    is_open, merged = row["state"] != "closed", bool(row["merged_into"])
    days: Counter[tuple[str, str]] = Counter()
    days[_day(row, "opened_at"), "opened"] += 1
    if merged:
        days[_day(row, "opened_at"), "merged"] += 1
    else:
        if row["first_response_at"]:
            days[_day(row, "first_response_at"), "answered"] += 1
        if row["ended_at"]:
            days[_day(row, "ended_at"), "ended"] += 1
            days[_day(row, "ended_at"), "reopened"] += bool(row["reopened"])
        if row["closed_at"] and not is_open:
            days[_day(row, "closed_at"), "closed"] += 1
    for number, code in enumerate(path):
        if not merged:
            now = found.setdefault(("ticket_counts", path[number - 1] if number else "", f"{code}#{survey}"), Counter())
            now[f"state.{row['state']}"] += 1
            if is_open:
                now[f"priority.{row['priority']}"] += 1
                now["unassigned"] += not row["owner"]
                now["overdue"] += row["overdue"]
                now["escalated"] += bool(row["escalated"])
        for (day, name), times in days.items():
            month = found.setdefault(("ticket_days", f"{survey}#{code}", day[:7]), Counter())
            month[f"{day[8:]}.{name}"] += times
    if row["owner"] and not merged:
        found.setdefault(("manager_load", row["owner"]), Counter()).update(given=1, open=int(is_open))


def _day(row: Mapping[str, Any], field: str) -> str:
    return datetime.fromisoformat(row[field]).astimezone(ZoneInfo(row["timezone"])).date().isoformat()


_CHECKED = {"opened", "merged", "answered", "ended", "reopened", "closed"}


def _known(numbers: Mapping[str, int]) -> dict[str, int]:
    """Return what of a counter is counted here, too: of days only what every ticket has."""
    return {name: number for name, number in numbers.items() if not name[:2].isdecimal() or name[3:] in _CHECKED}


def _plain(found: Mapping[tuple[str, ...], Counter[str]]) -> Counts:
    plain = {key: {name: number for name, number in numbers.items() if number} for key, numbers in found.items()}
    return {key: numbers for key, numbers in plain.items() if numbers}
