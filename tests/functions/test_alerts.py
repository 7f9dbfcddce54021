"""Telling the manager: what the message says, in which words, and what becomes of the alert."""

import re
from datetime import datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import AlertChannel
from escuta.errors import NotFoundError
from escuta.feedback import alerts, tickets
from escuta.feedback.model import Alert, AlertState, Call
from escuta.outreach.sms import measure
from tests.conftest import NOON
from tests.kit.factories import PATH, response, segment, version
from tests.kit.faults import ENDPOINT, failing, throttled

pytestmark = pytest.mark.usefixtures("aws", "noon", "hierarchy")
PENDING, CLAIMED, SENT, UNKNOWN, REJECTED, _SILENT = AlertState
HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} {% raw %}\r\n\u202eVer no console:\u2069\u2028-- \nhttp://evil.example/\x07\x1b[31m"


@pytest.fixture
def hierarchy(aws: None) -> None:  # noqa: ARG001 - the tables come first
    table.create(segment(*PATH, name="Aurora Paulista", timezone="America/Manaus"))
    table.create(version())


def alert_of(language: str = "pt-BR", channel: str = "email", **fields: Any) -> Alert:
    """Store an unhappy answer, its ticket, and the one alert to Bruno."""
    managers.create(
        "Bruno",
        "bruno@aurora.example",
        language=language,
        phone="+5511912345678",
        channels=[AlertChannel(channel)],
        segments=["paulista"],
    )
    own = {"score": 2, "comment": "Ninguém atendeu.", "contact": "c1", "contact_name": "Ana Souza"}
    (found,) = tickets.follow_up(table.create(response("angry", **{**own, **fields})))
    return found.alerts[0]


def sent_mails() -> list[EmailMessage]:
    raw = [mail.raw_data for mail in ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages]
    parsed = [message_from_string(text, policy=policy.default) for text in raw]
    return [message for message in parsed if isinstance(message, EmailMessage)]


def known(text: str) -> str:
    """Return words with the token of a link taken out: it follows from the secret, and test_case.py opens it."""
    return re.sub(r"(?<=example/c/)[\w-]{23}", "LINK", text)


def sent_texts() -> list[tuple[str, str]]:
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sms_messages.values()
    return [(number, known(text)) for number, text, *_ in sent]


def part(kind: str, **fields: Any) -> str:
    """Deliver one alert and return this part of the mail."""
    alerts.deliver(alert_of(**fields).id)
    found = sent_mails()[-1].get_body((kind,))
    assert found is not None
    return known(str(found.get_content()).replace("\r\n", "\n"))


def state(alert: Alert) -> AlertState:
    return table.load(Alert, alert.key(), consistent=True).state


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        (
            "pt-BR",
            "Urgente: nota 2 em Aurora Paulista (Ana Souza)",
            """\
Chamado urgente: Ana Souza
Aurora Paulista · 10/03/2026 11:00
Nota 2 de 10 · detrator

> Ninguém atendeu.

Responda ao cliente até 10/03/2026 23:00 (horário da loja).

Abrir o chamado:
https://fala.aurora.example/c/LINK

Para encerrar o chamado, registre a causa e o que foi feito.
O botão abre só este chamado, sem senha, até 17/03/2026 11:00. Não encaminhe este aviso.

--
Você recebe este aviso porque responde por Aurora Paulista.
""",
        ),
        (
            "en",
            "Urgent: score 2 at Aurora Paulista (Ana Souza)",
            """\
Urgent ticket: Ana Souza
Aurora Paulista · 10 Mar 2026 11:00
Score 2 out of 10 · detractor

> Ninguém atendeu.

Get back to the customer by 10 Mar 2026 23:00 (store time).

Open the ticket:
https://fala.aurora.example/c/LINK

To close the ticket, record the root cause and what was done.
The button opens this one ticket, without a password, until 17 Mar 2026 11:00. Please do not forward this alert.

--
You receive this alert because you answer for Aurora Paulista.
""",
        ),
        (
            "es",
            "Urgente: nota 2 en Aurora Paulista (Ana Souza)",
            """\
Caso urgente: Ana Souza
Aurora Paulista · 10/03/2026 11:00
Nota 2 de 10 · detractor

> Ninguém atendeu.

Responder al cliente antes del 10/03/2026 23:00 (hora de la tienda).

Abrir el caso:
https://fala.aurora.example/c/LINK

Para cerrar el caso hay que registrar la causa y lo que se hizo.
El botón abre solo este caso, sin contraseña, hasta el 17/03/2026 11:00. No reenvíe este aviso.

--
Este aviso llega a quienes responden por Aurora Paulista.
""",
        ),
    ],
)
def test_the_manager_reads_it_in_the_managers_language_and_the_stores_time(
    language: str, subject: str, words: str
) -> None:
    assert part("plain", language=language) == words
    assert sent_mails()[0]["Subject"] == subject


