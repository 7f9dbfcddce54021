"""M6: who answers STOP is left alone from then on, and told so once; nobody else is answered by a machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from distribute import feedback
from escuta import i18n
from escuta.feedback import parking
from escuta.outreach import sms, suppression
from escuta.outreach.model import Channel, Strategy
from tests.functions.senders import PHONE, invited, open_shop, send
from tests.kit import factories, outbox
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

EVENTS = Path(__file__).parents[1] / "events"
DONE = "Lojas Aurora: pronto, você não recebe mais SMS nossos. Para voltar a receber, responda VOLTAR."


def reply(words: str, inbound: str = "inbound-1", to: str = "") -> dict[str, Any]:
    read: dict[str, Any] = json.loads((EVENTS / "sms_reply.json").read_text(encoding="utf-8"))
    return {**read, "messageBody": words, "inboundMessageId": inbound, "previousPublishedMessageId": to}


def receive(*events: dict[str, Any], sent_at: str = "") -> list[dict[str, str]]:
    when = {"Timestamp": sent_at} if sent_at else {}
    envelopes = [{"Type": "Notification", "Message": json.dumps(each), **when} for each in events]
    records = [{"messageId": str(number), "body": json.dumps(body)} for number, body in enumerate(envelopes)]
    failed: list[dict[str, str]] = feedback.handler({"Records": records}, Context())["batchItemFailures"]
    return failed


def closed() -> list[tuple[str, ...]]:
    return [found.told for found in suppression.standing(Channel.SMS, PHONE)]


def test_stop_closes_the_number_and_is_confirmed_once_however_often_it_comes() -> None:
    assert receive(reply("Sair."), reply("Sair."), reply("STOP", "inbound-2")) == []

    assert closed() == [("stop",)]
    assert outbox.texts() == [(PHONE, DONE)]


def test_a_yes_that_was_sent_before_the_no_and_comes_after_it_opens_nothing() -> None:
    assert receive(reply("STOP"), reply("START", "inbound-2"), sent_at="2026-03-10T14:59:59.000Z") == []
    assert closed() == [("stop",)]

    assert receive(reply("START", "inbound-3"), sent_at="2026-03-10T15:05:00.000Z") == []
    assert closed() == []


def test_it_is_confirmed_in_the_language_of_the_person_who_was_written_to() -> None:
    ana = factories.contact("Ana").changed(phone=PHONE, email="", language="es")
    open_shop(ana)
    send(ana, strategy=Strategy.SMS)
    (invitation,) = invited()

    receive(reply("STOP", to=invitation.message_id))

    assert outbox.texts()[-1][1] == (
        "Lojas Aurora: listo, ya no recibirás más SMS nuestros. Para volver a recibirlos, responde ALTA."
    )
    (found,) = suppression.standing(Channel.SMS, PHONE)
    assert found.reasons["stop"].survey == invitation.survey


@pytest.mark.parametrize(("words", "begins"), [("STOP", "Lojas Aurora: pronto"), ("BAJA", "Lojas Aurora: listo")])
def test_of_somebody_unknown_the_word_tells_the_language_else_the_organisation_does(words: str, begins: str) -> None:
    receive(reply(words))

    assert outbox.texts()[0][1].startswith(begins)


def test_help_is_answered_once_a_day() -> None:
    receive(reply("AJUDA"), reply("ajuda", "inbound-2"), reply("help", "inbound-3"))

    assert [words for _, words in outbox.texts()] == [
        "Lojas Aurora: pesquisas de satisfação por SMS. Para não receber mais, responda SAIR."
    ]
    assert closed() == []


def test_start_opens_what_a_reply_closed_and_another_stop_is_confirmed_again() -> None:
    receive(reply("SAIR"), reply("VOLTAR", "inbound-2"))
    assert closed() == []

    receive(reply("SAIR", "inbound-3"))
    assert closed() == [("stop",)]
    assert outbox.texts() == [(PHONE, DONE)] * 2


def test_a_stop_that_is_delivered_again_does_not_undo_what_was_said_since() -> None:
    receive(reply("SAIR"), reply("VOLTAR", "inbound-2"))

    receive(reply("SAIR"))

    assert (closed(), outbox.texts()) == ([], [(PHONE, DONE)])


def test_a_number_to_which_no_sms_go_is_closed_and_told_nothing() -> None:  # M9
    assert receive({**reply("STOP"), "originationNumber": "27727"}) == []

    assert suppression.is_suppressed(Channel.SMS, "27727")
    assert outbox.texts() == []


@pytest.mark.parametrize(("reason", "source"), [("stop", ""), ("complaint", ""), ("manual", "key:1")])
def test_start_opens_nothing_that_others_closed(reason: str, source: str) -> None:
    suppression.add(Channel.SMS, PHONE, reason, source=source)

    receive(reply("START"))

    assert closed() == [(reason,)]


def test_a_number_that_its_carrier_closed_is_not_told_again() -> None:
    suppression.add(Channel.SMS, PHONE, "stop")

    receive(reply("STOP"))

    assert outbox.texts() == []


def test_anything_else_is_kept_for_a_person_and_never_answered() -> None:  # E22
    words = "Adorei a loja! Estou fora até segunda-feira."

    assert receive(reply(words), reply(words)) == []

    (kept,) = parking.listing().items
    assert (kept.reason, json.loads(kept.payload)["messageBody"]) == ("reply_not_understood", words)
    assert (outbox.texts(), closed()) == ([], [])


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("what", ["stopped", "help"])
def test_an_answer_takes_two_parts_at_most(what: str, language: str) -> None:
    text = i18n.say("escuta.outreach", language, f"reply.{what}", organisation="Lojas Aurora do Sudeste")

    assert sms.measure(text).parts <= 2
