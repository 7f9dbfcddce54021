"""What is left for a person to do after a deployment, computed from the stage, its outputs and its account."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from infra.cdk.stages import Stage
from infra.operate import mailing
from infra.operate.account import Account


class Step(NamedTuple):
    """Something to do: why, and the lines to copy."""

    why: str
    lines: tuple[str, ...] = ()


class Found(NamedTuple):
    """What the account says that decides whether a step is needed."""

    sandbox: bool
    rules: str  # the set that the stage brought
    active: str  # the set that SES follows
    administrators: int


def look(account: Account, outputs: Mapping[str, str]) -> Found:
    """Ask the account."""
    people = account.aws("cognito-idp").list_users_in_group(UserPoolId=outputs["UserPool"], GroupName="admin", Limit=1)[
        "Users"
    ]
    receives = bool(account.stage.mails.receives)
    return Found(
        sandbox=mailing.is_in_sandbox(account),
        rules=mailing.our_rules(account) if receives else "",
        active=mailing.active_rules(account) if receives else "",
        administrators=len(people),
    )


def steps(stage: Stage, outputs: Mapping[str, str], found: Found) -> Iterator[Step]:
    """Return what is to be done, in the order in which it is done."""
    if records := tuple(_records(stage, outputs)):
        yield Step(f"Enter these records where the DNS of {stage.mail_domain} is kept (type, name, value):", records)
    if found.sandbox:
        yield Step(
            "SES sends to verified addresses alone until it lets you out of its sandbox, which takes about a day. Ask: "
            f"https://{stage.region}.console.aws.amazon.com/ses/home?region={stage.region}#/account"
        )
    if found.rules and found.rules != found.active:
        instead = f" It replaces {found.active}, whose rules then no longer hold." if found.active else ""
        yield Step(
            f"Let SES take in the replies of customers to {stage.mails.receives}; an account follows one set.{instead}",
            (f"aws ses set-active-receipt-rule-set --region {stage.region} --rule-set-name {found.rules}",),
        )
    if not found.administrators:
        yield Step(
            "Make the first administrator, who gets a mail with a password for the first day and invites all others:",
            _administrator(stage, outputs["UserPool"]),
        )
    if stage.watching.mails:
        yield Step(f"Alarms go to {', '.join(stage.watching.mails)}, once each has confirmed the mail of AWS about it.")
    yield Step("See what the account still lacks:", (f"make checklist STAGE={stage.name}",))
    address = f"https://{stage.console}" if stage.console else outputs["ApiUrl"].rstrip("/")
    yield Step(f"Sign in: {address}/console")


def _records(stage: Stage, outputs: Mapping[str, str]) -> Iterator[str]:
    """Return the records that the stacks did not make themselves in the zone of the stage."""
    zone = stage.address.zone_name
    inside = bool(zone) and f".{stage.mail_domain}".endswith(f".{zone}")
    numbered = (outputs[f"Dns{number}"] for number in range(1, 100) if f"Dns{number}" in outputs)
    for record in numbered:
        kind, name, _ = record.split(" ", 2)
        made = inside and (kind == "CNAME" or f".{name}".endswith(f".{zone}"))
        if not made:
            yield record
    yield from (outputs[name] for name in ("DnsAddress", "DnsConsole") if name in outputs)


def _administrator(stage: Stage, pool: str) -> tuple[str, str]:
    mail = f"you@{stage.mail_domain}"
    told = f"--region {stage.region} --user-pool-id {pool} --username {mail}"
    return (
        (
            f"aws cognito-idp admin-create-user {told} --desired-delivery-mediums EMAIL "
            f"--user-attributes Name=email,Value={mail} Name=email_verified,Value=true"
        ),
        f"aws cognito-idp admin-add-user-to-group {told} --group-name admin",
    )
