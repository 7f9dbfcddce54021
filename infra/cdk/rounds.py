"""The rounds: every five minutes one function looks at all queues, where each would need an alarm of its own."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from escuta.watched import Limit, Queue, Watched
from infra.cdk.asking import Asking
from infra.cdk.data import Data
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.limits import PATIENCE, Alarm, slow_ones
from infra.cdk.missed import NAME
from infra.cdk.schedule import run_every


class Rounds(Construct):
    """The function, and the call by the clock that tells it what to look at."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground, data: Data) -> None:
        """Make the function and grant it what it needs: to look, and at these queues alone."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "App",
            handler="rounds.app.handler",
            ground=ground,
            timeout=Duration.minutes(1),
            memory=256,
            reserved=1,
        )
        dead = {name: work.dead for name, work in data.works.items()}
        work = {name: data.works[name].queue for name in PATIENCE}
        stage = Asking.around(self).stage
        slow = slow_ones(stage, data.store) if stage.watching.alarms == "few" else ()
        watched = Watched(
            aside={**{name: queue.queue_name for name, queue in dead.items()}, NAME: ground.missed.queue_name},
            work={name: Queue(name=queue.queue_name, patience=PATIENCE[name]) for name, queue in work.items()},
            limits=tuple(_limit(each) for each in slow),
        )
        told = watched.model_dump(mode="json", exclude_defaults=True)
        run_every(self.function, events.Schedule.rate(Duration.minutes(5)), ground, told=told)
        looked_at = [self._arn(queue) for queue in (*dead.values(), *work.values())]
        self.function.allow("sqs:GetQueueAttributes", on=[*looked_at, ground.missed.queue_arn])
        self.function.allow("cloudwatch:GetMetricData", on=["*"])
        self.function.excuse("IAM5", "metrics have no resources", "Resource::*")

    def _arn(self, queue: sqs.IQueue) -> str:
        """Return the ARN by the name, which the other stack exports anyway."""
        return Stack.of(self).format_arn(service="sqs", resource=queue.queue_name)


def _limit(alarm: Alarm) -> Limit:
    made: Any = alarm.metric
    return Limit(
        id=alarm.id,
        namespace=made.namespace,
        metric=made.metric_name,
        statistic=made.statistic,
        dimensions=made.dimensions or {},
        seconds=int(made.period.to_seconds()),
        over=alarm.over,
        of=alarm.of,
    )
