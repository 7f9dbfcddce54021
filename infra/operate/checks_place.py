"""Checks of the addresses of links and of the console, and of sending SMS."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.cdk.stages import Address
from infra.operate import stacks
from infra.operate.account import Account
from infra.operate.checking import Check, Result, ok, problem, warning
from infra.operate.looking import Look


def _named(address: Address) -> Iterator[tuple[str, str, str]]:
    """Return the names of a stage: what tells their checks apart, the name, and its certificate where one is named."""
    if address.domain:
        yield "", address.domain, address.certificate
    if address.console:
        yield " of the console", address.console, address.console_certificate or address.certificate


def certificate(account: Account) -> Iterator[Result]:
    """Look at the certificates of the names, without which no browser opens a link nor the console."""
    for which, name, known in _named(account.stage.address):
        yield from _certified(account, f"certificate{which}", name, known)


def _certified(account: Account, check: str, name: str, known: str) -> Iterator[Result]:
    made = (each.physical for each in stacks.resources(account, "AWS::CertificateManager::Certificate"))
    client = account.aws("acm")
    told = [client.describe_certificate(CertificateArn=arn)["Certificate"] for arn in ([known] if known else made)]
    if not told:
        yield problem(check, "not deployed", f"make deploy STAGE={account.stage.name}")
        return
    fitting = [each for each in told if _names(each) & {name, f"*.{name.partition('.')[2]}"}]
    found = (fitting or told)[0]
    if found["Status"] != "ISSUED":
        remedy = f"https://{account.region}.console.aws.amazon.com/acm/home says which record it waits for."
        yield problem(check, f"{found['Status']} for {found['DomainName']}", remedy)
    elif not fitting:
        remedy = f"Name a certificate for {name} in stages/{account.stage.name}.toml."
        yield problem(check, f"it is for {', '.join(sorted(_names(found)))}", remedy)
    else:
        yield ok(check, f"issued for {found['DomainName']}")


def _names(certificate: Mapping[str, Any]) -> set[str]:
    return {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", ())}


def domain(look: Look) -> Check:
    """Return the check of the names, which asks the DNS."""

    def check(account: Account) -> Iterator[Result]:
        """Ask whether the names lead to the APIs."""
        if not account.stage.address.domain:
            yield ok("domain", "none: links begin with the API's own address")
        for which, name, _ in _named(account.stage.address):
            yield from _leading(account, look, f"domain{which}", name)

    return check


def _leading(account: Account, look: Look, check: str, name: str) -> Iterator[Result]:
    client = account.aws("apigateway")  # which knows the names of HTTP APIs, too
    try:
        target = client.get_domain_name(domainName=name)["regionalDomainName"].lower()
    except client.exceptions.NotFoundException:
        yield problem(check, f"{name} is not deployed", f"make deploy STAGE={account.stage.name}")
        return
    leads = {each.rstrip(".").lower() for each in look(name, "CNAME")}
    if target in leads or set(look(name, "A")) & set(look(target, "A")):
        yield ok(check, f"{name} leads to the API")
    else:
        yield problem(check, f"{name} does not lead to the API", f"Enter it: CNAME {name} {target}")


def sms(*, fix: bool) -> Check:
    """Return the check of SMS; `fix` sets the monthly limit to what the stage says."""

    def check(account: Account) -> Iterator[Result]:
        """Look at the limits of SMS, which are the account's: no template can set them."""
        sns, wanted = account.aws("sns"), account.stage.sms.monthly_limit
        page = f"sns/v3/home?region={account.region}#/mobile/text-messaging"
        place = f"https://{account.region}.console.aws.amazon.com/{page}"
        if sns.get_sms_sandbox_account_status()["IsInSandbox"]:
            yield warning("SMS sandbox", "SMS reach verified numbers alone", f"Leave it, if you send SMS: {place}")
        else:
            yield ok("SMS sandbox", "out of it")
        if fix:
            sns.set_sms_attributes(attributes={"MonthlySpendLimit": str(wanted)})
        limit = int(sns.get_sms_attributes()["attributes"].get("MonthlySpendLimit", "1"))
        if limit == wanted:
            yield ok("SMS limit", f"{limit} US dollars a month")
        else:
            remedy = (
                f"make checklist STAGE={account.stage.name} FIX=1 sets it; more than the account may spend is asked "
                f"for first: {place}"
            )
            yield warning("SMS limit", f"{limit} US dollars a month, the stage says {wanted}", remedy)

    return check
