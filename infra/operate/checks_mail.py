"""Checks of sending and receiving mails."""

from collections.abc import Iterator

from infra.operate import mailing
from infra.operate.account import Account
from infra.operate.checking import Check, Result, ok, problem, warning
from infra.operate.looking import Look

_SANDBOX = 200  # mails a day that an account in the sandbox may send


def sandbox(account: Account) -> Iterator[Result]:
    """Ask whether we are in the sandbox of SES, where mails reach verified addresses alone."""
    told = account.aws("sesv2").get_account()
    place = f"https://{account.region}.console.aws.amazon.com/ses/home?region={account.region}#/account"
    quota = told.get("SendQuota", {})
    may = f"{quota.get('Max24HourSend', 0):,.0f} a day, {quota.get('MaxSendRate', 0):.0f} a second"
    if not told["ProductionAccessEnabled"]:
        yield problem("SES sandbox", f"in the sandbox: {may}", f"Request production access: {place}")
    elif not told.get("SendingEnabled", True):
        yield problem("SES sandbox", "sending is switched off by AWS", f"Read why, and answer: {place}")
    elif 0 <= quota.get("Max24HourSend", 0) <= _SANDBOX:
        yield warning("SES sandbox", f"out of it, with {may}", f"Request a larger quota: {place}")
    else:
        yield ok("SES sandbox", f"out of it: {may}")


def identity(account: Account) -> Iterator[Result]:
    """Ask whether SES knows the sender to be ours, and whether mails are signed and come back to us."""
    stage = account.stage
    known = [name for name in (stage.mail_domain, stage.sender) if mailing.identity(account, name)]
    if not known:
        if stage.mails.make_identity:
            remedy = f"make deploy STAGE={stage.name} makes it, and tells the records to enter"
        else:
            remedy = f"aws sesv2 create-email-identity --region {account.region} --email-identity {stage.mail_domain}"
        yield problem("sender", f"SES does not know {stage.mail_domain}", remedy)
        return
    told = mailing.identity(account, known[0]) or {}
    if stage.mails.make_identity:
        records = f"Enter the records that `make deploy STAGE={stage.name}` tells, and wait for up to three days."
    else:
        page = (
            f"https://{account.region}.console.aws.amazon.com/ses/home?region={account.region}#/identities/{known[0]}"
        )
        records = f"Enter the records that stand there, and wait for up to three days: {page}"
    if told.get("VerifiedForSendingStatus"):
        yield ok("sender", f"{known[0]} is verified")
    else:
        yield problem("sender", f"{known[0]} is not verified", records)
    signed = told.get("DkimAttributes", {}).get("Status", "NOT_STARTED")
    if signed == "SUCCESS":
        yield ok("DKIM", "mails are signed")
    else:
        yield problem("DKIM", signed, records)
    if stage.mails.bounces_from:
        back = told.get("MailFromAttributes", {}).get("MailFromDomainStatus", "not set")
        if back == "SUCCESS":
            yield ok("MAIL FROM", f"{stage.mails.bounces_from}.{stage.mail_domain}")
        else:
            yield warning("MAIL FROM", f"{stage.mails.bounces_from}.{stage.mail_domain}: {back}", records)


def policy(look: Look) -> Check:
    """Return the check of DMARC, which asks the DNS."""

    def check(account: Account) -> Iterator[Result]:
        """Look for the policy about mails in our name; large providers refuse bulk mail without one."""
        name = f"_dmarc.{account.stage.mail_domain}"
        found = [text for text in look(name, "TXT") if text.lower().startswith("v=dmarc1")]
        if len(found) == 1:
            yield ok("DMARC", found[0])
        else:
            said = f"{len(found)} records at {name}" if found else f"no record at {name}"
            yield problem("DMARC", said, f'Enter one: TXT {name} "v=DMARC1; p=none"')

    return check


def receiving(look: Look) -> Check:
    """Return the check of what takes in the replies of customers, which asks the DNS as well."""

    def check(account: Account) -> Iterator[Result]:
        """Ask whether SES takes replies in: the mails get there, and our rules are the active ones."""
        stage = account.stage
        if not stage.mails.receives:
            return
        host = f"inbound-smtp.{stage.region}.amazonaws.com"
        if host in {text.split()[-1].rstrip(".").lower() for text in look(stage.mails.receives, "MX")}:
            yield ok("MX of replies", f"{stage.mails.receives} leads to SES")
        else:
            remedy = f"Enter it: MX {stage.mails.receives} 10 {host}"
            yield problem("MX of replies", f"{stage.mails.receives} does not lead to SES", remedy)
        ours, active = mailing.our_rules(account), mailing.active_rules(account)
        if ours and ours == active:
            yield ok("rules of replies", f"{ours} is active")
        elif ours:
            command = f"aws ses set-active-receipt-rule-set --region {stage.region} --rule-set-name {ours}"
            yield problem("rules of replies", f"{active or 'none'} is active, not {ours}", command)
        else:
            yield problem("rules of replies", "not deployed", f"make deploy STAGE={stage.name}")

    return check
