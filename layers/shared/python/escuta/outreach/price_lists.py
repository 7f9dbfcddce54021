"""Price lists of SMS as carriers hand them out: AWS's own file as it is, or any table as CSV. Pure.

A country has one price here, what one part costs at most: of several networks, or of several lines, the dearest counts.
"""

import csv
from collections.abc import Mapping
from decimal import ROUND_UP, Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from escuta.errors import InvalidError

AWS = "https://s3.amazonaws.com/aws-messaging-pricing-information/TextMessageOutbound/prices.json"
CURRENCY = "USD"
_TITLES = {"country", "prefix", "price", "currency"}
_STEP = Decimal("0.000001")
_MOST = Decimal(100)
_SHOWN = 64  # characters of a wrong value that are told


class Listed(NamedTuple):
    """The prices of a list, by country; and the countries of which it has none that could be counted on."""

    prices: Mapping[str, str]
    left_out: tuple[str, ...] = ()


class _Network(BaseModel):
    carrierFee: Decimal = Decimal()  # noqa: N815 - as the file has it
    domesticPrice: Decimal  # noqa: N815 - as the file has it


class _Country(BaseModel):
    showInternationalPrices: bool = False  # noqa: N815 - as the file has it
    transactional: list[_Network] = []


class _Prices(BaseModel):
    countryPrices: dict[str, _Country]  # noqa: N815 - as the file has it


class _File(BaseModel):
    SMS: _Prices


def of_aws(text: bytes) -> Listed:
    """Return the prices of the file behind AWS's page of prices, with what carriers charge beside them.

    Left out is a country where the price follows from how a sender is registered, and one that no number belongs to.
    """
    try:
        told = _File.model_validate_json(text).SMS.countryPrices
    except ValidationError as error:
        raise InvalidError("prices_not_aws", field="body") from error
    usable = {
        code: [one.domesticPrice + one.carrierFee for one in country.transactional]
        for code, country in told.items()
        if code in _countries() and country.transactional and not country.showInternationalPrices
    }
    found = {code: _dollars(max(costs)) for code, costs in usable.items() if 0 <= max(costs) < _MOST}
    return Listed(_some(found), tuple(sorted(told.keys() - found.keys())))


def of_table(text: str) -> Listed:
    """Return the prices of a table: `country` (ISO 3166) or `prefix`, `price`, and `currency` where it is said.

    InvalidError for the first line that cannot be read: half a list would pass for a whole one.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    first = lines[0] if lines else ""
    rows = csv.reader(lines, delimiter=";" if ";" in first else ",")
    titles = [title.strip().casefold() for title in next(rows, [])]
    named = set(titles)
    is_place = len(named & {"country", "prefix"}) == 1
    if not is_place or "price" not in named or not named <= _TITLES or len(named) != len(titles):
        raise InvalidError("prices_titles", field="line[1]", what=first[:_SHOWN])
    found: dict[str, Decimal] = {}
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(titles):
            raise InvalidError("prices_columns", field=f"line[{number}]", wanted=len(titles), found=len(row))
        cells = dict(zip(titles, (cell.strip() for cell in row), strict=True))
        country, price = _line(cells, f"line[{number}]", comma=";" in first)
        found[country] = max(price, found.get(country, price))
    return Listed(_some({country: _dollars(price) for country, price in found.items()}))


def _line(cells: Mapping[str, str], place: str, *, comma: bool) -> tuple[str, Decimal]:
    if cells.get("currency", CURRENCY).upper() != CURRENCY:
        raise InvalidError("prices_currency", field=f"{place}.currency", what=cells["currency"][:_SHOWN])
    return _country(cells, place), _price(cells["price"], f"{place}.price", comma=comma)


def _country(cells: Mapping[str, str], place: str) -> str:
    """Return the country of a line; of a prefix that several share, the one that it is known by: +44 is GB."""
    if "prefix" in cells:
        found = _by_prefix().get(cells["prefix"].removeprefix("+"), "")
        if not found:
            raise InvalidError("prices_prefix", field=f"{place}.prefix", what=cells["prefix"][:_SHOWN])
        return found
    found = cells["country"].upper()
    if found not in _countries():
        raise InvalidError("prices_country", field=f"{place}.country", what=cells["country"][:_SHOWN])
    return found


def _price(text: str, place: str, *, comma: bool) -> Decimal:
    try:
        price = Decimal(text.replace(",", ".") if comma else text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not (price.is_finite() and 0 <= price < _MOST and price == price.quantize(_STEP, ROUND_UP)):
        raise InvalidError("prices_price", field=place, what=text[:_SHOWN])
    return price


def _dollars(price: Decimal) -> str:
    return format(price.quantize(_STEP, ROUND_UP).normalize(), "f")


def _some(found: dict[str, str]) -> dict[str, str]:
    if not found:
        raise InvalidError("prices_none", field="body")
    return dict(sorted(found.items()))


@cache
def _countries() -> frozenset[str]:
    import phonenumbers  # noqa: PLC0415 - heavy, and only SMS needs it

    return frozenset(phonenumbers.SUPPORTED_REGIONS)


@cache
def _by_prefix() -> dict[str, str]:
    import phonenumbers  # noqa: PLC0415 - heavy, and only SMS needs it

    some = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    return {str(code): regions[0] for code, regions in some if regions[0] != "001"}  # 001: a network of no country
