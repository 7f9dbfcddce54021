"""Clients without the work that botocore does anew for each request send and read what botocore would."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from escuta.outreach import messages
from escuta.table import rows
from tests.conftest import forget

TRIES = {"amz-sdk-invocation-id", "amz-sdk-request"}  # which of several tries of one request it is
SIGNED = ("Content-Type", "X-Amz-Target")
MAIL: dict[str, Any] = {
    "FromEmailAddress": "pesquisa@aurora.example",
    "Destination": {"ToAddresses": ["ana@example.com"]},
    "Content": {"Raw": {"Data": "Subject: Olá\r\n\r\nOlá\r\n".encode()}},
    "EmailTags": [{"Name": "invitation", "Value": "key-1"}],
    "ConfigurationSetName": "escuta",
}
ANA = {"pk": {"S": "contact#ana"}, "sk": {"S": "contact"}, "rev": {"N": "1"}, "data": {"S": '{"name":"José"}'}}
TAKEN = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": ANA}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign as a function does: with credentials for a while."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials of the tests before
    forget(clients=True)


def mails() -> Any:
    return messages._ses()  # noqa: SLF001 - what becomes of the request is all that this is about


def store() -> Any:
    return rows._client()  # noqa: SLF001 - as above


@contextmanager
def answered(client: Any, status: int, body: str) -> Iterator[list[Any]]:
    """Yield what this client sends; it never leaves, and is answered like this."""
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> Any:
        sent.append(request)
        return SimpleNamespace(status_code=status, headers={"x-amzn-requestid": "r-1"}, content=body.encode())

    client.meta.events.register_last("before-send", answer)
    try:
        yield sent
    finally:
        client.meta.events.unregister("before-send", answer)


def text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def signed_by_botocore(request: Any, service: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return how botocore itself signs what was sent, at that moment."""
    headers = {name: text(request.headers[name]) for name in SIGNED if name in request.headers}
    again = AWSRequest("POST", request.url, headers, request.body)
    at = datetime.strptime(text(request.headers["X-Amz-Date"]), "%Y%m%dT%H%M%SZ")  # noqa: DTZ007 - as botocore has it
    with monkeypatch.context() as patched:
        patched.setattr("botocore.auth.get_current_datetime", lambda: at)
        SigV4Auth(Credentials("testing", "testing", "a token"), service, "us-east-1").add_auth(again)
    return text(again.headers["Authorization"])


def test_a_mail_goes_where_and_as_botocore_would_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    light, usual = mails(), boto3.client("sesv2", config=Config(user_agent="escuta"))
    with answered(light, 200, '{"MessageId": "m-1"}') as ours, answered(usual, 200, '{"MessageId": "m-1"}') as theirs:
        assert light.send_email(**MAIL)["MessageId"] == usual.send_email(**MAIL)["MessageId"] == "m-1"

    assert (ours[0].method, ours[0].url) == (theirs[0].method, theirs[0].url)
    assert theirs[0].headers.keys() - ours[0].headers.keys() == TRIES
    assert ours[0].headers.keys() <= theirs[0].headers.keys()
    assert [text(request.headers["Content-Length"]) for request in (*ours, *theirs)] == [
        str(len(request.body)) for request in (*ours, *theirs)
    ]
    assert json.loads(ours[0].body) == json.loads(theirs[0].body)
    assert text(ours[0].headers["Authorization"]) == signed_by_botocore(ours[0], "ses", monkeypatch)


def test_each_request_is_signed_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    client = mails()
    with answered(client, 200, '{"MessageId": "m-1"}') as sent:
        client.send_email(**MAIL)
        client.send_email(**{**MAIL, "ConfigurationSetName": "another"})

    first, second = (text(request.headers["Authorization"]) for request in sent)
    assert first != second
    assert second == signed_by_botocore(sent[1], "ses", monkeypatch)


@pytest.mark.parametrize(
    ("setting", "value", "host"),
    [
        ("AWS_DEFAULT_REGION", "sa-east-1", "email.sa-east-1.amazonaws.com"),
        ("AWS_USE_FIPS_ENDPOINT", "true", "email-fips.us-east-1.amazonaws.com"),
        ("AWS_ENDPOINT_URL_SESV2", "https://mail.aurora.example", "mail.aurora.example"),
    ],
)
def test_a_mail_goes_to_the_endpoint_that_is_set(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, host: str
) -> None:
    monkeypatch.setenv(setting, value)
    client = mails()
    with answered(client, 200, '{"MessageId": "m-1"}') as sent:
        client.send_email(**MAIL)

    assert sent[0].url == f"https://{host}/v2/email/outbound-emails"


def test_what_the_account_may_send_is_asked_as_ever() -> None:
    told = '{"SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50000.0, "SentLast24Hours": 1.0}}'
    with answered(mails(), 200, told) as sent:
        assert messages.account() == messages.Account(14.0, 50_000, 1, sending_enabled=True)

    assert (sent[0].method, sent[0].url) == ("GET", "https://email.us-east-1.amazonaws.com/v2/email/account")


def test_a_row_is_read_as_botocore_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual: Any = boto3.client("dynamodb")
    light = store()
    told = json.dumps({"Responses": {"escuta-directory": [ANA]}, "UnprocessedKeys": {}})
    wanted = {"RequestItems": {"escuta-directory": {"Keys": [{"pk": ANA["pk"], "sk": ANA["sk"]}]}}}
    with answered(light, 200, told) as ours, answered(usual, 200, told) as theirs:
        assert light.batch_get_item(**wanted) == usual.batch_get_item(**wanted)

    assert (ours[0].url, json.loads(ours[0].body)) == (theirs[0].url, json.loads(theirs[0].body))
    assert text(ours[0].headers["Authorization"]) == signed_by_botocore(ours[0], "dynamodb", monkeypatch)


def test_why_a_transaction_was_refused_is_read_as_botocore_reads_it() -> None:
    told = json.dumps({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "None"}, TAKEN],
    })  # fmt: skip
    said = []
    for client in (store(), boto3.client("dynamodb")):
        with answered(client, 400, told), pytest.raises(ClientError) as refused:
            client.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": ANA}}])
        said.append(refused.value.response)

    assert said[0] == said[1]
    assert said[0]["CancellationReasons"] == [{"Code": "None"}, TAKEN]
