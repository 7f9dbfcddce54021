"""SES and SNS: one message, one attempt, one of three outcomes. The only module that knows the mail and SMS services.

Neither service has an idempotency key, and the default retries of the SDK send again after a lost reply. So the clients
try once, and the caller learns whether the message left (a message id), did not (`Refused`) or may have (`Lost`).
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError
from botocore.serialize import RestJSONSerializer
from pydantic import AfterValidator, Field
from pydantic_core import to_json

from escuta import bounded, clock, measured, sdk
from escuta.config import settings
from escuta.entity import Value
from escuta.measured import Measure
from escuta.outreach import mime
from escuta.outreach.model import Channel

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

CONNECT_SECONDS = 2
READ_SECONDS = 10
_UNFIT = re.compile(  # controls, ends of lines, and what turns the direction in which the rest is read
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+"
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class Refused(Exception):  # noqa: N818 - an outcome of sending, named as the state it leads to
    """The provider said no: nothing left. `retry` tells whether the same message may be taken later."""

    def __init__(self, code: str, *, retry: bool) -> None:
        """Keep the reason; its words are in the catalog `outreach`."""
        super().__init__(code, retry)
        self.code = code
        self.retry = retry

    @property
    def stops_the_run(self) -> bool:
        """Tell whether every other message would be refused for the same reason."""
        return self.code in {"quota", "sending_paused", "sender_unverified", "access_denied", "spend_limit"}


class Lost(Exception):  # noqa: N818 - an outcome of sending, as Refused
    """The answer never came: the message may have left. Sending again could send twice."""


def one_line(text: str) -> str:
    """Return text that may stand in a header: on one line, in one direction."""
    return _UNFIT.sub(" ", text).strip()


OneLine = Annotated[str, AfterValidator(one_line)]


class Email(Value):
    """One message to one person, both parts. `tags` come back with every event of the provider."""

    to: str
    to_name: OneLine = ""
    subject: OneLine
    text: str
    html: str
    sender_name: OneLine = ""
    reply_to: str = ""
    message_id: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)


def as_mime(email: Email) -> bytes:
    """Return the message as it goes out. A line break in a header is a ValueError, a second address is `Refused`."""
    own = {"Reply-To": _mailbox("", email.reply_to)} if email.reply_to else {}
    identified = {"Message-ID": email.message_id} if email.message_id else {}
    return mime.message(
        sender=_mailbox(email.sender_name, settings().sender),
        to=_mailbox(email.to_name, email.to),
        subject=mime.unstructured(email.subject),
        date=clock.now(),
        text=email.text,
        html=email.html,
        headers={**own, **identified, **email.headers},
    )


def _mailbox(name: str, address: str) -> str:
    try:
        return mime.mailbox(name, address)
    except mime.AddressError as error:
        raise Refused("address_invalid", retry=False) from error


def ready(channel: Channel) -> None:
    """Make the client of a channel, which must not happen in several threads at once; to use it may."""
    _ses() if channel is Channel.EMAIL else _sns()


def send_email(email: Email) -> str:
    """Send with exactly one attempt and return the provider's message id; else `Refused` or `Lost`."""
    raw = as_mime(email)
    return _once(
        Measure.MAILS_SENT,
        _ses().send_email,
        "MessageId",
        FromEmailAddress=_mailbox(email.sender_name, settings().sender).replace("\r\n", ""),  # as in the raw message
        Destination={"ToAddresses": [mime.address(email.to)]},
        Content={"Raw": {"Data": raw}},
        EmailTags=[{"Name": name, "Value": value} for name, value in email.tags.items()],
        ConfigurationSetName=settings().configuration_set,
    )


class Account(NamedTuple):
    """What the mail service lets this account send."""

    rate: float  # messages a second
    per_day: int | None  # within any 24 hours; None: as many as one likes
    sent_last_day: int
    sending_enabled: bool


def account() -> Account:
    """Ask the mail service what the account may send; `Refused` or `Lost` when it does not say."""
    quota, enabled = _asked(_ses().get_account)
    per_day = int(quota.get("Max24HourSend", 0))
    sent = int(quota.get("SentLast24Hours", 0))
    return Account(float(quota.get("MaxSendRate", 0)), None if per_day < 0 else per_day, sent, bool(enabled))


