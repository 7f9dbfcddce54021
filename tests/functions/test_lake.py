"""The lake: what answers become in it, however often, late or beside whom they are written."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from pyarrow import parquet

from escuta import clock, table
from escuta.feedback import blanking, lake, responses, vocabulary
from escuta.feedback.lake import Part
from escuta.feedback.model import Emptied, Response, ResponseState, Survey, SurveyStatus, Topic, TopicsDraft
from export.lake import handler
from metering import app as metering
from metering import sweep
from tests.conftest import NOON
from tests.kit import faults
from tests.kit.factories import SURVEY, response, version
from tests.kit.faults import Fault
from tests.kit.stream import Context, Stream, record

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY = "2026-03-10"
QUARTER = Part(SURVEY, DAY, f"{DAY}T12")
DOCS = Path(__file__).parents[2] / "docs" / "lake.md"


def stored(**fields: Any) -> Response:
    return table.create(response(**fields).changed(rev=0))


def noted() -> list[dict[str, Any]]:
    """Take what waits in the queue of the lake."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="lake")["QueueUrl"]
    found: list[dict[str, Any]] = []
    while some := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += [{"messageId": each["MessageId"], "body": each["Body"]} for each in some]
    return found


def objects() -> dict[str, bytes]:
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket="escuta-lake").get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket="escuta-lake", Key=each["Key"])["Body"].read() for each in listed}


def rows(part: Part = QUARTER) -> list[dict[str, Any]]:
    return parquet.read_table(io.BytesIO(objects()[part.object_key])).to_pylist()  # type: ignore[no-any-return]


def test_an_answer_of_the_stream_is_in_its_quarter_with_what_was_said_and_without_who_said_it() -> None:
    table.create(version())
    said = "Ótimo, me liguem: ana@example.com"
    one = stored(
        answers={"nps": 9, "why": said, "reasons": ("price", "staff"), "who": {"name": "Ana Lima"}},
        comment=said,
        contact="c1",
        contact_name="Ana Lima",
        facets={"hidden.plan": "gold", "hidden.who": "ana@example.com"},
    )
    feed = Stream(metering.handler)
    feed.put(record(one))
    feed.run()

    assert handler({"Records": noted()}, Context()) == {"batchItemFailures": []}

    assert list(objects()) == [f"responses/survey={SURVEY}/day={DAY}/{QUARTER.quarter}.parquet"]
    (row,) = rows()
    assert (row["id"], row["score"], row["score_class"]) == ("first", 9, "promoter")
    assert (row["segment"], row["segment_path"][0]) == ("paulista", "aurora")
    assert dict(row["scales"]) == {"nps": 9}
    assert dict(row["choices"]) == {"reasons": ["price", "staff"]}
    assert dict(row["facets"]) == {"hidden.plan": "gold", "hidden.who": "[e-mail]"}
    assert (row["tone"], row["contact"]) == ("positive", "c1")
    assert row["received_at"] == NOON.replace(tzinfo=None)
    assert b"ana@example" not in objects()[QUARTER.object_key]
    assert "Ana Lima" not in str(row)
    assert row["comment"].startswith("Ótimo, me liguem: ")


def test_a_correction_replaces_and_a_removal_removes() -> None:
    first, second = stored(id="first", score=9), stored(id="second", score=3)
    lake.write(QUARTER)
    table.save(first.changed(score=2, answers={"nps": 2}))
    table.save(second.changed(state=ResponseState.DELETED))

    assert lake.write(QUARTER) == 1

    assert [(row["id"], row["score"], row["rev"]) for row in rows()] == [("first", 2, 2)]


def test_what_was_emptied_has_its_quarter_written_again_by_the_stream() -> None:
    table.create(version())
    one = stored(comment="Sou a Ana, do 12", contact="c1", answers={"nps": 9, "why": "Sou a Ana, do 12"})
    lake.write(QUARTER)
    emptied = table.save(blanking.response(one, Emptied.EXPIRED))
    feed = Stream(metering.handler)
    feed.put(record(emptied, one))
    feed.run()
    handler({"Records": noted()}, Context())

    (row,) = rows()
    assert (row["comment"], row["contact"], row["answers"], row["score"]) == ("", "", [], 9)


