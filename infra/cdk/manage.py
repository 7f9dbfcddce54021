"""The management API `/v1`."""

from aws_cdk import Duration
from constructs import Construct

from escuta.entity import WORKING, Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground


class Manage(Construct):
    """The function behind the authorizer, and the one that gives clients their access tokens."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.oauth = self._oauth(ground)
        self.function = Function(
            self, "App", handler="manage.app.handler", ground=ground, timeout=Duration.seconds(28), reserved=50
        )
        allow_nouns(self.function, ground)

    def _oauth(self, ground: Ground) -> Function:
        """Make the function that anybody may call: it reads keys, counts requests and notes both."""
        function = Function(
            self, "Oauth", handler="manage.oauth.handler", ground=ground, timeout=Duration.seconds(10), reserved=10
        )
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "PutItem")
        ground.store.allow_audit(function)
        ground.allow_signing(function)
        return function


def allow_nouns(function: Function, ground: Ground) -> None:
    """Let a function do all that the routes of the API may: it, and whatever asks them in process."""
    for table in (Table.DIRECTORY, Table.FEEDBACK):
        ground.store.allow(function, table, "ConditionCheckItem")
    for table in WORKING:
        ground.store.allow(function, table, "GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem")
        ground.store.allow_index(function, table)
    ground.store.allow_audit(function)
    ground.store.allow_audit_reading(function)
    ground.store.allow(function, Table.DIRECTORY, "BatchWriteItem")  # people are found by their names
    ground.store.allow(function, Table.OUTREACH, "BatchWriteItem", "UpdateItem")
    ground.store.allow(function, Table.FEEDBACK, "UpdateItem")  # counters, when a day is recounted
    for work in (
        *(ground.plan, ground.deliver, ground.drop, ground.close, ground.export, ground.erase),
        *(ground.alert, ground.event, ground.webhook),
    ):
        work.allow_send(function)
    ground.files.allow_read(function, ground.files.reports)
    ground.files.allow_read(function, ground.files.drop)
    ground.files.allow_write(function, ground.files.reports)
    ground.files.allow_write(function, ground.files.drop, "*/uploads/")
    ground.files.allow_read(function, ground.files.attachments)
    ground.files.allow_write(function, ground.files.attachments)
    ground.files.allow_delete(function, ground.files.attachments)
    ground.mail.allow_send(function)  # templates are tried out
    ground.allow_signing(function)
    ground.people.allow_administer(function)
