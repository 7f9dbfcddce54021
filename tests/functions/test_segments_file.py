from datetime import datetime
from typing import Any

import pytest

from escuta import i18n, table
from escuta.directory import segments
from escuta.directory.model import RowResult, Segment
from escuta.directory.rows import Thing
from escuta.directory.segments import hierarchy, moving
from tests.kit import world
from tests.kit.faults import Fault, recording, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")


@pytest.fixture
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def found_company() -> None:
    hierarchy.forget()
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    for code, parent in (("sul", "aurora"), ("norte", "aurora"), ("poa", "sul"), ("manaus", "norte")):
        segments.create(code, code.title(), parent)


def rows(*said: dict[str, Any]) -> list[Thing]:
    return [Thing(number, number + 1, each, tuple(map(str, each.values()))) for number, each in enumerate(said, 1)]


def take(*said: dict[str, Any], source: str = "first", **options: Any) -> list[RowResult]:
    hierarchy.forget()
    return segments.take_in(rows(*said), source=source, **options)


def said(results: list[RowResult]) -> list[str]:
    return [f"{result.outcome} {result.code}".strip() for result in results]


def tree() -> list[str]:
    hierarchy.forget()
    return sorted("/".join(segment.path) for segment in segments.all())


def store(code: str, parent: str | None = "sul", **fields: Any) -> dict[str, Any]:
    return {"code": code, "name": code.title(), **({"parent": parent} if parent else {}), **fields}


def test_a_hierarchy_comes_from_rows_in_any_order() -> None:
    results = take(
        store("centro", "poa"),
        store("poa", "sul"),
        store("aurora", None),
        store("sul", "aurora", timezone="America/Bahia"),
    )

    assert said(results) == ["accepted"] * 4
    assert tree() == ["aurora", "aurora/sul", "aurora/sul/poa", "aurora/sul/poa/centro"]
    assert [segments.get(code).timezone for code in ("aurora", "centro")] == ["America/Sao_Paulo", "America/Bahia"]


def test_more_stores_than_one_transaction_holds_are_made_parents_first() -> None:
    stores = [store(f"store-{number}", f"region-{number % 3}") for number in range(120)]
    regions = [store(f"region-{number}", "aurora") for number in range(3)]

    results = take(*stores, *regions, store("aurora", None))

    assert said(results) == ["accepted"] * 124
    assert len(tree()) == 124
    assert segments.get("store-119").path == ("aurora", "region-2", "store-119")


@pytest.mark.usefixtures("company")
def test_a_row_changes_what_it_says_and_leaves_the_rest() -> None:
    segments.change(segments.get("poa"), city="Porto Alegre", attributes={"area": "120", "format": "express"})

    results = take({"code": "poa", "name": "POA Centro", "attributes": {"area": "200"}, "postal_code": "90020-007"})

    changed = segments.get("poa")
    assert said(results) == ["updated"]
    assert (changed.name, changed.city, changed.postal_code) == ("POA Centro", "Porto Alegre", "90020-007")
    assert changed.attributes == {"area": "200", "format": "express"}


@pytest.mark.usefixtures("company")
def test_a_row_moves_a_region_with_what_is_below_it_and_its_history_tells() -> None:
    results = take({"code": "sul", "parent": "norte", "name": "Sul"})

    assert said(results) == ["updated"]
    assert tree() == ["aurora", "aurora/norte", "aurora/norte/manaus", "aurora/norte/sul", "aurora/norte/sul/poa"]
    assert [move.moved_by for move in segments.moves("sul").items] == ["file first.1"]


@pytest.mark.usefixtures("company")
def test_rows_that_turn_the_hierarchy_around_are_taken_together() -> None:
    results = take(store("sul", "poa"), store("poa", "aurora"), store("canoas", "sul"))

    assert said(results) == ["updated", "updated", "accepted"]
    assert tree() == [
        "aurora",
        "aurora/norte",
        "aurora/norte/manaus",
        "aurora/poa",
        "aurora/poa/sul",
        "aurora/poa/sul/canoas",
    ]


@pytest.mark.usefixtures("company")
def test_rows_that_stand_under_each_other_in_a_circle_are_named_and_the_others_are_taken() -> None:
    results = take(store("a", "b"), store("b", "c"), store("c", "a"), store("below", "a"), store("bage", "sul"))

    assert said(results) == [*["rejected parent_cycle"] * 3, "rejected parent_rejected", "accepted"]
    assert results[0].details == {"rows": "1, 2, 3"}
    assert "aurora/sul/bage" in tree()
    assert len(tree()) == 6


@pytest.mark.usefixtures("company")
def test_a_segment_that_would_stand_below_itself_stays_where_it_is() -> None:
    results = take(store("sul", "poa", name="Changed"))

    assert said(results) == ["rejected parent_cycle"]
    assert (segments.get("sul").path, segments.get("sul").name) == (("aurora", "sul"), "Sul")


