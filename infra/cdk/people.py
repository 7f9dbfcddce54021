"""Who signs in to the console: a Cognito user pool with three groups."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from escuta.directory.model import Role
from infra.cdk.excuses import excuse
from infra.cdk.function import Function


class People(Construct):
    """Users are made by an administrator; nobody signs up alone."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Make the pool, its groups and the client that the console signs in through."""
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True, username=True),
            sign_in_case_sensitive=False,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        excuse(self.pool, "COG2", "a second factor is offered, and asked of administrators by the organisation's rules")
        excuse(self.pool, "COG3", "threat protection costs per user and is the organisation's choice")
        excuse(self.pool, "COG8", "the Plus plan costs per user and is the organisation's choice")
        self.client = self.pool.add_client(
            "Console",
            auth_flows=cognito.AuthFlow(admin_user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(1),
        )
        for role in Role:
            cognito.CfnUserPoolGroup(self, role.title(), user_pool_id=self.pool.user_pool_id, group_name=role.value)

    def names(self) -> dict[str, str]:
        """Return the settings that name the pool and its client."""
        return {"user_pool": self.pool.user_pool_id, "user_pool_client": self.client.user_pool_client_id}

    def allow_sign_in(self, function: Function) -> None:
        """Let a function sign people in with their password, and out."""
        function.allow(
            "cognito-idp:AdminInitiateAuth",
            "cognito-idp:AdminGetUser",
            "cognito-idp:AdminListGroupsForUser",
            on=[self.pool.user_pool_arn],
        )
