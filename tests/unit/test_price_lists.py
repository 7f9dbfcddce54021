"""Price lists of SMS: what is taken out of them, and what they are refused for."""

import json

import pytest

from escuta.errors import InvalidError
from escuta.outreach import price_lists


def network(price: float, fee: float = 0.0, name: str = "All Networks") -> dict[str, object]:
    return {"mcc": "724", "mnc": "010", "name": name, "carrierFee": fee, "domesticPrice": price}


def country(*networks: dict[str, object], international: bool = False) -> dict[str, object]:
    told = {"formatView": "ORIGINAL", "showInternationalPrices": international}
    return {**told, "transactional": networks, "promotional": [network(9.0)]}


def file(**countries: dict[str, object]) -> bytes:
    return json.dumps({"SMS": {"countryPrices": countries}}).encode()


def test_of_the_networks_of_a_country_the_dearest_counts_with_what_the_carrier_charges_beside() -> None:
    listed = price_lists.of_aws(file(BR=country(network(0.02), network(0.0185, 0.003)), US=country(network(0.00581))))

    assert listed == ({"BR": "0.0215", "US": "0.00581"}, ())


def test_a_country_whose_price_follows_from_how_one_is_registered_has_none_here() -> None:
    listed = price_lists.of_aws(
        file(BR=country(network(0.02)), IN=country(network(0.0027), international=True), ZZ=country(network(1.0)))
    )

    assert listed == ({"BR": "0.02"}, ("IN", "ZZ"))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"SMS": {"countryPrices": {"BR": {"transactional": [{}]}}}}', b"\xff"]
)
def test_what_is_not_the_list_of_aws_is_refused_whole(body: bytes) -> None:
    with pytest.raises(InvalidError) as refused:
        price_lists.of_aws(body)
    assert refused.value.code == "prices_not_aws"


@pytest.mark.parametrize("body", [file(), file(BR=country())])
def test_a_list_without_any_price_changes_nothing(body: bytes) -> None:
    with pytest.raises(InvalidError) as refused:
        price_lists.of_aws(body)
    assert refused.value.code == "prices_none"


def test_a_table_may_name_countries_or_prefixes_and_be_one_that_a_spreadsheet_wrote() -> None:
    assert price_lists.of_table("country,price,currency\nBR,0.0215,USD\n\nar, 0.06 ,usd\n").prices == {
        "AR": "0.06",
        "BR": "0.0215",
    }
    told = price_lists.of_table('\ufeffPrefix;"Price"\r\n+55;0,02\r\n44;0,04\r\n55;0,035\r\n351;0\r\n')
    assert told.prices == {"BR": "0.035", "GB": "0.04", "PT": "0"}


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("", "prices_titles", "line[1]"),
        ("country,price,network\nBR,1,Vivo", "prices_titles", "line[1]"),
        ("country,prefix,price\nBR,55,1", "prices_titles", "line[1]"),
        ("price\n1", "prices_titles", "line[1]"),
        ("country,price,price\nBR,1,1", "prices_titles", "line[1]"),
        ("country,price\nBR,1\nAR", "prices_columns", "line[3]"),
        ("country,price\nBR,0,02", "prices_columns", "line[2]"),
        ("country,price\nBrazil,1", "prices_country", "line[2].country"),
        ("country,price\nXX,1", "prices_country", "line[2].country"),
        ("prefix,price\n5511,1", "prices_prefix", "line[2].prefix"),
        ("prefix,price\n870,1", "prices_prefix", "line[2].prefix"),
        ("country,price,currency\nBR,1,BRL", "prices_currency", "line[2].currency"),
        ("country,price\nBR,-1", "prices_price", "line[2].price"),
        ("country,price\nBR,NaN", "prices_price", "line[2].price"),
        ("country,price\nBR,1e99", "prices_price", "line[2].price"),
        ("country,price\nBR,100", "prices_price", "line[2].price"),
        ("country,price\nBR,0.0000001", "prices_price", "line[2].price"),
        ("country,price\nBR,", "prices_price", "line[2].price"),
        ("country,price\n", "prices_none", "body"),
    ],
)
def test_a_table_is_refused_at_the_first_line_that_cannot_be_read(text: str, code: str, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        price_lists.of_table(text)
    assert (refused.value.code, refused.value.details["field"]) == (code, field)
