"""Deployments: plan decides whom to ask, deliver sends, due sends at its time, feedback hears what became of it."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every

PLANS = 5
DELIVERIES = 5
FEEDBACKS = 5


class Distribute(Construct):
    """Three functions behind queues, few of each side by side, since the sending rate is the limit, and a clock."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.plan = self._plan(ground)
        self.deliver = self._deliver(ground)
        self.due = self._due(ground)
        self.feedback = self._feedback(ground)

    def _plan(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Plan",
            handler="distribute.plan.handler",
            ground=ground,
            timeout=ground.plan.timeout,
            reserved=PLANS,
        )
        ground.plan.feed(function, batch=1, at_once=PLANS)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem", "Query")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "PutItem")
        ground.store.allow(
            function,
            Table.OUTREACH,
            *("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"),
        )
        ground.store.allow_index(function, Table.OUTREACH)
        ground.files.allow_read(function, ground.files.reports, "results/")
        ground.plan.allow_send(function)
        ground.deliver.allow_send(function)
        ground.allow_signing(function)
        return function

    def _deliver(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Deliver",
            handler="distribute.deliver.handler",
            ground=ground,
            timeout=ground.deliver.timeout,
            reserved=DELIVERIES,
        )
        ground.deliver.feed(function, batch=100, at_once=DELIVERIES, window=Duration.seconds(1))
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(
            function,
            Table.OUTREACH,
            *("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "BatchWriteItem"),
        )
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "PutItem")
        ground.deliver.allow_send(function)
        ground.mail.allow_send(function)
        ground.mail.allow_account(function)
        ground.allow_signing(function)
        return function

    def _due(self, ground: Ground) -> Function:
        """Make the function that queues what is to be sent at its time: scheduled invitations and reminders."""
        function = Function(
            self, "Due", handler="distribute.due.handler", ground=ground, timeout=Duration.minutes(5), reserved=1
        )
        run_every(function, events.Schedule.rate(Duration.minutes(5)), ground)
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "Query")
        ground.store.allow(function, Table.OUTREACH, "PutItem", "BatchWriteItem", "DeleteItem")
        ground.store.allow(function, Table.FEEDBACK, "PutItem")
        ground.store.allow_index(function, Table.OUTREACH)
        ground.deliver.allow_send(function)
        ground.plan.allow_send(function)
        ground.mail.allow_account(function)
        return function

    def _feedback(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Feedback",
            handler="distribute.feedback.handler",
            ground=ground,
            timeout=ground.feedback.timeout,
            memory=256,
            reserved=FEEDBACKS,
        )
        ground.feedback.feed(function, batch=10, at_once=FEEDBACKS, window=Duration.seconds(1))
        ground.store.allow(function, Table.FEEDBACK, "PutItem")
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "Query")
        ground.store.allow(function, Table.OUTREACH, "PutItem", "UpdateItem", "DeleteItem")
        ground.store.allow_index(function, Table.OUTREACH)
        ground.mail.allow_text(function)
        ground.allow_signing(function)
        return function
