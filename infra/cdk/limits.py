"""What must not be passed: alarms, and those of them that the rounds look after where a stage has few alarms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from escuta.entity import Table
from infra.cdk.stages import Stage
from infra.cdk.store import Store

PAGE = "docs/runbooks.md"
MINUTE, HOUR = 60, 3600
# Seconds that the oldest message of a queue may have waited. Of the others some wait on purpose.
PATIENCE = {
    "drop": 2 * HOUR,
    "deliver": 6 * HOUR,
    "alert": 10 * MINUTE,
    "event": 15 * MINUTE,
    "feedback": 15 * MINUTE,
    "inbound": 15 * MINUTE,
}
_BOUNCES, _COMPLAINTS = 0.04, 0.0008  # where we stop by ourselves; SES reviews an account at 0.05 and 0.001


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm: it rings when the metric is over the limit in `of` of the last `of` periods."""

    id: str
    metric: cloudwatch.Metric
    over: float
    words: str  # what it means; the remedy stands on its page
    page: str  # anchor in PAGE
    of: int = 1
    covered: str = ""  # the alarm that rings for the same in a stage with few; "": it is one of the few
    silence_rings: bool = False  # that nothing is told is as bad

    @property
    def described(self) -> str:
        """Return what the mail of the alarm says."""
        return f"{self.words} What to do: {PAGE}#{self.page}"


def slow_ones(stage: Stage, store: Store) -> Iterator[Alarm]:
    """Return the alarms for which an hour is soon enough: where there are few, the rounds look after them."""
    for table in (Table.FEEDBACK, Table.OUTREACH):
        yield Alarm(
            id=f"Throttled{table.title()}",
            metric=metric("AWS/DynamoDB", "WriteThrottleEvents", "Sum", {"TableName": store.tables[table].table_name}),
            over=10,
            of=3,
            words=f"The table {table} takes writes more slowly than they come.",
            page="alarm-throttled",
            covered="ErrorsLogged",
        )
    yield Alarm(
        id="Bounces",
        metric=metric("AWS/SES", "Reputation.BounceRate", "Maximum", minutes=60),
        over=_BOUNCES,
        words="Too many mails bounce; SES takes sending away at five in a hundred.",
        page="alarm-reputation",
        covered="ErrorsLogged",
    )
    yield Alarm(
        id="Complaints",
        metric=metric("AWS/SES", "Reputation.ComplaintRate", "Maximum", minutes=60),
        over=_COMPLAINTS,
        words="Too many people say that our mails are spam; SES takes sending away at one in a thousand.",
        page="alarm-reputation",
        covered="ErrorsLogged",
    )
    limit = stage.sms.monthly_limit
    yield Alarm(
        id="SmsSpent",
        metric=metric("AWS/SNS", "SMSMonthToDateSpentUSD", "Maximum", minutes=60),
        over=0.8 * limit,
        words=f"Four fifths of the {limit} dollars that SMS may cost this month are spent.",
        page="alarm-sms-spent",
        covered="ErrorsLogged",
    )


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
