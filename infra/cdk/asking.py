"""A stack that asks whoever deploys it: parameters whose defaults are what the stage answers."""

from dataclasses import dataclass, field
from typing import Any

from aws_cdk import CfnCondition, CfnOutput, CfnParameter, Environment, Fn, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from escuta import i18n
from infra.cdk.stages import Stage


@dataclass(frozen=True)
class _Question:
    text: str
    limits: dict[str, Any] = field(default_factory=dict)


class Asking(Stack):
    """One of the stacks of a stage. A stage that has a name says which account and region it is for."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        """Make the stack, empty."""
        place = Environment(account=stage.account, region=stage.region) if stage.name else None
        super().__init__(scope, construct_id, env=place, **options)
        self.stage = stage
        self._answers = stage.answers()
        self.key: kms.IKey | None = None  # of the organisation's own, which what is kept and what is logged is under

    def ask(self, name: str) -> str:
        """Return the answer to a question, as a parameter of this stack."""
        known = self.node.try_find_child(name)
        if isinstance(known, CfnParameter):
            return known.value_as_string
        question, default = _QUESTIONS[name], self._answers[name]
        limits = question.limits if "min_length" not in question.limits or not default else {}
        if default or "min_length" not in question.limits:
            limits = {**limits, "default": default}
        asked = CfnParameter(self, name, description=question.text, **limits)
        return asked.value_as_string

    def is_told(self, name: str) -> CfnCondition:
        """Return the condition that a question was answered with something."""
        known = self.node.try_find_child(f"Is{name}Told")
        if isinstance(known, CfnCondition):
            return known
        told = Fn.condition_not(Fn.condition_equals(self.ask(name), ""))
        return CfnCondition(self, f"Is{name}Told", expression=told)

    def say(self, name: str, value: str) -> None:
        """Put a value out under its name, apart from the ids of resources."""
        CfnOutput(self, f"Output{name}", value=value).override_logical_id(f"Out{name}")

    @staticmethod
    def around(construct: Construct) -> "Asking":
        """Return the stack that a construct is in."""
        stack = Stack.of(construct)
        if not isinstance(stack, Asking):
            raise TypeError(f"{construct.node.path} is in no stack of a stage")
        return stack


_NEEDED = {"min_length": 1}
_QUESTIONS = {
    "Language": _Question(
        "Language that the organisation speaks: pt-BR, en or es", {"allowed_values": list(i18n.LANGUAGES)}
    ),
    "Country": _Question("Country of telephone numbers that name none, such as BR", {"allowed_pattern": "[A-Z]{2}"}),
    "Timezone": _Question(
        "Time zone of places that have none of their own, such as America/Sao_Paulo",
        {"allowed_pattern": "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"},
    ),
    "ComprehendRegion": _Question(
        "Region of Amazon Comprehend that reads comments, such as us-east-1; empty: they are read here"
    ),
    "InboundDomain": _Question(
        "Domain that SES receives for, so that customers' replies come into tickets; empty: none is"
    ),
    "Organisation": _Question("Name of the organisation, as respondents read it", _NEEDED),
    "Sender": _Question("Address that invitations and alerts come from; it or its domain is verified in SES", _NEEDED),
    "SettleSeconds": _Question(
        "Seconds that a dropped file must stay as it is before it is read; some gateways write it twice",
        {"type": "Number", "max_value": 900},
    ),
    "SmsSenderId": _Question("Name shown in place of a number where a country allows it, such as Aurora; empty: none"),
    "PublicUrl": _Question(
        "Address that links begin with, such as https://fala.example.com; empty: the API's own address"
    ),
    "HouseUrl": _Question(
        "Address of the console and the management API, such as https://cx.example.com; empty: the API's own address"
    ),
    "SftpHost": _Question(
        "Address of the SFTP server as partners write it, such as sftp.example.com; empty: the server's own"
    ),
    "SftpFingerprint": _Question(
        "Fingerprint of the SFTP server's key, such as SHA256:..., shown to who gives partners access"
    ),
    "WebhookHosts": _Question(
        "Hosts inside your network that webhooks may call, as host:port apart by blanks; empty: none"
    ),
    "FederationName": _Question("Name of your identity provider in the user pool and on the button; empty: none"),
    "FederationPrefix": _Question(
        "Prefix of the address of the user pool's own pages, unique in the region, such as aurora-escuta"
    ),
    "FederationIssuer": _Question("OIDC: address of the issuer; empty for SAML"),
    "FederationClientId": _Question("OIDC: the client id that the provider gave you"),
    "FederationClientSecret": _Question("OIDC: the client secret that the provider gave you", {"no_echo": True}),
    "FederationMetadataUrl": _Question("SAML: address of the provider's metadata; empty for OIDC"),
    "FederationMailDomains": _Question(
        "Domains of the addresses that the provider may speak for, apart by blanks; others are refused"
    ),
    "FederationRole": _Question(
        "Role of who comes through the provider without an invitation; empty: they are refused"
    ),
}
