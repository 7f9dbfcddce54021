"""The stack. It only wires: each capability grants itself what it needs."""

from pathlib import Path
from typing import Any

from aws_cdk import CfnCondition, CfnOutput, CfnParameter, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from escuta import i18n
from escuta.config import Settings, environment, variable
from infra.cdk.api import STAGE, Api
from infra.cdk.authorize import Authorize
from infra.cdk.bus import Bus
from infra.cdk.console import Console
from infra.cdk.distribute import Distribute
from infra.cdk.excuses import excuse
from infra.cdk.export import Export
from infra.cdk.files import Files
from infra.cdk.ground import Ground
from infra.cdk.importer import Importer
from infra.cdk.inbound import Inbound
from infra.cdk.lake import Lake
from infra.cdk.layers import Layers, make_layers
from infra.cdk.mail import Mail
from infra.cdk.manage import Manage
from infra.cdk.metering import Metering
from infra.cdk.people import People
from infra.cdk.privacy import Privacy
from infra.cdk.publish import Publish
from infra.cdk.respond import Respond
from infra.cdk.store import Store
from infra.cdk.ticketing import Ticketing
from infra.cdk.transfer import Transfer
from infra.cdk.work import Work
from respond.app import app as respond_app

# Seconds that one message of a queue may take.
_TIMEOUTS = {
    "drop": 900,
    "load": 300,
    "close": 900,
    "plan": 120,
    "deliver": 120,
    "feedback": 30,
    "alert": 30,
    "export": 900,
    "erase": 900,
    "lake": 300,
    "digest": 300,
    "event": 60,
    "webhook": 120,
    "inbound": 60,
}
# Those that functions send to; `feedback` is fed by SES and the carriers, `inbound` by the bucket of received mail.
_FED = frozenset({"feedback", "inbound"})
_SENT_TO = tuple(name for name in _TIMEOUTS if name not in _FED)


