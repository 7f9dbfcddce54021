"""Counting: the consumer of the stream, and the sweep that re-applies current state every hour."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every
from infra.cdk.stream import consume


class Metering(Construct):
    """Responses become counters."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.app = Function(
            self, "App", handler="metering.app.handler", ground=ground, timeout=Duration.minutes(1), reserved=20
        )
        self.sweep = Function(
            self, "Sweep", handler="metering.sweep.handler", ground=ground, timeout=Duration.minutes(15), reserved=2
        )
        consume(self.app, ground)
        run_every(self.sweep, events.Schedule.rate(Duration.hours(1)))
        for function in (self.app, self.sweep):
            ground.lake.allow_send(function)
            ground.store.allow(function, Table.DIRECTORY, "GetItem")
            ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "PutItem", "UpdateItem")
        ground.store.allow(self.sweep, Table.FEEDBACK, "Query")
        ground.store.allow_index(self.sweep, Table.FEEDBACK)
        ground.store.allow_index(self.sweep, Table.DIRECTORY)
