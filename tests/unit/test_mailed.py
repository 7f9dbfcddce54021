"""What a customer writes in a mail, as the mail programs of this world send it."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from escuta.config import settings
from escuta.feedback.tickets import mailed, replying

TICKET = "a2b3c4d5e6f7g2h3i4j5k6l7m2"
SHOP = "Lojas Aurora <pesquisa@aurora.example>"

REPLIES = {
    "gmail pt": f"Em ter., 10 de mar. de 2026 às 12:30, {SHOP}\nescreveu:\n\n> Ana, desculpe.\n>\n> Bruno\n",
    "gmail pt one line": f"Em ter., 10 de mar. de 2026, 12:30, {SHOP} escreveu:\n\n> Ana, desculpe.\n",
    "gmail en": f"On Tue, Mar 10, 2026 at 12:30 PM {SHOP} wrote:\n\n> Ana, sorry.\n",
    "gmail es": "El mar, 10 mar 2026 a las 12:30, Lojas Aurora (<pesquisa@aurora.example>)\nescribió:\n\n> Perdón.\n",
    "outlook pt": f"________________________________\nDe: {SHOP}\nEnviado: terça-feira, 10 de março de 2026 12:30\n"
    "Para: Ana\nAssunto: Sobre a sua visita\n\nAna, desculpe.\n",
    "outlook es": f"De: {SHOP}\nEnviado el: martes, 10 de marzo de 2026 12:30\nPara: Ana\nAsunto: Visita\n\nPerdón.\n",
    "outlook en": f"From: {SHOP}\nSent: Tuesday, March 10, 2026 12:30 PM\nTo: Ana\nSubject: Your visit\n\nSorry.\n",
    "outlook old": "-----Mensagem original-----\nDe: Lojas Aurora\nData: terça\n\nAna, desculpe.\n",
    "iphone pt": f"Enviado do meu iPhone\n\n> Em 10 de mar. de 2026, à(s) 12:30, {SHOP} escreveu:\n>\n> Desculpe.\n",
    "iphone en": f"Sent from my iPhone\n\n> On Mar 10, 2026, at 12:30 PM, {SHOP} wrote:\n> \n> Ana, sorry.\n",
    "iphone es": f"Enviado desde mi iPhone\n\n> El 10 mar 2026, a la(s) 12:30, {SHOP} escribió:\n> \n> Perdón.\n",
    "nothing quoted": "",
    "signature": "--\nAna Souza\nGerente\n",
}


def mail(body: str = "Chegou, obrigada!", **headers: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    own = {
        "From": "Ana Souza <ana@example.com>",
        "To": replying.address(TICKET),
        "Subject": "Re: Sobre a sua visita",
        "Message-ID": "<CAF1@mail.gmail.com>",
    }
    for name, value in {**own, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        made[name] = value
    made.set_content(body)
    return made


def read(made: EmailMessage | bytes) -> mailed.Mailed:
    return mailed.read(made if isinstance(made, bytes) else made.as_bytes(), "fingerprint")


@pytest.fixture(autouse=True)
def inbound(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the secret comes first
    monkeypatch.setenv("ESCUTA_INBOUND_DOMAIN", "chamados.aurora.example")
    settings.cache_clear()


@pytest.mark.parametrize("program", REPLIES)
def test_what_is_quoted_below_is_left_out(program: str) -> None:
    words = "Ainda não chegou.\n\nFaltam:\n- um pé\n- dois parafusos"

    assert mailed.latest(f"{words}\n\n{REPLIES[program]}") == words


def test_what_is_written_below_and_between_the_quotes_is_kept() -> None:
    text = f"Em 10 de mar. de 2026, {SHOP} escreveu:\n> Chegou?\nNão.\n> Ligamos?\nTambém não."

    assert mailed.latest(text) == "Não.\nTambém não."


@pytest.mark.parametrize(
    "words",
    [
        "Em 10 de março ninguém escreveu: fiquei esperando.",
        "De: um cliente cansado, para: vocês.",
        "On Monday nobody called.",
        "> 10 dias!",
        "- um\n- dois",
    ],
)
def test_words_that_only_look_like_a_quote_stay(words: str) -> None:
    assert mailed.latest(f"{words}\n\nAna") == f"{words}\n\nAna"


def test_a_mail_names_its_ticket_and_its_sender() -> None:
    found = read(mail())

    assert (found.ticket, found.machine, found.sender) == (TICKET, "", "ana@example.com")
    assert (found.name, found.words, found.files) == ("<CAF1@mail.gmail.com>", "Chegou, obrigada!", ())


def test_the_address_is_found_in_capitals_in_a_copy_and_in_the_trace_of_servers() -> None:
    address = replying.address(TICKET)

    assert read(mail(To=address.upper())).ticket == TICKET
    assert read(mail(To="loja@aurora.example", Cc=f"Aurora <{address}>")).ticket == TICKET
    trace = f"Received: from mx by inbound-smtp.example\r\n for <{address}>; Tue, 10 Mar 2026 15:00:00 +0000\r\n"
    assert read(trace.encode() + mail(To="undisclosed-recipients:;").as_bytes()).ticket == TICKET
    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "forged", ["ticket+{0}@chamados.aurora.example", "{1}@outra.example", "{1}x@chamados.aurora.example"]
)
def test_an_address_that_we_did_not_make_names_nothing(forged: str) -> None:
    local = replying.address(TICKET).partition("@")[0]

    assert read(mail(To=forged.format(TICKET + "a" * 26, local))).ticket == ""


@pytest.mark.parametrize(
    ("header", "value", "why"),
    [
        ("Auto-Submitted", "auto-replied", "auto_submitted"),
        ("Precedence", "bulk", "precedence"),
        ("X-Autoreply", "yes", "header"),
        ("List-Id", "<news.example>", "header"),
        ("Return-Path", "<>", "no_return"),
        ("From", "MAILER-DAEMON@mx.example", "daemon"),
        ("From", "Lojas Aurora <pesquisa@aurora.example>", "ourselves"),
        ("From", "x@chamados.aurora.example", "ourselves"),
        ("X-SES-Virus-Verdict", "FAIL", "verdict"),
    ],
)
def test_what_no_person_wrote_is_seen(header: str, value: str, why: str) -> None:
    made = mail()
    del made[header]
    made[header] = value

    assert read(made).machine == why


def test_a_person_who_says_so_is_a_person() -> None:
    assert read(mail(Auto_Submitted="no")).machine == ""


@pytest.mark.parametrize(
    ("charset", "said"), [("utf-8", "us-ascii"), ("cp1252", "utf-8"), ("latin-1", "x-unknown"), ("utf-16", "utf-16")]
)
def test_a_charset_that_lies_costs_no_letter(charset: str, said: str) -> None:
    head = (
        f"From: Ana <ana@example.com>\r\nTo: {replying.address(TICKET)}\r\nContent-Type: text/plain; charset={said}\r\n"
    )
    raw = f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n".encode() + "Não chegou à loja".encode(charset)

    assert read(raw).words == "Não chegou à loja"


def test_html_alone_is_read_as_text() -> None:
    made = mail()
    made.set_content(
        "<html><head><title>Re</title><style>p{color:red}</style></head><body><p>Não &amp; não.</p>"
        "<div>Ana<br>Souza</div>"
        '<div class="gmail_quote">Em ter., 10 de mar. de 2026 às 12:30, Lojas Aurora escreveu:<br>'
        "<blockquote><p>Ana, desculpe.</p></blockquote></div><script>alert(1)</script></body></html>",
        subtype="html",
    )

    assert read(made).words == "Não & não.\n\nAna\nSouza"


def test_attachments_are_named_and_not_kept() -> None:
    made = mail()
    made.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="nota ção.jpg")

    assert (read(made).words, read(made).files) == ("Chegou, obrigada!", ("nota ção.jpg",))


def test_no_more_than_64_kilobytes_of_words_are_kept() -> None:
    found = mailed.latest("á" * 200_000)

    assert len(found.encode()) <= 64 * 1024
    assert found.endswith("á…")


@pytest.mark.parametrize(
    "hostile",
    [
        "On " + "a " * 100_000,
        " \n" * 100_000,
        "> \n" * 60_000 + "x",
        "De: x\n" * 40_000,
        "On 1\n" * 50_000,
        "\x00" * 1000,
    ],
    ids=["line", "blank", "quotes", "from", "on", "zero"],
)
def test_nothing_that_is_sent_takes_long(hostile: str) -> None:
    """Each of these takes milliseconds; what were quadratic would not end within the time of the suite."""
    assert isinstance(mailed.latest(hostile), str)


def test_what_is_no_mail_answers_nothing() -> None:
    assert read(b"").ticket == ""
    assert read(bytes(range(256)) * 10).ticket == ""


def test_words_between_pictures_are_all_kept_and_a_mail_that_is_attached_is_not_read() -> None:
    made = mail("Chegou assim:")
    made.add_attachment(b"png", maintype="image", subtype="png", filename="foto.png", disposition="inline")
    made.add_attachment("E falta um pé.", disposition="inline")
    made.add_attachment("notas", filename="notas.txt", disposition="inline")
    forwarded = EmailMessage(policy=SMTP)
    forwarded.set_content("Outra conversa.")
    made.add_attachment(forwarded)

    found = read(made)

    assert found.words == "Chegou assim:\n\nE falta um pé."
    assert found.files == ("foto.png", "notas.txt")
