"""The bus that every domain event goes out on."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from constructs import Construct

from infra.cdk.function import Function


class Bus(Construct):
    """A bus of our own, whose events are kept to be played again. Rules of the organisation read from it."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        """Make the bus of this name, and its archive."""
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=name)
        self.bus.archive(
            "Archive",
            description="What happened, of the last 90 days",
            event_pattern=events.EventPattern(account=[Aws.ACCOUNT_ID]),
            retention=Duration.days(90),
        )

    def allow_put(self, function: Function) -> None:
        """Let a function put events on the bus."""
        function.allow("events:PutEvents", on=[self.bus.event_bus_arn])
