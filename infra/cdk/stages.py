"""The stages as typed data: what whoever deploys decides, read from `stages/<name>.toml`."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from escuta.directory.model import Role

FOLDER = Path("stages")
_LONGEST_WINDOW = 300  # seconds that Lambda waits for more
_OURS = frozenset({"data", "watch"})  # what our own stacks are called after their stage
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
Host = Annotated[str, Field(pattern=rf"^(?:{_HOST})?$")]
Mail = Annotated[str, Field(pattern=rf"^[^@\s]{{1,64}}@{_HOST}$")]


class StageError(ValueError):
    """A stage cannot be read; the message names the file, the place in it and what would be right."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(_Part):
    """Where links point to, and where the console is. Without a name it is the API's own address."""

    domain: Host = ""
    hosted_zone: str = (
        ""  # id in Route 53; records and certificate are made there. "": they are told, a person makes them
    )
    zone_name: Host = ""
    certificate: str = ""  # ARN of one that is there already
    console: Host = ""  # name of the console and the management API
    console_certificate: str = ""  # "": the one above, which then is for both names

    @model_validator(mode="after")
    def _complete(self) -> "Address":
        if bool(self.hosted_zone) != bool(self.zone_name):
            raise ValueError("hosted_zone and zone_name belong together")
        if self.console and self.console == self.domain:
            raise ValueError("console needs a name of its own: leave it out, or name another than domain")
        for part, name, certificate in (
            ("domain", self.domain, self.certificate),
            ("console", self.console, self.console_certificate or self.certificate),
        ):
            if name and self.zone_name and not f".{name}".endswith(f".{self.zone_name}"):
                raise ValueError(f"{part} is not within {self.zone_name}")
            if name and not (self.hosted_zone or certificate):
                raise ValueError(
                    f"a {part} needs hosted_zone and zone_name, or the ARN of a certificate in this region"
                )
        return self


class Mails(_Part):
    """Sending and receiving by SES."""

    make_identity: bool = True  # the domain of the sender becomes an identity with DKIM; False: it is one already
    bounces_from: str = "bounce"  # name below that domain that bounces go to (custom MAIL FROM), for SPF; "": SES's own
    reports_to: str = ""  # address for DMARC reports
    receives: Host = ""  # domain whose mails become replies in tickets


class Sms(_Part):
    """Sending by SNS."""

    sender_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{0,11}$")] = ""  # shown in place of a number, where allowed
    monthly_limit: Annotated[int, Field(ge=0)] = 1  # US dollars a month that the account may spend; asked of AWS


class Shield(_Part):
    """A web ACL before the API. It costs by the month, so nobody gets one who did not ask."""

    mode: Literal["off", "count", "block"] = "off"
    rate: Annotated[int, Field(ge=100)] = 2000  # requests of one address to links in five minutes


class Data(_Part):
    """How what is kept is kept."""

    own_key: bool = False  # a key of one's own for tables, buckets, topics, logs and the secret, at a dollar a month
    warm_reads: Annotated[int, Field(ge=0)] = 0  # a second, at once, from the first moment on; 0: as AWS gives
    warm_writes: Annotated[int, Field(ge=0)] = 0
    insights: bool = False  # which keys are asked most, at a price per event
    backups: bool = False  # besides every second of 35 days: each week in a vault, kept for `backup_days`
    backup_days: Annotated[int, Field(ge=7)] = 35
    copies_to: Annotated[str, Field(pattern=r"^(arn:aws:backup:.+)?$")] = ""  # vault, of another account or region

    @model_validator(mode="after")
    def _both(self) -> "Data":
        if bool(self.warm_reads) != bool(self.warm_writes):
            raise ValueError("warm_reads and warm_writes belong together")
        return self


class Sftp(_Part):
    """Transfer Family, which costs by the hour."""

    on: bool = False
    host: str = ""
    fingerprint: str = ""


class Federation(_Part):
    """The organisation's own identity provider."""

    name: str = ""
    prefix: str = "escuta"
    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""  # `{{resolve:secretsmanager:name}}`: never the secret itself, this file is in a repository
    metadata_url: str = ""
    mail_domains: str = ""
    role: Role | None = None

    @model_validator(mode="after")
    def _no_secret(self) -> "Federation":
        if self.client_secret and not self.client_secret.startswith("{{resolve:"):
            raise ValueError("client_secret names where the secret is, as {{resolve:secretsmanager:name}}")
        return self


class Watching(_Part):
    """Who is told when something is wrong."""

    mails: tuple[Mail, ...] = ()
    alarms: Literal["few", "all"] = "few"  # ten are free in an account; all: one for each thing that may be wrong
    traces: bool = False  # AWS X-Ray, at a price per call; the log has the correlation id in any case
    budget: Annotated[int, Field(ge=0)] = 0  # US dollars a month; over it somebody is told. 0: nobody