@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
def test_the_html_part_says_the_same_facts(language: str) -> None:
    page = part("html", language=language)

    for fact in (
        "Ana Souza",
        "Aurora Paulista",
        "Ninguém atendeu.",
        "11:00",
        'href="https://fala.aurora.example/c/LINK"',
    ):
        assert fact in page
    assert f'<html lang="{language}"' in page
    assert "http:" not in page.replace("http://www.w3.org", "")
    assert "src=" not in page  # nothing is fetched when the mail is opened


def test_the_mail_says_who_sends_it_and_that_no_person_did() -> None:
    alert = alert_of()
    alerts.deliver(alert.id)

    (mail,) = sent_mails()
    assert (mail["From"], mail["To"]) == ("Lojas Aurora <pesquisa@aurora.example>", "Bruno <bruno@aurora.example>")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_an_anonymous_answer_without_a_comment_asks_for_no_call() -> None:
    words = part("plain", contact="", contact_name="", comment="", score=5)

    assert words.startswith("Novo chamado: Cliente não identificado\n")
    assert "O cliente não deixou comentário." in words
    assert "Trate o chamado até 11/03/2026 11:00" in words
    assert sent_mails()[0]["Subject"] == "Nota 5 em Aurora Paulista"


def test_hostile_words_stay_words_in_html() -> None:
    page = part("html", comment=HOSTILE, contact_name="Ana\r\nBcc: eve@evil.example <b>")

    assert (
        "&lt;img src=x onerror=alert(1)&gt; {{7*7}} {% raw %}\nVer no console:\n-- \nhttp://evil.example/[31m" in page
    )
    assert "Ana Bcc: eve@evil.example &lt;b&gt;" in page
    assert page.count("<img") == 0
    assert not {"\u202e", "\u2069", "\u2028", "\x07", "\x1b"} & set(page)


def test_hostile_words_cannot_pose_as_ours_in_the_text_part_or_reach_a_header() -> None:
    words = part("plain", comment=HOSTILE, contact_name="Ana\r\nBcc: eve@evil.example")

    assert "> <img src=x onerror=alert(1)> {{7*7}} {% raw %}\n> Ver no console:\n> -- \n> http://evil.example/" in words
    (mail,) = sent_mails()
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Urgente: nota 2 em Aurora Paulista (Ana Bcc: eve@evil.example)"


def test_a_long_comment_is_cut_and_the_mail_stays_small() -> None:
    page = part("html", comment="muito " * 1_600)

    assert "muito…" in page
    assert len(page) < 12_000


