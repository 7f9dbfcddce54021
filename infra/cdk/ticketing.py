"""Following up: responses become tickets, tickets become alerts, and forgotten alerts are found again."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import WORKING, Table
from escuta.events import DomainEvent
from escuta.feedback.model import Response
from infra.cdk.asking import Asking
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every
from infra.cdk.stream import consume

ALERTS = 5
DIGESTS = 2


class Ticketing(Construct):
    """The consumer of the stream, the sender of alerts, what the clock calls, and what takes in replies."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.app = self._app(ground)
        self.alert = self._alert(ground)
        self.sweep = self._sweep(ground)
        self.receive = self._receive(ground)
        self.digest = self._digest(ground)

    def _app(self, ground: Ground) -> Function:
        function = Function(
            self, "App", handler="ticketing.app.handler", ground=ground, timeout=Duration.minutes(1), reserved=20
        )
        consume(
            function,
            ground,
            Response.kind,
            DomainEvent.kind,
            window=Duration.seconds(Asking.around(self).stage.follow_seconds),
        )
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem", "Query", "ConditionCheckItem")
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem")
        ground.store.allow_index(function, Table.OUTREACH)
        self._allow_tickets(function, ground)
        ground.alert.allow_send(function)
        ground.event.allow_send(function)
        return function

    def _alert(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Alert",
            handler="ticketing.alert.handler",
            ground=ground,
            timeout=ground.alert.timeout,
            memory=256,
            reserved=ALERTS,
        )
        ground.alert.feed(function, batch=5, at_once=ALERTS)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem")
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "Query", "PutItem")
        for table in WORKING:
            ground.store.allow_index(function, table)
        ground.mail.allow_send(function)
        ground.allow_signing(function)  # of the links that open one ticket
        return function

    def _sweep(self, ground: Ground) -> Function:
        function = Function(
            self, "Sweep", handler="ticketing.sweep.handler", ground=ground, timeout=Duration.minutes(4), reserved=2
        )
        run_every(function, events.Schedule.rate(Duration.minutes(1)), ground)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem", "Query")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(
            function, Table.OUTREACH, "GetItem", "BatchGetItem", "Query", "PutItem", "ConditionCheckItem"
        )
        self._allow_tickets(function, ground)
        ground.alert.allow_send(function)
        return function

    @staticmethod
    def _allow_tickets(function: Function, ground: Ground) -> None:
        """Let a function change tickets, with all that stands in the transaction: log, counters, timers, alerts."""
        verbs = ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
        ground.store.allow(function, Table.FEEDBACK, *verbs)
        ground.store.allow_index(function, Table.FEEDBACK)

    def _receive(self, ground: Ground) -> Function:
        """Take in what customers reply."""
        function = Function(
            self,
            "Receive",
            handler="ticketing.receive.handler",
            ground=ground,
            timeout=ground.inbound.timeout,
            reserved=2,
        )
        ground.inbound.feed(function, batch=1, at_once=2)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem", "Query")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem")
        ground.store.allow_index(function, Table.OUTREACH)
        self._allow_tickets(function, ground)
        ground.files.allow_read(function, ground.files.received)
        ground.alert.allow_send(function)
        ground.allow_signing(function)
        return function

    def _digest(self, ground: Ground) -> Function:
        """Tell managers what changed: made by the clock, sent behind a queue of their own, so that no alert waits."""
        function = Function(
            self,
            "Digest",
            handler="ticketing.digest.handler",
            ground=ground,
            timeout=ground.digest.timeout,
            reserved=DIGESTS,
        )
        run_every(function, events.Schedule.cron(minute="5"), ground)
        ground.digest.feed(function, batch=1, at_once=DIGESTS)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem")
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "Query", "PutItem")
        for table in WORKING:
            ground.store.allow_index(function, table)
        ground.mail.allow_send(function)
        ground.digest.allow_send(function)
        ground.alert.allow_send(function)
        ground.allow_signing(function)
        return function
