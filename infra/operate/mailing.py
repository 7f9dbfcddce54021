"""What SES says of the account and of the stage's domains."""

from typing import Any

from botocore.exceptions import ClientError

from infra.operate import stacks
from infra.operate.account import Account


def is_in_sandbox(account: Account) -> bool:
    """Tell whether SES still sends to verified addresses alone."""
    return not account.aws("sesv2").get_account()["ProductionAccessEnabled"]


def identity(account: Account, domain: str) -> dict[str, Any] | None:
    """Return what SES knows of a domain, or None when it does not know it."""
    client = account.aws("sesv2")
    try:
        return dict(client.get_email_identity(EmailIdentity=domain))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise


def active_rules(account: Account) -> str:
    """Return the name of the set of rules for received mails that is active; "" when none is."""
    told = account.aws("ses").describe_active_receipt_rule_set()
    return str(told.get("Metadata", {}).get("Name", ""))


def our_rules(account: Account) -> str:
    """Return the name of the set that the stage brought; "" when it is not deployed or receives nothing."""
    return next((each.physical for each in stacks.resources(account, "AWS::SES::ReceiptRuleSet")), "")
