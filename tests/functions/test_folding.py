"""Days that are over are folded: what is read, how much of it, and what makes a fold void."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from escuta import clock, table
from escuta.entity import Table
from escuta.feedback import metrics
from escuta.feedback.metrics import folding, folds, settling, spreading
from escuta.feedback.model import Fold, Response, Spread, Survey, SurveyStatus
from metering import sweep
from tests.conftest import NOON
from tests.kit import faults, world
from tests.kit.factories import SURVEY, response
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")
ROOT = "segment#aurora"
PLACES = (ROOT, "segment#sudeste", "segment#paulista", "at#paulista", "channel#email", "language#pt-BR")
APRIL = datetime(2026, 4, 2, 16, tzinfo=UTC)  # March is over, everywhere and for fifteen hours


def stored(*answers: Response) -> None:
    for answer in answers:
        table.put(answer.changed(rev=answer.rev - 1))
    metrics.apply(answers)


def of(place: str, first: str, last: str, *, months: bool = False) -> dict[str, Counter[str]]:
    return metrics.tallies(SURVEY, [place], first, last, months=months)[place]


def counted(score: int, kind: str) -> Counter[str]:
    return Counter({"n": 1, kind: 1, f"q.nps.{score}": 1})


def live(created: datetime = NOON) -> Survey:
    return table.create(
        Survey(id=SURVEY, name="Visita", status=SurveyStatus.LIVE, version=1, created_at=created, updated_at=created)
    )


def operations(first: str, last: str) -> list[str]:
    with faults.recording() as calls:
        of(ROOT, first, last)
    return [call.operation for call in calls]


@pytest.mark.parametrize(
    ("hour", "held"),
    [(datetime(2026, 3, 11, 14, 59, tzinfo=UTC), []), (datetime(2026, 3, 11, 15, 0, tzinfo=UTC), ["2026-03-10"])],
)
def test_a_day_is_folded_from_fifteen_hours_after_its_end_in_utc(hour: datetime, held: list[str]) -> None:
    stored(response("ana", 9))

    with clock.at(hour):
        settling.settle(SURVEY, "2026-03-10", PLACES)

        found = folds.held(SURVEY, [ROOT], "2026-03-10", "2026-03-11", months=False)
    assert list(found[ROOT]) == held


def test_an_answer_to_a_day_that_is_folded_is_read_at_once_and_folded_again() -> None:
    stored(response("ana", 9), response("bruno", 2, day="2026-03-09"))
    with clock.at(APRIL):
        for day in ("2026-03-09", "2026-03-10"):
            settling.settle(SURVEY, day, PLACES)

        stored(response("clara", 7))  # from a device that was offline

        late = of(ROOT, "2026-03-09", "2026-03-10")
        held = folds.held(SURVEY, [ROOT], "2026-03-09", "2026-03-10", months=False)[ROOT]
        settling.settle(SURVEY, "2026-03-10", PLACES)
        again = folds.held(SURVEY, [ROOT], "2026-03-09", "2026-03-10", months=False)[ROOT]
    both = counted(9, "promoter") + counted(7, "passive")
    assert late == {"2026-03-09": counted(2, "detractor"), "2026-03-10": both}
    assert held == {"2026-03-09": counted(2, "detractor")}
    assert again["2026-03-10"] == both


def test_a_late_answer_leaves_the_folds_of_other_places_alone() -> None:
    stored(response("ana", 9), response("bruno", 2, segment_path=("aurora", "sul", "gramado")))
    with clock.at(APRIL):
        settling.settle(SURVEY, "2026-03-10", (*PLACES, "segment#sul"))
        stored(response("clara", 7))

        held = folds.held(SURVEY, [ROOT, "segment#sul"], "2026-03-10", "2026-03-10", months=False)

    assert held == {ROOT: {}, "segment#sul": {"2026-03-10": counted(2, "detractor")}}


def test_a_month_that_is_over_comes_as_one_where_days_are_not_asked_for() -> None:
    stored(response("ana", 9, day="2026-03-05"), response("bruno", 2, day="2026-03-20"))
    with clock.at(APRIL):
        settling.settle(SURVEY, "2026-03-05", PLACES)

        whole = of(ROOT, "2026-03-01", "2026-04-02", months=True)
        part = of(ROOT, "2026-03-02", "2026-04-02", months=True)
        stored(response("clara", 7, day="2026-03-31"))
        late = of(ROOT, "2026-03-01", "2026-04-02", months=True)

    assert whole == {"2026-03": counted(9, "promoter") + counted(2, "detractor")}
    assert part == {"2026-03-05": counted(9, "promoter"), "2026-03-20": counted(2, "detractor")}
    assert late == {**part, "2026-03-31": counted(7, "passive")}


def test_a_survey_whose_last_answers_were_a_month_ago_is_completed_with_the_first_of_the_next() -> None:
    stored(response("ana", 9, day="2026-02-03"))
    with clock.at(datetime(2026, 2, 5, tzinfo=UTC)):
        settling.settle(SURVEY, "2026-02-03", PLACES)
    stored(response("bruno", 2, day="2026-03-01"))
    with clock.at(APRIL):
        settling.settle(SURVEY, "2026-03-01", PLACES)

        held = folds.held(SURVEY, [ROOT], "2026-02-01", "2026-03-31", months=True)

    assert held[ROOT] == {"2026-02": counted(9, "promoter"), "2026-03": counted(2, "detractor")}


def test_days_before_there_was_the_survey_are_not_looked_for() -> None:
    live()
    stored(response("ana", 9))
    with clock.at(datetime(2026, 3, 12, 16, tzinfo=UTC)):
        settling.settle(SURVEY, "2026-03-10", PLACES)

        assert operations("2025-03-13", "2026-03-12") == ["BatchGetItem", "BatchGetItem", "GetItem", "Query"]


def test_an_answer_that_a_slower_clock_counted_to_a_day_before_the_survey_is_read() -> None:
    """From a kiosk without network: the day was over when the survey was made, and not yet for who counted it."""
    live(datetime(2026, 3, 11, 13, 0, 1, tzinfo=UTC))
    with clock.at(datetime(2026, 3, 11, 12, 59, 50, tzinfo=UTC)):
        stored(response("ana", 9))

    with clock.at(APRIL):
        assert of(ROOT, "2026-03-01", "2026-03-31") == {"2026-03-10": counted(9, "promoter")}


@pytest.mark.parametrize("rows", [4, 64])
def test_how_wide_counters_are_spread_makes_no_folded_day_dearer(rows: int) -> None:
    table.put(Spread(survey=SURVEY, rows=rows))
    for number in range(40):
        stored(response(f"answer-{number}", number % 11))
    with clock.at(APRIL):
        settling.settle(SURVEY, "2026-03-10", PLACES)

        assert operations("2026-03-01", "2026-03-31") == ["BatchGetItem"] * 2
    assert spreading.now(SURVEY) == rows


def test_many_places_are_read_together() -> None:
    stored(*(response(f"answer-{n}", n % 11, segment_path=("aurora", f"store-{n}")) for n in range(20)))
    places = [f"segment#store-{n}" for n in range(20)]
    spreading.rows(SURVEY)

    with faults.recording() as calls:
        found = metrics.tallies(SURVEY, [*places, "segment#nowhere"], "2026-03-10", "2026-03-10")

    assert [call.operation for call in calls] == ["GetItem", "BatchGetItem"]
    assert [found[place]["2026-03-10"]["n"] for place in places] == [1] * 20
    assert found["segment#nowhere"] == {}


def test_the_sweep_folds_the_newest_days_first_and_a_month_at_most_until_all_are() -> None:
    survey = live(datetime(2026, 1, 25, tzinfo=UTC))
    stored(*(response(f"answer-{day}", 9, day=f"2026-03-{day:02}") for day in range(1, 11)))
    with clock.at(datetime(2026, 3, 11, 16, tzinfo=UTC)):
        waiting = settling.pending(survey)
        sweep.handler({}, Context())
        left = settling.pending(survey)
        sweep.handler({}, Context())
        held = folds.held(SURVEY, [ROOT], "2026-03-01", "2026-03-10", months=False)[ROOT]
        everything = settling.pending(survey)
        stored(response("late", 2, day="2026-03-04"))
        again = settling.pending(survey)

    assert (waiting[0], waiting[-1]) == ("2026-03-10", "2026-01-23")  # the day that was over when it was made
    assert left == waiting[35:]  # 34, and the one whose turn it was to be recounted
    assert [counted["n"] for counted in held.values()] == [1] * 10
    assert (everything, again) == ([], ["2026-03-04"])


def test_a_sweep_that_runs_out_of_time_leaves_the_rest_to_the_next() -> None:
    survey = live(datetime(2026, 3, 1, tzinfo=UTC))
    with clock.at(datetime(2026, 3, 11, 16, tzinfo=UTC)):
        before = settling.pending(survey)
        sweep.handler({}, Context(remaining=[60_000, 21_000, 21_000, 19_000]))

        assert before[0] not in settling.pending(survey)
        assert len(settling.pending(survey)) > 5


def test_folding_again_writes_nothing() -> None:
    stored(response("ana", 9))
    with clock.at(APRIL):
        settling.settle(SURVEY, "2026-03-10", PLACES)
        before = world.scan(Table.FEEDBACK)
        settling.settle(SURVEY, "2026-03-10", PLACES)

    assert world.scan(Table.FEEDBACK) == before


def test_what_no_row_would_hold_is_read_from_its_counters_and_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = live()
    stored(response("ana", 9), response("bruno", 2, segment_path=("aurora", "sul", "gramado")))
    monkeypatch.setattr(folding, "_LARGEST", 60)

    with clock.at(APRIL):
        settling.settle(SURVEY, "2026-03-10", PLACES)
        read = metrics.tallies(SURVEY, [ROOT, "segment#paulista"], "2026-03-01", "2026-03-31", months=True)

        assert "2026-03-10" not in settling.pending(survey)
    assert read == {
        ROOT: {"2026-03-10": counted(9, "promoter") + counted(2, "detractor")},
        "segment#paulista": {"2026-03": counted(9, "promoter")},
    }


def test_two_that_fold_at_once_leave_the_one_that_was_first() -> None:
    stored(response("ana", 9))
    seen: list[bool] = []

    def meanwhile(_parameters: object) -> None:
        if not seen:
            seen.append(True)
            settling.settle(SURVEY, "2026-03-10", PLACES)

    with clock.at(APRIL):
        with faults.failing("PutItem", meanwhile):
            settling.settle(SURVEY, "2026-03-10", PLACES)

        fold = table.load(Fold, Fold.at(SURVEY, ROOT, "2026-03"))
        assert of(ROOT, "2026-03-10", "2026-03-10") == {"2026-03-10": counted(9, "promoter")}
    assert fold.rev == 1
