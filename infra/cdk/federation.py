"""The organisation's own identity provider beside the user pool, when somebody who deploys names one."""

from aws_cdk import Fn
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from escuta.config import variable
from infra.cdk.asking import Asking

CALLBACK = "/console/sign-in/callback"


class Federation(Construct):
    """The organisation's OIDC or SAML provider, when somebody who deploys names one."""

    def __init__(self, scope: Construct, construct_id: str, *, pool: cognito.IUserPool, house_url: str) -> None:
        """Ask for the provider, and make it with the pages and the client that it needs, or nothing of that."""
        super().__init__(scope, construct_id)
        self._name = self._asked("Name")
        self._domains, self._role = self._asked("MailDomains"), self._asked("Role")
        prefix, issuer, metadata = self._asked("Prefix"), self._asked("Issuer"), self._asked("MetadataUrl")
        self._wanted = Asking.around(self).is_told("FederationName")
        provider = self._provider(pool, issuer, metadata)
        domain = cognito.CfnUserPoolDomain(self, "Domain", domain=prefix, user_pool_id=pool.user_pool_id)
        domain.cfn_options.condition = self._wanted
        self._client = self._public_client(pool, f"{house_url}{CALLBACK}")
        self._client.add_resource_dependency(provider)
        self._origin = f"https://{prefix}.auth.{Asking.around(self).region}.amazoncognito.com"

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

    def _public_client(self, pool: cognito.IUserPool, callback: str) -> cognito.CfnUserPoolClient:
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

    def _provider(self, pool: cognito.IUserPool, issuer: str, metadata: str) -> cognito.CfnUserPoolIdentityProvider:
        """Make the one provider, by OIDC where an issuer is named, else by SAML."""
        by_oidc = Asking.around(self).is_told("FederationIssuer")
        details = {
            "client_id": self._asked("ClientId"),
            "client_secret": self._asked("ClientSecret"),
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

    def _asked(self, name: str) -> str:
        return Asking.around(self).ask(f"Federation{name}")
