"""The function that writes the mails of the user pool (invitations, codes) in the reader's language."""

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.cdk.function import Base, Function
from infra.cdk.layers import Layers


class Mails(Construct):
    """The pool asks it by its name. It needs neither settings nor grants."""

    def __init__(self, scope: Construct, construct_id: str, *, layers: Layers, pool: cognito.IUserPool) -> None:
        """Make the function, and let this pool alone call it."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "App",
            handler="console.mails.handler",
            ground=Base(layers=layers.common, environment={}),
            timeout=Duration.seconds(5),
            reserved=5,
        )
        lambda_.CfnPermission(
            self,
            "Ask",
            action="lambda:InvokeFunction",
            function_name=self.function.alias.function_arn,
            principal="cognito-idp.amazonaws.com",
            source_arn=pool.user_pool_arn,
        )
