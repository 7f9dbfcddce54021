"""Delivering an invitation, claim to mark, against a bare loop of send_email."""

import json
from collections.abc import Iterator

import boto3

from benchmarks.ground import DEPLOYMENT, STORE, SURVEY, TOKEN, VERSION, invitation, item, items, standing
from benchmarks.measure import Ratio, compare
from distribute.deliver import handler
from escuta import ids
from escuta.outreach.model import InvitationState

SENDS = 50


def ratios() -> Iterator[Ratio]:
    """Yield the ratio of delivering one e-mail."""
    answers = {
        "GetItem|invitation#": item(invitation(InvitationState.QUEUED)),
        "GetItem|deployment#": item(DEPLOYMENT),
        "GetItem|version#": item(VERSION),
        "GetItem|survey#": item(SURVEY),
        "Query|segments": items(STORE),
        "POST /v2/email/outbound-emails": '{"MessageId": "m"}',
    }
    body = json.dumps({"invitation": ids.token_key(TOKEN)})
    event = {"Records": [{"messageId": str(number), "body": body} for number in range(SENDS)]}
    with standing(answers):
        client = boto3.client("sesv2")
        content = {"Simple": {"Subject": {"Data": "Sua compra"}, "Body": {"Html": {"Data": "x" * 8000}}}}

        def deliver() -> None:
            if handler(event, None)["batchItemFailures"]:
                raise RuntimeError("an invitation was not delivered")

        def bare() -> None:
            for _ in range(SENDS):
                client.send_email(
                    FromEmailAddress="pesquisa@aurora.example",
                    Destination={"ToAddresses": ["ana@example.com"]},
                    Content=content,  # type: ignore[arg-type] # as the service takes it
                )

        yield compare("deliver an e-mail : send_email", deliver, bare, SENDS, "message")
