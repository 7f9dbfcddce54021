"""The user pool of the template, and the organisation's own provider with and without the parameters that name one."""

import json
from typing import Any

import pytest

from tests.infra.conftest import Template

NONE = {
    **dict.fromkeys(("Name", "Issuer", "ClientId", "ClientSecret", "MetadataUrl", "MailDomains", "Role"), ""),
    "Prefix": "escuta",
}
OIDC = {**NONE, "Name": "Entra-Aurora", "Issuer": "https://login.example/v2", "ClientId": "c-1", "Prefix": "aurora"}
SAML = {**NONE, "Name": "ADFS", "MetadataUrl": "https://adfs.example/metadata", "Prefix": "aurora"}


class Deployed:
    """The template as CloudFormation reads it with the parameters of the provider."""

    def __init__(self, template: Template, asked: dict[str, str]) -> None:
        self.whole = template.whole
        self.asked = {f"Federation{name}": value for name, value in asked.items()}

    def holds(self, condition: Any) -> bool:
        """Tell whether a condition is true."""
        if isinstance(condition, str):
            return self.holds(self.whole["Conditions"][condition])
        if "Condition" in condition:
            return self.holds(condition["Condition"])
        if "Fn::Not" in condition:
            return not self.holds(condition["Fn::Not"][0])
        if "Fn::And" in condition:
            return all(self.holds(each) for each in condition["Fn::And"])
        one, other = (self.read(each) for each in condition["Fn::Equals"])
        return bool(one == other)

    def read(self, value: Any) -> Any:
        """Return a value with its parameters and choices filled in."""
        if isinstance(value, list):
            return [self.read(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Ref"}:
            return self.asked.get(value["Ref"], value)
        if value.keys() == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self.read(yes if self.holds(condition) else no)
        return {name: self.read(each) for name, each in value.items()}

    def made(self, kind: str) -> list[dict[str, Any]]:
        """Return the properties of the resources of a type that are made."""
        found = [each for each in self.whole["Resources"].values() if each["Type"] == f"AWS::Cognito::{kind}"]
        return [self.read(each["Properties"]) for each in found if self.holds(each.get("Condition", "Always"))]

    def variable(self, name: str) -> list[Any]:
        """Return a variable of the functions that have it, each value once."""
        found = [
            self.read(each["Properties"].get("Environment", {}).get("Variables", {}).get(name))
            for each in self.whole["Resources"].values()
            if each["Type"] == "AWS::Lambda::Function"
        ]
        return [each for at, each in enumerate(found) if each is not None and each not in found[:at]]


def deployed(template: Template, asked: dict[str, str]) -> Deployed:
    found = Deployed(template, asked)
    found.whole.setdefault("Conditions", {})["Always"] = {"Fn::Equals": ["", ""]}
    assert set(found.asked) == {name for name in found.whole["Parameters"] if name.startswith("Federation")}
    return found


def test_who_names_no_provider_gets_none_of_it(template: Template) -> None:
    stack = deployed(template, NONE)

    assert [len(stack.made(kind)) for kind in ("UserPoolDomain", "UserPoolIdentityProvider", "UserPoolClient")] == [
        0,
        0,
        1,
    ]
    assert stack.variable("ESCUTA_FEDERATION_DOMAIN") == [""]
    assert stack.variable("ESCUTA_FEDERATION_CLIENT") == [""]


@pytest.mark.parametrize(
    ("asked", "kind", "details"),
    [
        (
            OIDC,
            "OIDC",
            {
                "client_id": "c-1",
                "client_secret": "",
                "attributes_request_method": "GET",
                "oidc_issuer": "https://login.example/v2",
                "authorize_scopes": "openid email profile",
            },
        ),
        (SAML, "SAML", {"MetadataURL": "https://adfs.example/metadata"}),
    ],
    ids=["oidc", "saml"],
)
def test_who_names_a_provider_gets_it_its_pages_and_a_client_that_is_bound_to_our_address(
    template: Template, asked: dict[str, str], kind: str, details: dict[str, str]
) -> None:
    stack = deployed(template, asked)

    (provider,) = stack.made("UserPoolIdentityProvider")
    assert (provider["ProviderName"], provider["ProviderType"]) == (asked["Name"], kind)
    assert provider["ProviderDetails"] == details
    assert [each["Domain"] for each in stack.made("UserPoolDomain")] == ["aurora"]
    (client,) = [each for each in stack.made("UserPoolClient") if each.get("SupportedIdentityProviders") != ["COGNITO"]]
    assert client["SupportedIdentityProviders"] == [asked["Name"]]
    assert (client["AllowedOAuthFlows"], client["GenerateSecret"]) == (["code"], False)
    (address,) = client["CallbackURLs"]
    assert "/console/sign-in/callback" in json.dumps(address)
    assert stack.variable("ESCUTA_FEDERATION_PROVIDER") == [asked["Name"]]
    assert "aurora" in json.dumps(stack.variable("ESCUTA_FEDERATION_DOMAIN"))


def test_a_step_of_the_way_in_lasts_as_long_in_the_pool_as_on_the_page(template: Template) -> None:
    client = template.one("Cognito::UserPoolClient", "PeoplePoolConsole")

    assert client["AuthSessionValidity"] == 10
    assert (client["AccessTokenValidity"], client["TokenValidityUnits"]["AccessToken"]) == (10, "minutes")


def test_nobody_changes_their_own_address_with_a_token_of_the_pool(template: Template) -> None:
    assert template.one("Cognito::UserPoolClient", "PeoplePoolConsole")["WriteAttributes"] == ["locale"]


def test_people_sign_in_by_their_address_and_nobody_signs_up_alone(template: Template) -> None:
    pool = template.one("Cognito::UserPool", "PeoplePool")

    assert (pool["UsernameAttributes"], pool["UsernameConfiguration"]) == (["email"], {"CaseSensitive": False})
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
