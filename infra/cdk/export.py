"""What somebody ordered to be written out, part by part, behind its queue."""

from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground

EXPORTS = 2
PREFIX = "exports/"


class Export(Construct):
    """The function that goes on with exports."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the function and grant it what it needs."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "App",
            handler="export.app.handler",
            ground=ground,
            timeout=ground.export.timeout,
            memory=1024,
            reserved=EXPORTS,
            besides=(ground.parquet,),
        )
        self.function.alias.add_event_source(ground.export.source(batch=1, at_once=EXPORTS))
        ground.store.allow(self.function, Table.FEEDBACK, "GetItem", "PutItem")
        ground.store.allow(self.function, Table.DIRECTORY, "BatchGetItem")
        ground.store.allow(self.function, Table.OUTREACH, "PutItem", "BatchGetItem")
        ground.store.allow_index(self.function, Table.DIRECTORY)
        ground.store.allow_index(self.function, Table.OUTREACH)
        ground.files.allow_read(self.function, ground.files.reports, PREFIX)
        ground.files.allow_write(self.function, ground.files.reports, PREFIX)
        ground.allow_signing(self.function)  # the links of invitations are computed
        ground.export.allow_send(self.function)
