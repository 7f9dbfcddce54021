"""Telling others what happened: on the bus, and by webhooks."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import Table
from infra.cdk.asking import Asking
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every

_PUBLISHERS = 5
_CALLERS = 20  # webhooks that are called side by side


class Publish(Construct):
    """Events leave behind a queue of their own; a server that answers slowly holds up nothing but itself."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.app = self._app(ground)
        self.deliver = self._deliver(ground)
        self.sweep = self._sweep(ground)

    def _app(self, ground: Ground) -> Function:
        function = Function(
            self,
            "App",
            handler="publish.app.handler",
            ground=ground,
            timeout=ground.event.timeout,
            reserved=_PUBLISHERS,
        )
        ground.event.feed(
            function, batch=50, at_once=_PUBLISHERS, window=Duration.seconds(Asking.around(self).stage.follow_seconds)
        )
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "PutItem")
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "PutItem")
        for table in (Table.OUTREACH, Table.FEEDBACK):
            ground.store.allow_index(function, table)
        ground.bus.allow_put(function)
        ground.event.allow_send(function)  # a replay goes on by itself
        ground.webhook.allow_send(function)
        return function

    def _deliver(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Deliver",
            handler="publish.deliver.handler",
            ground=ground,
            timeout=ground.webhook.timeout,
            memory=256,  # it waits for others most of the time
            reserved=_CALLERS,
        )
        ground.webhook.feed(function, batch=1, at_once=_CALLERS)
        ground.store.allow(function, Table.FEEDBACK, "BatchGetItem", "PutItem")
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "PutItem", "DeleteItem")
        ground.store.allow_index(function, Table.OUTREACH)
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.webhook.allow_send(function)
        ground.allow_signing(function)
        return function

    def _sweep(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Sweep",
            handler="publish.sweep.handler",
            ground=ground,
            timeout=Duration.minutes(1),
            memory=256,
            reserved=1,
        )
        run_every(function, events.Schedule.rate(Duration.minutes(1)), ground)
        ground.store.allow(function, Table.OUTREACH, "BatchGetItem")
        ground.store.allow_index(function, Table.OUTREACH)
        ground.webhook.allow_send(function)
        return function