@pytest.mark.parametrize(
    ("language", "subject", "number", "deadline"),
    [
        ("pt-BR", "Cliente pediu uma ligação em", "Ligar para", "Ligue para o cliente até 10/03/2026 23:00"),
        ("en", "Customer asked to be called at", "Call", "Call the customer by 10 Mar 2026 23:00"),
        ("es", "El cliente pidió una llamada en", "Llamar al", "Llamar al cliente antes del 10/03/2026 23:00"),
    ],
)
def test_the_alert_about_a_call_names_the_number(language: str, subject: str, number: str, deadline: str) -> None:
    wanted = Call(at=NOON, phone="+5511987654321")

    page = part("html", language=language, score=10, call=wanted)

    assert f'{number} <a class="tel" href="tel:+5511987654321"' in page
    words = sent_mails()[0].get_body(("plain",))
    assert words is not None
    text = words.get_content().replace("\r\n", "\n")
    assert f"\n{number} +5511987654321\n\n{deadline} (" in text
    assert sent_mails()[0]["Subject"] == f"{subject} Aurora Paulista (Ana Souza)"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt-BR", 'Ligar para +5511987654321, Aurora Paulista, Ana Souza: "Oi" Ligue até 10/03/2026 23:00: '),
        ("en", 'Call +5511987654321, Aurora Paulista, Ana Souza: "Oi" Call by 10 Mar 2026 23:00: '),
        ("es", 'Llamada pedida: +5511987654321, Aurora Paulista, Ana Souza: "Oi" Llamar antes del 10/03/2026 23:00: '),
    ],
)
def test_a_text_message_about_a_call_names_the_number(language: str, text: str) -> None:
    wanted = Call(at=NOON, phone="+5511987654321")

    alerts.deliver(alert_of(language, channel="sms", score=10, comment="Oi", call=wanted).id)

    assert sent_texts() == [("+5511912345678", f"{text}https://fala.aurora.example/c/LINK")]


def test_a_missing_store_name_or_survey_shortens_the_mail_but_never_stops_it() -> None:
    managers.create("Bruno", "b@aurora.example", language="en", segments=["paulista"])
    (found,) = tickets.follow_up(table.create(response("angry", score=2, survey="gone", segment="closed")))

    alerts.deliver(found.alerts[0].id)

    (mail,) = sent_mails()
    assert mail["Subject"] == "Urgent: score 2 at closed"
    words = mail.get_body(("plain",))
    assert words is not None
    assert "\nScore 2 · detractor\n" in words.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("language", "facts", "act"),
    [
        ("pt-BR", "Urgente: nota 2 em Aurora Paulista, Ana Souza", "Responda até 10/03/2026 23:00"),
        ("en", "Urgent: score 2 at Aurora Paulista, Ana Souza", "Reply by 10 Mar 2026 23:00"),
        ("es", "Urgente: nota 2 en Aurora Paulista, Ana Souza", "Responder antes del 10/03/2026 23:00"),
    ],
)
def test_a_text_message_says_it_in_one_line(language: str, facts: str, act: str) -> None:
    alerts.deliver(alert_of(language, channel="sms", comment='Fila!\n" Abrir: x').id)

    text = f'{facts}: "Fila! \' Abrir: x" {act}: https://fala.aurora.example/c/LINK'
    assert sent_texts() == [("+5511912345678", text)]


def test_a_text_message_without_a_comment_is_whole_too() -> None:
    alerts.deliver(alert_of("en", channel="sms", comment="", contact="", contact_name="", score=4).id)

    text = "Score 4 at Aurora Paulista. Act by 11 Mar 2026 11:00: https://fala.aurora.example/c/LINK"
    assert sent_texts() == [("+5511912345678", text)]


@pytest.mark.parametrize("comment", ["ã" * 9_000, "😀" * 3_000, "€[" * 900, "a\u202eb" * 500])
def test_a_text_message_takes_two_parts_at_most_and_keeps_its_link(comment: str) -> None:
    alerts.deliver(alert_of("es", channel="sms", comment=comment, contact_name="Ana " * 40).id)

    ((_, text),) = sent_texts()
    assert measure(text).parts <= 2
    assert text.endswith(": https://fala.aurora.example/c/LINK")
    assert "\u202e" not in text


def test_a_name_that_fits_nowhere_gives_way_in_a_text_message() -> None:
    table.put(segment(*PATH, name="店" * 150, rev=1))

    alerts.deliver(alert_of("en", channel="sms").id)

    ((_, text),) = sent_texts()
    assert measure(text).parts <= 2
    assert text.startswith("Urgent: score 2 at 店店")


def test_an_alert_is_sent_once_however_often_it_is_asked_for() -> None:
    alert = alert_of()

    first, second = alerts.deliver(alert.id), alerts.deliver(alert.id)

    assert first == second
    assert (first.state, first.resent, first.reason) == (SENT, False, "")
    assert first.message_id != ""
    assert len(sent_mails()) == 1
    assert table.query(Alert, "alerts", index="g1").items == ()


