"""The stream handler and the sweep, through their events."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from escuta import clock, table
from escuta.directory import segments
from escuta.entity import Key, Table
from escuta.errors import UnavailableError
from escuta.feedback import metrics
from escuta.feedback.metrics import settling
from escuta.feedback.model import Parked, Survey, SurveyStatus
from metering import app, sweep
from tests.conftest import forget
from tests.kit import faults, recount
from tests.kit.factories import SURVEY, response, ticket, version
from tests.kit.faults import Fault
from tests.kit.stream import Context, Stream, event, record

pytestmark = pytest.mark.usefixtures("aws", "noon")
EVENTS = Path(__file__).parent.parent / "events"
DAY = "2026-03-10"
NONE: dict[str, Any] = {"batchItemFailures": []}


def at_root() -> Counter[str]:
    return metrics.tally(SURVEY, "segment", "aurora", DAY, DAY).get(DAY, Counter())


def kept() -> tuple[Parked, ...]:
    return table.query(Parked, "parked", index="g1").items


def lowest(answer: dict[str, Any]) -> str:
    (failure,) = answer["batchItemFailures"]
    return str(failure["itemIdentifier"])


def numbered(*each: dict[str, Any], first: int = 10**21 - 2) -> dict[str, Any]:
    """Return an event whose sequence numbers grow a digit after the second record."""
    batch = event(each)
    for place, one in enumerate(batch["Records"]):
        one["dynamodb"]["SequenceNumber"] = str(first + place)
    return batch


def test_an_answer_and_its_correction_count_once_as_corrected() -> None:
    table.create(version())
    batch = json.loads((EVENTS / "dynamodb_responses.json").read_text())

    answers = [app.handler(batch, Context()) for _ in range(2)]  # D1

    assert answers == [NONE, NONE]
    assert at_root() == Counter({"n": 1, "detractor": 1, "q.nps.2": 1, "tone.negative": 1, "comment.detractor": 1})
    assert metrics.tally(SURVEY, "product", "lamp", DAY, DAY)[DAY]["n"] == 1


def test_a_response_that_expired_stays_counted() -> None:
    """D12."""
    table.create(version())
    app.handler(json.loads((EVENTS / "dynamodb_responses.json").read_text()), Context())

    assert app.handler(json.loads((EVENTS / "dynamodb_expired.json").read_text()), Context()) == NONE
    assert at_root()["n"] == 1


def test_other_kinds_and_counters_are_passed_by() -> None:
    counter = {"pk": {"S": f"counter#{SURVEY}#segment#aurora"}, "sk": {"S": f"{DAY}#0"}, "n": {"N": "1"}}

    assert app.handler(event([record(ticket()), record(counter), record(response())]), Context()) == NONE
    assert at_root()["n"] == 1
    assert kept() == ()


def poisoned(**image: Any) -> dict[str, Any]:
    whole = record(response("poison"))
    whole["dynamodb"]["NewImage"] |= image
    return whole


@pytest.mark.parametrize(
    "poison",
    [
        {"kind": {"S": "riddle"}},
        {"data": {"S": '{"id": "poison"}'}},
        {"data": {"S": "{"}},
        {"data": {"NULL": True}},
        {"rev": {"S": "first"}},
    ],
)
def test_what_cannot_be_read_is_parked_once_and_the_batch_goes_on(poison: dict[str, Any]) -> None:
    """D7."""
    batch = numbered(record(response("a")), poisoned(**poison), record(response("b")))

    answers = [app.handler(batch, Context()) for _ in range(2)]

    assert answers == [NONE, NONE]
    assert at_root()["n"] == 2
    (parked,) = kept()
    assert parked.submission == "poison"
    assert json.loads(parked.payload) == batch["Records"][1]["dynamodb"]["NewImage"]


def test_an_unreadable_image_too_large_for_a_row_is_parked_by_its_key() -> None:
    """D7: 400 KB; the row itself is still there under that key."""
    poison = poisoned(data={"S": "x" * 399_000})

    assert app.handler(numbered(poison, record(response("b"))), Context()) == NONE
    assert at_root()["n"] == 1
    assert json.loads(kept()[0].payload)["response"] == "poison"


def many(count: int) -> list[dict[str, Any]]:
    return [record(response(f"answer-{n:03}", n % 11)) for n in range(count)]


def test_out_of_time_the_rest_is_reported_from_its_lowest_number() -> None:
    """D8: asked before every transaction, at a fifth of the time."""
    batch = numbered(*many(100))
    hurried = Context(remaining=[60_000, 30_000, 11_999])

    answer = app.handler(batch, hurried)

    assert at_root()["n"] == 40
    assert lowest(answer) == str(10**21 - 2 + 40)
    assert app.handler(batch, Context()) == NONE
    assert at_root()["n"] == 100


def test_a_throttle_is_reported_and_what_was_done_stays_done() -> None:
    """D2, D5: the call after the first transaction fails; the stream delivers from there, done or not."""
    feed = Stream(app.handler)
    feed.put(*many(60))

    with faults.injected(4, Fault.THROTTLED_TRANSACTION) as calls:
        feed.run()

    first = [call.operation for call in calls][:5]
    assert first == ["BatchGetItem", "GetItem", "TransactWriteItems", "BatchGetItem", "TransactWriteItems"]
    assert feed.invocations == 2
    assert at_root()["n"] == 60


@pytest.mark.parametrize(
    "reason", ["ThrottlingError", "ProvisionedThroughputExceeded", "DuplicateItem", "AccessDenied", "SomethingNew"]
)
def test_no_unknown_reason_is_taken_for_a_duplicate(reason: str) -> None:
    """D6."""

    def cancelled(parameters: dict[str, Any]) -> ClientError:
        return faults.transaction_cancelled(reason, *["None"] * (len(parameters["TransactItems"]) - 1))

    batch = numbered(record(response("a")), record(response("b")))
    with faults.failing("TransactWriteItems", cancelled):
        answer = app.handler(batch, Context())

    assert lowest(answer) == str(10**21 - 2)
    assert app.handler(batch, Context()) == NONE
    assert at_root()["n"] == 2


def test_the_lowest_number_is_the_lowest_number_and_not_the_first_in_the_alphabet() -> None:
    batch = numbered(*(record(response(name)) for name in ("a", "b", "c", "d")))

    with faults.injected(0, Fault.THROTTLE):
        answer = app.handler(batch, Context())

    assert lowest(answer) == "999999999999999999998"


def test_a_store_that_is_down_for_every_try_loses_nothing_that_is_not_kept() -> None:
    """D10: after its tries the batch is in the destination with its payload, and replaying it counts it."""
    feed = Stream(app.handler, retries=3)
    feed.put(*many(5))
    with faults.failing("BatchGetItem", lambda _: faults.throttled("dynamodb", "BatchGetItem")):
        feed.run()
    before = at_root()

    feed.replay([each for lost in feed.discarded for each in lost.records])

    assert before == Counter()
    assert at_root()["n"] == 5


def test_an_outage_longer_than_the_stream_keeps_is_healed_by_the_sweep() -> None:
    """D11."""
    feed = Stream(app.handler, max_age=3600)
    feed.put(*many(5))
    for n in range(5):
        table.put(response(f"answer-{n:03}", n % 11, rev=0))
    with clock.at(datetime(2026, 3, 11, 18, tzinfo=UTC)):
        feed.run()

    assert [lost.condition for lost in feed.discarded] == ["RecordAgeExceeded"]
    assert sweep.handler({"survey": SURVEY, "day": DAY}, Context()) == {
        "repaired": 5,
        "drift": 0,
        "days": [{"survey": SURVEY, "day": DAY, "repaired": 5, "drift": 0, "moving": False}],
    }
    assert recount.counted() == recount.recounted()


def survey(name: str, status: SurveyStatus, *, closed: timedelta | None = None) -> Survey:
    now = clock.now()
    closed_at = now - closed if closed else None
    return table.create(
        Survey(id=name, name=name, status=status, version=1, created_at=now, updated_at=now, closed_at=closed_at)
    )


def test_every_hour_the_days_of_the_last_two_hours_are_swept_where_answers_are_taken() -> None:
    survey("visit", SurveyStatus.LIVE)
    survey("paused", SurveyStatus.PAUSED)
    survey("draft", SurveyStatus.DRAFT)
    survey("just-closed", SurveyStatus.CLOSED, closed=timedelta(hours=5))
    survey("long-closed", SurveyStatus.CLOSED, closed=timedelta(days=3))
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    segments.create("acre", "Rio Branco", "aurora", "America/Rio_Branco")
    for day in (DAY, "2026-03-11"):
        table.put(response(day, 9, rev=0, day=day))

    with clock.at(datetime(2026, 3, 11, 3, 30, tzinfo=UTC)):  # half past midnight in São Paulo
        found = sweep.handler({}, Context())

    taken = [(name, day) for name in ("just-closed", "paused", "visit") for day in ("2025-04-07", DAY, "2026-03-11")]
    over = ("long-closed", "2025-04-07")
    assert sorted((each["survey"], each["day"]) for each in found["days"]) == sorted((*taken, over))
    assert (found["repaired"], found["drift"]) == (2, 0)


def over(first_hour: int, turns: int) -> set[str]:
    """Return the days of earlier weeks that are swept in so many runs, two hours apart."""
    found: set[str] = set()
    for turn in range(turns):
        with clock.at(datetime(2026, 3, 10, first_hour, tzinfo=UTC) + timedelta(hours=2 * turn)):
            found |= {each["day"] for each in sweep.handler({}, Context())["days"]}
    return {day for day in found if day < DAY}


def test_every_day_the_days_before_are_swept_again_and_each_of_a_year_in_its_turn() -> None:
    """What comes late is found, and what an older release counted is counted anew."""
    survey("visit", SurveyStatus.LIVE)

    lately, year = over(6, 9), over(5, 36)

    assert len(lately) == 9
    assert all("2026-02-26" <= day <= "2026-03-09" for day in lately)
    assert len({day for day in year if day < "2026-02-26"}) == 33  # of 36 turns: three days had two
    assert min(year) >= "2025-02-24"


def test_of_a_survey_that_is_closed_the_days_that_it_was_answered_on_are_still_swept() -> None:
    """What an older release counted is counted anew, and what came last and was lost is found."""
    survey("visit", SurveyStatus.CLOSED, closed=timedelta(hours=1))
    table.put(response(rev=0))

    with clock.at(datetime(2026, 3, 16, 10, tzinfo=UTC)):
        found = sweep.handler({}, Context())
    with clock.at(datetime(2026, 3, 16, 4, tzinfo=UTC)):
        after = sweep.handler({}, Context())

    assert [(each["survey"], each["day"], each["repaired"]) for each in found["days"]] == [("visit", DAY, 1)]
    assert after["days"] == []  # the turn of the 13th: nobody could answer any more


def test_a_day_that_is_over_for_the_organisation_and_not_for_all_its_stores_is_swept_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ESCUTA_TIMEZONE", "Asia/Tokyo")
    forget()
    survey("visit", SurveyStatus.LIVE)
    segments.create("tokyo", "Tokyo", timezone="Asia/Tokyo")
    segments.create("lisboa", "Lisboa", "tokyo", "Europe/Lisbon")

    with clock.at(datetime(2026, 3, 12, 0, 30, tzinfo=UTC)):
        days = [each["day"] for each in sweep.handler({}, Context())["days"]]

    assert days == ["2026-03-11", "2026-03-12"]


def test_surveys_for_which_there_is_no_time_are_the_first_of_a_later_hour() -> None:
    names = [f"survey-{number}" for number in range(4)]
    for name in names:
        survey(name, SurveyStatus.LIVE)

    swept = []
    for hour in range(4):
        with clock.at(datetime(2026, 3, 20, 15 + hour, tzinfo=UTC)):
            found = sweep.handler({}, Context(remaining=[60_000, 50_000, 50_000, 29_000]))
            swept.append({each["survey"] for each in found["days"]})

    assert [len(some) for some in swept] == [1, 1, 1, 1]
    assert set().union(*swept) == set(names)


def test_a_survey_that_cannot_be_swept_keeps_no_other_from_being_swept_and_folded() -> None:
    for name in ("visit", "zebra"):
        survey(name, SurveyStatus.LIVE)
        table.put(response(f"of-{name}", rev=0, survey=name))

    def broken(parameters: dict[str, Any]) -> ClientError | None:
        return faults.throttled("dynamodb", "BatchGetItem") if "#zebra" in json.dumps(parameters) else None

    with clock.at(datetime(2026, 3, 12, tzinfo=UTC)), faults.failing("BatchGetItem", broken):
        with pytest.raises(UnavailableError):
            sweep.handler({}, Context())

        assert at_root()["n"] == 1
        assert "2026-03-10" not in settling.pending(table.load(Survey, Survey.at("visit")))


def test_the_hourly_sweep_looks_closer_where_the_recount_is_off() -> None:
    """D13: the record of a move to a day that is not swept was lost."""
    survey("visit", SurveyStatus.LIVE)
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    metrics.apply([response(score=2)])
    table.put(response(score=2, rev=1, day="2026-02-01"))

    found = sweep.handler({}, Context())

    assert (found["repaired"], found["drift"]) == (1, 0)
    assert recount.counted() == recount.recounted()


def test_a_counter_that_somebody_meddled_with_is_reported_as_drift() -> None:
    """D14."""
    table.put(response(rev=0))
    metrics.apply([response()])
    guard = table.Create(response("guard", day="-"))
    table.transact(guard, table.Add(Table.FEEDBACK, Key(f"counter#{SURVEY}#segment#aurora", f"{DAY}#2"), {"n": -5}))

    assert sweep.handler({"survey": SURVEY, "day": DAY}, Context())["drift"] == 1
