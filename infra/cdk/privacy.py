"""Erasing one person everywhere, behind its queue, and applying what surveys say of retention, every night."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import WORKING, Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every

ERASES = 2
_WRITES = ("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem")


class Privacy(Construct):
    """Two functions: one works on what was asked for, the other by the calendar and through the same queue."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.erase = self._erase(ground)
        self.retain = self._retain(ground)

    def _erase(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Erase",
            handler="privacy.erase.handler",
            ground=ground,
            timeout=ground.erase.timeout,
            reserved=ERASES,
        )
        ground.erase.feed(function, batch=1, at_once=ERASES)
        for table in WORKING:
            ground.store.allow(function, table, *_WRITES)
            ground.store.allow_index(function, table)
        ground.store.allow(function, Table.FEEDBACK, "UpdateItem")  # an emptied ticket is counted otherwise
        for bucket in (ground.files.reports, ground.files.drop):
            ground.files.allow_read(function, bucket)
            ground.files.allow_delete(function, bucket)
        ground.files.allow_write(function, ground.files.reports)
        ground.files.allow_delete(function, ground.files.attachments)
        ground.erase.allow_send(function)
        ground.allow_signing(function)
        return function

    def _retain(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Retain",
            handler="privacy.retain.handler",
            ground=ground,
            timeout=Duration.minutes(15),
            memory=256,
            reserved=1,
        )
        run_every(function, events.Schedule.cron(hour="6", minute="40"), ground)
        ground.store.allow_index(function, Table.FEEDBACK)
        ground.erase.allow_send(function)
        return function
