"""Numbers, amounts, yes and no, choices: one canonical form each, and nothing guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.directory import values
from escuta.directory.model import AlertChannel, Consent, CustomField, FieldType
from escuta.errors import InvalidError


def tried(text: str) -> Decimal | InvalidError:
    try:
        return values.number(text)
    except InvalidError as error:
        return error


@pytest.mark.parametrize(
    ("text", "decimal", "meant"),
    [
        ("1234", "", "1234"),
        ("-12", "", "-12"),
        ("12,5", "", "12.5"),
        ("12.5", "", "12.5"),
        ("1.234,56", "", "1234.56"),
        ("1,234.56", "", "1234.56"),
        ("1.234.567", "", "1234567"),
        ("1 234 567,8", "", "1234567.8"),
        ("0.123", "", "0.123"),
        ("0,123", "", "0.123"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1234.567", "", "1234.567"),
    ],
)
def test_a_number_is_read_in_the_one_way_there_is(text: str, decimal: str, meant: str) -> None:
    assert values.number(text, decimal) == Decimal(meant)


@pytest.mark.parametrize(
    ("text", "decimal", "code"),
    [
        ("1.234", "", "number_ambiguous"),
        ("-12,345", "", "number_ambiguous"),
        ("", "", "number_invalid"),
        ("1,2,3", "", "number_invalid"),
        ("1.2345,6", "", "number_invalid"),
        ("12.5", ",", "number_invalid"),
        ("1e5", "", "number_invalid"),
        ("NaN", "", "number_invalid"),
        ("٣", "", "number_invalid"),
        ("9" * 19, "", "number_invalid"),
    ],
)
def test_what_is_no_number_or_two_is_refused(text: str, decimal: str, code: str) -> None:
    with pytest.raises(InvalidError) as invalid:
        values.number(text, decimal)
    assert invalid.value.code == code


def test_an_ambiguous_number_is_refused_with_its_two_readings() -> None:
    with pytest.raises(InvalidError) as invalid:
        values.number("1.234")
    assert invalid.value.details == {"value": "1.234", "one": "1.234", "two": "1234"}


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2) | st.decimals(min_value=-999, max_value=999, places=3),
    st.sampled_from([",", "."]),
    st.booleans(),
)
def test_a_number_is_read_as_it_was_written_or_refused(value: Decimal, sign: str, grouped: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    written = (f"{value:,f}" if grouped else f"{value:f}").translate(str.maketrans(",.", ".," if sign == "," else ",."))
    assert values.number(written, sign) == value
    found = tried(written)
    if isinstance(found, InvalidError):
        readings = {Decimal(found.details["one"]), Decimal(found.details["two"])}
        assert (found.code, value in readings) == ("number_ambiguous", True)
    else:
        assert found == value


@pytest.mark.parametrize(
    ("text", "decimal", "meant"),
    [
        ("129,9", "", ("129.90", "")),
        ("129.90", "", ("129.90", "")),
        ("1234.56", ".", ("1234.56", "")),
        ("0012.90", "", ("12.90", "")),
        ("R$ 1.234,90", "", ("1234.90", "BRL")),
        ("US$1,234.90", "", ("1234.90", "USD")),
        ("1.234,90 €", "", ("1234.90", "EUR")),
        ("$ 15", "", ("15.00", "")),
        ("150 reais", "", ("150.00", "BRL")),
        ("MXN 12.5", "", ("12.50", "MXN")),
        ("-3,125", ",", ("-3.125", "")),
    ],
)
def test_an_amount_keeps_its_decimals_and_names_its_currency(text: str, decimal: str, meant: tuple[str, str]) -> None:
    assert values.amount(text, decimal) == meant


@pytest.mark.parametrize(
    ("text", "decimal", "code"),
    [
        ("R$ 10 USD", "", "number_invalid"),
        ("10 clams", "", "currency_unknown"),
        ("free", "", "number_invalid"),
        ("129.90", ",", "number_invalid"),
    ],
)
def test_an_amount_that_is_none_is_refused(text: str, decimal: str, code: str) -> None:
    with pytest.raises(InvalidError) as invalid:
        values.amount(text, decimal)
    assert invalid.value.code == code


@pytest.mark.parametrize(
    ("definition", "text", "meant"),
    [
        (None, " = any text", " = any text"),
        (CustomField(name="x", type=FieldType.NUMBER), "1.234,50", "1234.5"),
        (CustomField(name="x", type=FieldType.NUMBER), "-0,00", "0"),
        (CustomField(name="x", type=FieldType.DATE), "25/12/2026", "2026-12-25"),
        (CustomField(name="x", type=FieldType.DATETIME), "2026-12-25 10:00", "2026-12-25T13:00:00+00:00"),
        (CustomField(name="x", type=FieldType.BOOLEAN), "Não", "false"),
        (CustomField(name="x", type=FieldType.BOOLEAN), "Sí", "true"),
        (CustomField(name="x", type=FieldType.CHOICE, choices=("Ouro", "Prata")), "OURO", "Ouro"),
        (CustomField(name="x", type=FieldType.CHOICE, choices=("a", "A")), "A", "A"),
    ],
)
def test_a_custom_field_has_one_form(definition: CustomField | None, text: str, meant: str) -> None:
    assert values.read(definition, text, zone="America/Sao_Paulo") == meant


@pytest.mark.parametrize(
    ("definition", "text", "code"),
    [
        (CustomField(name="x", type=FieldType.NUMBER), "many", "number_invalid"),
        (CustomField(name="x", type=FieldType.DATE), "03/04/2026", "date_two_ways"),
        (CustomField(name="x", type=FieldType.BOOLEAN), "maybe", "boolean_unknown"),
        (CustomField(name="x", type=FieldType.CHOICE, choices=("Ouro",)), "Bronze", "choice_unknown"),
        (CustomField(name="x", type=FieldType.CHOICE, choices=("Sim", "SIM")), "sim", "choice_unknown"),
    ],
)
def test_a_custom_field_refuses_what_its_type_cannot_be(definition: CustomField, text: str, code: str) -> None:
    with pytest.raises(InvalidError) as invalid:
        values.read(definition, text)
    assert invalid.value.code == code


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("Sim", Consent.CONSENT),
        ("opt-in", Consent.CONSENT),
        ("Legítimo Interesse", Consent.LEGITIMATE_INTEREST),
        ("ejecución de contrato", Consent.CONTRACT),
        ("legal obligation", Consent.LEGAL_OBLIGATION),
        ("NÃO", Consent.DENIED),
        ("revogado", Consent.DENIED),
        ("denied", Consent.DENIED),
    ],
)
def test_consent_is_known_by_its_words(text: str, basis: Consent) -> None:
    assert values.consent(text) is basis


def test_a_basis_that_nobody_understands_is_refused() -> None:
    with pytest.raises(InvalidError) as invalid:
        values.consent("talvez")
    assert (invalid.value.code, invalid.value.details) == ("consent_unknown", {"value": "talvez"})


@pytest.mark.parametrize("basis", list(Consent))
def test_a_basis_is_known_by_its_own_name(basis: Consent) -> None:
    assert values.consent(basis) is basis


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Descadastro", "unsubscribe"),
        ("marcado como spam", "complaint"),
        ("Hard bounce", "bounce"),
        ("PARAR", "stop"),
        ("bloqueado", "manual"),
        ("saudade", "unsubscribe"),
    ],
)
def test_whoever_is_on_a_list_of_the_closed_is_left_in_peace_whatever_it_is_called(text: str, why: str) -> None:
    assert values.reason(text) == why


def test_lists_in_a_cell_are_read_one_by_one() -> None:
    assert values.channels("E-mail; SMS") == (AlertChannel.EMAIL, AlertChannel.SMS)
    assert values.languages("pt, Inglês | es") == ("pt-BR", "en", "es")
    with pytest.raises(InvalidError) as invalid:
        values.channels("pombo")
    assert invalid.value.code == "channel_unknown"


@pytest.mark.parametrize(("text", "code"), [("Brasil", "BR"), ("br", "BR"), ("España", "ES"), ("United States", "US")])
def test_a_country_is_known_by_code_and_by_name(text: str, code: str) -> None:
    assert values.country(text) == code


def test_a_country_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidError) as invalid:
        values.country("Wakanda")
    assert invalid.value.code == "country_unknown"


def test_what_is_out_of_use_is_told_by_either_question() -> None:
    assert [values.retired(text) for text in ("sim", "Inativa", "ativa", "não")] == [True, True, False, False]
    assert [values.retired_by_status(text) for text in ("sim", "Inativa", "ativa", "não")] == [False, True, False, True]
