"""What left through moto's mail and SMS services."""

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

_ACCOUNT = "123456789012"


def mails() -> list[EmailMessage]:
    """Return every mail that was sent, parsed from its raw bytes."""
    from moto.ses.models import ses_backends  # noqa: PLC0415 - slow to import, rarely wanted

    sent: list[Any] = ses_backends[_ACCOUNT]["us-east-1"].sent_messages
    return [email.message_from_string(message.raw_data, policy=default) for message in sent]


def texts() -> list[tuple[str, str]]:
    """Return (number, words) of every SMS that was sent."""
    from moto.sns.models import sns_backends  # noqa: PLC0415 - slow to import, rarely wanted

    return [(number, words) for number, words in sns_backends[_ACCOUNT]["us-east-1"].sms_messages.values()]
