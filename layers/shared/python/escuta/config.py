"""The environment, named once: the functions read it here and the stack writes it from here."""

import os
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

PREFIX = "ESCUTA_"
TRIES = 5  # deliveries of a message before it is kept aside, in the dead-letter queue


class Settings(BaseModel):
    """Everything a function is told from outside. The variable of field `drop_bucket` is `ESCUTA_DROP_BUCKET`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    organisation: str
    directory_table: str
    outreach_table: str
    feedback_table: str
    audit_table: str
    drop_bucket: str
    reports_bucket: str
    lake_bucket: str
    attachments_bucket: str
    drop_queue: str
    load_queue: str
    close_queue: str
    export_queue: str
    erase_queue: str
    lake_queue: str
    digest_queue: str
    plan_queue: str
    deliver_queue: str
    alert_queue: str
    event_queue: str
    webhook_queue: str
    event_bus: str  # name of the bus that domain events go out on
    link_secret: str  # name of the secret that signs links and keys hashes
    sender: str  # address that invitations and alerts come from
    configuration_set: str
    user_pool: str
    user_pool_client: str
    federation_domain: str = ""  # address of the user pool's own pages; "" : nobody signs in through a provider
    federation_client: str = ""
    federation_provider: str = ""  # its name in the pool, and on the button
    federation_mail_domains: str = ""  # `aurora.com.br lojas.com.br`: of the addresses that the provider may speak for
    federation_role: str = ""  # of those whom nobody invited; "" : they are refused
    language: str = "pt-BR"
    country: str = "BR"  # for telephone numbers without a country
    timezone: str = "America/Sao_Paulo"
    public_url: str = ""  # where the links of respondents point
    house_url: str = ""  # of the console and the management API; "" : the same
    settle_seconds: int = 60  # how long a dropped object must stay as it is before it is read
    comprehend_region: str = ""  # where comments are sent to be read; "" : nowhere, they are read offline
    inbound_domain: str = ""  # of the addresses that customers reply to; "" : replies to a ticket go to the sender
    sms_sender_id: str = ""  # shown in place of a number, where a country allows it; "" : the carrier's number
    sftp_host: str = ""  # `host` or `host:port` where files are dropped by SFTP; "" : nowhere
    sftp_fingerprint: str = ""  # of its key, as a client shows it; "" : nobody told us
    sftp_role: str = ""  # what a session of it may do at most
    webhook_hosts: str = ""  # `host:port host:port`: called although inside a network, and without TLS; a laptop's
    clock_shift: int = 0  # seconds that the demo moves the clock

    @property
    def house(self) -> str:
        """Where the console and the management API are."""
        return self.house_url or self.public_url


def origin(address: str) -> str:
    """Return what browsers call the origin of an address: scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def environment(**values: Any) -> dict[str, str]:
    """Return the variables of a function for these settings; an unknown or missing name fails the synthesis."""
    fields = Settings(**values).model_dump(exclude_defaults=True)
    return {PREFIX + name.upper(): str(value) for name, value in fields.items()}


def variable(name: str) -> str:
    """Return the variable of a setting whose value the stack does not know, because it is asked for at deployment."""
    if name not in Settings.model_fields:
        raise KeyError(name)
    return PREFIX + name.upper()


@cache
def settings() -> Settings:
    """Read the settings from the environment, once. A missing or bad one stops the start and is named."""
    found = {
        name: os.environ[PREFIX + name.upper()] for name in Settings.model_fields if PREFIX + name.upper() in os.environ
    }
    try:
        return Settings.model_validate(found)
    except ValidationError as error:
        names = ", ".join(PREFIX + str(problem["loc"][0]).upper() for problem in error.errors())
        message = f"settings missing or wrong: {names}"
        raise RuntimeError(message) from error
