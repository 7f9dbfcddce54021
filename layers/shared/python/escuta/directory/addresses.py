"""E-mail addresses and telephone numbers in their canonical form. Rules: email-validator and phonenumbers."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

from escuta.errors import InvalidError

_SHOWN = 80
_LOCAL = re.compile(r"[A-Za-z0-9_+-]{1,64}(?:\.[A-Za-z0-9_+-]{1,64}){0,9}")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,253}")
_LOCAL_LIMIT, _EMAIL_LIMIT = 64, 254
_SEVERAL = re.compile(r"@.+@|[,;/|]", re.DOTALL)
_PUNCTUATION = str.maketrans("", "", " ()-./\u00a0\u2010\u2011\u2013")
_NOTHING = re.compile(r"(?!)")
_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")


def email(text: str) -> str:
    """Return the address with its domain in lower-case ASCII; InvalidError when it is not exactly one address.

    Nothing is looked up in the DNS. Ordinary ASCII addresses take a short way that agrees with the library.
    """
    if len(text) <= _EMAIL_LIMIT:
        local, _, domain = text.partition("@")
        known = _domain(domain)
        if known and len(local) <= _LOCAL_LIMIT and len(known) <= len(domain) and _LOCAL.fullmatch(local):
            return f"{local}@{known}"
    return _email(text)


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """Return the canonical form of a domain of ordinary letters, "" for others and when it can have no mail."""
    if not _DOMAIN.fullmatch(domain):
        return ""
    try:
        return validate_email(f"a@{domain}", check_deliverability=False, allow_smtputf8=False).ascii_domain
    except EmailNotValidError:
        return ""


def _email(text: str) -> str:
    if _SEVERAL.search(text):
        raise InvalidError("email_several", value=text[:_SHOWN])
    try:
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise InvalidError("email_invalid", value=text[:_SHOWN]) from error
    return f"{valid.ascii_local_part}@{valid.ascii_domain}"


def phone(text: str, country: str) -> str:
    """Return the number in E.164; `country` (ISO 3166) holds for numbers without one. InvalidError when it is none.

    A number that a spreadsheet turned into 1.19999E+10 has lost its digits: it is refused with its own code.
    """
    return _read(_plan(country), text)


def phones(country: str) -> Callable[[str], str]:
    """Return what reads many numbers, as `phone` with this country does."""
    return partial(_read, _plan(country))


def _read(plan: "_Plan", text: str) -> str:
    digits = text.translate(_PUNCTUATION)
    if plan.valid.fullmatch(digits):
        return plan.prefix + digits
    if not _NUMBER.fullmatch(digits):
        code = "phone_scientific" if _SCIENTIFIC.fullmatch(text) else "phone_invalid"
        raise InvalidError(code, value=text[:_SHOWN])
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    national = digits.removeprefix(plan.prefix)
    if len(national) > plan.longest:  # written with the country's code and without the plus sign
        national = national.removeprefix(plan.prefix[1:])
    return plan.prefix + national if plan.valid.fullmatch(national) else _phone(digits, plan.country, text)


class _Plan(NamedTuple):
    """What a number of a country looks like; `valid` fits none where the short way is not sure to agree."""

    country: str
    prefix: str
    valid: re.Pattern[str]  # the digits of a national number that is valid as it stands
    longest: int


@lru_cache(maxsize=32)
def _plan(country: str) -> _Plan:
    """Read the country's numbering plan out of the library's own patterns."""
    plan = PhoneMetadata.metadata_for_region(country, None)
    if plan is None or plan.country_code is None or plan.general_desc is None:
        return _Plan(country, "+", _NOTHING, 0)
    kinds = (plan.fixed_line, plan.mobile, plan.toll_free, plan.voip)
    patterns = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    main = phonenumbers.region_code_for_country_code(plan.country_code) == country
    longest = max(plan.general_desc.possible_length, default=0)
    sure = main and patterns and not plan.leading_digits and longest > 0
    if not sure:
        return _Plan(country, f"+{plan.country_code}", _NOTHING, longest)
    trunk = f"(?!{plan.national_prefix_for_parsing})" if plan.national_prefix_for_parsing else ""
    general = rf"(?=(?:{plan.general_desc.national_number_pattern})\Z)"
    whole = rf"(?=[0-9]{{1,{longest}}}\Z)(?!00){trunk}{general}(?:{'|'.join(patterns)})"
    return _Plan(country, f"+{plan.country_code}", re.compile(whole), longest)


def _phone(digits: str, country: str, text: str) -> str:
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException as error:
        raise InvalidError("phone_invalid", value=text[:_SHOWN]) from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidError("phone_invalid", value=text[:_SHOWN])
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
