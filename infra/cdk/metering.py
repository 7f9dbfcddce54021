"""Counting: the consumers of the streams, and the sweep that re-applies current state every hour."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from escuta.entity import Table
from escuta.feedback.model import Response
from escuta.outreach.model import Invitation
from infra.cdk.asking import Asking
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every
from infra.cdk.stream import consume

_FUNNEL_TOGETHER = 500  # invitations


class Metering(Construct):
    """Responses become counters, and how far invitations came."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground, comprehend: str) -> None:
        """Make the functions and grant them what they need. `comprehend` is the region in which comments are read."""
        super().__init__(scope, construct_id)
        self.app = Function(
            self, "App", handler="metering.app.handler", ground=ground, timeout=Duration.minutes(1), reserved=20
        )
        self.sweep = Function(
            self, "Sweep", handler="metering.sweep.handler", ground=ground, timeout=Duration.minutes(15), reserved=2
        )
        stage = Asking.around(self).stage
        consume(self.app, ground, Response.kind, window=Duration.seconds(stage.figures_seconds))
        self.funnel = self._funnel(ground, Duration.seconds(stage.funnel_seconds))
        self._let_read_comments(comprehend)
        run_every(self.sweep, events.Schedule.rate(Duration.hours(1)), ground)
        for function in (self.app, self.sweep):
            ground.lake.allow_send(function)
            ground.store.allow(function, Table.DIRECTORY, "GetItem")
            ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "PutItem", "UpdateItem")
        ground.store.allow(self.sweep, Table.FEEDBACK, "Query")
        ground.store.allow_index(self.sweep, Table.FEEDBACK)
        ground.store.allow_index(self.sweep, Table.DIRECTORY)

    def _funnel(self, ground: Ground, window: Duration) -> Function:
        function = Function(
            self, "Funnel", handler="metering.funnel.handler", ground=ground, timeout=Duration.minutes(1), reserved=10
        )
        consume(
            function,
            ground,
            Invitation.kind,
            window=window,
            table=Table.OUTREACH,
            mark="follow",
            batch=_FUNNEL_TOGETHER,
        )
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "PutItem", "UpdateItem")
        return function

    def _let_read_comments(self, region: str) -> None:
        """Let the counting function ask Comprehend in this region; where it is "" that is nowhere."""
        self.app.role.add_to_policy(
            iam.PolicyStatement(
                actions=["comprehend:BatchDetectSentiment"],
                resources=["*"],
                conditions={"StringEquals": {"aws:RequestedRegion": region}},
            )
        )
        self.app.excuse("IAM5", "Comprehend has no resources; it is asked in one region alone", "Resource::*")
