"""A customer replies to what was written about a ticket: it stands in the ticket, once, and somebody is told."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from escuta import clock, files, table
from escuta.config import settings
from escuta.directory import managers
from escuta.feedback import tickets
from escuta.feedback.model import Alert, Emptied, Ticket, TicketState
from escuta.feedback.tickets import Actor, keeping, receiving, replying, writing
from tests.conftest import NOON
from tests.functions.senders import open_shop
from tests.kit import outbox
from tests.kit.factories import contact, response
from tests.kit.queue import Queue
from ticketing import receive

pytestmark = pytest.mark.usefixtures("aws", "noon", "shop")
ANA = contact("Ana")
BRUNO = Actor(name="Bruno Lima", id="bruno", manager="bruno")
BUCKET = "escuta-inbound"


@pytest.fixture
def shop(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the tables come first
    monkeypatch.setenv("ESCUTA_INBOUND_DOMAIN", "chamados.aurora.example")
    settings.cache_clear()
    open_shop(ANA)
    managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["paulista"])


def opened() -> Ticket:
    answer = response("angry", score=2, comment="Ninguém atendeu.", contact=ANA.id, contact_name="Ana Souza")
    return tickets.follow_up(table.create(answer))[0].ticket


def mail(
    ticket: Ticket, words: str = "Ainda não chegou.", name: str = "CAF1", sender: str = "ana@example.com"
) -> bytes:
    head = [f"From: Ana <{sender}>", f"To: {replying.address(ticket.id)}", f"Message-ID: <{name}@mail.gmail.com>"]
    quoted = "\r\n\r\nEm ter., 10 de mar. de 2026 às 12:30, Aurora escreveu:\r\n\r\n> Ana, desculpe.\r\n"
    return ("\r\n".join([*head, "Content-Type: text/plain; charset=utf-8"]) + "\r\n\r\n" + words + quoted).encode()


def lines(ticket: Ticket) -> list[tuple[str, str, str]]:
    return [(line.what, line.by, line.text) for line in tickets.whole_log(ticket.id)]


def told(ticket: Ticket) -> list[tuple[str, str]]:
    found = table.query(Alert, Alert.about(ticket.id), index="g2").items
    return [(alert.address, alert.why) for alert in found if alert.why != "opened"]


def in_state(state: TicketState) -> Ticket:
    ticket = opened()
    if state is TicketState.CLOSED:
        return tickets.close(ticket.id, ("fila",), "Ligamos", who=BRUNO, rev=ticket.rev)
    return ticket if state is TicketState.NEW else tickets.move(ticket.id, state, who=BRUNO, rev=ticket.rev)


def test_a_reply_stands_in_the_log_and_the_owner_is_told() -> None:
    ticket = opened()
    receiving.receive(mail(ticket))

    assert lines(ticket)[1:] == [("received", "customer", "Ainda não chegou.")]
    assert told(ticket) == [("bruno@aurora.example", "answered")]
    assert keeping.get(ticket.id).first_response_at is None


def test_the_same_mail_twice_is_one_line() -> None:
    ticket = opened()
    receiving.receive(mail(ticket))
    receiving.receive(mail(ticket))
    receiving.receive(mail(ticket, "Chegou!", name="CAF2"))

    assert [text for _, by, text in lines(ticket) if by == "customer"] == ["Ainda não chegou.", "Chegou!"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("new", "new"), ("open", "open"), ("waiting", "open"), ("resolved", "reopened"), ("closed", "reopened")],
)
def test_who_had_waited_goes_on_and_who_was_done_begins_again(before: str, after: str) -> None:
    ticket = in_state(TicketState(before))
    receiving.receive(mail(ticket))

    assert keeping.get(ticket.id).state == after


def test_a_ticket_that_was_closed_long_ago_stays_closed_and_the_owner_is_told() -> None:
    ticket = in_state(TicketState.CLOSED)
    with clock.at(NOON + timedelta(days=31)):
        receiving.receive(mail(ticket))

    assert keeping.get(ticket.id).state is TicketState.CLOSED
    assert lines(ticket)[-1] == ("received", "customer", "Ainda não chegou.")
    assert told(ticket) == [("bruno@aurora.example", "answered")]


def test_another_sender_is_said_to_be_one() -> None:
    ticket = opened()
    receiving.receive(mail(ticket, sender="marido@example.com"))
    receiving.receive(mail(ticket, name="CAF2"))

    found = [line.details.get("sender") for line in tickets.whole_log(ticket.id) if line.what == "received"]
    assert found == ["other", None]


def test_a_notice_of_absence_is_left_alone() -> None:
    ticket = opened()
    receiving.receive(b"Auto-Submitted: auto-replied\r\n" + mail(ticket))

    assert len(lines(ticket)) == 1
    assert told(ticket) == []


def test_an_emptied_ticket_takes_nothing_in() -> None:
    ticket = table.save(opened().changed(emptied=Emptied.ERASED))

    assert receiving.receive(mail(ticket)) == ()
    assert len(lines(ticket)) == 1


def test_a_reply_to_what_was_merged_stands_where_it_goes_on() -> None:
    ticket = opened()
    other = tickets.follow_up(table.create(response("other", score=1, contact=ANA.id)))[0].ticket
    table.save(keeping.get(ticket.id).changed(merged_into=other.id, state=TicketState.CLOSED))
    receiving.receive(mail(ticket))
    receiving.receive(mail(ticket))

    assert lines(other)[1:] == [("received", "customer", "Ainda não chegou.")]


def test_a_letter_of_ours_is_answered_at_the_address_of_its_ticket() -> None:
    from distribute import deliver  # noqa: PLC0415 - as the function is loaded

    ticket = opened()
    writing.write(ticket.id, "Desculpe.", who=BRUNO, rev=ticket.rev)
    Queue("deliver", deliver.handler).run()

    assert outbox.mails()[0]["Reply-To"] == replying.address(ticket.id)


def test_what_ses_has_put_into_the_bucket_is_taken_in_and_the_alert_leaves_at_once() -> None:
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    ticket = opened()
    files.write(BUCKET, "inbound/a b+1", mail(ticket), "message/rfc822")
    notice = {
        "Records": [_record("inbound/a+b%2B1"), _record("inbound/gone"), _record("AMAZON_SES_SETUP_NOTIFICATION")]
    }

    answer = receive.handler({"Records": [{"messageId": "1", "body": json.dumps(notice)}]}, None)

    assert answer == {"batchItemFailures": []}
    assert lines(ticket)[-1] == ("received", "customer", "Ainda não chegou.")
    assert Queue("alert", lambda _event, _context: None).step()


def _record(key: str) -> dict[str, Any]:
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": {"key": key}}}


def test_the_owner_of_a_ticket_that_a_reply_takes_up_again_is_told_once() -> None:
    ticket = in_state(TicketState.RESOLVED)
    receiving.receive(mail(ticket))

    assert told(ticket) == [("bruno@aurora.example", "answered")]


def test_a_flood_of_mails_alerts_nobody_for_ever_and_fills_no_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "TOLD", 2)
    monkeypatch.setattr(receiving, "TAKEN", 4)
    ticket = opened()
    for number in range(6):
        receiving.receive(mail(ticket, name=f"CAF{number}"))

    assert len([what for what, _, _ in lines(ticket) if what == "received"]) == 4
    assert len(told(ticket)) == 2
    with clock.at(NOON + timedelta(days=1, minutes=1)):
        receiving.receive(mail(ticket, name="later"))
    assert len(told(ticket)) == 3