def test_a_refusal_that_may_pass_leaves_it_pending_for_the_sweep() -> None:
    alert = alert_of()
    with failing("SendEmail", lambda _: throttled("sesv2", "SendEmail")):
        refused = alerts.deliver(alert.id)

    assert (refused.state, refused.reason, refused.resent) == (PENDING, "throttled", False)
    with clock.at(NOON + timedelta(minutes=5)):
        assert [each.id for each in alerts.forgotten()] == [alert.id]
        assert alerts.deliver(alert.id).state is SENT


def test_a_definite_refusal_ends_it_with_its_reason() -> None:
    alert = alert_of()
    table.put(alert.changed(address="not an address"))

    assert (alerts.deliver(alert.id).state, alerts.deliver(alert.id).reason) == (REJECTED, "address_invalid")
    assert sent_mails() == []


def test_a_connection_that_never_was_is_no_message() -> None:
    alert = alert_of()
    with failing("SendEmail", lambda _: ConnectTimeoutError(endpoint_url=ENDPOINT)):
        assert alerts.deliver(alert.id).resent is False

    assert state(alert) is PENDING


def test_after_a_lost_reply_it_is_sent_once_more_and_then_left_to_a_person() -> None:
    alert = alert_of()
    with failing("SendEmail", lambda _: ReadTimeoutError(endpoint_url=ENDPOINT)):
        first = alerts.deliver(alert.id)
        second = alerts.deliver(alert.id)
        third = alerts.deliver(alert.id)

    assert [(each.state, each.resent) for each in (first, second, third)] == [
        (PENDING, True),
        (UNKNOWN, True),
        (UNKNOWN, True),
    ]
    assert second.reason == "reply_lost"
    assert table.query(Alert, "alerts", index="g1").items == ()


def claimed_at(moment: datetime, **fields: Any) -> Alert:
    """Store an alert whose sender claimed it and was never heard of again."""
    return table.save(alert_of().changed(state=CLAIMED, claimed_at=moment, **fields))


def test_what_somebody_is_sending_is_left_alone() -> None:
    alert = claimed_at(NOON)

    with clock.at(NOON + timedelta(seconds=100)):
        assert alerts.deliver(alert.id) == alert
        assert list(alerts.forgotten()) == []
    assert sent_mails() == []


def test_an_alert_whose_sender_died_is_sent_once_more() -> None:
    alert = claimed_at(NOON)

    with clock.at(NOON + timedelta(minutes=2)):
        assert [each.id for each in alerts.forgotten()] == [alert.id]
        again = alerts.deliver(alert.id)

    assert (again.state, again.resent) == (SENT, True)


def test_when_the_second_sender_dies_too_a_person_decides() -> None:
    alert = claimed_at(NOON, resent=True)

    with clock.at(NOON + timedelta(minutes=2)):
        left = alerts.deliver(alert.id)

    assert (left.state, left.reason) == (UNKNOWN, "sender_died")
    assert sent_mails() == []


def test_two_senders_at_once_send_one_mail() -> None:
    alert = alert_of()
    inside: list[Alert] = []

    def meanwhile(_parameters: dict[str, Any]) -> ClientError | None:
        if not inside:
            inside.append(alert)
            inside.append(alerts.deliver(alert.id))
        return None

    with failing("PutItem", meanwhile):
        alerts.deliver(alert.id)

    assert state(alert) is SENT
    assert len(sent_mails()) == 1


def test_a_ticket_that_is_closed_already_alerts_nobody() -> None:
    alert = alert_of()
    tickets.close(alert.ticket, ("Fila",), "Ligamos", who=tickets.Actor(name="Ana"), rev=1)

    late = alerts.deliver(alert.id)

    assert (late.state, late.reason) == (REJECTED, "ticket_closed")
    assert sent_mails() == []


def test_an_alert_that_is_not_there_is_an_error_that_the_queue_keeps() -> None:
    with pytest.raises(NotFoundError, match="alert_not_found"):
        alerts.deliver("nothing")


def test_the_sweep_walks_past_the_first_page() -> None:
    alert = alert_of()
    table.put_many(alert.changed(id=f"{number:04}", created_at=NOON) for number in range(450))

    with clock.at(NOON + timedelta(minutes=5)):
        assert len(list(alerts.forgotten())) == 451
