"""One dashboard: from the answers that people give down to what it costs."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from escuta.entity import Table
from escuta.measured import Measure
from infra.cdk.alarms import ours
from infra.cdk.api import STAGE
from infra.cdk.data import Data
from infra.cdk.limits import PAGE, metric
from infra.cdk.stack import Escuta

_DOORS = ("respond", "console", "manage", "authorize")
_WIDE, _HALF, _THIRD = 24, 12, 8


def dashboard(scope: Construct, data: Data, app: Escuta) -> cloudwatch.Dashboard:
    """Make the dashboard, under the name of the stage."""
    made = cloudwatch.Dashboard(scope, "Dashboard", dashboard_name=app.stack_name, default_interval=Duration.days(1))
    made.add_widgets(
        cloudwatch.TextWidget(
            markdown=f"# {app.stack_name}\nWhat to do when something rings: `{PAGE}`, a page for each alarm.",
            width=_WIDE,
            height=2,
        )
    )
    made.add_widgets(*_said(app))
    made.add_widgets(*_people(app))
    made.add_widgets(*_sending())
    made.add_widgets(*_behind(data, app))
    made.add_widgets(*_store(data))
    return made


def _said(app: Escuta) -> list[cloudwatch.IWidget]:
    """Return what the functions count themselves."""

    def each(title: str, *measures: Measure) -> cloudwatch.IWidget:
        return _graph(title, [ours(app, measure) for measure in measures], _THIRD)

    return [
        each("Answers", Measure.ANSWERS_TAKEN, Measure.ANSWERS_REFUSED, Measure.CAPTURE_FAILED, Measure.PARKED),
        each("Sent", Measure.MAILS_SENT, Measure.SMS_SENT, Measure.MESSAGES_IN_DOUBT),
        each("Bounces and complaints", Measure.BOUNCES, Measure.COMPLAINTS),
        each("Imports", Measure.IMPORTS_DONE, Measure.IMPORTS_FAILED, Measure.IMPORT_ROWS_REJECTED),
        each("Tickets", Measure.TICKETS_OPENED, Measure.TICKETS_OVERDUE, Measure.ALERTS_NOT_SENT),
        each("Drift and delay", Measure.DRIFT, Measure.LATE, Measure.BEHIND, Measure.WEBHOOK_FAILURES),
    ]


def _people(app: Escuta) -> list[cloudwatch.IWidget]:
    api = {"ApiName": app.api_name, "Stage": STAGE}
    door = {"ApiId": app.door_id}
    requests: list[cloudwatch.IMetric] = [
        metric("AWS/ApiGateway", name, "Sum", api) for name in ("Count", "4XXError", "5XXError")
    ]
    latency: list[cloudwatch.IMetric] = [metric("AWS/ApiGateway", "Latency", "p95", api)]
    if app.door_id:
        requests += [metric("AWS/ApiGateway", name, "Sum", door) for name in ("Count", "4xx", "5xx")]
        latency.append(metric("AWS/ApiGateway", "Latency", "p95", door))

    def each(name: str, statistic: str) -> list[cloudwatch.IMetric]:
        return [metric("AWS/Lambda", name, statistic, {"FunctionName": f"{app.stack_name}-{door}"}) for door in _DOORS]

    return [
        _graph("Requests and errors", requests, _THIRD),
        _graph("Latency p95, ms", [*latency, *each("Duration", "p95")], _THIRD),
        _graph("Errors and throttles of doors", [*each("Errors", "Sum"), *each("Throttles", "Sum")], _THIRD),
    ]


def _sending() -> list[cloudwatch.IWidget]:
    return [
        _graph(
            "Mails",
            [metric("AWS/SES", name, "Sum") for name in ("Send", "Delivery", "Bounce", "Complaint", "Reject")],
            _THIRD,
        ),
        _graph(
            "Reputation",
            [metric("AWS/SES", f"Reputation.{name}Rate", "Maximum", minutes=60) for name in ("Bounce", "Complaint")],
            _THIRD,
        ),
        _graph(
            "SMS",
            [
                metric("AWS/SNS", "SMSMonthToDateSpentUSD", "Maximum", minutes=60),
                metric("AWS/SNS", "SMSSuccessRate", "Average", minutes=60),
            ],
            _THIRD,
        ),
    ]


def _behind(data: Data, app: Escuta) -> list[cloudwatch.IWidget]:
    works = data.works.values()
    return [
        _graph(
            "Oldest message, seconds",
            [
                metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", {"QueueName": work.queue.queue_name})
                for work in works
            ],
            _THIRD,
        ),
        _graph(
            "Put aside",
            [
                metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": queue.queue_name})
                for queue in (*(work.dead for work in works), app.missed)
            ],
            _THIRD,
        ),
        _graph(
            "Stream, milliseconds behind",
            [metric("AWS/Lambda", "IteratorAge", "Maximum", {"FunctionName": each.name}) for each in app.following],
            _THIRD,
        ),
    ]


def _store(data: Data) -> list[cloudwatch.IWidget]:
    tables = {table: data.store.tables[table].table_name for table in Table}

    def each(name: str) -> list[cloudwatch.IMetric]:
        return [metric("AWS/DynamoDB", name, "Sum", {"TableName": made}) for made in tables.values()]

    cost = cloudwatch.Metric(
        namespace="AWS/Billing",
        metric_name="EstimatedCharges",
        dimensions_map={"Currency": "USD"},
        statistic="Maximum",
        period=Duration.hours(6),
        region="us-east-1",  # where all charges are told, for accounts that receive billing alerts
    )
    return [
        _graph(
            "Units read and written", [*each("ConsumedReadCapacityUnits"), *each("ConsumedWriteCapacityUnits")], _HALF
        ),
        _graph("Throttled", [*each("ReadThrottleEvents"), *each("WriteThrottleEvents")], 6),
        _graph("Cost of the account this month, USD", [cost], 6),
    ]


def _graph(title: str, metrics: list[cloudwatch.IMetric], width: int) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, width=width, height=6)
