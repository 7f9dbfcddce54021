"""The outbox shows what others wrote, and nothing in it comes to life."""

import json
from email import message_from_bytes
from email.message import Message as Headers
from email.policy import default
from pathlib import Path

import pytest

from escuta import ids
from infra.local import hooks, messages, outbox, provider
from infra.local.messages import Message
from infra.local.place import Place
from infra.local.provider import Told

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def email(**fields: object) -> Message:
    facts = {"id": "m1", "kind": "email", "to": "ana@example.com", "text": "Olá", "at": 1_772_000_000.0, **fields}
    return Message(**facts)  # type: ignore[arg-type] # the defaults above fit


def shown(*found: Message, language: str = "pt-BR", to: str = "") -> str:
    return outbox.page(list(found), language=language, to=to, nonce="n0nce")


@pytest.mark.parametrize("field", ["to", "text", "subject", "sender", "sender_name"])
def test_hostile_text_is_shown_and_not_run(field: str) -> None:
    page = shown(email(**{field: HOSTILE, "html": "" if field == "text" else "<p>Olá</p>"}))
    assert "<script>alert(1)" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_html_of_a_mail_is_never_part_of_the_page() -> None:
    page = shown(email(html=HOSTILE))
    assert "alert(1)" not in page
    assert '<iframe src="mail/m1" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_a_hostile_search_stays_in_its_field() -> None:
    assert 'value="&#34;&gt;&lt;script&gt;"' in shown(to='"><script>')


def test_an_address_in_a_text_message_can_be_followed_and_ends_where_it_ends() -> None:
    page = shown(email(kind="sms", text="Conte: http://localhost:4566/s/AbC_-1. Obrigado"))
    assert '<a href="http://localhost:4566/s/AbC_-1" target="_blank" rel="noopener noreferrer">' in page
    assert "</a>. Obrigado" in page


def test_a_script_address_is_no_link() -> None:
    assert "<a href" not in shown(email(kind="sms", text="javascript:alert(1) data:text/html,x")).partition("<ol>")[2]


@pytest.mark.parametrize(
    ("language", "words"),
    [("pt-BR", "Nada foi enviado ainda"), ("en", "Nothing has been sent yet"), ("es", "Todavía no se ha enviado nada")],
)
def test_an_empty_outbox_says_what_fills_it(language: str, words: str) -> None:
    assert words in shown(language=language)


def test_only_the_messages_to_one_person_are_shown_when_asked() -> None:
    bruno = email(id="m2", to="bruno@example.com")
    assert outbox.matching([email(), bruno], " BRUNO@ ") == [bruno]


def test_messages_come_newest_first_and_a_text_message_keeps_the_time_it_was_first_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "/_ministack/ses/messages": {
            "messages": {
                "000000000000": [
                    {
                        "MessageId": "old",
                        "Source": "=?utf-8?q?Lojas_Aurora?= <pesquisa@aurora.example>",
                        "To": ["ana@example.com"],
                        "Subject": "=?utf-8?q?Sua_opini=C3=A3o?=",
                        "BodyText": "Olá",
                        "BodyHtml": None,
                        "Timestamp": 1000.0,
                        "Type": "v2.SendEmail Bruno <ticket+a@resposta.aurora.example>",
                    }
                ]
            }
        },
        "/_ministack/sns/sms-messages": {"sms_messages": {"+5511": [{"MessageId": "sms", "Message": "Oi"}]}},
    }
    monkeypatch.setattr(messages, "_ask", lambda _place, path: answers[path])
    place = Place(folder=tmp_path)
    first, second = messages.sent(place)
    assert (first.id, second.id) == ("sms", "old")
    assert (second.sender_name, second.sender, second.subject) == (
        "Lojas Aurora",
        "pesquisa@aurora.example",
        "Sua opinião",
    )
    assert messages.sent(place)[0].at == first.at


@pytest.mark.parametrize(
    ("told", "kind"), [("delivered", "Delivery"), ("bounced", "Bounce"), ("complained", "Complaint")]
)
def test_the_provider_tells_of_a_mail_which_invitation_it_was(told: str, kind: str) -> None:
    said = provider.event(email(text="Responda: http://localhost:4566/x/s/AbC_-1 ."), Told(told))
    assert (said["eventType"], said["mail"]["messageId"]) == (kind, "m1")
    assert said["mail"]["tags"] == {"invitation": [ids.token_key("AbC_-1")]}


def test_a_person_can_reply_to_a_text_message_and_not_to_a_mail() -> None:
    said = provider.event(email(id="s1", kind="sms", to="+5511988880000"), Told.REPLIED, "sair" + "!" * 1_000)
    assert (said["originationNumber"], said["previousPublishedMessageId"]) == ("+5511988880000", "s1")
    assert said["messageBody"] == "sair" + "!" * 476
    assert 'name="words"' not in shown(email())
    assert 'name="words" value="SAIR"' in shown(email(kind="sms"))


def test_a_person_replies_to_a_mail_where_replies_are_taken_in() -> None:
    address = "ticket+abc@resposta.aurora.example"
    asked = email(
        reply_to=address, sender="pesquisa@aurora.example", subject="Sua compra", text="Podemos ligar?\nBruno"
    )

    reply = message_from_bytes(provider.replied(asked, "Sim, às 15h."), policy=default)

    assert 'name="words" value=""' in shown(asked)
    assert provider.of(email(reply_to="gerente@aurora.example")) == provider.OF_KIND["email"]
    assert (reply["From"], reply["To"], reply["Subject"]) == (asked.to, address, "Re: Sua compra")
    assert reply.get_content().splitlines() == [
        "Sim, às 15h.",
        "",
        "Em 2026-02-25, pesquisa@aurora.example escreveu:",
        "> Podemos ligar?",
        "> Bruno",
    ]


def test_a_webhook_that_comes_is_kept_as_it_came_and_shown_inert() -> None:
    received, headers = hooks.Received(), Headers()
    headers["webhook-id"] = "e1"
    headers["authorization"] = "secret"
    received.take("/hooks/crm", headers, json.dumps({"type": "ticket.opened", "note": HOSTILE}).encode())

    (call,) = received.newest()
    page = outbox.hooked(received, language="es", nonce="n0nce")

    assert (call.kind, call.headers, call.path) == ("ticket.opened", {"webhook-id": "e1"}, "/hooks/crm")
    assert "Webhooks recibidos" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[1]", b"", b'"text"'])
def test_what_is_no_event_is_shown_too(body: bytes) -> None:
    received = hooks.Received()
    received.take("/hooks", Headers(), body)

    assert "/hooks" in outbox.hooked(received, language="en", nonce="n0nce")
