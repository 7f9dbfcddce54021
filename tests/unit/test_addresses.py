"""Addresses have one form. The short ways agree with the libraries they save."""

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.directory import addresses
from escuta.errors import InvalidError

LOCAL = st.text(alphabet="aZ09._+-'!ç@ ", min_size=1, max_size=8) | st.just("a" * 64) | st.just("a" * 65)
DOMAIN = st.text(alphabet="aZ0.-_ç", min_size=1, max_size=8) | st.sampled_from(
    ["example.com", "Example.COM.br", "gmail.com", "localhost", "x.test", "1.2.3.4", "a.b-", "xn--bcher-kva.example"]
)
COUNTRIES = ("BR", "US", "CA", "MX", "AR", "ES", "PT", "IT", "GB")


def from_library(text: str) -> str:
    try:
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return f"{valid.ascii_local_part}@{valid.ascii_domain}"


def email_or_nothing(text: str) -> str:
    try:
        return addresses.email(text)
    except InvalidError:
        return ""


def phone_or_nothing(text: str, country: str) -> str:
    try:
        return addresses.phone(text, country)
    except InvalidError:
        return ""


def number_from_library(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, country)
    except phonenumbers.NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else ""


@settings(max_examples=400, deadline=None)
@given(LOCAL, DOMAIN)
def test_e2_the_short_way_for_addresses_agrees_with_the_library(local: str, domain: str) -> None:
    text = f"{local}@{domain}".strip()
    assert email_or_nothing(text) == from_library(text)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="0123456789", min_size=count, max_size=count)


@settings(max_examples=1000, deadline=None)
@given(
    st.sampled_from(COUNTRIES),
    st.sampled_from(["", "+", "00", "0", "55", "+55", "+1", "1", "34", "+34", "+54", "549", "90", "119", "219"]),
    st.integers(5, 13).flatmap(digits),
)
def test_m3_the_short_way_for_numbers_agrees_with_the_library(country: str, prefix: str, number: str) -> None:
    text = prefix + number
    assert phone_or_nothing(text, country) == number_from_library(text, country)


@pytest.mark.parametrize("country", COUNTRIES)
def test_m3_example_numbers_of_every_kind_agree(country: str) -> None:
    for kind in phonenumbers.PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(country, kind)
        for style in (0, 1, 2):
            if example is None:
                continue
            text = phonenumbers.format_number(example, style)
            assert phone_or_nothing(text, country) == number_from_library(text, country) != ""


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("(11) 98765-4321", "+5511987654321"),
        ("+55 (11) 9 8765-4321", "+5511987654321"),
        ("5511987654321", "+5511987654321"),
        ("0055 11 98765 4321", "+5511987654321"),
        ("011 98765-4321", "+5511987654321"),
        ("(11) 3333-4444", "+551133334444"),
        ("+34 612 34 56 78", "+34612345678"),
    ],
)
def test_m3_numbers_are_stored_in_one_form(written: str, stored: str) -> None:
    assert addresses.phone(written, "BR") == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1.19999E+10", "phone_scientific"),
        ("1,19999E+10", "phone_scientific"),
        ("1e10", "phone_scientific"),
        ("11987654321.0", "phone_invalid"),
        ("98765-4321", "phone_invalid"),
        ("11 98765-4321 ramal 3", "phone_invalid"),
        ("1-800-FLOWERS", "phone_invalid"),
        ("1234567890123456", "phone_invalid"),
        ("١١٩٨٧٦٥٤٣٢١", "phone_invalid"),
    ],
)
def test_m3_f12_what_is_no_number_is_refused_with_its_reason(written: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        addresses.phone(written, "BR")
    assert (refused.value.code, refused.value.details) == (code, {"value": written})


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ana.Souza@Example.COM", "Ana.Souza@example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("o'connor+tag@example.com", "o'connor+tag@example.com"),
    ],
)
def test_e2_addresses_are_stored_in_one_form(written: str, stored: str) -> None:
    assert addresses.email(written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("a@example.com, evil@example.org", "email_several"),
        ("a@example.com;x@example.org", "email_several"),
        ("a@example.com x@example.org", "email_several"),
        ("a@b@example.com", "email_several"),
        ("Ana <ana@example.com>", "email_invalid"),
        ("ana@@example.com", "email_invalid"),
        ("<ana@example.com>", "email_invalid"),
        ('"ana souza"@example.com', "email_invalid"),
        ("ana@example.com.", "email_invalid"),
        ("ana@localhost", "email_invalid"),
        ("ana@[127.0.0.1]", "email_invalid"),
        ("joão@example.com", "email_invalid"),
        ("a" * 243 + "@example.com", "email_invalid"),
        ("ana", "email_invalid"),
        ("mailto:ana@example.com", "email_invalid"),
    ],
)
def test_e2_what_is_not_exactly_one_address_is_refused(written: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        addresses.email(written)
    assert (refused.value.code, refused.value.details) == (code, {"value": written[:80]})
