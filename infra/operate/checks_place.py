"""Checks of the address that links begin with, and of sending SMS."""

from collections.abc import Iterator

from infra.operate import stacks
from infra.operate.account import Account
from infra.operate.checking import Check, Result, ok, problem, warning
from infra.operate.looking import Look


def certificate(account: Account) -> Iterator[Result]:
    """Look at the certificate of the domain, without which no browser opens a link."""
    address = account.stage.address
    if not address.domain:
        return
    arn = address.certificate or next(
        (each.physical for each in stacks.resources(account, "AWS::CertificateManager::Certificate")), ""
    )
    if not arn:
        yield problem("certificate", "not deployed", f"make deploy STAGE={account.stage.name}")
        return
    told = account.aws("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    names = {told["DomainName"], *told.get("SubjectAlternativeNames", ())}
    if told["Status"] != "ISSUED":
        remedy = f"https://{account.region}.console.aws.amazon.com/acm/home says which record it waits for."
        yield problem("certificate", f"{told['Status']} for {told['DomainName']}", remedy)
    elif not names & {address.domain, f"*.{address.domain.partition('.')[2]}"}:
        remedy = f"Name a certificate for {address.domain} in stages/{account.stage.name}.toml."
        yield problem("certificate", f"it is for {', '.join(sorted(names))}", remedy)
    else:
        yield ok("certificate", f"issued for {told['DomainName']}")


def domain(look: Look) -> Check:
    """Return the check of the domain, which asks the DNS."""

    def check(account: Account) -> Iterator[Result]:
        """Ask whether the domain of links leads to the API."""
        name = account.stage.address.domain
        if not name:
            yield ok("domain", "none: links begin with the API's own address")
            return
        client = account.aws("apigateway")
        try:
            target = client.get_domain_name(domainName=name)["regionalDomainName"].lower()
        except client.exceptions.NotFoundException:
            yield problem("domain", f"{name} is not deployed", f"make deploy STAGE={account.stage.name}")
            return
        leads = {each.rstrip(".").lower() for each in look(name, "CNAME")}
        if target in leads or set(look(name, "A")) & set(look(target, "A")):
            yield ok("domain", f"{name} leads to the API")
        else:
            yield problem("domain", f"{name} does not lead to the API", f"Enter it: CNAME {name} {target}")

    return check


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
