"""The public pages: survey, store token, unsubscribe."""

from aws_cdk import Duration
from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground


class Respond(Construct):
    """Capture comes first: its share of the concurrency is the largest, and nothing slow stands behind it."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the function and grant it what it needs."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "App",
            handler="respond.app.app",
            ground=ground,
            timeout=Duration.seconds(10),
            memory=1024,
            reserved=300,
        )
        ground.store.allow(self.function, Table.DIRECTORY, "GetItem")
        ground.store.allow(self.function, Table.OUTREACH, "GetItem", "PutItem")
        ground.store.allow(self.function, Table.FEEDBACK, "GetItem", "PutItem")
        ground.allow_signing(self.function)
