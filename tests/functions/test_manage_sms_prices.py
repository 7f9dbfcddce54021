"""SMS prices of every country, taken in as one list, in place of those that stood."""

import json

import pytest

from escuta.directory.model import Scope
from escuta.outreach import prices, sending_rules
from escuta.outreach.model import RestRule, SendingDraft, SmsRules
from tests.functions.callers import ask, found_company, key

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATH = "/v1/sending-rules/sms-prices"
CSV = {"Content-Type": "text/csv; charset=utf-8"}
ANA, CARLA = "+5511987654321", "+393331234567"


def test_a_table_replaces_the_prices_alone_and_says_of_when_and_from_whom_they_are() -> None:
    before = SendingDraft(rest=(RestRule(name="90 dias", days=90),), sms=SmsRules(hourly=7, prices={"AR": "0.06"}))
    sending_rules.save(before, rev=0, who="Bia")

    stored = ask("PUT", PATH, key(Scope.SENDING_WRITE), raw="country;price\nBR;0,02\nIT;0,07\n", headers=CSV)

    assert (stored.status, stored.headers["ETag"]) == (200, '"2"')
    assert stored.json == {
        "prices": {"BR": "0.02", "IT": "0.07"},
        "priced_as_of": "2026-03-10",
        "priced_by": "",
        "left_out": [],
        "rev": 2,
    }
    rules = sending_rules.current()
    assert (rules.rest[0].days, rules.sms.hourly) == (90, 7)
    assert str(prices.cost(CARLA, 2)) == "0.14"


def test_the_list_of_aws_is_taken_as_it_is_with_its_address() -> None:
    network = {"mcc": "default", "mnc": "default", "name": "All Networks", "carrierFee": 0.001, "domesticPrice": 0.02}
    told = {"SMS": {"countryPrices": {"BR": {"transactional": [network] * 5_000}}}}
    body = json.dumps(told)
    assert len(body) > 500_000

    stored = ask("PUT", PATH, key(), raw=body, query={"as_of": "2026-03-01"})

    assert (stored.status, stored.json["prices"]) == (200, {"BR": "0.021"})
    price = prices.of("BR")
    assert price is not None
    assert (price.as_of, price.source.rpartition("/")[2]) == ("2026-03-01", "prices.json")
    shown = ask("GET", "/v1/sending", key()).json["sms"]["countries"]
    assert shown[0]["price"]["usd"] == "0.021"
    assert shown[0]["price"]["as_of"] == "2026-03-01"


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        ("country,price\nBR,nothing", CSV, 422, "prices_price"),
        ("{}", {}, 422, "prices_not_aws"),
        ("country,price\nBR,1", {"Content-Type": "text/plain"}, 415, "content_not_prices"),
        ("country,price\nBR,1", {**CSV, "Content-Encoding": "gzip"}, 415, "content_not_prices"),
        ("country,price\nBR,\udcff", CSV, 422, "prices_not_utf8"),
    ],
)
def test_a_list_that_cannot_be_read_leaves_the_prices_as_they_were(
    raw: str, headers: dict[str, str], status: int, code: str
) -> None:
    sending_rules.save(SendingDraft(sms=SmsRules(prices={"BR": "0.05"})), rev=0, who="Bia")

    refused = ask("PUT", PATH, key(), raw=raw, headers=headers)

    assert (refused.status, refused.code) == (status, code)
    assert sending_rules.load().sms.prices == {"BR": "0.05"}


def test_a_list_for_rules_that_somebody_changed_meanwhile_is_not_taken() -> None:
    sending_rules.save(SendingDraft(), rev=0, who="Bia")
    stale = ask("PUT", PATH, key(), raw="country,price\nBR,1", headers={**CSV, "If-Match": '"0"'})
    assert (stale.status, stale.code) == (412, "rev_stale")


def test_whoever_is_bound_to_a_part_of_the_hierarchy_sets_no_prices() -> None:
    found_company()
    refused = ask("PUT", PATH, key(Scope.SENDING_WRITE, segment="sul"), raw="country,price\nBR,1", headers=CSV)
    assert (refused.status, refused.code) == (403, "whole_hierarchy_only")
