"""The stack of what must not be lost: tables, buckets, queues, people, the secret. It outlives the functions."""

from typing import Any

from aws_cdk import Aws, Duration, Fn, RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from escuta.config import TRIES
from escuta.entity import Table
from infra.cdk.asking import Asking
from infra.cdk.bus import Bus
from infra.cdk.excuses import excuse
from infra.cdk.files import Files
from infra.cdk.identity import Identity
from infra.cdk.inbound import Inbound
from infra.cdk.keeping import Backups, make_key
from infra.cdk.mail import Mail
from infra.cdk.people import People
from infra.cdk.stages import Stage
from infra.cdk.store import Store
from infra.cdk.work import Work

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
# What a file fills by the thousand: a chunk that met a busy function five times would be given up.
_BOUND = frozenset({"load"})
# What a sending fills by the thousand: nothing counts these tries, so what meets a busy function is offered for hours.
_TRIES = {"plan": 50, "deliver": 50, "feedback": 50}
# Those that functions send to; `feedback` is fed by SES and the carriers, `inbound` by the bucket of received mail.
_FED = frozenset({"feedback", "inbound"})


class Data(Asking):
    """Everything that holds something which somebody gave us. Nothing in it goes away with the stack."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        """Make it; a stage with a name is protected from being removed at all."""
        super().__init__(scope, construct_id, stage=stage, termination_protection=bool(stage.name), **options)
        key = self.key = make_key(self, "Key") if stage.data.own_key else None
        self.works = {
            name: Work(
                self,
                name.title(),
                timeout=Duration.seconds(seconds),
                bound=name in _BOUND,
                tries=_TRIES.get(name, TRIES),
            )
            for name, seconds in _TIMEOUTS.items()
        }
        self.store = Store(self, "Store", key=key)
        self.files = Files(
            self,
            "Files",
            drops=self.works["drop"].queue,
            inbound=self.works["inbound"].queue,
            origin=self._origin(),
            key=key,
        )
        self.mail = Mail(self, "Mail", feedback=self.works["feedback"])
        if stage.name and stage.mails.make_identity:
            Identity(self, "Identity", configuration=self.mail.set)
        Inbound(self, "Replies", domain=self.ask("InboundDomain"), bucket=self.files.received)
        self.people = People(self, "People", mails=f"{stage.stack}-console-mails")
        self.bus = Bus(self, "Events", name=f"{stage.stack}-events")
        self.signing = self._signing(f"{stage.stack}/link")
        if stage.name and stage.data.backups:
            files = self.files
            kept = [files.drop, files.reports, files.lake, files.attachments]
            Backups(self, "Backups", tables=list(self.store.tables.values()), buckets=kept, key=key)
        for name, value in self.names().items():
            self.say(name.title().replace("_", ""), value)
        self._hand_over()
        self.say("ReceivedBucket", self.files.received.bucket_name)
        self.say("ParkedBucket", self.files.parked.bucket_name)
        self.say("FeedbackQueue", self.works["feedback"].queue.queue_url)
        self.say("SmsTopic", self.mail.sms.topic_arn)

    def names(self) -> dict[str, str]:
        """Return the settings that name what is here."""
        return {
            **self.store.names(),
            **self.files.names(),
            **self.mail.names(),
            **self.people.names(),
            "event_bus": self.bus.bus.event_bus_name,
            **{f"{name}_queue": work.queue.queue_url for name, work in self.works.items() if name not in _FED},
            "link_secret": self.signing.secret_name,
        }

    def _hand_over(self) -> None:
        """Export what the other stacks may name, whether they do today or not.

        So a function that no longer needs something can be deployed before this stack knows; and the order of the
        exports is ours, where the CDK's own follows numbers that begin at random.
        """
        for work in self.works.values():
            for value in (work.queue.queue_arn, work.queue.queue_url, work.queue.queue_name, work.dead.queue_name):
                self.export_value(value)
        for made in self.store.tables.values():
            for value in (made.table_arn, made.table_name):
                self.export_value(value)
        for table in (Table.FEEDBACK, Table.OUTREACH):
            self.export_value(self.store.tables[table].table_stream_arn)
        files = self.files
        for bucket in (files.drop, files.reports, files.parked, files.lake, files.attachments, files.received):
            for value in (bucket.bucket_arn, bucket.bucket_name):
                self.export_value(value)
        pool = self.people
        for value in (pool.pool.user_pool_id, pool.pool.user_pool_arn, pool.client.user_pool_client_id):
            self.export_value(value)
        key = [self.key.key_arn] if self.key else []
        bus = self.bus.bus
        for value in (bus.event_bus_arn, bus.event_bus_name, self.mail.set.configuration_set_name, *key):
            self.export_value(value)

    def _origin(self) -> str:
        """Return the origin of the console, whose pages upload: without a name it is some API of this region alone."""
        given = self.ask("HouseUrl")
        parts = Fn.split("/", given)
        told = Fn.join("//", [Fn.select(0, parts), Fn.select(2, parts)])
        own = f"https://*.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        return Fn.condition_if(self.is_told("HouseUrl").logical_id, told, own).to_string()

    def _signing(self, name: str) -> secretsmanager.ISecret:
        """Make the secret; grants name it by its name, which says the same on AWS and on the embedded AWS."""
        secret = secretsmanager.Secret(
            self,
            "LinkSecret",
            secret_name=name,
            description="Signs the links of invitations and keys the hashes of addresses",
            encryption_key=self.key,
            removal_policy=RemovalPolicy.RETAIN,
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=48),
        )
        excuse(secret, "SMG4", "rotating it would break every link that was sent and every suppressed address")
        return secretsmanager.Secret.from_secret_name_v2(self, "LinkSecretByName", name)
