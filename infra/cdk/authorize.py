"""The authorizer in front of the management API."""

from aws_cdk import Duration
from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground


class Authorize(Construct):
    """Reads a key, a token or a session and says who calls. It can change nothing."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the function and grant it what it needs."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "App",
            handler="authorize.app.handler",
            ground=ground,
            timeout=Duration.seconds(5),
            reserved=50,
        )
        ground.store.allow(self.function, Table.DIRECTORY, "GetItem", "BatchGetItem")
        ground.allow_signing(self.function)  # access tokens are not kept, but sealed
