"""Who signs in to the console: a Cognito user pool with three groups, and the organisation's own provider beside it."""

from aws_cdk import CfnCondition, CfnParameter, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from escuta.config import variable
from escuta.directory.access.signing_in import STEP_SECONDS
from escuta.directory.model import Role
from infra.cdk.excuses import excuse
from infra.cdk.function import Base, Function
from infra.cdk.layers import Layers

CALLBACK = "/console/sign-in/callback"
_STEP = Duration.seconds(STEP_SECONDS)  # as long as somebody may take for a step of the way in


class People(Construct):
    """Users are invited by an administrator; nobody signs up alone."""

    def __init__(self, scope: Construct, construct_id: str, *, layers: Layers, public_url: str) -> None:
        """Make the pool, its groups, the client that the console signs in through, and what federation needs."""
        super().__init__(scope, construct_id)
        self.mails = Function(
            self,
            "Mails",
            handler="console.mails.handler",
            ground=Base(layers=layers.common, environment={}),
            timeout=Duration.seconds(5),
            reserved=5,
        )
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
            lambda_triggers=cognito.UserPoolTriggers(custom_message=self.mails.alias),
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
        self._federation = Federation(self, "Federation", pool=self.pool, callback=f"{public_url}{CALLBACK}")

    def names(self) -> dict[str, str]:
        """Return the settings that name the pool and its client."""
        return {"user_pool": self.pool.user_pool_id, "user_pool_client": self.client.user_pool_client_id}

    def variables(self) -> dict[str, str]:
        """Return the variables whose values are only known when somebody deploys."""
        return self._federation.variables()

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


class Federation(Construct):
    """The organisation's OIDC or SAML provider, when somebody who deploys names one."""

    def __init__(self, scope: Construct, construct_id: str, *, pool: cognito.UserPool, callback: str) -> None:
        """Ask for the provider, and make it with the pages and the client that it needs, or nothing of that."""
        super().__init__(scope, construct_id)
        self._name = self._asked("Name")
        self._domains, self._role = self._asked("MailDomains"), self._asked("Role")
        prefix, issuer, metadata = self._asked("Prefix"), self._asked("Issuer"), self._asked("MetadataUrl")
        self._wanted = self._unless_empty("Wanted", self._name)
        provider = self._provider(pool, issuer, metadata)
        domain = cognito.CfnUserPoolDomain(self, "Domain", domain=prefix, user_pool_id=pool.user_pool_id)
        domain.cfn_options.condition = self._wanted
        self._client = self._public_client(pool, callback)
        self._client.add_dependency(provider)
        self._origin = f"https://{prefix}.auth.{Stack.of(self).region}.amazoncognito.com"

    def variables(self) -> dict[str, str]:
        """Return the variables of functions that send people to the provider; empty without one."""

        def when_wanted(value: str) -> str:
            return Fn.condition_if(self._wanted.logical_id, value, "").to_string()

        return {
            variable("federation_domain"): when_wanted(self._origin),
            variable("federation_client"): when_wanted(self._client.ref),
            variable("federation_provider"): self._name,
            variable("federation_mail_domains"): self._domains,
            variable("federation_role"): self._role,
        }

    def _public_client(self, pool: cognito.UserPool, callback: str) -> cognito.CfnUserPoolClient:
        client = cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=pool.user_pool_id,
            allowed_o_auth_flows=["code"],
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_scopes=["openid", "email", "profile"],
            callback_ur_ls=[callback],
            supported_identity_providers=[self._name],
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            generate_secret=False,  # the code is bound to us by PKCE
            prevent_user_existence_errors="ENABLED",
            access_token_validity=5,
            id_token_validity=5,
            refresh_token_validity=1,
            token_validity_units=cognito.CfnUserPoolClient.TokenValidityUnitsProperty(
                access_token="minutes",  # noqa: S106 - a unit
                id_token="minutes",  # noqa: S106 - a unit
                refresh_token="hours",  # noqa: S106 - a unit
            ),
        )
        client.cfn_options.condition = self._wanted
        return client

    def _provider(self, pool: cognito.UserPool, issuer: str, metadata: str) -> cognito.CfnUserPoolIdentityProvider:
        """Make the one provider, by OIDC where an issuer is named, else by SAML."""
        by_oidc = self._unless_empty("ByOidc", issuer)
        details = {
            "client_id": self._asked("ClientId"),
            "client_secret": self._asked("ClientSecret", hidden=True),
            "attributes_request_method": "GET",
            "oidc_issuer": issuer,
            "authorize_scopes": "openid email profile",
        }
        made = cognito.CfnUserPoolIdentityProvider(
            self,
            "Provider",
            user_pool_id=pool.user_pool_id,
            provider_name=self._name,
            provider_type=Fn.condition_if(by_oidc.logical_id, "OIDC", "SAML").to_string(),
            provider_details=Fn.condition_if(by_oidc.logical_id, details, {"MetadataURL": metadata}),
            attribute_mapping={"email": "email", "name": "name"},
        )
        made.cfn_options.condition = self._wanted
        return made

    def _asked(self, name: str, *, hidden: bool = False) -> str:
        default = "escuta" if name == "Prefix" else ""
        question = CfnParameter(self, name, description=_QUESTIONS[name], default=default, no_echo=hidden or None)
        question.override_logical_id(f"Federation{name}")
        return question.value_as_string

    def _unless_empty(self, name: str, value: str) -> CfnCondition:
        return CfnCondition(self, name, expression=Fn.condition_not(Fn.condition_equals(value, "")))


_QUESTIONS = {
    "Name": "Name of your identity provider in the user pool and on the sign-in button; empty: none",
    "Prefix": "Prefix of the address of the user pool's own pages, unique in the region, such as aurora-escuta",
    "Issuer": "OIDC: address of the issuer; empty for SAML",
    "ClientId": "OIDC: the client id that the provider gave you",
    "ClientSecret": "OIDC: the client secret that the provider gave you",
    "MetadataUrl": "SAML: address of the provider's metadata; empty for OIDC",
    "MailDomains": "Domains of the addresses that the provider may speak for, apart by blanks; others are refused",
    "Role": "Role of who comes through the provider without an invitation; empty: they are refused",
}