def test_a_day_that_is_read_again_by_other_topics_is_written_again() -> None:
    with clock.at(NOON - timedelta(minutes=5)):
        vocabulary.save(TopicsDraft(topics=(Topic(code="price", on=False),)), rev=0, who="ana")
        vocabulary.reread(SURVEY, date(2026, 3, 9), date(2026, 3, 9), who="ana")

    sweep.handler({}, Context())

    assert [each["body"] for each in noted()] == ['{"survey": "visit", "day": "2026-03-09"}']


def test_a_quarter_is_written_once_for_all_that_name_it_and_again_without_harm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    del capsys
    for number in range(3):
        stored(id=f"r{number}", received_at=NOON + timedelta(minutes=number))
    stored(id="later", received_at=NOON + timedelta(hours=4))
    lake.note(responses.of_day(SURVEY, DAY))
    lake.note(responses.of_day(SURVEY, DAY))
    batch = {"Records": noted()}

    with faults.recording() as calls:
        handler(batch, Context())
    before = objects()
    handler(batch, Context())

    assert [call.operation for call in calls].count("PutObject") == 2
    assert objects() == before
    assert [row["id"] for row in rows()] == ["r0", "r1", "r2"]


def test_a_whole_day_is_written_by_its_quarters() -> None:
    stored(id="first")
    stored(id="later", received_at=NOON + timedelta(hours=4))
    lake.note_day(SURVEY, DAY)

    handler({"Records": noted()}, Context())

    assert len(objects()) == 2


def test_every_hour_a_day_that_is_over_is_written_again_of_every_survey_that_is_answered() -> None:
    """That fills the lake of a system that was there before it, and heals what was lost."""
    table.create(Survey(id=SURVEY, name="Visit", status=SurveyStatus.LIVE, version=1, created_at=NOON, updated_at=NOON))

    for hour in (0, 1):
        with clock.at(NOON + timedelta(hours=hour)):
            sweep.handler({}, Context())

    assert [each["body"] for each in noted()] == [
        '{"survey": "visit", "day": "2025-04-12"}',  # one of the last year
        '{"survey": "visit", "day": "2026-03-01"}',  # one of the last twelve days
    ]


def test_who_read_first_begins_again_when_another_wrote_meanwhile() -> None:
    stored(id="first")

    def meanwhile(_: dict[str, Any]) -> None:
        if not seen:
            seen.append(1)
            stored(id="second")
            lake.write(QUARTER)

    seen: list[int] = []
    with faults.failing("PutObject", meanwhile):
        lake.write(QUARTER)

    assert sorted(row["id"] for row in rows()) == ["first", "second"]


def test_a_writer_that_does_not_look_would_bring_the_older_state_back() -> None:
    """The variant that the test above catches: read, let somebody else write, store without a condition."""
    stored(id="first")
    body, _ = lake.packed(lake.row(each) for each in responses.of_day(SURVEY, DAY))
    stored(id="second")
    lake.write(QUARTER)

    boto3.client("s3").put_object(Bucket="escuta-lake", Key=QUARTER.object_key, Body=body)

    assert [row["id"] for row in rows()] == ["first"]


def test_a_quarter_that_others_keep_writing_stays_in_the_queue_and_the_others_do_not() -> None:
    stored(id="first")
    stored(id="later", received_at=NOON + timedelta(hours=4))
    lake.note(responses.of_day(SURVEY, DAY))
    batch = {"Records": noted()}

    def always(parameters: dict[str, Any]) -> None:
        if parameters["Key"] == QUARTER.object_key and not deep:
            deep.append(1)
            others.append(len(others))
            body = f"of somebody else {len(others)}".encode()
            boto3.client("s3").put_object(Bucket="escuta-lake", Key=QUARTER.object_key, Body=body)
            deep.clear()

    deep: list[int] = []
    others: list[int] = []
    with faults.failing("PutObject", always):
        answer = handler(batch, Context())

    assert len(answer["batchItemFailures"]) == 1
    assert len(objects()) == 2
    handler(batch, Context())
    assert [row["id"] for row in rows()] == ["first"]


