"""Who signs in to the console: a Cognito user pool with three groups."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from escuta.directory.access.signing_in import STEP_SECONDS
from escuta.directory.model import Role
from infra.cdk.excuses import excuse
from infra.cdk.function import Function

_STEP = Duration.seconds(STEP_SECONDS)  # as long as somebody may take for a step of the way in


class People(Construct):
    """Users are invited by an administrator; nobody signs up alone."""

    def __init__(self, scope: Construct, construct_id: str, *, mails: str) -> None:
        """Make the pool, its groups, and the client that the console signs in through.

        `mails` is the name of the function that writes the pool's mails. It comes after the pool, in another stack,
        so the pool knows it by its name alone.
        """
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(7),
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        made = self.pool.node.default_child
        if not isinstance(made, cognito.CfnUserPool):
            raise TypeError("a pool without its resource")
        where = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{mails}:live"
        made.lambda_config = cognito.CfnUserPool.LambdaConfigProperty(custom_message=where)
        excuse(self.pool, "COG2", "a second factor is offered, and asked of administrators by the organisation's rules")
        excuse(self.pool, "COG3", "threat protection costs per user and is the organisation's choice")
        excuse(self.pool, "COG8", "the Plus plan costs per user and is the organisation's choice")
        self.client = self.pool.add_client(
            "Console",
            auth_flows=cognito.AuthFlow(admin_user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            auth_session_validity=_STEP,
            access_token_validity=_STEP,  # it sets up a second factor, and then nobody needs it
            id_token_validity=_STEP,
            write_attributes=cognito.ClientAttributes().with_standard_attributes(
                locale=True
            ),  # never one's own address
            refresh_token_validity=Duration.hours(1),
        )
        for role in Role:
            cognito.CfnUserPoolGroup(self, role.title(), user_pool_id=self.pool.user_pool_id, group_name=role.value)

    def names(self) -> dict[str, str]:
        """Return the settings that name the pool and its client."""
        return {"user_pool": self.pool.user_pool_id, "user_pool_client": self.client.user_pool_client_id}

    def allow_sign_in(self, function: Function) -> None:
        """Let a function sign people in, with code and second factor, and change their passwords."""
        function.allow(
            "cognito-idp:AdminInitiateAuth",
            "cognito-idp:AdminRespondToAuthChallenge",
            "cognito-idp:AdminGetUser",
            "cognito-idp:AdminListGroupsForUser",
            "cognito-idp:AdminSetUserPassword",
            "cognito-idp:AdminSetUserMFAPreference",
            on=[self.pool.user_pool_arn],
        )

    def allow_administer(self, function: Function) -> None:
        """Let a function invite people, shut them out and remove them."""
        function.allow(
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminDeleteUser",
            "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminEnableUser",
            "cognito-idp:AdminGetUser",
            "cognito-idp:AdminResetUserPassword",
            "cognito-idp:AdminSetUserMFAPreference",
            "cognito-idp:AdminUpdateUserAttributes",
            on=[self.pool.user_pool_arn],
        )
