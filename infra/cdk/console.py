"""The web console."""

from aws_cdk import Duration
from constructs import Construct

from escuta.entity import WORKING, Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground


class Console(Construct):
    """HTML over the same nouns; signs people in with the user pool."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the function and grant it what it needs."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self, "App", handler="console.app.handler", ground=ground, timeout=Duration.seconds(28), reserved=20
        )
        ground.store.allow(self.function, Table.DIRECTORY, "GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem")
        ground.store.allow(self.function, Table.OUTREACH, "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem")
        verbs = ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
        ground.store.allow(self.function, Table.FEEDBACK, *verbs)  # tickets are changed by links out of alerts
        for table in WORKING:
            ground.store.allow_index(self.function, table)
        ground.store.allow_audit(self.function)
        for work in (ground.alert, ground.deliver):
            work.allow_send(self.function)
        ground.allow_signing(self.function)
        ground.people.allow_sign_in(self.function)
