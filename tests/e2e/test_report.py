"""The sample file through the SFTP drop: what its report says, and who is written to."""

from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.e2e.album import Album
from tests.e2e.conftest import LetsIn
from tests.e2e.house import House
from tests.e2e.visitor import DESKTOP, fits

ROWS = [
    ("2", "aceita", "", "", "", "C-20001", "Conceição Araújo"),
    ("3", "aceita", "", "", "", "C-20002", "João Antônio Muñoz"),
    ("4", "aceita", "", "", "", "C-20003", "Lucía Fernández"),
    ("5", "aceita", "", "", "", "C-20004", "Emily O'Connor"),
    ("6", "aceita", "", "", "", "C-20005", "Sebastião Gonçalves"),
    ("7", "aceita", "", "", "", "C-20006", "Souza; Filhos Decorações"),
    (
        *("8", "duplicada", "", "A mesma pessoa já está na linha de cliente nº 1 deste arquivo; vale aquela."),
        *("same_person", "C-20001", "Conceição Araújo"),
    ),
    (
        *("9", "recusada", "E-mail", "“angela.brandao@@example.com” não é um endereço de e-mail válido."),
        *("email_invalid", "C-20007", "Ângela Brandão"),
    ),
    (
        *("10", "recusada", "Loja"),
        "Não existe loja com o código “xyz-99”. Corrija o código ou cadastre a loja.",
        *("segment_unknown", "C-20008", "Zoé Magalhães"),
    ),
    (
        *("11", "recusada", "", "A linha tem 3 campos; são esperados 7. Confira os separadores e as aspas."),
        *("ragged", "C-20009", "Íris Quadros"),
    ),
    (
        *("12", "recusada", "Celular"),
        (
            "A planilha transformou o telefone em “1,19999E+10” e perdeu dígitos. Formate a coluna como texto, digite "
            "o número de novo e exporte outra vez."
        ),
        *("phone_scientific", "C-20010", "Antônio Leão"),
    ),
    ("13", "aceita", "", "", "", "C-20011", "'=CMD|'/C calc'!A0"),
]


def test_the_report_says_what_became_of_every_row(house: House, mail: dict[str, Any]) -> None:  # noqa: ARG001 - it was dropped
    titles, *rows = house.report("clientes")

    assert titles == [
        *("escuta: linha", "escuta: resultado", "escuta: coluna", "escuta: motivo", "escuta: código"),
        *("Código do cliente", "Nome", "E-mail", "Celular", "Loja", "Produto", "Idioma"),
    ]
    assert [tuple(row[:7]) for row in rows] == ROWS
    told = house.summary("clientes")
    assert told["totals"] == {"accepted": 7, "updated": 0, "duplicate": 1, "rejected": 4, "skipped": 0}
    assert told["reasons"] == {"email_invalid": 1, "phone_scientific": 1, "ragged": 1, "segment_unknown": 1}


def test_the_rejected_rows_stand_in_a_file_of_their_own(house: House, mail: dict[str, Any]) -> None:  # noqa: ARG001 - it was dropped
    _, *rows = house.rejected("clientes")

    assert [row[5] for row in rows] == ["C-20007", "C-20008", "C-20009", "C-20010"]


def test_everybody_accepted_gets_one_message_in_their_language(mail: dict[str, Any]) -> None:
    assert {to: (message["kind"], message["subject"]) for to, message in mail.items()} == {
        "+5521998761234": ("sms", ""),
        "compras@souzafilhos.example.com": ("email", "Souza, como foi sua visita à loja Belo Horizonte Savassi?"),
        "conceicao.araujo@example.com": ("email", "Conceição, como foi sua visita à loja São Paulo Paulista?"),
        "emily.oconnor@example.com": ("email", "Emily, how was your visit to our Florianópolis Centro store?"),
        "joao.munoz@example.com": ("email", "João, como foi sua visita à loja Rio Copacabana?"),
        "lucia.fernandez@example.com": ("email", "Lucía, ¿cómo fue tu visita a la tienda Porto Alegre Moinhos?"),
        "nadia.formula@example.com": ("email", "=cmd|'/c, como foi sua visita à loja Salvador Barra?"),
    }


def test_the_outbox_shows_every_message_as_its_reader_sees_it(
    house: House, mail: dict[str, Any], person: LetsIn, album: Album
) -> None:
    page = person(screen=DESKTOP).opens(house.running.place.outbox)

    for to, message in mail.items():
        page.goto(f"{house.running.place.outbox}?{urlencode({'to': to})}")  # beside the newest, of which there are many
        _shows(page, to, message)
    page.goto(house.running.place.outbox)
    fits(page)
    page.evaluate("scrollTo(0, 0)")
    album.keep(page, "outbox", DESKTOP)
    album.keep_sheet(page.context, "report", house.report("clientes"))


def _shows(page: Page, to: str, message: dict[str, Any]) -> None:
    article = page.get_by_role("article").filter(has_text=to).filter(has_text=message["subject"])
    article.scroll_into_view_if_needed()
    link = next(word for word in message["text"].split() if "/s/" in word)
    if message["kind"] == "sms":
        expect(article.get_by_role("link", name=link)).to_be_visible()
        return
    expect(article.get_by_role("heading")).to_have_text(message["subject"])
    shown = article.frame_locator("iframe")
    expect(shown.get_by_text(message["subject"].partition(",")[0]).first).to_be_visible()
    assert shown.locator(f'a[href^="{link}"]').count() > 0
    article.get_by_text("O mesmo em texto simples").click()
    expect(article.get_by_role("link", name=link)).to_be_visible()


def test_the_outbox_speaks_three_languages(house: House, person: LetsIn) -> None:
    visitor = person(screen=DESKTOP)
    for language, title in (("pt-BR", "Caixa de saída"), ("en", "Outbox"), ("es", "Bandeja de salida")):
        page = visitor.opens(f"{house.running.place.outbox}?lang={language}")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        fits(page)
