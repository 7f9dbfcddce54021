"""One customer through the whole loop, function by function: from a dropped file to a closed ticket."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from escuta import table
from escuta.directory import managers
from escuta.feedback.model import Response, Ticket
from escuta.feedback.tickets import finding
from escuta.outreach.model import MESSAGES
from metering import app as metering
from publish import app as publish
from publish import deliver
from respond.app import app as respond
from tests.functions.callers import ask, open_survey
from tests.functions.droppers import drop, rows, stores
from tests.functions.respondents import SUBMISSION_ID
from tests.functions.senders import Line, unhurried
from tests.kit import outbox, telling
from tests.kit.queue import Queue
from tests.kit.stream import Context, Stream
from ticketing import alert
from ticketing import app as ticketing

NAME, MAIL, PHONE = "Zulmira Pintassilgo", "zulmira.pintassilgo@canario.example", "+5511976543210"
COMMENT = "Esperei quarenta minutos na fila do quiosque azul."
REPLY = "Cara Zulmira, devolvemos o valor da panela amarela."


def open_company() -> None:
    """Two stores, a survey, rules that ask it of everybody who comes in a file, and Bruno who answers for one store."""
    stores()
    open_survey()
    managers.create("Bruno", "bruno@aurora.example", language="en", segments=["spo-01"])
    table.put_many(unhurried(channel) for channel in MESSAGES)


def invite() -> str:
    """Drop a file with the customer in it, let her be asked, and return the token of her link."""
    drop(rows(f"1;{NAME};{MAIL};{PHONE};spo-01"))
    Line().run()
    letter = outbox.mails()[-1].get_body(("plain",))
    assert letter
    return str(re.findall(r"/s/([\w-]+)", letter.get_content())[0])


def visit(token: str, *, request: str, **typed: str) -> dict[str, Any]:
    """Ask for the page of a link, or send its form, as the gateway hands it over; `request` is its name for it."""
    event: dict[str, Any] = {
        "requestContext": {
            "httpMethod": "POST" if typed else "GET",
            "resourcePath": "/s/{token}",
            "identity": {},
            "requestId": request,
        },
        "path": f"/s/{token}",
        "pathParameters": {"token": token},
        "headers": {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": urlencode({"submission_id": SUBMISSION_ID, "version": "1", "language": "pt-BR", **typed}),
        "isBase64Encoded": False,
    }
    answer: dict[str, Any] = respond(event, Context())
    return answer


def follow_up() -> Ticket:
    """Let the streams carry the answer on, and return the ticket: Bruno is told, and so is whoever listens."""
    answer = table.load(Response, Response.at(SUBMISSION_ID), consistent=True)
    for handler in (metering.handler, ticketing.handler):
        stream = Stream(handler)
        stream.write(answer)
        stream.run()
    work()
    (found,) = finding.about([answer.id])
    return found


def work() -> None:
    """Let what happened be passed on, and the queues run until they are quiet: alerts, webhooks, messages."""
    stream = Stream(ticketing.handler, kinds=("event",))
    stream.write(*telling.events())
    stream.run()
    for name, handler in (("alert", alert.handler), ("event", publish.handler), ("webhook", deliver.handler)):
        Queue(name, handler).run()
    Line().run()


def settle(ticket: str, key: str) -> None:
    """Write to the customer, and close the ticket with why."""
    write = {"text": REPLY, "rev": ask("GET", f"/v1/tickets/{ticket}", key).json["rev"]}
    assert ask("POST", f"/v1/tickets/{ticket}/messages", key, body=write).status == 201
    work()
    rev = ask("GET", f"/v1/tickets/{ticket}", key).json["rev"]
    closing = {"state": "closed", "root_causes": ["queue"], "action": REPLY, "rev": rev}
    closed = ask("PATCH", f"/v1/tickets/{ticket}", key, body=closing)
    assert closed.status == 200, json.dumps(closed.json)
    work()