class Stage(_Part):
    """One deployment of one organisation, in one account and region."""

    name: Annotated[str, Field(pattern=r"^([a-z][a-z0-9]{0,15})?$")] = ""
    account: Annotated[str, Field(pattern=r"^(\d{12})?$")] = ""
    region: Annotated[str, Field(pattern=r"^([a-z]{2}-[a-z]+-\d)?$")] = ""
    organisation: str = ""
    sender: str = ""
    language: Literal["pt-BR", "en", "es"] = "pt-BR"
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "BR"
    timezone: str = "America/Sao_Paulo"
    settle_seconds: Annotated[int, Field(ge=1, le=900)] = 60
    figures_seconds: Annotated[int, Field(ge=1, le=300)] = 60  # answers wait at most so long to be counted together
    comprehend_region: str = ""
    webhook_hosts: str = ""
    gradual: bool = False  # new code takes a tenth of the calls for five minutes first, and goes back on an alarm
    snapshots: Literal["off", "capture", "doors", "all"] = (
        "capture"  # whose starts are snapshots; each costs by the month
    )
    address: Address = Address()
    mails: Mails = Mails()
    sms: Sms = Sms()
    shield: Shield = Shield()
    data: Data = Data()
    sftp: Sftp = Sftp()
    federation: Federation = Federation()
    watching: Watching = Watching()

    @model_validator(mode="after")
    def _named(self) -> "Stage":
        if self.name in _OURS:
            raise ValueError(f"{self.name} is the name of one of our stacks")
        if self.name and not (self.account and self.region and self.organisation and self.sender):
            raise ValueError("a stage says its account, region, organisation and sender")
        if self.sender and not re.fullmatch(rf"[^@\s]{{1,64}}@{_HOST}", self.sender):
            raise ValueError("sender is not an e-mail address")
        return self

    @property
    def has_door(self) -> bool:
        """Tell whether respondents have an HTTP API of their own: no web ACL can stand before one."""
        return self.shield.mode == "off"

    @property
    def console(self) -> str:
        """Return the name of the console, "" where it is the API's own: the name of links is the door's, if any."""
        return self.address.console or ("" if self.has_door else self.address.domain)

    @property
    def stack(self) -> str:
        """Return the name of the stack with the functions; the others add what they are to it."""
        return f"Escuta-{self.name}" if self.name else "Escuta"

    @property
    def funnel_seconds(self) -> int:
        """Return how long invitations wait to be counted together: who begins to answer has mostly answered by then."""
        return min(_LONGEST_WINDOW, 4 * self.figures_seconds)

    @property
    def follow_seconds(self) -> int:
        """Return how long answers and events wait to be followed up together: somebody is told soon."""
        return min(5, self.figures_seconds)

    @property
    def mail_domain(self) -> str:
        """Return the domain that mails come from."""
        return self.sender.partition("@")[2]

    def answers(self) -> dict[str, str]:
        """Return what this stage answers to the questions of the stacks (see `infra.cdk.asking`)."""
        federation = self.federation
        return {
            "Organisation": self.organisation,
            "Sender": self.sender,
            "Language": self.language,
            "Country": self.country,
            "Timezone": self.timezone,
            "SettleSeconds": str(self.settle_seconds),
            "ComprehendRegion": self.comprehend_region,
            "WebhookHosts": self.webhook_hosts,
            "PublicUrl": f"https://{self.address.domain}" if self.address.domain else "",
            "HouseUrl": f"https://{self.console}" if self.console else "",
            "InboundDomain": self.mails.receives,
            "SmsSenderId": self.sms.sender_id,
            "SftpHost": self.sftp.host,
            "SftpFingerprint": self.sftp.fingerprint,
            "FederationName": federation.name,
            "FederationPrefix": federation.prefix,
            "FederationIssuer": federation.issuer,
            "FederationClientId": federation.client_id,
            "FederationClientSecret": federation.client_secret,
            "FederationMetadataUrl": federation.metadata_url,
            "FederationMailDomains": federation.mail_domains,
            "FederationRole": federation.role.value if federation.role else "",
        }


LAPTOP = Stage(figures_seconds=1)  # what the embedded AWS is asked in its own way


def read(name: str, folder: Path = FOLDER) -> Stage:
    """Return the stage of this name. StageError says which line of which file is to be mended, and how."""
    path = folder / f"{name}.toml"
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StageError(f"there is no {path}: copy {folder / 'example.toml'} and fill it in") from None
    except tomllib.TOMLDecodeError as error:
        raise StageError(f"{path}: {error}") from None
    try:
        return Stage.model_validate({**said, "name": name})
    except ValidationError as error:
        found = (f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors())
        raise StageError("\n".join(f"{path}: {problem}" for problem in found)) from None