@pytest.mark.parametrize(
    ("row", "code", "column", "details"),
    [
        (store("bage", "nowhere"), "parent_unknown", "Loja pai", {"value": "nowhere"}),
        (store("bage", None), "parent_missing", "Loja pai", {"value": "aurora"}),
        (store("aurora", "sul"), "segment_root_stays", "Loja pai", {}),
        ({"code": "aurora", "retired": True}, "segment_root_stays", "retired", {}),
        (store("Bagé"), "segment_code_invalid", "code", {"value": "Bagé"}),
        ({"code": "bage", "parent": "sul"}, "segment_name_invalid", "name", {}),
        (store("poa", timezone="Brasilia"), "timezone_unknown", "timezone", {"value": "Brasilia"}),
        (store("poa", country="Brasil"), "country_unknown", "country", {"value": "Brasil"}),
        (store("poa", city="x" * 201), "too_long", "city", {"limit": "200"}),
        ({"code": "sul", "retired": True}, "retire_with_children", "retired", {}),
    ],
)
@pytest.mark.usefixtures("company")
def test_a_row_that_cannot_be_is_rejected_with_its_line_and_column(
    row: dict[str, Any], code: str, column: str, details: dict[str, str]
) -> None:
    before = world.snapshot()

    (result,) = take(row, columns={"parent": "Loja pai"})

    assert (result.outcome, result.code, result.column) == ("rejected", code, column)
    assert (result.row, result.line, result.details) == (1, 2, details)
    assert result.original == tuple(map(str, row.values()))
    assert world.snapshot() == before
    for language in i18n.LANGUAGES:
        assert i18n.say("escuta.directory", language, f"intake.{code}", **details).endswith(".")


@pytest.mark.usefixtures("company")
def test_of_two_rows_with_one_code_the_first_holds() -> None:
    results = take(store("bage"), store("bage"), store("bage", "norte"))

    assert said(results) == ["accepted", "duplicate same_code", "rejected code_conflict"]
    assert [result.details for result in results[1:]] == [{"row": "1"}, {"row": "1"}]
    assert segments.get("bage").parent == "sul"


@pytest.mark.usefixtures("company")
def test_a_region_is_retired_with_the_rows_of_its_stores_in_any_order_and_opened_again() -> None:
    closed = take({"code": "sul", "retired": True}, {"code": "poa", "retired": True})
    refused = take(store("bage"), {"code": "poa", "retired": False}, source="second")
    opened = take({"code": "poa", "retired": False}, {"code": "sul", "retired": False}, store("bage"), source="third")

    assert said(closed) == ["updated", "updated"]
    assert said(refused) == ["rejected parent_retired", "rejected parent_retired"]
    assert said(opened) == ["updated", "updated", "accepted"]
    assert [segments.get(code).retired_at for code in ("sul", "poa", "bage")] == [None, None, None]


@pytest.mark.usefixtures("company")
def test_a_store_that_is_new_and_closed_is_kept_as_closed() -> None:
    results = take(store("bage", retired=True))

    assert said(results) == ["accepted"]
    assert segments.get("bage").retired_at is not None


@pytest.mark.usefixtures("company")
def test_the_same_rows_in_another_file_change_nothing() -> None:
    file = [store("bage", "sul", city="Bagé"), store("sul", "norte"), {"code": "manaus", "retired": True}]
    take(*file)
    before = world.snapshot()

    again = take(*file, source="second")

    assert said(again) == ["duplicate unchanged"] * 3
    assert world.snapshot() == before


@pytest.mark.usefixtures("company")
def test_the_same_file_again_says_what_it_said_and_changes_nothing() -> None:
    file = [
        store("bage", "sul", city="Bagé"),
        store("sul", "norte"),
        store("poa", "sul"),
        {"code": "manaus", "retired": True},
    ]
    first = take(*file)
    before = world.snapshot()

    assert take(*file) == first
    assert said(first) == ["accepted", "updated", "duplicate unchanged", "updated"]
    assert world.snapshot() == before


@pytest.mark.usefixtures("company")
def test_a_preview_says_the_same_and_writes_nothing() -> None:
    file = [store("bage", "sul"), store("sul", "norte"), store("x", "nowhere")]
    before = world.snapshot()

    with recording() as calls:
        preview = take(*file, dry_run=True)

    assert world.snapshot() == before
    assert {call.operation for call in calls} <= {"Query", "BatchGetItem", "GetItem"}
    assert preview == take(*file)


@pytest.mark.usefixtures("company")
def test_a_file_goes_on_after_a_move_that_broke_off() -> None:
    table.save(
        segments.get("sul").changed(parent="norte", path=("aurora", "norte", "sul"), moving_from=("aurora", "sul"))
    )

    results = take(store("bage", "poa"))

    assert said(results) == ["accepted"]
    assert segments.get("bage").path == ("aurora", "norte", "sul", "poa", "bage")
    assert segments.get("sul").moving_from == ()


FILE = [
    store("bage", "sul"),
    store("sul", "norte", city="Curitiba"),
    {"code": "poa", "retired": True},
    store("x", "nowhere"),
]
FAULTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REPLY)


def test_a_file_survives_every_fault_at_every_write_with_the_same_results() -> None:
    told: list[list[str]] = []

    def act() -> None:
        told.append(said(take(*FILE)))

    assert survey_of_faults(found_company, act, faults=FAULTS, at=lambda call: "Write" in call.operation) == []
    assert {tuple(each) for each in told} == {("accepted", "updated", "updated", "rejected parent_unknown")}


def test_the_sweep_catches_a_file_that_is_believed_done_after_its_move(monkeypatch: pytest.MonkeyPatch) -> None:
    original = moving.move

    def careless(current: Segment, parent: str, **fields: Any) -> Segment:
        return original(current, parent, **{name: value for name, value in fields.items() if name != "updated_by"})

    def act() -> None:
        told.append(said(take(*FILE)))

    told: list[list[str]] = []
    monkeypatch.setattr(moving, "move", careless)

    survey_of_faults(found_company, act, faults=(Fault.CRASH_AFTER,), at=lambda call: "Write" in call.operation)

    assert len({tuple(each) for each in told}) > 1
