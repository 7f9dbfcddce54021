"""Delivering e-mails, read to mark, against a bare loop of send_email: processor time, and time on the wall.

On the wall both send side by side, with as many threads, to one endpoint that takes its time: a mail service needs
longer for a message than the store for a row.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3

from benchmarks.ground import DEPLOYMENT, NOW, STORE, SURVEY, VERSION, batch, invitation, item, items, standing
from benchmarks.measure import Ratio, compare
from distribute.deliver import handler
from escuta.outreach import posting
from escuta.outreach.model import Budget, Channel, InvitationState

SENDS = 100  # messages of a batch
MAIL, STORE_READS, STORE_WRITES = 0.025, 0.005, 0.010  # seconds that the services take
DELAYS = {
    "POST /v2/email/outbound-emails": MAIL,
    "TransactWriteItems": STORE_WRITES,
    "PutItem": STORE_WRITES,
    "": STORE_READS,
}
_QUEUED = [invitation(InvitationState.QUEUED, number) for number in range(1, SENDS + 1)]
ANSWERS = {
    "BatchGetItem|invitation#": batch(*_QUEUED),
    "GetItem|deployment#": item(DEPLOYMENT),
    "GetItem|version#": item(VERSION),
    "GetItem|survey#": item(SURVEY),
    "GetItem|budget#": item(Budget(channel=Channel.EMAIL, rate=1e6, per_day=None, tokens=1e6, at=NOW)),
    "Query|segments": items(STORE),
    "POST /v2/email/outbound-emails": '{"MessageId": "m"}',
}


def ratios() -> Iterator[Ratio]:
    """Yield the ratios of delivering a message."""
    with standing(ANSWERS, DELAYS):
        yield compare("deliver an e-mail : send_email", deliver, bare, SENDS, "message")
        yield compare("the same, time on the wall", deliver, bare, SENDS, "message", by=time.perf_counter)


def deliver() -> None:
    """Deliver a batch."""
    records = [
        {"messageId": str(number), "body": json.dumps({"invitation": one.link_key})}
        for number, one in enumerate(_QUEUED)
    ]
    if handler({"Records": records}, None)["batchItemFailures"]:
        raise RuntimeError("an invitation was not delivered")


def bare() -> None:
    """Send as many messages as a batch has, as many side by side, and do nothing else."""
    client = boto3.client("sesv2")
    content = {"Simple": {"Subject": {"Data": "Sua compra"}, "Body": {"Html": {"Data": "x" * 8000}}}}

    def send(_number: int) -> None:
        client.send_email(
            FromEmailAddress="pesquisa@aurora.example",
            Destination={"ToAddresses": ["ana@example.com"]},
            Content=content,  # type: ignore[arg-type] # as the service takes it
        )

    with ThreadPoolExecutor(posting.AT_ONCE) as pool:
        list(pool.map(send, range(SENDS)))
