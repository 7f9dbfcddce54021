"""Which numbers in a text are telephones: those that the library knows as one, written as people write one. Pure.

A number without its area is known by its writing alone. Prices, years and dates are none.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_LEAST, _MOST = 8, 15  # digits
_SHORT = 4  # digits of the last group at home
_PAIRS, _MOST_GROUPS = 2, 5  # of a mobile number that is said in pairs
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_YEARS = re.compile(r"(?:19|20)\d\d\D(?:19|20)\d\d")
_ROUND = re.compile(r"\d\d00-\d\d00")  # from a price to another
_HOME = re.compile(r"(?:(?:00)?55)?(?:0(?:\d\d)?)?[1-9]\d(?:9\d{8}|[2-5]\d{7})")
_MOBILE = re.compile(r"[1-9]\d9\d{8}")
_LOCAL = re.compile(r"9\d{4}\D?\d{4}|9\D\d{4}\D?\d{4}|[2-5]\d{3}-\d{4}")
_ABROAD = {  # what can be one at all: asking the library is dear
    "pt-BR": {},
    "en": {"US": re.compile(r"1?[2-9]\d\d[2-9]\d{6}"), "GB": re.compile(r"0[1237]\d{8,9}")},
    "es": {
        "ES": re.compile(r"[6-9]\d{8}"),
        "MX": re.compile(r"[2-9]\d{9}"),
        "AR": re.compile(r"0?(?:11|2|3)\d{8,9}"),
        "CL": re.compile(r"[29]\d{8}"),
        "CO": re.compile(r"3\d{9}|60\d{8}"),
        "PE": re.compile(r"9\d{8}"),
        "UY": re.compile(r"09\d{7}"),
    },
}


def is_one(written: str, groups: Sequence[str], language: str) -> bool:
    """Tell whether digits in these groups, written so, are a telephone to somebody who writes in this language."""
    digits = "".join(groups)
    if not _LEAST <= len(digits) <= _MOST or "/" in written or _THOUSANDS.fullmatch(written):
        return False
    if written.startswith("+"):
        return _is_valid("+" + digits, None)
    if len(groups[-1]) >= _SHORT:
        if _LOCAL.fullmatch(written):
            return not (_YEARS.fullmatch(written) or _ROUND.fullmatch(written))
        if _HOME.fullmatch(digits) and _is_valid(digits, "BR"):
            return True
    if len(groups[-1]) == _PAIRS and len(groups) <= _MOST_GROUPS and is_mobile(digits):
        return True
    abroad = _ABROAD[language].items()
    return len(groups[-1]) > 1 and any(form.fullmatch(digits) and _is_valid(digits, place) for place, form in abroad)


def is_mobile(digits: str) -> bool:
    """Tell whether eleven digits are a mobile number of Brazil with its area."""
    return bool(_MOBILE.fullmatch(digits)) and _is_valid(digits, "BR")


@lru_cache(maxsize=4096)
def _is_valid(digits: str, region: str | None) -> bool:
    import phonenumbers  # noqa: PLC0415 - large, and only who shows comments needs it

    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)
