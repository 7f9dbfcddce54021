from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from typing import Any

import pytest

from escuta.outreach import messages
from escuta.outreach.messages import Email, Refused

UNSUBSCRIBE = "<https://fala.aurora.example/live/u/" + "a" * 120 + ">"


def email(**fields: Any) -> Email:
    own = {"to": "ana@example.com", "to_name": "Ana", "subject": "Olá", "text": "Olá, Ana", "html": "<p>Olá, Ana</p>"}
    return Email(**{**own, "sender_name": "Lojas Aurora", **fields})


def received(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def test_a_mail_has_both_parts_in_utf_8() -> None:
    got = received(messages.as_mime(email()))
    text, html = got.get_body(("plain",)), got.get_body(("html",))

    assert text
    assert html
    assert [part.get_content().strip() for part in (text, html)] == ["Olá, Ana", "<p>Olá, Ana</p>"]
    assert [part.get_content_charset() for part in (text, html)] == ["utf-8", "utf-8"]
    assert got["From"] == "Lojas Aurora <pesquisa@aurora.example>"
    assert messages.as_mime(email()).isascii()


def test_the_unsubscribe_headers_arrive_as_they_were_written() -> None:  # E8
    headers = {"List-Unsubscribe": UNSUBSCRIBE, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    raw = messages.as_mime(email(headers=headers))

    assert f"\r\nList-Unsubscribe: {UNSUBSCRIBE}\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(
    "hostile",
    [
        "Ana\r\nBcc: eve@example.com",
        "Ana\nBcc: eve@example.com",
        "Ana\u2028Bcc: eve@example.com",
        "Ana\x00\x0b\x0c\x85Bcc: eve@example.com",
        "=?utf-8?q?Ana=0d=0aBcc:_eve@example.com?=",
        "Ana, <eve@example.com>",
        'Ana" <eve@example.com>, "x',
    ],
)
def test_no_name_or_subject_makes_a_header_or_a_recipient(hostile: str) -> None:  # E1
    raw = messages.as_mime(email(to_name=hostile, subject=hostile, sender_name=hostile))
    got = message_from_bytes(raw, policy=default)

    assert sorted(got.keys()) == ["Content-Type", "Date", "From", "MIME-Version", "Subject", "To"]
    assert [address.addr_spec for address in got["To"].addresses] == ["ana@example.com"]
    assert [address.addr_spec for address in got["From"].addresses] == ["pesquisa@aurora.example"]
    assert b"\r\nBcc" not in raw


def test_a_line_break_in_a_header_of_our_own_is_an_error() -> None:  # E1
    with pytest.raises(ValueError, match="List-Unsubscribe"):
        messages.as_mime(email(headers={"List-Unsubscribe": "<https://x>\r\nBcc: eve@example.com"}))


def test_a_long_name_keeps_its_letters() -> None:
    name = "Maria Antônia da Conceição de Albuquerque e Ávila dos Santos Guimarães Rosa Filha"

    raw = messages.as_mime(email(to_name=name))
    assert str(make_header(decode_header(BytesParser(policy=compat32).parsebytes(raw)["To"]))).split(" <")[0] == name


@pytest.mark.parametrize(
    "address",
    [
        "a@b.c, evil@x.com",
        "a@b.c;x@y.z",
        "Ana <a@b.cd>",
        "a@b@c.de",
        '"a b"@c.de',
        "a@c.de\r\nBcc: x@y.zz",
        "a@c",
        "a@c.de.",
        "@c.de",
        "a..b@c.de",
        "ána@c.de",
        "a" * 250 + "@c.de",
        "",
    ],
)
def test_anything_but_one_address_is_refused_for_good(address: str) -> None:  # E2
    with pytest.raises(Refused) as refused:
        messages.as_mime(email(to=address))

    assert (refused.value.code, refused.value.retry) == ("address_invalid", False)


def test_a_domain_with_accents_goes_out_in_ascii() -> None:  # E2
    assert (
        received(messages.as_mime(email(to="ana@café.example")))["To"].addresses[0].addr_spec
        == "ana@xn--caf-dma.example"
    )


@pytest.mark.parametrize("number", ["11988880000", "+0511988880000", "+55 11 98888 0000", "+12345678901234567", ""])
def test_anything_but_an_e_164_number_is_refused_for_good(number: str) -> None:  # M3
    with pytest.raises(Refused, match="address_invalid"):
        messages.send_sms(number, "Olá")
