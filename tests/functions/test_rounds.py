"""The rounds: what lies aside, what waits, and what AWS measured is told, and nothing where all is well."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from escuta import clock, observe
from escuta.errors import UnavailableError
from escuta.watched import Limit, passed
from rounds import app
from tests.conftest import NOON
from tests.kit.faults import failing
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon", "heard")
Look = Callable[..., tuple[dict[str, float], list[Any]]]
QUARTER_PAST = timedelta(minutes=15)
LIMIT = {"namespace": "AWS/SES", "metric": "Reputation.BounceRate", "statistic": "Maximum", "seconds": 3600}
BOUNCES = {**LIMIT, "id": "Bounces", "over": 0.04}
THROTTLED = {
    "id": "ThrottledFeedback",
    "namespace": "AWS/DynamoDB",
    "metric": "WriteThrottleEvents",
    "statistic": "Sum",
    "dimensions": {"TableName": "escuta-feedback"},
    "seconds": 300,
    "over": 10,
    "of": 3,
}
EVENT: dict[str, Any] = {
    "aside": {"alert": "alert-dead", "drop": "drop-dead", "missed": "missed"},
    "work": {"alert": {"name": "alert", "patience": 600}, "drop": {"name": "drop", "patience": 7200}},
    "limits": [BOUNCES, THROTTLED],
}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, aws: None) -> Iterator[None]:  # noqa: ARG001 - the queues are made in it
    """Log and count as a deployed function does, beside queues of what was put aside."""
    for name in EVENT["aside"].values():
        boto3.client("sqs").create_queue(QueueName=name)
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    level = observe.logger().log_level
    observe.logger().setLevel("INFO")
    yield
    observe.logger().setLevel(level)


@pytest.fixture
def look(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Look:
    """Return how to make a round; it gives what was counted, and the lines that say more than that it was made."""

    def made(at: datetime = NOON + QUARTER_PAST) -> tuple[dict[str, float], list[Any]]:
        caplog.clear()
        with clock.at(at):
            app.handler(EVENT, Context())
        (counted,) = (line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in line)
        names = [each["Name"] for each in counted["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
        said = [line for line in caplog.records if line.name == "escuta" and line.getMessage() != "done"]
        return {name: counted[name][0] for name in names}, said

    return made


def put(queue: str, *bodies: str) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)


def measure(limit: dict[str, Any], *points: tuple[timedelta, float]) -> None:
    """Let AWS have measured this, each so long before NOON."""
    dimensions = [{"Name": name, "Value": value} for name, value in limit.get("dimensions", {}).items()]
    for ago, value in points:
        data: Any = {"MetricName": limit["metric"], "Dimensions": dimensions, "Timestamp": NOON - ago, "Value": value}
        boto3.client("cloudwatch").put_metric_data(Namespace=limit["namespace"], MetricData=[data])


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def age(queue: str) -> dict[str, Any]:
    return {"namespace": "AWS/SQS", "metric": "ApproximateAgeOfOldestMessage", "dimensions": {"QueueName": queue}}


def test_where_all_is_well_that_is_told_and_cloudwatch_is_not_asked(look: Look) -> None:
    with failing("GetMetricData", lambda _: AssertionError("costs")):
        counted, said = look()

    assert (counted, said) == ({"PutAside": 0, "Late": 0}, [])


def test_what_lies_in_any_queue_of_what_was_put_aside_is_counted_and_the_line_says_where(look: Look) -> None:
    put("alert-dead", "a", "b")
    put("missed", "c")

    counted, (line,) = look()

    assert counted["PutAside"] == 3
    assert (line.getMessage(), line.queues) == ("put aside", {"alert": 2, "missed": 1})


def test_a_queue_is_late_when_its_oldest_message_waits_beyond_the_patience_of_that_queue(
    look: Look,
) -> None:
    put("alert", "a")
    put("drop", "b")
    for queue in ("alert", "drop"):
        measure(age(queue), (minutes(0), 700))

    counted, (line,) = look()

    assert counted["Late"] == 1
    assert (line.getMessage(), line.queues) == ("queues late", {"alert": 700})


def test_a_queue_in_which_nothing_lies_any_more_is_not_late_whatever_was_measured(look: Look) -> None:
    measure(age("alert"), (minutes(0), 700))

    assert look()[0]["Late"] == 0


def test_at_the_beginning_of_an_hour_a_limit_that_was_passed_is_an_error(look: Look) -> None:
    measure(BOUNCES, (minutes(60), 0.05))

    counted, (line,) = look(NOON + minutes(4))

    assert counted["ErrorsLogged"] == 1
    assert (line.levelname, line.getMessage(), line.alarm) == ("ERROR", "limit passed", "Bounces")
    assert (line.value, line.over) == (0.05, 0.04)


@pytest.mark.parametrize("minute", range(0, 60, 5))
def test_every_phase_of_the_clock_looks_at_the_limits_each_hour(look: Look, minute: int) -> None:
    measure(BOUNCES, (minutes(60), 0.05))

    rung = [look(NOON + minutes(minute + 5 * run))[0].get("ErrorsLogged", 0) for run in range(12)]

    assert sum(rung) in {1, 2}


def test_writes_that_were_throttled_ring_when_it_lasts(look: Look) -> None:
    measure(THROTTLED, *((minutes(ago), 11) for ago in (30, 25, 15, 10)))
    assert look(NOON)[1] == []

    measure(THROTTLED, (minutes(20), 11))
    assert [line.alarm for line in look(NOON)[1]] == ["ThrottledFeedback"]


def test_what_is_not_in_a_row_does_not_count() -> None:
    limit = Limit.model_validate(THROTTLED)
    at = [NOON + number * minutes(5) for number in range(5)]

    assert passed(limit, [(at[2], 30), (at[0], 11), (at[1], 12)]) == 30
    assert passed(limit, [(at[0], 11), (at[1], 12), (at[3], 13), (at[4], 14)]) is None
    assert passed(limit, [(at[0], 11), (at[1], 10), (at[2], 13), (at[3], 14)]) is None
    assert passed(limit, []) is None


def test_a_round_that_cannot_look_fails_and_tells_nothing_that_would_calm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (
        failing("GetQueueAttributes", lambda _: EndpointConnectionError(endpoint_url="any")),
        pytest.raises(UnavailableError, match="queue_unavailable"),
    ):
        app.handler(EVENT, Context())
    assert "PutAside" not in capsys.readouterr().out


def test_a_round_that_is_not_told_what_to_look_at_fails() -> None:
    with pytest.raises(observe.FailedError, match="ValidationError"):
        app.handler({}, Context())
