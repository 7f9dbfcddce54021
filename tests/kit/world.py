"""The state of the whole store: thrown away, and looked at."""

import json
import re
from collections import defaultdict
from typing import Any

from moto import mock_aws

from escuta.directory.access import rates
from escuta.entity import WORKING, Table
from escuta.events import DomainEvent
from escuta.table import from_image
from escuta.table.rows import connection_of
from tests.conftest import deploy

TAKEN = ("budget#", "rate#", "sms_days")
Snapshot = dict[tuple[str, str, str], dict[str, Any]]
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def fresh() -> None:
    """Empty moto and deploy again, inside a test that uses the fixture `aws`."""
    mock_aws().reset()
    rates.forget()
    deploy()


def snapshot(*, ignore: tuple[str, ...] = ()) -> Snapshot:
    """Return every row but those of the audit by (table, pk, sk), comparable between two runs of one scenario.

    Moments become `<moment>`, since the clock goes on. The sub-rows of a counter are added up and its version is left
    out, since which sub-row took a chunk is nobody's business. Of an event
    only what it tells of is compared. `ignore` leaves out fields of the stored entities.
    """
    rows: Snapshot = {}
    counters: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for table in WORKING:
        for item in scan(table):
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            if pk.startswith(TAKEN):
                continue
            if item.get("kind") == {"S": DomainEvent.kind}:
                rows[table.value, *_of_event(item, rows)] = {"kind": DomainEvent.kind}
            elif pk.startswith(("counter#", "sent#", "funnel#", "states#")):
                _fold(counters[table.value, pk, _still(sk.rpartition("#")[0])], item)
            else:
                rows[table.value, *(_still(pk), _still(sk))] = _plain(item, ignore)
    return rows | {key: numbers for key, sums in counters.items() if (numbers := {n: v for n, v in sums.items() if v})}


def scan(table: Table) -> list[dict[str, Any]]:
    """Return the raw items of one table."""
    items: list[dict[str, Any]] = []
    start = None
    while True:
        answer = connection_of(table).scan(exclusive_start_key=start)
        items.extend(answer["Items"])
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return items


def whole(item: dict[str, Any]) -> dict[str, Any]:
    """Return the entity that a raw item stores as JSON, with what is empty and what its keys say."""
    said: dict[str, Any] = json.loads(from_image(item).model_dump_json(exclude={"rev"}))
    return said


def difference(expected: Snapshot, actual: Snapshot) -> str:
    """Say in a few lines where two snapshots differ; "" when they do not."""
    lines = [
        f"{'/'.join(key)}: expected {expected.get(key)}, found {actual.get(key)}"
        for key in sorted(expected.keys() | actual.keys())
        if expected.get(key) != actual.get(key)
    ]
    return "\n".join(lines[:5])


def _of_event(item: dict[str, Any], rows: Snapshot) -> tuple[str, str]:
    """Return what an event is called between two runs: its id may follow from a moment, as what it tells of does."""
    said = json.loads(item["data"]["S"])
    name = f"event#{said['type']}#{said['subject']}"
    return name, str(sum(pk == name for _, pk, _ in rows))


def _fold(sums: dict[str, int], item: dict[str, Any]) -> None:
    in_slots = item["pk"]["S"].startswith("sent#")
    for name, value in item.items():
        if "N" in value and name not in {"ver", "expires_at"}:
            sums[name.rstrip("0123456789") if in_slots else name] += int(value["N"])


def _plain(item: dict[str, Any], ignore: tuple[str, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in item.items():
        text = next(iter(value.values()))
        if name == "data":
            entity = json.loads(_still(json.dumps(whole(item), ensure_ascii=False)))
            plain[name] = {field: part for field, part in entity.items() if field not in ignore}
        elif name not in {"pk", "sk"}:
            plain[name] = "<moment>" if name == "expires_at" else _still(text)
    return plain


def _still(text: str) -> str:
    return _MOMENT.sub("<moment>", text)
