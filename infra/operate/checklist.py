"""The list of all checks of a stage."""

from collections.abc import Mapping
from pathlib import Path

from infra.operate import checks_account, checks_mail, checks_place
from infra.operate.checking import Check
from infra.operate.looking import Look


def checks(assembly: Path, look: Look, *, fix: bool) -> Mapping[str, Check]:
    """Return them by their names, in the order in which one mends what they find."""
    room = checks_account.Room(assembly)
    return {
        "credentials": checks_account.identity,
        "permission to deploy": checks_account.permission,
        "CDK bootstrap": room.bootstrap,
        "Lambda concurrency": room.concurrency,
        "API Gateway throttle": checks_account.throttle,
        "SES sandbox": checks_mail.sandbox,
        "sender": checks_mail.identity,
        "DMARC": checks_mail.policy(look),
        "replies": checks_mail.receiving(look),
        "SMS": checks_place.sms(fix=fix),
        "certificate": checks_place.certificate,
        "domain": checks_place.domain(look),
    }
