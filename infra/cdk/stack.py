"""The stack of what runs: functions and the API before them. It only wires: each capability grants itself its needs."""

from pathlib import Path
from typing import Any

from aws_cdk import Fn
from constructs import Construct

from escuta.config import environment, variable
from infra.cdk.api import STAGE, Api
from infra.cdk.asking import Asking
from infra.cdk.authorize import Authorize
from infra.cdk.console import Console
from infra.cdk.data import Data
from infra.cdk.distribute import Distribute
from infra.cdk.domain import Domain
from infra.cdk.door import Door
from infra.cdk.export import Export
from infra.cdk.federation import Federation
from infra.cdk.function import Function
from infra.cdk.gradual import Gradual
from infra.cdk.ground import Ground
from infra.cdk.importer import Importer
from infra.cdk.lake import Lake
from infra.cdk.layers import Layers, make_layers
from infra.cdk.mails import Mails
from infra.cdk.manage import Manage
from infra.cdk.metering import Metering
from infra.cdk.missed import make_missed
from infra.cdk.privacy import Privacy
from infra.cdk.publish import Publish
from infra.cdk.respond import Respond
from infra.cdk.rounds import Rounds
from infra.cdk.shield import Shield
from infra.cdk.stages import Address, Stage
from infra.cdk.ticketing import Ticketing
from infra.cdk.transfer import Transfer
from respond.app import app as respond_app

# Questions whose answers functions read as they are.
_TOLD = {
    "settle_seconds": "SettleSeconds",
    "comprehend_region": "ComprehendRegion",
    "inbound_domain": "InboundDomain",
    "webhook_hosts": "WebhookHosts",
    "sftp_host": "SftpHost",
    "sftp_fingerprint": "SftpFingerprint",
    "sms_sender_id": "SmsSenderId",
    "language": "Language",
    "country": "Country",
    "timezone": "Timezone",
}


class Escuta(Asking):
    """All functions of one stage. It can be removed and made again: nothing is kept here."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: Data,
        deps: Path,
        parquet: Path,
        **options: Any,
    ) -> None:
        """Make everything on top of `data`. `deps` and `parquet` are the folders of built layers."""
        super().__init__(scope, construct_id, stage=stage, **options)
        self.key = data.key
        self._api = Api(self, "Api")
        self.api_name = self._api.name
        self._door = Door(self, "Door") if stage.has_door else None
        self.missed = make_missed(self)
        self._ground = self._lay_ground(make_layers(self, deps=deps, parquet=parquet), data)
        self._respond = self._open_doors()
        self._work()
        Rounds(self, "Rounds", ground=self._ground, data=data)
        self._name(stage.address)
        if stage.shield.mode != "off":
            Shield(self, "Shield", api=self._api)
        if stage.sftp.on:
            self._open_sftp(Transfer(self, "Transfer", ground=self._ground))
        if stage.gradual:
            Gradual(self, "Gradual", functions=self.functions)
        self.say("ApiUrl", self._api.url)
        if self._door:
            self.say("DoorUrl", self._door.url)

    @property
    def functions(self) -> list[Function]:
        """Return all functions of the stack."""
        return [each for each in self.node.find_all() if isinstance(each, Function)]

    @property
    def following(self) -> list[Function]:
        """Return the functions that follow a stream."""
        return [each for each in self.functions if each.follows]

    @property
    def door_id(self) -> str:
        """Return the id of the HTTP API that respondents call, "" where there is none."""
        return self._door.http.api_id if self._door else ""

    def _name(self, address: Address) -> None:
        """Put the names of the stage before the APIs."""
        if address.domain:
            Domain(
                self,
                "DoorDomain" if self._door else "Domain",
                name=address.domain,
                certificate=address.certificate,
                before=self._door or self._api,
                told="DnsAddress",
            )
        if address.console:
            own = address.console_certificate or address.certificate
            Domain(self, "HouseDomain", name=address.console, certificate=own, before=self._api, told="DnsConsole")

    def _work(self) -> None:
        """Make the functions behind queues, streams and clocks."""
        ground = self._ground
        Importer(self, "Importer", ground=ground)
        distribute = Distribute(self, "Distribute", ground=ground)
        Export(self, "Exports", ground=ground)
        lake = Lake(self, "Lakes", ground=ground)
        privacy = Privacy(self, "Privacy", ground=ground)
        metering = Metering(self, "Metering", ground=ground, comprehend=self.ask("ComprehendRegion"))
        ticketing = Ticketing(self, "Ticketing", ground=ground)
        publish = Publish(self, "Publish", ground=ground)
        for name, made in {
            "PublishSweep": publish.sweep,
            "DistributeDue": distribute.due,
            "PrivacyRetain": privacy.retain,
            "MeteringSweep": metering.sweep,
            "RespondConfirm": self._respond.confirm,
            "TicketingDigest": ticketing.digest,
            "TicketingSweep": ticketing.sweep,
        }.items():
            self.say(name, made.function.function_name)
        self.say("LakeDatabase", lake.database)

    def _lay_ground(self, layers: Layers, data: Data) -> Ground:
        house_url = self._address("HouseUrl", self._api)
        Mails(self, "Mails", layers=layers, pool=data.people.pool)
        federation = Federation(self, "Federation", pool=data.people.pool, house_url=house_url)
        settings = {
            **data.names(),
            "stage": STAGE,
            "organisation": self.ask("Organisation"),
            "sender": self.ask("Sender"),
            "public_url": self._address("PublicUrl", self._door or self._api),
            "house_url": house_url,
        }
        return Ground(
            layers=layers.common,
            parquet=layers.parquet,
            environment={
                **environment(**settings),
                **federation.variables(),
                **{variable(name): self.ask(question) for name, question in _TOLD.items()},
            },
            store=data.store,
            files=data.files,
            mail=data.mail,
            people=data.people,
            signing=data.signing,
            bus=data.bus,
            missed=self.missed,
            **data.works,
        )

    def _address(self, question: str, own: Api | Door) -> str:
        """Return the address that was told, else the API's own."""
        return Fn.condition_if(self.is_told(question).logical_id, self.ask(question), own.url).to_string()

    def _open_doors(self) -> Respond:
        """Make the functions behind the API and their routes."""
        respond = Respond(self, "Respond", ground=self._ground)
        manage = self._manage = Manage(self, "Manage", ground=self._ground)
        console = Console(self, "Console", ground=self._ground)
        guard = Authorize(self, "Authorize", ground=self._ground)
        routes = [(path, method) for path, methods in respond_app.routes.items() for method in methods]
        self._api.open_routes(routes, respond.function)  # there, too: links that were sent before there was a door
        if self._door:
            self._door.open_routes(routes, respond.function)
        self._api.open_routes([("/oauth/token", "POST")], manage.oauth)
        self._api.guarded_tree("v1", manage.function, guard.function)
        self._api.open_tree("console", console.function)
        self._api.open_tree("c", console.function)
        return respond

    def _open_sftp(self, server: Transfer) -> None:
        """Let the API say where the server is: at its own address, unless it was given another one."""
        told = self.is_told("SftpHost")
        host = Fn.condition_if(told.logical_id, self.ask("SftpHost"), server.host)
        self._manage.function.function.add_environment(variable("sftp_host"), host.to_string())
