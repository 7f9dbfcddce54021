"""What goes out, read again by a reader that knows nothing of how it was written."""

from binascii import a2b_qp
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from fast_mail_parser import PyMail, parse_email
from hypothesis import given
from hypothesis import strategies as st

from escuta.outreach import messages, mime
from escuta.outreach.messages import Email, one_line

NOON = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
NAMES = (
    "Ana",
    "Maria Antônia da Conceição de Albuquerque e Ávila dos Santos Guimarães Rosa Filha",
    "😀" * 40,
    "שלום עולם",
    "محمد عبد الله",
    "=?utf-8?q?Ana=0d=0aBcc:_eve@example.com?=",
    'Ana "a boa" \\ Souza',
    "Souza, Ana <eve@example.com>",
    "x" * 300,
    "Ana (em casa); eve@example.com:",
    "毛" * 100,
    "a" * 38 + "é" * 3,
)


def read(**fields: Any) -> PyMail:
    own = {"to": "ana@example.com", "to_name": "Ana", "subject": "Olá", "text": "Olá", "html": "<p>Olá</p>"}
    return parse_email(messages.as_mime(Email(**{**own, "sender_name": "Lojas Aurora", **fields})))


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_names_and_subjects_are_read_as_they_were_meant(number: int) -> None:  # E1, E2
    name = NAMES[number]
    got = read(to_name=name, subject=name, sender_name=name)

    assert got.subject == name
    assert [(one.display_name, one.address) for one in got.to] == [(name, "ana@example.com")]
    assert got.from_ is not None
    assert (got.from_.display_name, got.from_.address) == (name, "pesquisa@aurora.example")
    assert sorted(got.headers) == ["Content-Type", "Date", "From", "MIME-Version", "Subject", "To"]


@given(st.text(max_size=200))
def test_whatever_a_subject_says_is_one_header_that_says_it(text: str) -> None:  # E1
    raw = mime.unstructured(one_line(text))

    assert all(len(line) < 76 for line in raw.split("\r\n")) or raw == one_line(text)
    assert "\n" not in raw.replace("\r\n =?", "")
    assert raw.isascii()


BODIES = (
    "Olá, Ana",
    "ç" * 500,
    "dois \n espaços  \nno fim\t\n",
    ".\n..\n--=_escuta--\n--=_escuta\nFrom x",
    "=3D = =?utf-8?q?x?=",
    "😀 שלום \u2028 x",
    "x" * 5_000,
    "",
)


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_both_parts_are_read_as_they_were_meant(number: int) -> None:
    text = BODIES[number]
    got = read(text=text, html=f"<p>{text}</p>")

    assert [part.replace("\r\n", "\n") for part in got.text_plain] == [text]
    assert [part.replace("\r\n", "\n") for part in got.text_html] == [f"<p>{text}</p>"]
    assert got.attachments == []
    assert got.warnings == []


@given(st.text(alphabet=st.sampled_from("=é😀 \n\t.aZ\u2028\0\r") | st.characters(codec="utf-8"), max_size=400))
def test_whatever_a_text_says_comes_out_of_quoted_printable_again(text: str) -> None:
    raw = mime.quoted(text)

    assert a2b_qp(raw).decode() == text.replace("\r\n", "\n").replace("\r", "\n")
    assert all(len(line) <= 76 and not line.endswith(b" ") for line in raw.split(b"\n"))
    assert raw.isascii()


def test_no_line_is_longer_than_mail_servers_take() -> None:
    raw = messages.as_mime(
        Email(to="ana@example.com", to_name="é" * 300, subject="x" * 899, text="y" * 9_000, html="ç" * 9_000)
    )

    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert raw.isascii()


def test_the_headers_of_our_own_are_read_as_they_were_written() -> None:  # E8, E22
    headers = {
        "List-Unsubscribe": "<https://fala.aurora.example/u/" + "a" * 150 + ">",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    got = read(headers=headers, reply_to="bia@aurora.example", message_id="<key.0@aurora.example>")

    assert {name: got.headers[name] for name in headers} == {name: [value] for name, value in headers.items()}
    assert got.headers["Message-ID"] == ["<key.0@aurora.example>"]
    assert [one.address for one in got.reply_to] == ["bia@aurora.example"]


@pytest.mark.parametrize(
    "value", ["a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\r\n b", "é", "a\0", "\u2028"], ids=range(7)
)
def test_a_header_of_our_own_that_would_be_two_is_an_error(value: str) -> None:  # E1
    with pytest.raises(ValueError, match="X-Test"):
        read(headers={"X-Test": value})


@pytest.mark.parametrize("name", ["X: y", "", "X\r\nBcc", "É"])
def test_a_header_has_a_name(name: str) -> None:  # E1
    with pytest.raises(ValueError):  # noqa: PT011 - the name is the message
        read(headers={name: "x"})


def test_the_date_is_that_of_sending() -> None:
    raw = mime.message(sender="a@example.com", to="b@example.com", subject="x", date=NOON, text="", html="", headers={})

    assert parsedate_to_datetime(str(parse_email(raw).date)) == NOON