class Escuta(Stack):
    """One deployment: one organisation."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deps: Path,
        parquet: Path,
        sftp: bool = False,
        **options: Any,
    ) -> None:
        """Make everything. `deps` and `parquet` are the folders of built layers; `sftp`: with an SFTP server."""
        super().__init__(scope, construct_id, **options)
        self._api = Api(self, "Api")
        question = _QUESTIONS["ComprehendRegion"]
        self._comprehend = CfnParameter(self, "ComprehendRegion", description=question, default="")
        question = _QUESTIONS["InboundDomain"]
        self._inbound = CfnParameter(self, "InboundDomain", description=question, default="")
        question = _QUESTIONS["WebhookHosts"]
        self._hosts = CfnParameter(self, "WebhookHosts", description=question, default="")
        self._sftp_host, self._sftp_fingerprint = (
            CfnParameter(self, name, description=_QUESTIONS[name], default="")
            for name in ("SftpHost", "SftpFingerprint")
        )
        self._ground = self._lay_ground(make_layers(self, deps=deps, parquet=parquet))
        respond = self._open_doors()
        Importer(self, "Importer", ground=self._ground)
        distribute = Distribute(self, "Distribute", ground=self._ground)
        Export(self, "Exports", ground=self._ground)
        lake = Lake(self, "Lakes", ground=self._ground)
        privacy = Privacy(self, "Privacy", ground=self._ground)
        metering = Metering(self, "Metering", ground=self._ground, comprehend=self._comprehend.value_as_string)
        ticketing = Ticketing(self, "Ticketing", ground=self._ground)
        Inbound(self, "Replies", domain=self._inbound.value_as_string, bucket=self._ground.files.received)
        publish = Publish(self, "Publish", ground=self._ground)
        if sftp:
            self._open_sftp(Transfer(self, "Transfer", ground=self._ground))
        self._say("PublishSweep", publish.sweep.function.function_name)
        self._say("DistributeDue", distribute.due.function.function_name)
        self._say("PrivacyRetain", privacy.retain.function.function_name)
        self._say("MeteringSweep", metering.sweep.function.function_name)
        self._say("RespondConfirm", respond.confirm.function.function_name)
        self._say("TicketingDigest", ticketing.digest.function.function_name)
        self._say("TicketingSweep", ticketing.sweep.function.function_name)
        self._say("LakeDatabase", lake.database)
        self._say("SmsTopic", self._ground.mail.sms.topic_arn)
        self._say("ReceivedBucket", self._ground.files.received.bucket_name)
        self._say("FeedbackQueue", self._ground.feedback.queue.queue_url)
        self._say("ApiUrl", self._api.url)

    def _lay_ground(self, layers: Layers) -> Ground:
        works = {
            name: Work(self, name.title(), timeout=Duration.seconds(seconds)) for name, seconds in _TIMEOUTS.items()
        }
        store = Store(self, "Store")
        public_url = self._public_url()
        files = Files(self, "Files", drops=works["drop"].queue, inbound=works["inbound"].queue, public_url=public_url)
        mail = Mail(self, "Mail", sender=self._asked("Sender"), feedback=works["feedback"].queue)
        people = People(self, "People", layers=layers, public_url=public_url)
        bus = Bus(self, "Events")
        signing = self._signing()
        settings = {
            "stage": STAGE,
            "organisation": self._asked("Organisation"),
            **store.names(),
            **files.names(),
            **mail.names(),
            **people.names(),
            "event_bus": bus.bus.event_bus_name,
            **{f"{name}_queue": works[name].queue.queue_url for name in _SENT_TO},
            "link_secret": signing.secret_name,
            "public_url": public_url,
        }
        for name, value in settings.items():
            self._say(name.title().replace("_", ""), value)
        return Ground(
            layers=layers.common,
            parquet=layers.parquet,
            environment={
                **environment(**settings),
                **people.variables(),
                variable("settle_seconds"): self._settle_seconds(),
                variable("comprehend_region"): self._comprehend.value_as_string,
                variable("inbound_domain"): self._inbound.value_as_string,
                variable("webhook_hosts"): self._hosts.value_as_string,
                variable("sftp_host"): self._sftp_host.value_as_string,
                variable("sftp_fingerprint"): self._sftp_fingerprint.value_as_string,
                **self._whereabouts(),
            },
            store=store,
            files=files,
            mail=mail,
            people=people,
            signing=signing,
            bus=bus,
            **works,
        )

    def _asked(self, name: str) -> str:
        return CfnParameter(self, name, description=_QUESTIONS[name], min_length=1).value_as_string

    def _whereabouts(self) -> dict[str, str]:
        """Ask how the organisation speaks, and where it is: telephones and days are read by it for good."""
        limits: dict[str, dict[str, Any]] = {
            "Language": {"allowed_values": list(i18n.LANGUAGES)},
            "Country": {"allowed_pattern": "[A-Z]{2}"},
            "Timezone": {"allowed_pattern": "[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"},
        }
        found = {}
        for name, limit in limits.items():
            field = name.lower()
            default = Settings.model_fields[field].default
            asked = CfnParameter(self, name, description=_QUESTIONS[name], default=default, **limit)
            found[variable(field)] = asked.value_as_string
        return found

    def _settle_seconds(self) -> str:
        asked = CfnParameter(
            self, "SettleSeconds", description=_QUESTIONS["SettleSeconds"], type="Number", default=60, max_value=900
        )
        return asked.value_as_string

    def _public_url(self) -> str:
        asked = CfnParameter(self, "PublicUrl", description=_QUESTIONS["PublicUrl"], default="")
        none = CfnCondition(self, "NoPublicUrl", expression=Fn.condition_equals(asked.value_as_string, ""))
        return Fn.condition_if(none.logical_id, self._api.url, asked.value_as_string).to_string()

    def _signing(self) -> secretsmanager.ISecret:
        """Make the secret; grants name it by its name, which says the same on AWS and on the embedded AWS."""
        name = f"{self.stack_name}/link"
        secret = secretsmanager.Secret(
            self,
            "LinkSecret",
            secret_name=name,
            description="Signs the links of invitations and keys the hashes of addresses",
            removal_policy=RemovalPolicy.RETAIN,
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=48),
        )
        excuse(secret, "SMG4", "rotating it would break every link that was sent and every suppressed address")
        return secretsmanager.Secret.from_secret_name_v2(self, "LinkSecretByName", name)

    def _open_doors(self) -> Respond:
        """Make the functions behind the API and their routes."""
        respond = Respond(self, "Respond", ground=self._ground)
        manage = self._manage = Manage(self, "Manage", ground=self._ground)
        console = Console(self, "Console", ground=self._ground)
        guard = Authorize(self, "Authorize", ground=self._ground)
        routes = ((path, method) for path, methods in respond_app.routes.items() for method in methods)
        self._api.open_routes(routes, respond.function)
        self._api.open_routes([("/oauth/token", "POST")], manage.oauth)
        self._api.guarded_tree("v1", manage.function, guard.function)
        self._api.open_tree("console", console.function)
        self._api.open_tree("c", console.function)
        return respond

    def _open_sftp(self, server: Transfer) -> None:
        """Let the API say where the server is: at its own address, unless it was given another one."""
        own = CfnCondition(self, "NoSftpHost", expression=Fn.condition_equals(self._sftp_host.value_as_string, ""))
        host = Fn.condition_if(own.logical_id, server.host, self._sftp_host.value_as_string)
        self._manage.function.function.add_environment(variable("sftp_host"), host.to_string())

    def _say(self, name: str, value: str) -> None:
        output = CfnOutput(self, f"Output{name}", value=value)
        output.override_logical_id(f"Out{name}")


_QUESTIONS = {
    "Language": "Language that the organisation speaks: pt-BR, en or es",
    "Country": "Country of telephone numbers that name none, such as BR",
    "Timezone": "Time zone of places that have none of their own, such as America/Sao_Paulo",
    "ComprehendRegion": "Region of Amazon Comprehend that reads comments, such as us-east-1; empty: they are read here",
    "InboundDomain": "Domain that SES receives for, so that customers' replies come into tickets; empty: none is",
    "Organisation": "Name of the organisation, as respondents read it",
    "Sender": "Address that invitations and alerts come from; it or its domain is verified in SES",
    "SettleSeconds": "Seconds that a dropped file must stay as it is before it is read; some gateways write it twice",
    "PublicUrl": "Address that links begin with, such as https://fala.example.com; empty: the API's own address",
    "SftpHost": "Address of the SFTP server as partners write it, such as sftp.example.com; empty: the server's own",
    "SftpFingerprint": "Fingerprint of the SFTP server's key, such as SHA256:..., shown to who gives partners access",
    "WebhookHosts": "Hosts inside your network that webhooks may call, as host:port apart by blanks; empty: none",
}
