"""The web console."""

from aws_cdk import Duration
from constructs import Construct

from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.manage import allow_nouns


class Console(Construct):
    """HTML over the same nouns, which it asks the API's own code for; signs people in with the user pool."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the function and grant it what it needs."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "App",
            handler="console.app.handler",
            ground=ground,
            timeout=Duration.seconds(28),
            memory=1024,
            reserved=20,
            asks=("manage",),
        )
        allow_nouns(self.function, ground)
        ground.people.allow_sign_in(self.function)
