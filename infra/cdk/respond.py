"""The public pages: survey, store token, intercept, unsubscribe; and the confirming of scores that were only tapped."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every


class Respond(Construct):
    """Capture comes first: its share of the concurrency is the largest, and nothing slow stands behind it."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.function = self._app(ground)
        self.confirm = self._confirm(ground)

    def _app(self, ground: Ground) -> Function:
        function = Function(
            self,
            "App",
            handler="respond.app.app",
            ground=ground,
            timeout=Duration.seconds(10),
            memory=256,  # its snapshot is paid for by size, used or not
            reserved=300,
        )
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "PutItem", "BatchWriteItem")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem")
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem")
        ground.allow_signing(function)
        return function

    def _confirm(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Confirm",
            handler="respond.confirm.handler",
            ground=ground,
            timeout=Duration.minutes(4),
            memory=256,
            reserved=2,
        )
        run_every(function, events.Schedule.rate(Duration.minutes(5)), ground)
        ground.store.allow(function, Table.OUTREACH, "GetItem", "PutItem", "UpdateItem")
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "Query", "PutItem", "UpdateItem")
        ground.store.allow_index(function, Table.FEEDBACK)
        return function
