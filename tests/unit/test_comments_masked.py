"""What says who somebody is stands in no comment that is shown; what only looks like it stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.feedback.comments import documents, masked, masking

WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}  # as telephones of the East write them


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Meu CPF é 529.982.247-25", "Meu CPF é [CPF]"),
        ("Meu CPF é 123.456.789-00, digitei errado", "Meu CPF é [CPF], digitei errado"),
        ("Sou a Ana, 52998224725", "Sou a Ana, [CPF]"),
        ("cpf52998224725", "cpf[CPF]"),
        ("cpf: 12345678900", "cpf: [CPF]"),
        ("529982247-25 é meu documento", "[CPF] é meu documento"),
        ("Nota em nome de 11.222.333/0001-81", "Nota em nome de [CNPJ]"),
        ("CNPJ 11222333000181", "CNPJ [CNPJ]"),
        ("CNPJ 12.ABC.345/01DE-35", "CNPJ [CNPJ]"),
        ("RG 12.345.678-X e rg nº 123456789", "RG [RG] e rg nº [RG]"),
        ("Moro no CEP 01310-100", "Moro no CEP [CEP]"),
        ("Me liguem: (11) 98765-4321", "Me liguem: [telefone]"),
        ("Me liguem: +55 (11) 98765-4321 ou 11 3456-7890", "Me liguem: [telefone] ou [telefone]"),
        ("whats 11987654321", "whats [telefone]"),
        ("Liguem 11 9 8765 4321, urgente", "Liguem [telefone], urgente"),
        ("fone 34567890", "fone [telefone]"),
        ("O número é 98765-4321", "O número é [telefone]"),
        ("O número é 1\u200b1 9\u200b8765-4321", "O número é [telefone]"),
        ("O número é " + "98765-4321".translate(WIDE), "O número é [telefone]"),
        ("Cobraram no cartão 4111 1111 1111 1111", "Cobraram no cartão [cartão]"),
        ("Cobraram no 5555-5555-5555-4444 duas vezes", "Cobraram no [cartão] duas vezes"),
        ("Escrevam para ana.souza@example.com.br.", "Escrevam para [e-mail]."),
        ("Escrevam para ana arroba gmail ponto com", "Escrevam para [e-mail]"),
        ("Escrevam para ana @gmail", "Escrevam para [e-mail]"),
        ("Abri https://example.com/r/abcd1234efgh5678 e nada", "Abri [link] e nada"),
        ("Abri https://example.com/conta?cliente=7 e nada", "Abri [link] e nada"),
        ("meucpf52998224725 confere", "meucpf[CPF] confere"),
        ("529·982·247-25 ou 529.982\u00ad.247-25", "[CPF] ou [CPF]"),
        ("Anotem: 5 2 9 9 8 2 2 4 7 2 5", "Anotem: [CPF]"),
        ("Anotem: 1 1 9 8 7 6 5 4 3 2 1", "Anotem: [telefone]"),
        ("11 98765 43 21", "[telefone]"),
        ("11987654321obrigada", "[telefone]obrigada"),
        ("Escrevam para ana\uff20example.com", "Escrevam para [e-mail]"),
        ("Escrevam para ana@\u200bexam\u200bple.com", "Escrevam para [e-mail]"),
        ("Escrevam para ana arroba aurora ponto com ponto br", "Escrevam para [e-mail]"),
        ("Escrevam para ana @ aurora . com . br", "Escrevam para [e-mail]"),
        ("Escrevam para ana[at]aurora[dot]com", "Escrevam para [e-mail]"),
        ("Abri www.example.com/r/abcd1234efgh5678 e nada", "Abri [link] e nada"),
        ("CPF 529.982.247-25 e tel 11 98765-4321 (Ana)", "CPF [CPF] e tel [telefone] (Ana)"),
    ],
)  # fmt: skip
def test_what_says_who_somebody_is_gives_way_to_a_mark(text: str, shown: str) -> None:
    assert masked(text, "pt-BR") == shown


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("Call me at 415-555-2671 please", "en", "Call me at [phone] please"),
        ("Call me on 020 7946 0958", "en", "Call me on [phone]"),
        ("My card is 4111111111111111", "en", "My card is [card]"),
        ("Llámame al 612 34 56 78", "es", "Llámame al [teléfono]"),
        ("Write to ana at gmail dot com", "en", "Write to [e-mail]"),
        ("Mi DNI es 12345678Z", "es", "Mi DNI es [DNI]"),
        ("Mi DNI es 12.345.678-Z", "es", "Mi DNI es [DNI]"),
        ("Mi NIE es X1234567L", "es", "Mi NIE es [DNI]"),
        ("La cuenta es ES91 2100 0418 4502 0005 1332", "es", "La cuenta es [IBAN]"),
        ("Escriban a ana@example.com", "es", "Escriban a [correo]"),
        ("Minha conta é ana@example.com", "es", "Minha conta é [correo]"),
        ("Minha conta é ana@example.com", "", "Minha conta é [e-mail]"),
    ],
)  # fmt: skip
def test_a_mark_is_in_the_language_of_the_reader_or_of_the_text(text: str, language: str, shown: str) -> None:
    assert masked(text, language) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Nota 10! Comprei há 2 anos, voltarei em 2027.",
        "Pedido 1234567 de 12/03/2026 não chegou até 28-10-2026",
        "Pedido 11987654321 não chegou",
        "Protocolo nº 20261122334455",
        "Custou R$ 1.234.567,89 em vez de R$ 199.90 299.90 399.90",
        "R$ 11987654321",
        "Garantia 2019-2020, modelo 4500-220V, 100% algodão 300 fios",
        "Liguei no 0800 123 4567 três vezes",
        "Rastreio BR123456789BR e código 4c2394abfbac7ff59ec7a420918562fa",
        "Nota 35190812345678000195550010000012341000012345",
        "Abri https://example.com/produtos/12 e nada",
        "Abri www.example.com e nada",
        "Custa entre 2000-3000 reais, ou de 2500-3200",
        "Dei 9 8 9 7 10 9 8 6 7 9 9 e 1 2 3 4 5 6 7 8 9 0",
        "Ficamos at the door, dot com é o site",
        "Código 11987654321AB no painel",
        "Esperei das 10:30 às 12:45, 1 2 3 testando",
        "Sigam @lojasaurora, 15 arrobas de boi",
        "De 1.000.000 a 2.000.000 de pontos",
        "7891234567895 é o código de barras",
    ],
)  # fmt: skip
def test_prices_dates_orders_and_other_numbers_stay(text: str) -> None:
    assert masked(text, "pt-BR") == text


BITS = (
    "1|11|9|98765|4321|8765|529|982|247|25|529.982.247-25|4111|0001|2019|01310-100|Z|X1234567L|.|-|/|(|)|+|@|,|:|$|"
    "5 2 9 9 8 2 2 4 7 2 5|www.|(at)|[dot]| ponto |obrigada|12.345.678-Z|tel|fone:|cpf|rg|pedido|ana|@gmail|gmail.com|arroba|https://a.b/|?x=|ES91|2100|0418|[telefone]|[|]|é|_|\n|"
    " | | |\u200b"
)


@given(
    st.lists(st.sampled_from(BITS.split("|")), max_size=24).map("".join),
    st.sampled_from(["", "pt-BR", "en", "es", "fr"]),
)
def test_what_was_masked_once_stays_as_it_is(text: str, language: str) -> None:
    once = masked(text, language)
    assert masked(once, language) == once


@given(st.text(max_size=200))
def test_whatever_is_written_can_be_masked(text: str) -> None:
    assert masked(masked(text, "en"), "en") == masked(text, "en")


@given(st.integers(11, 99), st.integers(0, 99_999_999), st.sampled_from([" {}-{}", "({}) {}", "{}{}", "+55 {} {}"]))
def test_no_digits_of_a_mobile_number_of_brazil_are_left(area: int, number: int, form: str) -> None:
    if area % 10 == 0 or area in {23, 25, 26, 29, 36, 39, 52, 56, 57, 58, 59, 72, 76, 78}:
        return  # no area
    shown = masked("Meu fone: " + form.format(area, f"9{number:08}"), "pt-BR")
    assert not any(letter.isdigit() for letter in shown)


def test_hostile_texts_of_64_kilobytes_are_read_to_their_end() -> None:
    size = 65_536
    for bit in ("1", "a@", "a.", "(", "1.", "tel ", "https://a", "rg ", "arroba "):
        text = (bit * size)[:size]
        assert masked(text, "pt-BR") == text, bit
    assert masked("a" * size + " 11 98765-4321", "pt-BR") == "a" * size + " [telefone]"
    assert masked("11 98765-4321, " * 4000, "pt-BR") == "[telefone], " * 4000
    assert masked("a" * size + "@example.com", "pt-BR") == "[e-mail]"


@pytest.mark.parametrize("number", ["52998224725", "11144477735", "00000000191"])
def test_a_cpf_is_known_by_its_check_digits(number: str) -> None:
    assert documents.is_cpf(number)
    others = [number[:-1] + last for last in "0123456789" if last != number[-1]]
    assert not any(map(documents.is_cpf, others))


def test_eleven_times_the_same_digit_is_no_cpf() -> None:
    assert not any(documents.is_cpf(digit * 11) for digit in "0123456789")


@pytest.mark.parametrize("code", ["11222333000181", "12ABC34501DE35"])
def test_a_cnpj_is_known_by_its_check_digits_with_letters_or_without(code: str) -> None:
    assert documents.is_cnpj(code)
    assert not documents.is_cnpj(code[:-1] + "9")
    assert not documents.is_cnpj("0" * 14)


@pytest.mark.parametrize("number", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"])
def test_a_card_is_known_by_its_check_digit_and_how_it_begins(number: str) -> None:
    assert documents.is_card(number)
    assert not documents.is_card(number[:-1] + "9")
    assert not documents.is_card("9" + number[1:])


def test_an_account_is_known_by_its_check_digits() -> None:
    assert documents.is_iban("DE89370400440532013000")
    assert not documents.is_iban("DE88370400440532013000")


def test_every_mark_that_is_set_is_spoken() -> None:
    assert masking.KINDS == ("card", "cep", "cnpj", "cpf", "dni", "email", "iban", "link", "phone", "rg")
