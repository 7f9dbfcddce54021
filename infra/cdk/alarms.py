"""What rings, and which page of `docs/runbooks.md` says what to do then.

Ten alarms are free in an account, so a stage has ten at most unless it asks for all. What an alarm of its own would say
reaches people by one of the ten then: `covered` names it, and the rounds or the log say what it is about.
"""

from collections.abc import Iterator

from aws_cdk import aws_cloudwatch as cloudwatch

from escuta import streams
from escuta.measured import DIMENSION, NAMESPACE, Measure
from infra.cdk.api import STAGE
from infra.cdk.data import Data
from infra.cdk.limits import MINUTE, PATIENCE, Alarm, metric, slow_ones
from infra.cdk.stack import Escuta


def alarms(data: Data, app: Escuta) -> Iterator[Alarm]:
    """Return the alarms of a stage."""
    yield from few(app)
    if app.stage.watching.alarms == "all":
        yield from fine(data, app)


def few(app: Escuta) -> Iterator[Alarm]:
    """Return the alarms that every stage has. Each costs by the month, beyond ten in an account."""
    yield from _answers(app)
    yield Alarm(
        id="FunctionFails",
        metric=metric("AWS/Lambda", "Errors", "Sum"),  # of all functions of the account, in one metric
        over=0,
        words="A function ended with an error, or was ended.",
        page="alarm-function-failed",
    )
    yield Alarm(
        id="CaptureThrottled",
        metric=metric("AWS/Lambda", "Throttles", "Sum", {"FunctionName": f"{app.stack_name}-respond"}),
        over=0,
        words="More people answer at once than the reserved concurrency admits.",
        page="alarm-throttled",
    )
    yield Alarm(
        id="PutAside",
        metric=ours(app, Measure.PUT_ASIDE),
        over=0,
        of=2,  # one run between two periods must not be taken for none
        words="Messages failed five times and were put aside, a call by the clock failed, or the clock stands still.",
        page="alarm-put-aside",
        silence_rings=True,
    )
    yield Alarm(
        id="Late",
        metric=ours(app, Measure.LATE),
        over=0,
        words="The oldest message of a queue, or of the stream, waits for longer than it should.",
        page="alarm-behind",
    )
    yield Alarm(
        id="SweepBehind",
        metric=ours(app, Measure.BEHIND),
        over=15 * MINUTE,
        of=3,
        words="A sweep finds things that were due more than fifteen minutes ago.",
        page="alarm-behind",
    )
    yield Alarm(
        id="ErrorsLogged",
        metric=ours(app, Measure.ERRORS_LOGGED),
        over=0,
        words="A function wrote a line of level ERROR, which somebody has to see.",
        page="alarm-errors-logged",
    )


def fine(data: Data, app: Escuta) -> Iterator[Alarm]:
    """Return the alarms that say by themselves what the few only ring for."""
    yield Alarm(
        id="CaptureFails",
        metric=metric("AWS/Lambda", "Errors", "Sum", {"FunctionName": f"{app.stack_name}-respond"}),
        over=0,
        words="The function that takes answers failed.",
        page="alarm-server-errors",
        covered="FunctionFails",
    )
    yield from _work(data, app)
    yield from _streams(app)
    yield from slow_ones(app.stage, data.store)
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
    if not app.door_id:
        return
    door = {"ApiId": app.door_id}
    yield Alarm(
        id="DoorFails",
        metric=metric("AWS/ApiGateway", "5xx", "Sum", door),
        over=5,
        words="Respondents get server errors.",
        page="alarm-server-errors",
    )
    yield Alarm(
        id="DoorSlow",
        metric=metric("AWS/ApiGateway", "Latency", "p95", door),
        over=3000,
        of=3,
        words="One request of respondents in twenty takes more than three seconds.",
        page="alarm-slow",
    )


def _work(data: Data, app: Escuta) -> Iterator[Alarm]:
    for name, work in data.works.items():
        yield Alarm(
            id=f"GivenUp{name.title()}",
            metric=_visible(work.dead.queue_name),
            over=0,
            words=f"A message of the queue {name} failed five times and was put aside.",
            page="alarm-put-aside",
            covered="PutAside",
        )
    yield Alarm(
        id="ClockMissed",
        metric=_visible(app.missed.queue_name),
        over=0,
        words="A function that runs by the clock failed three times in a row.",
        page="alarm-clock",
        covered="PutAside",
    )
    for name, seconds in PATIENCE.items():
        yield Alarm(
            id=f"Behind{name.title()}",
            metric=metric(
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                "Maximum",
                {"QueueName": data.works[name].queue.queue_name},
            ),
            over=seconds,
            words=f"The oldest message of the queue {name} waits for more than {seconds // MINUTE} minutes.",
            page="alarm-behind",
            covered="Late",
        )


def _streams(app: Escuta) -> Iterator[Alarm]:
    for function in app.following:
        name = function.name.removeprefix(f"{app.stack_name}-")
        yield Alarm(
            id=f"Stream{name.title().replace('-', '')}",
            metric=metric("AWS/Lambda", "IteratorAge", "Maximum", {"FunctionName": function.name}),
            over=streams.PATIENCE * 1000,
            words=f"{name} reads what changed more than {streams.PATIENCE // MINUTE} minutes afterwards.",
            page="alarm-stream",
            covered="Late",
        )


def _told(app: Escuta) -> Iterator[Alarm]:
    """Return the alarms on what the functions count themselves, and write a line of level ERROR about, too."""
    yield Alarm(
        id="Drift",
        metric=ours(app, Measure.DRIFT),
        over=0,
        words="A recount found that figures differed from the answers, and put them right.",
        page="alarm-drift",
        covered="ErrorsLogged",
    )
    yield Alarm(
        id="Parked",
        metric=ours(app, Measure.PARKED),
        over=0,
        words="Something came that could not be taken; it is kept for a person to see.",
        page="alarm-parked",
        covered="ErrorsLogged",
    )
    yield Alarm(
        id="AlertsNotSent",
        metric=ours(app, Measure.ALERTS_NOT_SENT),
        over=0,
        words="A manager was not told of a ticket.",
        page="alarm-alerts",
        covered="ErrorsLogged",
    )


def ours(app: Escuta, measure: Measure) -> cloudwatch.Metric:
    """Return one of our own metrics: counts are added up, of levels the highest is told."""
    statistic = "Maximum" if measure.is_level else "Sum"
    return metric(NAMESPACE, measure.label, statistic, {DIMENSION: app.stack_name})


def _visible(queue: str) -> cloudwatch.Metric:
    return metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": queue})
