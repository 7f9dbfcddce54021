from datetime import datetime

import pytest

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.directory.segments import hierarchy, moving
from escuta.errors import ConflictError, InvalidError
from tests.kit import world
from tests.kit.faults import Call, Crash, Fault, injected, recording, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")


def company() -> None:
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    for code, parent in (
        ("sul", "aurora"),
        ("norte", "aurora"),
        ("poa", "sul"),
        ("centro", "poa"),
        ("sul-2", "aurora"),
    ):
        segments.create(code, code.title(), parent)


@pytest.fixture(autouse=True)
def hierarchy_of_the_company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company()


@pytest.fixture
def batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "TOGETHER", 2)


def paths() -> set[str]:
    return {"/".join(segment.path) for segment in segments.all()}


NORTH = {
    "aurora",
    "aurora/norte",
    "aurora/norte/sul",
    "aurora/norte/sul/poa",
    "aurora/norte/sul/poa/centro",
    "aurora/sul-2",
}


def move_south() -> Segment:
    return segments.move(segments.get("sul"), "norte", who="Ana")


def test_a_small_subtree_moves_in_one_transaction_and_its_neighbour_of_a_similar_name_stays() -> None:
    with recording() as calls:
        move_south()

    assert [call.actions for call in calls if call.operation == "TransactWriteItems"] == [5]
    assert paths() == NORTH
    assert segments.as_is("centro") == ("aurora", "norte", "sul", "poa", "centro")


@pytest.mark.usefixtures("batches_of_two")
def test_a_large_subtree_moves_in_batches() -> None:
    moved = move_south()

    assert (moved.path, moved.moving_from) == (("aurora", "norte", "sul"), ())
    assert paths() == NORTH
    assert [move.to_path for move in segments.moves("sul").items] == [("aurora", "norte", "sul")]


@pytest.mark.usefixtures("batches_of_two")
def test_a_move_that_broke_off_lets_nobody_build_on_it_and_is_finished_by_repeating_it() -> None:
    with pytest.raises(Crash), injected(_batch(), Fault.CRASH_BEFORE):
        move_south()

    assert segments.get("sul").moving_from == ("aurora", "sul")
    with pytest.raises(ConflictError, match="segment_moving"):
        segments.create("canoas", "Canoas", "poa")
    with pytest.raises(ConflictError, match="segment_moving"):
        segments.move(segments.get("poa"), "aurora")
    with pytest.raises(ConflictError, match="segment_moving"):
        segments.move(segments.get("norte"), "sul-2")
    move_south()
    assert paths() == NORTH
    assert len(segments.moves("sul").items) == 1


def _batch() -> int:
    """Return the number of the call that writes the first batch of those below: the second transaction."""
    with recording() as calls:
        move_south()
    number = [call.number for call in calls if call.operation == "TransactWriteItems"][1]
    world.fresh()
    hierarchy.forget()
    company()
    return number


FAULTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REPLY, Fault.CONFLICT)


def found_small() -> None:
    hierarchy.forget()
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    for code, parent in (("sul", "aurora"), ("norte", "aurora"), ("poa", "sul"), ("centro", "poa")):
        segments.create(code, code.title(), parent)


def is_write(call: Call) -> bool:
    return call.operation in {"TransactWriteItems", "PutItem"}


def test_a_move_in_batches_survives_every_fault_at_every_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "TOGETHER", 1)

    assert survey_of_faults(found_small, move_south, faults=FAULTS, at=is_write) == []


def test_the_sweep_catches_a_move_that_says_it_is_done_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(current: Segment) -> Segment:
        done = table.save(current.changed(moving_from=()))
        moving._carry_all(current.moving_from, done.path)  # noqa: SLF001 - the same work in the wrong order
        return done

    monkeypatch.setattr(moving, "TOGETHER", 1)
    monkeypatch.setattr(moving, "resume", hasty)

    found = survey_of_faults(found_small, move_south, faults=(Fault.CRASH_AFTER,), at=is_write)

    assert "aurora/sul/poa" in found[0]


def test_a_path_has_an_end() -> None:
    parent = "centro"
    for number in range(13):
        code = f"{number:02d}".ljust(64, "x")
        segments.create(code, "Deeper", parent)
        parent = code

    with pytest.raises(InvalidError, match="segment_path_long") as refused:
        segments.create("y" * 64, "Deeper", parent)
    assert refused.value.details == {"field": "parent", "most": 900}


def test_a_subtree_that_would_reach_too_deep_does_not_move() -> None:
    parent = "norte"
    for number in range(14):
        code = f"{number:02d}".ljust(64 if number < 13 else 30, "x")
        segments.create(code, "Deeper", parent)
        parent = code

    with pytest.raises(InvalidError, match="segment_path_long"):
        segments.move(segments.get("sul"), parent)
    assert segments.get("sul").parent == "aurora"


def test_what_was_changed_since_it_was_read_is_not_moved() -> None:
    read = segments.get("sul")
    segments.change(read, name="Sul e Sudeste")

    with pytest.raises(ConflictError, match="stale"):
        segments.move(read, "norte")
    assert table.load(Segment, Segment.at("sul")).parent == "aurora"


def test_a_region_with_more_stores_than_one_transaction_holds_is_retired_from_below(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escuta.directory.segments.retiring.TOGETHER", 2)

    with pytest.raises(Crash), injected(4, Fault.CRASH_BEFORE):
        segments.retire(segments.get("sul"), cascade=True)
    hierarchy.forget()
    assert {each.code for each in segments.all() if each.retired_at} == {"poa", "centro"}

    segments.retire(segments.get("sul"), cascade=True)
    assert {each.code for each in segments.all() if each.retired_at} == {"sul", "poa", "centro"}


def test_what_stood_under_a_place_is_known_after_it_has_moved_away_and_been_taken_apart() -> None:
    assert segments.ever_under("sul") == {"sul", "poa", "centro"}

    segments.move(segments.get("poa"), "norte")
    segments.move(segments.get("centro"), "sul-2")

    assert segments.ever_under("sul") == {"sul", "poa", "centro"}
    assert segments.ever_under("norte") == {"norte", "poa", "centro"}
    assert segments.ever_under("sul-2") == {"sul-2", "centro"}
    assert {move.segment for move in segments.everything_moved()} == {"poa", "centro"}


def test_who_comes_to_a_place_brings_what_is_below() -> None:
    segments.move(segments.get("sul"), "norte")

    assert segments.ever_under("norte") == {"norte", "sul", "poa", "centro"}
    assert segments.ever_under("aurora") == {"aurora", "norte", "sul", "poa", "centro", "sul-2"}
