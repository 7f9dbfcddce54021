"""Writing to the customer of a ticket: once, with care, and its state where the ticket is read."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from distribute import deliver, due
from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Consent, Contact, Role
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import tickets
from escuta.feedback.model import Call, Emptied, Ticket
from escuta.feedback.tickets import Actor, keeping, writing
from escuta.outreach import receipts, sending_rules, suppression
from escuta.outreach.model import CaseMessage, Channel, InvitationState, SendingDraft
from escuta.outreach.model.sending import Calendar
from tests.conftest import NOON
from tests.functions.senders import open_shop
from tests.kit import outbox
from tests.kit.factories import contact, response
from tests.kit.faults import failing
from tests.kit.queue import Queue

pytestmark = pytest.mark.usefixtures("aws", "noon", "shop")
ANA = contact("Ana", phone="+5511987654321")
BRUNO = Actor(name="Bruno Lima", id="bruno", manager="bruno", role=Role.MANAGER)
SENT, UNKNOWN, QUEUED = InvitationState.SENT, InvitationState.UNKNOWN, InvitationState.QUEUED
WORDS = "Ana, pedimos desculpas.\n\nO sofá novo chega na terça."


@pytest.fixture
def shop(aws: None) -> None:  # noqa: ARG001 - the tables come first
    open_shop(ANA)


def opened(**fields: Any) -> Ticket:
    own = {"score": 2, "comment": "Ninguém atendeu.", "contact": ANA.id, "contact_name": "Ana Souza"}
    return tickets.follow_up(table.create(response("angry", **{**own, **fields})))[0].ticket


def write(ticket: Ticket, words: str = WORDS, **fields: Any) -> Ticket:
    return writing.write(ticket.id, words, who=BRUNO, rev=keeping.get(ticket.id).rev, **fields)


def run() -> None:
    Queue("deliver", deliver.handler).run()


def state(ticket: Ticket) -> tuple[InvitationState, str]:
    (message,) = writing.states(ticket.id).values()
    return message.state, message.reason


def part(kind: str) -> str:
    found = outbox.mails()[0].get_body((kind,))
    assert found is not None
    return str(found.get_content())


def event(kind: str, ticket: Ticket, **more: Any) -> dict[str, Any]:
    (message,) = writing.states(ticket.id).values()
    tags = {"case": [ticket.id], "line": [str(message.number)], "attempt": ["1"]}
    mail = {"messageId": message.message_id or "m-1", "destination": [ANA.email], "tags": tags}
    return {"eventType": kind, "mail": mail, **more}


def test_what_a_manager_writes_goes_out_as_a_letter_in_the_language_of_the_customer() -> None:
    ticket = opened()
    stored = write(ticket)
    run()

    (mail,) = outbox.mails()
    assert (mail["To"], mail["Subject"]) == ("Ana <ana@example.com>", "Sobre a sua visita à loja Paulista")
    assert mail["From"] == "Lojas Aurora <pesquisa@aurora.example>"
    text = part("plain").replace("\r\n", "\n")
    assert text.startswith("Ana, pedimos desculpas.\n\nO sofá novo chega na terça.\n\nBruno\nLojas Aurora · Paulista\n")
    assert "Em 10/03/2026 você nos escreveu:\n\n> Ninguém atendeu.\n" in text
    assert "List-Unsubscribe" not in mail
    assert state(ticket) == (SENT, "")
    line = tickets.log(ticket.id).items[0]
    assert (line.what, line.text, line.who) == ("written", WORDS, "Bruno Lima")
    assert stored.first_response_at is not None


def test_the_words_of_people_are_words_and_no_markup() -> None:
    ticket = opened(comment="<b>fila</b>\u202e")
    write(ticket, "<script>1</script> & mais")
    run()

    assert "&lt;script&gt;1&lt;/script&gt; &amp; mais" in part("html")
    assert "&lt;b&gt;fila&lt;/b&gt;" in part("html")
    assert "\u202e" not in part("html") + part("plain")


def test_an_sms_is_one_line_signed_by_the_first_name() -> None:
    ticket = opened(channel="sms")
    write(ticket, "Ligo às 15h.\nAté já")
    run()

    assert outbox.texts() == [(ANA.phone, "Ligo às 15h. Até já - Bruno, Lojas Aurora")]


def test_an_sms_that_would_cost_too_many_parts_is_refused() -> None:
    ticket = opened()

    with pytest.raises(InvalidError) as refused:
        write(ticket, "a" * 700, channel=Channel.SMS)

    assert (refused.value.code, refused.value.details["most"]) == ("sms_too_long", 4)
    assert writing.states(ticket.id) == {}


@pytest.mark.parametrize(
    ("reason", "channel"),
    [("no_address", "sms"), ("no_consent", "email"), ("bounce", "email"), ("stop", "sms"), ("erased", "email")],
)
def test_who_cannot_be_written_to_is_refused_with_the_reason(reason: str, channel: str) -> None:
    ticket = opened()
    known = table.load(Contact, Contact.at(ANA.id), consistent=True)
    match reason:
        case "no_address":
            table.save(known.changed(phone=""))
        case "no_consent":
            table.save(known.changed(consent=Consent.DENIED))
        case "bounce":
            suppression.add(Channel.EMAIL, ANA.email, "bounce")
        case "stop":
            suppression.add(Channel.SMS, ANA.phone, "stop")
        case "erased":
            table.save(ticket.changed(emptied=Emptied.ERASED))

    with pytest.raises(ConflictError) as refused:
        write(ticket, channel=Channel(channel))

    assert refused.value.code == f"customer_unwritable_{reason}"


def test_who_wants_no_surveys_may_be_answered() -> None:
    suppression.add(Channel.EMAIL, ANA.email, "unsubscribe")
    ticket = opened()
    write(ticket)
    run()

    assert state(ticket) == (SENT, "")


def test_who_left_an_address_in_the_answer_alone_is_reached_there() -> None:
    answers = {"nps": 2, "who": {"name": "Clara", "email": "clara@example.com"}}
    ticket = opened(contact="", contact_name="Clara", answers=answers)

    assert writing.ways(ticket) == {Channel.EMAIL: "", Channel.SMS: "no_address"}


def test_who_asked_to_be_called_is_reached_at_that_number() -> None:
    ticket = opened(contact="", call=Call(at=NOON, phone="+5511900001111"))

    assert writing.reach(ticket)[Channel.SMS].address == "+5511900001111"


def test_an_address_that_is_closed_meanwhile_is_not_written_to() -> None:
    ticket = opened()
    write(ticket)
    suppression.add(Channel.EMAIL, ANA.email, "complaint")
    run()

    assert state(ticket) == (InvitationState.SUPPRESSED, "complaint")
    assert outbox.mails() == []


def test_a_lost_answer_is_unknown_and_never_sent_again() -> None:
    ticket = opened()
    write(ticket)
    with failing("SendEmail", lambda _request: ReadTimeoutError(endpoint_url="https://ses")):
        run()
    with clock.at(NOON + timedelta(hours=1)):
        due.handler({}, None)
        run()

    assert state(ticket) == (UNKNOWN, "answer_lost")
    assert outbox.mails() == []
    receipts.receive(event("Delivery", ticket))
    assert state(ticket) == (InvitationState.DELIVERED, "")


def test_a_definite_refusal_may_be_tried_again() -> None:
    ticket = opened()
    write(ticket)
    refusals = iter([ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow"}}, "SendEmail")])
    with failing("SendEmail", lambda _request: next(refusals, None)):
        run()

    assert state(ticket) == (SENT, "")
    assert len(outbox.mails()) == 1


def test_a_queue_that_takes_nothing_only_delays_it() -> None:
    ticket = opened()
    with failing("SendMessageBatch", lambda _request: ClientError({"Error": {"Code": "500"}}, "SendMessageBatch")):
        write(ticket)
    with clock.at(NOON + timedelta(minutes=5)):
        due.handler({}, None)
        run()

    assert state(ticket) == (SENT, "")


def test_a_bounce_is_seen_where_the_ticket_is_and_closes_the_address() -> None:
    ticket = opened()
    write(ticket)
    run()
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": ANA.email}]}
    assert receipts.receive(event("Bounce", ticket, bounce=bounce)) == ""

    assert state(ticket) == (InvitationState.BOUNCED, "permanent_bounce")
    assert writing.ways(ticket)[Channel.EMAIL] == "bounce"


def test_a_receipt_of_an_sms_finds_its_message() -> None:
    ticket = opened(channel="sms")
    write(ticket, "Ligo às 15h.")
    run()
    (message,) = writing.states(ticket.id).values()
    receipts.receive({"eventType": "TEXT_DELIVERED", "messageId": message.message_id})

    assert state(ticket) == (InvitationState.DELIVERED, "")


def test_no_telephone_rings_in_quiet_hours() -> None:
    quiet = Calendar(quiet_from="11:00", quiet_to="13:00")
    sending_rules.save(SendingDraft(calendar=quiet), rev=0, who="bruno")
    ticket = opened(channel="sms")
    write(ticket, "Ligo às 15h.")
    run()
    assert (state(ticket), outbox.texts()) == ((QUEUED, ""), [])

    with clock.at(NOON + timedelta(hours=2)):
        due.handler({}, None)
        run()
    assert state(ticket) == (SENT, "")


def test_what_could_not_leave_for_days_is_not_sent_late() -> None:
    ticket = opened()
    write(ticket)
    with clock.at(NOON + timedelta(days=4)):
        run()

    assert state(ticket) == (InvitationState.EXPIRED, "expired")


def test_a_reply_goes_to_the_writer_while_no_mail_is_received() -> None:
    bruno = managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=["paulista"])
    ticket = opened()
    who = Actor(name="Bruno Lima", id=bruno.id, manager=bruno.id)
    writing.write(ticket.id, WORDS, who=who, rev=ticket.rev)
    run()

    assert outbox.mails()[0]["Reply-To"] == "bruno@aurora.example"
    assert "basta responder a este e-mail" in part("plain")


def test_nobody_writes_on_what_somebody_else_has_changed() -> None:
    ticket = opened()
    write(ticket)

    with pytest.raises(ConflictError, match="stale"):
        writing.write(ticket.id, WORDS, who=BRUNO, rev=ticket.rev)
    assert len(writing.states(ticket.id)) == 1


def test_an_emptied_ticket_sends_nothing() -> None:
    ticket = opened()
    stored = write(ticket)
    table.save(stored.changed(emptied=Emptied.ERASED))
    run()

    assert state(ticket) == (InvitationState.CANCELLED, "erased")
    assert table.find(CaseMessage, CaseMessage.at(CaseMessage.of(ticket.id), stored.rev)) is not None
