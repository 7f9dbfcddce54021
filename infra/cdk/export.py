"""What somebody ordered to be written out, part by part, behind its queue."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

from escuta.entity import WORKING, Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.schedule import run_every

EXPORTS = 2
PREFIX = "exports/"


class Export(Construct):
    """The function that goes on with exports, and the one that orders those whose time has come."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.function = self._app(ground)
        self.schedule = self._schedule(ground)

    def _app(self, ground: Ground) -> Function:
        function = Function(
            self,
            "App",
            handler="export.app.handler",
            ground=ground,
            timeout=ground.export.timeout,
            memory=1769,  # one whole processor: packing is most of the work
            reserved=EXPORTS,
            besides=(ground.parquet,),
        )
        ground.export.feed(function, batch=1, at_once=EXPORTS)
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "BatchGetItem", "PutItem")
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem")
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "PutItem")
        for table in WORKING:
            ground.store.allow_index(function, table)
        ground.store.allow(function, Table.AUDIT, "Query")
        ground.files.allow_read(function, ground.files.reports, PREFIX)
        ground.files.allow_write(function, ground.files.reports, PREFIX)
        ground.files.allow_delete(function, ground.files.reports, PREFIX)
        ground.allow_signing(function)  # the links of invitations are computed
        ground.export.allow_send(function)
        return function

    def _schedule(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Schedule",
            handler="export.schedule.handler",
            ground=ground,
            timeout=Duration.minutes(2),
            memory=256,
            reserved=1,
        )
        run_every(function, events.Schedule.rate(Duration.minutes(15)), ground)
        ground.store.allow(function, Table.FEEDBACK, "GetItem", "PutItem")
        ground.store.allow_index(function, Table.FEEDBACK)
        ground.store.allow(function, Table.DIRECTORY, "GetItem")  # for how long the audit is kept
        ground.store.allow_audit(function)
        ground.export.allow_send(function)
        return function
