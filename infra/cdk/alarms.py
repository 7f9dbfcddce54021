"""What rings, and which page of `docs/operations.md` says what to do then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from escuta.entity import Table
from escuta.measured import DIMENSION, NAMESPACE, Measure
from infra.cdk.api import STAGE
from infra.cdk.data import Data
from infra.cdk.stack import Escuta

PAGE = "docs/operations.md"
_MINUTE, _HOUR = 60, 3600
# Seconds that the oldest message of a queue may have waited. Of the others some wait on purpose.
_PATIENCE = {
    "drop": 2 * _HOUR,
    "deliver": 6 * _HOUR,
    "alert": 10 * _MINUTE,
    "event": 15 * _MINUTE,
    "feedback": 15 * _MINUTE,
    "inbound": 15 * _MINUTE,
}
_STREAM_SECONDS = 5 * _MINUTE
_BOUNCES, _COMPLAINTS = 0.04, 0.0008  # where we stop by ourselves; SES reviews an account at 0.05 and 0.001


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm: it rings when the metric is over the limit in `of` of the last `of` periods."""

    id: str
    metric: cloudwatch.IMetric
    over: float
    words: str  # what it means; the remedy stands on its page
    page: str  # anchor in PAGE
    of: int = 1

    @property
    def described(self) -> str:
        """Return what the mail of the alarm says."""
        return f"{self.words} What to do: {PAGE}#{self.page}"


def alarms(data: Data, app: Escuta) -> Iterator[Alarm]:
    """Return all alarms of a stage."""
    yield from _answers(app)
    yield from _work(data, app)
    yield from _streams(app)
    yield from _store(data)
    yield from _sending(app)
    yield from _told(app)


def _answers(app: Escuta) -> Iterator[Alarm]:
    api = {"ApiName": app.api_name, "Stage": STAGE}
    yield Alarm(
        id="ApiFails",
        metric=metric("AWS/ApiGateway", "5XXError", "Sum", api),
        over=5,
        words="People or programs get server errors.",
        page="alarm-server-errors",
    )
    yield Alarm(
        id="ApiSlow",
        metric=metric("AWS/ApiGateway", "Latency", "p95", api),
        over=3000,
        of=3,
        words="One request in twenty takes more than three seconds.",
        page="alarm-slow",
    )
    capture = {"FunctionName": f"{app.stack_name}-respond"}
    yield Alarm(
        id="CaptureFails",
        metric=metric("AWS/Lambda", "Errors", "Sum", capture),
        over=0,
        words="The function that takes answers failed.",
        page="alarm-server-errors",
    )
    yield Alarm(
        id="CaptureThrottled",
        metric=metric("AWS/Lambda", "Throttles", "Sum", capture),
        over=0,
        words="More people answer at once than the reserved concurrency admits.",
        page="alarm-throttled",
    )


def _work(data: Data, app: Escuta) -> Iterator[Alarm]:
    for name, work in data.works.items():
        yield Alarm(
            id=f"GivenUp{name.title()}",
            metric=_visible(work.dead.queue_name),
            over=0,
            words=f"A message of the queue {name} failed five times and was put aside.",
            page="alarm-put-aside",
        )
    yield Alarm(
        id="ClockMissed",
        metric=_visible(app.missed.queue_name),
        over=0,
        words="A function that runs by the clock failed three times in a row.",
        page="alarm-clock",
    )
    for name, seconds in _PATIENCE.items():
        yield Alarm(
            id=f"Behind{name.title()}",
            metric=metric(
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                "Maximum",
                {"QueueName": data.works[name].queue.queue_name},
            ),
            over=seconds,
            words=f"The oldest message of the queue {name} waits for more than {seconds // _MINUTE} minutes.",
            page="alarm-behind",
        )


def _streams(app: Escuta) -> Iterator[Alarm]:
    for name in ("metering", "ticketing"):
        yield Alarm(
            id=f"Stream{name.title()}",
            metric=metric("AWS/Lambda", "IteratorAge", "Maximum", {"FunctionName": f"{app.stack_name}-{name}"}),
            over=_STREAM_SECONDS * 1000,
            words=f"{name} reads answers more than five minutes after they came.",
            page="alarm-stream",
        )


def _store(data: Data) -> Iterator[Alarm]:
    for table in (Table.FEEDBACK, Table.OUTREACH):
        yield Alarm(
            id=f"Throttled{table.title()}",
            metric=metric(
                "AWS/DynamoDB", "WriteThrottleEvents", "Sum", {"TableName": data.store.tables[table].table_name}
            ),
            over=10,
            of=3,
            words=f"The table {table} takes writes more slowly than they come.",
            page="alarm-throttled",
        )


def _sending(app: Escuta) -> Iterator[Alarm]:
    yield Alarm(
        id="Bounces",
        metric=metric("AWS/SES", "Reputation.BounceRate", "Maximum", minutes=60),
        over=_BOUNCES,
        words="Too many mails bounce; SES takes sending away at five in a hundred.",
        page="alarm-reputation",
    )
    yield Alarm(
        id="Complaints",
        metric=metric("AWS/SES", "Reputation.ComplaintRate", "Maximum", minutes=60),
        over=_COMPLAINTS,
        words="Too many people say that our mails are spam; SES takes sending away at one in a thousand.",
        page="alarm-reputation",
    )
    limit = app.stage.sms.monthly_limit
    yield Alarm(
        id="SmsSpent",
        metric=metric("AWS/SNS", "SMSMonthToDateSpentUSD", "Maximum", minutes=60),
        over=0.8 * limit,
        words=f"Four fifths of the {limit} dollars that SMS may cost this month are spent.",
        page="alarm-sms-spent",
    )


def _told(app: Escuta) -> Iterator[Alarm]:
    """Return the alarms on what the functions count themselves (`escuta.measured`)."""
    yield Alarm(
        id="Drift",
        metric=ours(app, Measure.DRIFT),
        over=0,
        words="A recount found that figures differed from the answers, and put them right.",
        page="alarm-drift",
    )
    yield Alarm(
        id="ErrorsLogged",
        metric=ours(app, Measure.ERRORS_LOGGED),
        over=0,
        words="A function wrote a line of level ERROR, which somebody has to see.",
        page="alarm-errors-logged",
    )
    yield Alarm(
        id="Parked",
        metric=ours(app, Measure.PARKED),
        over=0,
        words="Something came that could not be taken; it is kept for a person to see.",
        page="alarm-parked",
    )
    yield Alarm(
        id="SweepBehind",
        metric=ours(app, Measure.BEHIND),
        over=15 * _MINUTE,
        of=3,
        words="A sweep finds things that were due more than fifteen minutes ago.",
        page="alarm-behind",
    )
    yield Alarm(
        id="AlertsNotSent",
        metric=ours(app, Measure.ALERTS_NOT_SENT),
        over=0,
        words="A manager was not told of a ticket.",
        page="alarm-alerts",
    )


def ours(app: Escuta, measure: Measure) -> cloudwatch.Metric:
    """Return one of our own metrics: counts are added up, of levels the highest is told."""
    statistic = "Maximum" if measure.is_level else "Sum"
    return metric(NAMESPACE, measure.label, statistic, {DIMENSION: app.stack_name})


def _visible(queue: str) -> cloudwatch.Metric:
    return metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": queue})


def metric(
    namespace: str, name: str, statistic: str, dimensions: Mapping[str, str] | None = None, *, minutes: int = 5
) -> cloudwatch.Metric:
    """Return a metric of this account and region."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        statistic=statistic,
        period=Duration.minutes(minutes),
        dimensions_map=dimensions,
    )
