"""Whatever dies when: nothing that was written is missing from the audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from escuta import table
from escuta.directory import audit, organisation, segments
from escuta.directory.model import Segment
from escuta.entity import Table
from escuta.errors import UnavailableError
from tests.functions.callers import ask, key
from tests.kit import world
from tests.kit.faults import Crash, Fault, injected, recording, with_audit

PATH = "/v1/segments/aurora"


def change(text: str) -> int:
    """Change a place by API; 0 when a function died."""
    try:
        return ask("PATCH", PATH, text, body={"city": "Recife"}).status
    except (Crash, UnavailableError):  # the authorizer has no answers of its own
        return 0


def prepared() -> str:
    world.fresh()
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    organisation.current()  # kept for a minute
    text = key()
    ask("GET", PATH, text)  # takes its share of the minute's requests
    return text


def told() -> list[dict[str, Any]]:
    return [world.whole(item) for item in world.scan(Table.AUDIT)]


def amiss(number: int, fault: Fault) -> str:
    """Say what is wrong with the audit after one fault; "" for nothing."""
    text = prepared()
    with injected(number, fault):
        status = change(text)
    rows = told()
    is_written = table.load(Segment, Segment.at("aurora"), consistent=True).city == "Recife"
    if is_written and not rows:
        return "written, and nobody knows by whom"
    if status == 200 and not is_written:
        return "answered, and not written"
    ended = [row for row in rows if row["is_done"]]
    if any((row["status"] == 200) != (status == 200) for row in ended if status):
        return f"answered {status}, told {ended}"
    if status == 200 and ended and not ended[0]["changes"]:
        return "told without what changed"
    return f"{len(rows)} rows" if len(rows) > 2 else ""


def found_amiss() -> list[str]:
    text = prepared()
    with with_audit(), recording() as calls:
        change(text)
    assert [call.operation for call in calls].count("PutItem") == 3  # asked, the change, done
    with with_audit():
        return [
            f"{fault} at {call}: {wrong}"
            for call in calls
            for fault in call.faults()
            if (wrong := amiss(call.number, fault))
        ]


@pytest.mark.usefixtures("aws")
def test_nothing_is_written_without_an_entry_whatever_call_fails() -> None:
    assert found_amiss() == []


class Ended:
    """What notes nothing while a request runs."""

    def ended(self, status: int, code: str = "") -> None:
        pass

    def about(self, **told: str) -> None:
        pass


@contextmanager
def only_afterwards(asked: audit.Asked) -> Iterator[Ended]:
    """Note a request when it is over, as audits often do."""
    yield Ended()
    audit.told(asked, 200)


@pytest.mark.usefixtures("aws")
def test_an_audit_that_is_written_only_afterwards_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "noted", only_afterwards)
    text = prepared()
    with with_audit(), recording() as calls:
        change(text)
    put = next(call.number for call in calls if call.operation == "PutItem")
    with with_audit():
        assert amiss(put, Fault.CRASH_AFTER) == "written, and nobody knows by whom"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.LOST_REPLY])
def test_a_change_that_cannot_be_noted_is_not_made(fault: Fault) -> None:
    text = prepared()
    with with_audit(), recording() as calls:
        change(text)
    first = next(call.number for call in calls if call.operation == "PutItem")
    text = prepared()
    with with_audit(), injected(first, fault):
        status = change(text)

    assert status == 503
    assert table.load(Segment, Segment.at("aurora"), consistent=True).city == ""


@pytest.mark.usefixtures("aws")
def test_what_the_store_did_not_answer_is_told_as_uncertain() -> None:
    text = prepared()
    with with_audit(), recording() as calls:
        change(text)
    second = [call.number for call in calls if call.operation == "PutItem"][1]
    text = prepared()
    with with_audit(), injected(second, Fault.LOST_REPLY):
        change(text)

    (ended,) = (row for row in told() if row["is_done"])
    assert (ended["outcome"], ended["status"]) == ("failed", 503)
    assert [(each["what"], each["is_sure"]) for each in ended["changes"]] == [("changed", False)]
