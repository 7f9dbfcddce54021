"""One mail a morning about the tickets that wait: to whom, when, about which, once, and none when none waits."""

import json
import re
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Alerting
from escuta.feedback import ticket_digests, tickets
from escuta.feedback.model import AlertState, TicketDigest, TicketState
from tests.conftest import NOON
from tests.functions import cases
from tests.functions.console_company import Browser
from tests.kit import faults, outbox
from ticketing.digest import handler

pytestmark = pytest.mark.usefixtures("aws", "noon")
MORNING = NOON + timedelta(hours=19)  # 07:00 in São Paulo
DAYS = timedelta(days=1)


@pytest.fixture
def bruno(aws: None, noon: object) -> str:  # noqa: ARG001 - the store and the clock come first
    """Bruno, who wants one mail a day, with one ticket."""
    cases.found("en", timezone="America/Sao_Paulo")
    return managers.update(cases.bruno().id, rev=1, alerts=Alerting.DIGEST).id


def another(name: str, **fields: Any) -> None:
    own = {"id": name, "response": "", "rev": 0, "contact_name": name.title(), "comment": "", **fields}
    tickets.store(None, cases.ticket().changed(**own), tickets.Line("opened"))


def queued() -> list[str]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="digest")["QueueUrl"]
    found = [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]
    return [body for body in found if "ticket_digest" in json.loads(body)]


def morning() -> list[TicketDigest]:
    """Let the clock come and the queue be worked off; return what became of the digests."""
    handler({}, None)
    bodies = queued()
    answer = handler({"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}, None)
    assert answer == {"batchItemFailures": []}
    names = [json.loads(body)["ticket_digest"] for body in bodies]
    return [table.load(TicketDigest, TicketDigest.at(name), consistent=True) for name in names]


def words(kind: str = "plain") -> str:
    (mail,) = outbox.mails()
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_what_is_overdue_comes_first_then_what_is_new_each_with_its_link(bruno: str) -> None:  # noqa: ARG001 - stored
    old = {"opened_at": NOON - 3 * DAYS, "due_at": NOON + 9 * DAYS}
    another("davi", **old)
    another("eva", **old)
    table.save(tickets.get("eva").changed(overdue=True, due_at=NOON - DAYS))  # as the sweep leaves it
    another("done", **old, state=TicketState.RESOLVED)
    another("away", **old, segment="curitiba", segment_path=("aurora", "sul", "curitiba"))

    with clock.at(MORNING):
        (told,) = morning()
        links = [line.strip() for line in words().splitlines() if "/c/" in line]
        pages = [Browser().get(link.partition("example")[2]).words for link in links]

    assert (told.state, told.fresh, told.open, told.overdue) == (AlertState.SENT, 1, 3, 1)
    assert told.tickets == ("eva", "angry", "davi")
    assert words().startswith(
        "Your tickets today\nNew: 1 · Open: 3 · Overdue: 1\n\n* Eva · Aurora Paulista · Score 2\n"
    )
    assert [name in page for name, page in zip(("Eva", "Ana Souza", "Davi"), pages, strict=True)] == [True] * 3
    assert outbox.mails()[0]["Subject"] == "Overdue tickets: 1, open: 3"
    assert "Was due on 09 Mar 2026 12:00" in words("html")


def test_it_is_made_in_the_morning_of_the_managers_place_and_once_a_day(bruno: str) -> None:  # noqa: ARG001 - stored
    with clock.at(MORNING - timedelta(minutes=1)):
        assert morning() == []
    with clock.at(MORNING + timedelta(hours=1)):
        assert [each.state for each in morning()] == [AlertState.SENT]
        assert morning() == []
    with clock.at(MORNING + timedelta(hours=6)):
        assert morning() == []
    with clock.at(MORNING + DAYS):
        assert [each.state for each in morning()] == [AlertState.SENT]
    assert len(outbox.mails()) == 2


@pytest.mark.parametrize("choice", [Alerting.AT_ONCE, Alerting.NEVER])
def test_who_is_told_at_once_or_never_gets_none(bruno: str, choice: Alerting) -> None:
    managers.update(bruno, rev=2, alerts=choice)

    with clock.at(MORNING):
        assert morning() == []


def test_nothing_leaves_when_nothing_waits(bruno: str) -> None:  # noqa: ARG001 - stored
    tickets.close("angry", ("Fila",), "Ligamos", who=tickets.Actor(id="x"), rev=1)

    with clock.at(MORNING):
        assert [each.state for each in morning()] == [AlertState.SILENT]
    assert outbox.mails() == []


def test_who_changed_their_mind_in_between_is_not_written_to(bruno: str) -> None:
    with clock.at(MORNING):
        ticket_digests.announce()
        (body,) = queued()
        managers.update(bruno, rev=2, alerts=Alerting.NEVER)
        left = ticket_digests.deliver(json.loads(body)["ticket_digest"])

    assert (left.state, left.reason) == (AlertState.REJECTED, "no_longer_wanted")


def test_a_lost_reply_brings_the_same_tickets_and_links_once_more(bruno: str) -> None:  # noqa: ARG001 - stored
    with clock.at(MORNING):
        with faults.failing("SendEmail", lambda _: ReadTimeoutError(endpoint_url=faults.ENDPOINT)):
            (first,) = morning()
        another("late")
    with clock.at(MORNING + timedelta(hours=1)):
        (second,) = morning()

    assert (first.state, first.resent, second.state) == (AlertState.PENDING, True, AlertState.SENT)
    assert second.tickets == first.tickets == ("angry",)


def test_what_was_closed_or_erased_before_a_second_try_is_named_no_more(bruno: str) -> None:  # noqa: ARG001 - stored
    another("davi", comment="Ruim.")
    another("eva")
    with clock.at(MORNING):
        with faults.failing("SendEmail", lambda _: ReadTimeoutError(endpoint_url=faults.ENDPOINT)):
            morning()
        table.save(tickets.get("davi").changed(emptied="erased", contact_name="", comment=""))
        tickets.close("angry", ("queue",), "Called", who=tickets.Actor(id="helena"), rev=1)
    with clock.at(MORNING + timedelta(hours=1)):
        morning()

    assert re.findall(r"^\* (\w+)", words(), re.MULTILINE) == ["Eva"]
