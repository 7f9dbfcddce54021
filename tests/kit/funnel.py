"""The response funnel as its counters say, and as the stored invitations say, without the product's own arithmetic."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from escuta import table
from escuta.entity import Table
from escuta.outreach import funnels
from escuta.outreach.model import Invitation
from metering import funnel as counting
from tests.kit import guard, world
from tests.kit.stream import Stream, record

STEPS = ("queued", "sent", "delivered", "started", "completed")
_LEAST = {  # how many steps an invitation in this state has made at least
    "queued": 1,
    "claimed": 1,
    "unknown": 1,
    "rejected": 1,
    "sent": 2,
    "exported": 2,
    "bounced": 2,
    "delivered": 3,
    "complained": 3,
    "completed": 5,
}
Counts = dict[tuple[str, str], dict[str, int]]  # (survey and place, day) -> step -> number


def store(*invitations: Invitation) -> None:
    """Store invitations as if the product had made them and moved them where they are."""
    for invitation in invitations:
        table.transact(table.Create(invitation), *funnels.adds([(None, invitation)]))


def counted() -> Counts:
    """Return the counters as they are stored, their shards added up, without zeros."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for item in world.scan(Table.OUTREACH):
        kind, _, place = item["pk"]["S"].partition("#")
        if kind == "funnel":
            for name, value in item.items():
                if "N" in value:
                    day = f"{item['sk']['S'].partition('#')[0]}-{name[1:]}"
                    step = STEPS["qsdtc".index(name[0])]
                    found.setdefault((place, day), Counter())[step] += int(value["N"])
    return _plain(found)


def recounted() -> Counts:
    """Return the counters as they should be: every invitation once at each step that it came to, at its places."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for item in world.scan(Table.OUTREACH):
        row = world.whole(item) if item.get("kind", {}).get("S") == "invitation" else {}
        if row.get("reached"):
            made = datetime.fromisoformat(row["created_at"]).astimezone(ZoneInfo(row["timezone"])).date().isoformat()
            for place in _places(row):
                found.setdefault((f"{row['survey']}#{place}", made), Counter()).update(STEPS[: _steps(row)])
    return _plain(found)


def catch_up() -> None:
    """Let the function that counts behind the stream see every invitation that it follows."""
    followed = [each for each in world.scan(Table.OUTREACH) if each.get("follow") == {"S": Invitation.kind}]
    stream = Stream(counting.handler, kinds=(Invitation.kind,))
    stream.put(*map(record, followed))
    stream.run()


def problems() -> list[str]:
    """Return where the two differ, one line each; [] where every counter is what the rows say.

    The stream is read to its end before.
    """
    catch_up()
    stored, wanted = counted(), recounted()
    return [
        f"{place} {day}: {stored.get((place, day), {})} counted, {wanted.get((place, day), {})} stored"
        for place, day in sorted(stored.keys() | wanted.keys())
        if stored.get((place, day)) != wanted.get((place, day))
    ]


@contextmanager
def counted_afterwards() -> Iterator[None]:
    """Let the product move an invitation first, and count the step in a transaction of its own: the wrong way."""
    whole = table.transact

    def apart(*actions: table.Action) -> int:
        steps = [one for one in actions if isinstance(one, table.Add) and one.key.pk.startswith("funnel#")]
        tries = whole(*(one for one in actions if one not in steps))
        if steps:
            with guard.down():
                whole(*steps)
        return tries

    with patch.object(table, "transact", apart):
        yield


def _steps(row: Mapping[str, Any]) -> int:
    reached = STEPS.index(row["reached"]) + 1 if row["reached"] in STEPS else 0
    return max(reached, _LEAST.get(row["state"], 0), 2 if row["sent_at"] else 0)


def _places(row: Mapping[str, Any]) -> list[str]:
    own = [f"segment#{code}" for code in row["segment_path"]]
    return [*own, f"channel#{row['channel']}", f"deployment#{row['deployment']}"]


def _plain(found: Mapping[tuple[str, str], Counter[str]]) -> Counts:
    plain = {key: {name: number for name, number in numbers.items() if number} for key, numbers in found.items()}
    return {key: numbers for key, numbers in plain.items() if numbers}
