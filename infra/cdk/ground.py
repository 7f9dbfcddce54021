"""What every function stands on. The stack builds it once and hands it to each capability."""

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from infra.cdk.bus import Bus
from infra.cdk.files import Files
from infra.cdk.function import Base, Function
from infra.cdk.mail import Mail
from infra.cdk.people import People
from infra.cdk.store import Store
from infra.cdk.work import Work


@dataclass(frozen=True, kw_only=True)
class Ground(Base):
    """Besides layers and settings, the resources that functions are granted."""

    parquet: lambda_.ILayerVersion
    store: Store
    files: Files
    mail: Mail
    people: People
    signing: secretsmanager.ISecret
    missed: sqs.IQueue  # calls by the clock that failed
    drop: Work
    load: Work
    close: Work
    plan: Work
    deliver: Work
    alert: Work
    feedback: Work
    export: Work
    erase: Work
    lake: Work
    digest: Work
    event: Work
    webhook: Work
    inbound: Work
    bus: Bus

    def allow_signing(self, function: Function) -> None:
        """Let a function read the secret that signs links. AWS appends six characters of its own to the name."""
        function.allow("secretsmanager:GetSecretValue", on=[f"{self.signing.secret_arn}-??????"])