def _asked(call: Any) -> tuple[Any, Any]:
    """Return quota and permission. An answer without a rate tells nothing: a service that is not SES gave it."""
    try:
        answer = call()
    except ClientError as error:
        raise _outcome(error) from error
    except BotoCoreError as error:
        raise Lost from error
    if not answer.get("SendQuota", {}).get("MaxSendRate"):
        raise Lost
    return answer["SendQuota"], answer.get("SendingEnabled", True)


def send_sms(number: str, text: str) -> str:
    """Send with exactly one attempt and return the provider's message id; else `Refused` or `Lost`."""
    if not _E164.fullmatch(number):
        raise Refused("address_invalid", retry=False)
    said = {"SMSType": "Transactional", "SenderID": settings().sms_sender_id}
    kinds = {
        f"AWS.SNS.SMS.{name}": {"DataType": "String", "StringValue": value} for name, value in said.items() if value
    }
    return _once(
        Measure.SMS_SENT, _sns().publish, "MessageId", PhoneNumber=number, Message=text, MessageAttributes=kinds
    )


def _once(measure: Measure, call: Any, answer: str, **request: Any) -> str:
    try:
        message_id = _tried(call, answer, **request)
    except Lost:
        measured.count(Measure.MESSAGES_IN_DOUBT)
        raise
    measured.count(measure)
    return message_id


def _tried(call: Any, answer: str, **request: Any) -> str:
    try:
        message_id = call(**request).get(answer)
    except ClientError as error:
        raise _outcome(error) from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise Refused("unreachable", retry=True) from error
    except (HTTPClientError, ConnectionClosedError, ResponseParserError) as error:
        raise Lost from error
    except BotoCoreError as error:  # everything else (credentials, parameters) fails before the request leaves
        raise Refused("not_sent", retry=True) from error
    if not message_id:
        raise Lost
    return str(message_id)


# First match wins: a word of the provider's code or message -> our reason, and whether to try later.
_REASONS: tuple[tuple[str, str, bool], ...] = (
    ("daily message quota", "quota", True),
    ("no quota left", "spend_limit", True),
    ("throttl", "throttled", True),
    ("toomanyrequests", "throttled", True),
    ("sending rate", "throttled", True),
    ("limitexceeded", "quota", True),
    ("opted out", "opted_out", False),
    ("optedout", "opted_out", False),
    ("not verified", "sender_unverified", True),
    ("notverified", "sender_unverified", True),
    ("sendingpaused", "sending_paused", True),
    ("accountsuspended", "sending_paused", True),
    ("accessdenied", "access_denied", True),
    ("authorizationerror", "access_denied", True),
)


def _outcome(error: ClientError) -> Refused | Lost:
    problem = error.response["Error"]
    said = f"{problem.get('Code', '')} {problem.get('Message', '')}".lower()
    for word, code, retry in _REASONS:
        if word in said:
            return Refused(code, retry=retry)
    if error.response["ResponseMetadata"].get("HTTPStatusCode", 500) >= 500:  # noqa: PLR2004 - their fault: who knows
        return Lost()
    return Refused("message_rejected", retry=False)


def _config() -> Config:
    """Return what both clients keep to. Without looking through each request first, which has one shape and fits it."""
    return bounded.config(
        connect=CONNECT_SECONDS, read=READ_SECONDS, tries=1, parameter_validation=False, user_agent="escuta"
    )


@cache
def _ses() -> "SESV2Client":
    client: SESV2Client = bounded.client("sesv2", _config())
    sdk.lighten(client, _AsGiven())
    sdk.straight(client, "SendEmail")
    return client


class _AsGiven(RestJSONSerializer):
    """Send a mail as it is given: botocore walks through every value of it, and writes each accent as six letters."""

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: Any) -> Any:
        """Return the request: for a mail what botocore makes of it, with less work."""
        if operation_model.name != "SendEmail":
            return super().serialize_to_request(parameters, operation_model)
        data = b64encode(parameters["Content"]["Raw"]["Data"]).decode()
        return {
            "url_path": operation_model.http["requestUri"],
            "query_string": {},
            "method": operation_model.http["method"],
            "headers": {"Content-Type": "application/json"},
            "body": to_json({**parameters, "Content": {"Raw": {"Data": data}}}),
        }


@cache
def _sns() -> "SNSClient":
    client: SNSClient = bounded.client("sns", _config())
    return client