def test_an_answer_that_came_and_went_while_somebody_wrote_is_not_brought_back() -> None:
    """The object of before and the one of after would have the same bytes, and so the same tag."""
    lake.write(QUARTER)

    def meanwhile(_: dict[str, Any]) -> None:
        if not seen:
            seen.append(1)
            table.save(one.changed(state=ResponseState.DELETED))
            lake.write(QUARTER)

    seen: list[int] = []
    one = stored(id="first")
    with faults.failing("PutObject", meanwhile):
        lake.write(QUARTER)

    assert rows() == []


def test_what_cannot_be_written_stays_in_the_queue_alone() -> None:
    """One answer that does not fit into its column, and a message that names no hour."""
    stored(id="first", answers={"nps": 1 << 40})
    stored(id="later", received_at=NOON + timedelta(hours=4))
    lake.note(responses.of_day(SURVEY, DAY))
    batch = [*noted(), {"messageId": "odd", "body": '{"survey": "visit"}'}]

    answer = handler({"Records": batch}, Context())

    bad = next(each["messageId"] for each in batch if QUARTER.quarter in each["body"])
    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == {"odd", bad}
    assert [key.rpartition("/")[2] for key in objects()] == ["2026-03-10T18.parquet"]


def test_what_there_is_no_time_for_comes_again_and_what_was_written_does_not() -> None:
    stored(id="first")
    stored(id="later", received_at=NOON + timedelta(hours=4))
    lake.note(responses.of_day(SURVEY, DAY))

    answer = handler({"Records": noted()}, Context([300_000, 299_000, 59_000]))

    assert len(answer["batchItemFailures"]) == 1
    assert len(objects()) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.CRASH_AFTER, Fault.CRASH_BEFORE, Fault.THROTTLE])
def test_whatever_fails_at_whichever_call_the_next_try_ends_as_a_clean_run(fault: Fault) -> None:
    stored(id="first")
    with faults.recording() as calls:
        lake.write(QUARTER)
    clean = objects()
    for number in range(len(calls)):
        boto3.client("s3").delete_object(Bucket="escuta-lake", Key=QUARTER.object_key)
        with faults.injected(number, fault):
            try:
                lake.write(QUARTER)
            except (Exception, faults.Crash):  # noqa: BLE001 - any end will do: the queue delivers it again
                lake.write(QUARTER)
        assert objects() == clean


def test_a_quarter_whose_answers_are_all_gone_is_an_empty_file() -> None:
    only = stored(id="first")
    lake.write(QUARTER)
    table.save(only.changed(state=ResponseState.DELETED))

    assert lake.write(QUARTER) == 0
    assert rows() == []


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Let duckdb answer about the objects of the lake what Athena would."""
    for key, body in objects().items():
        place = tmp_path / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    with duckdb.connect() as connection:
        every = connection.read_parquet(f"{tmp_path}/responses/*/*/*.parquet", hive_partitioning=True)
        every.project("* REPLACE (CAST(day AS VARCHAR) AS day)").create_view("responses")
        yield connection


@pytest.fixture
def answered() -> None:
    clock.at(NOON)
    for number in range(12):
        stored(
            id=f"r{number:02}",
            survey="pos-compra",
            score=9 if number < 9 else 2,
            answers={"nps": 9 if number < 9 else 2, "atendimento": 1 + number % 5},
            comment="" if number < 9 else "A entrega atrasou muito",
            product="tv",
            sent_at=NOON - timedelta(hours=3),
        )
    lake.write(Part("pos-compra", DAY, QUARTER.quarter))


def test_the_queries_of_the_documentation_answer(answered: None, asked: duckdb.DuckDBPyConnection) -> None:
    del answered
    nps, topics, mean = re.findall(r"```sql\n(.+?)```", DOCS.read_text(), flags=re.DOTALL)
    asked.execute("CREATE MACRO element_at(m, k) AS map_extract_value(m, k)")  # as Athena's: the value, or NULL

    assert asked.execute(nps).fetchall() == [("paulista", "2026-03", 12, 50.0)]
    assert asked.execute(topics).fetchall() == [("sudeste", "delivery", 3)]
    assert asked.execute(mean).fetchall() == [("tv", "email", pytest.approx(33 / 12), 12, 1.0)]
