"""Three well-known ways to count wrongly, kept so that the tests of counting prove to find them (faults 3.2)."""

from collections import Counter
from typing import Any

from pynamodb.expressions.operand import Path

from escuta import clock, table
from escuta.entity import Table
from escuta.errors import ConflictError
from escuta.feedback import metrics
from escuta.feedback.model import Contribution, Parked, Response
from escuta.table.rows import connection_of
from tests.kit import guard


def bare_add(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Pattern A: add what each record changes, straight from its images."""
    for record in event["Records"]:
        _add(record)
    return {"batchItemFailures": []}


def marker_then_add(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Pattern B: remember the event first, then add; what was remembered is not added again."""
    for record in event["Records"]:
        try:
            table.create(_marker(record))
        except ConflictError:
            continue
        _add(record)
    return {"batchItemFailures": []}


def add_then_marker(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Pattern B the other way round: add, then remember the event; what is remembered is not added again."""
    for record in event["Records"]:
        if table.find(Parked, Parked.at(record["eventID"]), consistent=True) is None:
            _add(record)
            table.put(_marker(record))
    return {"batchItemFailures": []}


def _marker(record: dict[str, Any]) -> Parked:
    return Parked(id=record["eventID"], reason="seen", submission="", link_key="", payload="", created_at=clock.now())


def _add(record: dict[str, Any]) -> None:
    deltas: dict[tuple[str, str], Counter[str]] = {}
    for name, sign in (("NewImage", 1), ("OldImage", -1)):
        image = record["dynamodb"].get(name)
        if image:
            response = table.from_image(image)
            assert isinstance(response, Response)
            _shift(deltas, metrics.contribution(response), sign)
    for (pk, day), numbers in deltas.items():
        steps: list[Any] = [Path([name]).add({"N": str(number)}) for name, number in numbers.items() if number]
        if steps:
            with guard.down():
                connection_of(Table.FEEDBACK).update_item(pk, f"{day}#0", actions=steps)


def _shift(deltas: dict[tuple[str, str], Counter[str]], each: Contribution, sign: int) -> None:
    for place in each.places:
        row = deltas.setdefault((f"counter#{each.survey}#{place}", each.day), Counter())
        for name, number in each.numbers.items():
            row[name] += sign * number
