"""What SMS may cost at most, and where to."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from escuta import clock, table
from escuta.outreach import ceilings, prices
from escuta.outreach.model import SendingRules, SmsRules
from tests.conftest import NOON, forget
from tests.kit import faults, world

ANA, BRUNO, CARLA = "+5511988880000", "+5521987654321", "+351912345678"
KEIKO = "+819012345678"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:
    """The store and the clock come first."""


def rules(**fields: Any) -> None:
    table.put(SendingRules(sms=SmsRules(**fields)))
    forget()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (ANA, ""),
        (CARLA, "country_not_allowed"),
        ("+12025550123", "country_not_allowed"),
        ("+881612345678", "country_not_allowed"),  # a satellite's
        ("+979123456789", "country_not_allowed"),  # international premium rate
        ("+99999", "country_not_allowed"),
        ("no number", "country_not_allowed"),
        ("+55900312345", "number_premium"),
        ("+5540041234", "number_premium"),  # who calls shares the cost
    ],
)
def test_m9_by_default_sms_go_to_the_own_country_alone_and_never_to_dear_numbers(number: str, reason: str) -> None:
    assert ceilings.take(number, 1) == reason


def test_m9_other_countries_must_be_named_and_the_own_one_then_too() -> None:
    rules(countries=("PT",))

    assert (ceilings.take(CARLA, 1), ceilings.take(ANA, 1)) == ("", "country_not_allowed")


def test_m9_a_flood_ends_at_the_ceiling_of_the_hour_and_goes_on_in_the_next() -> None:
    rules(hourly=5)

    assert [ceilings.take(ANA, 2) for _ in range(4)] == ["", "", "sms_hourly", "sms_hourly"]
    assert ceilings.take(BRUNO, 1) == ""  # what still fits
    assert ceilings.until("sms_hourly") == NOON + timedelta(hours=1)
    with clock.at(NOON + timedelta(hours=1)):
        assert ceilings.take(ANA, 2) == ""


def test_the_ceiling_of_the_day_ends_with_the_day_of_the_organisation() -> None:
    rules(daily=3)
    assert [ceilings.take(ANA, 2), ceilings.take(ANA, 2)] == ["", "sms_daily"]

    assert ceilings.until("sms_daily").isoformat() == "2026-03-11T03:00:00+00:00"
    with clock.at(ceilings.until("sms_daily")):
        assert ceilings.take(ANA, 2) == ""


def test_a_country_may_have_a_ceiling_of_its_own() -> None:
    rules(countries=("BR", "PT"), daily_of={"PT": 2})

    assert [ceilings.take(CARLA, 2), ceilings.take(CARLA, 1), ceilings.take(ANA, 9)] == ["", "sms_daily_of_country", ""]


def test_m9_a_reached_ceiling_is_told_once_in_its_window() -> None:
    rules(hourly=1)

    for _ in range(3):
        ceilings.take(ANA, 2)

    assert ceilings.today().reached == ("sms_hourly@2026-03-10T15",)


def test_a_group_is_counted_in_one_write() -> None:
    rules(hourly=3)

    with faults.recording() as calls:
        assert ceilings.take_all([(ANA, 2), (KEIKO, 1), (BRUNO, 2), (BRUNO, 1)]) == [
            *("", "country_not_allowed", "sms_hourly", "")
        ]

    assert [call.operation for call in calls].count("PutItem") == 1
    assert ceilings.today().parts == 3


def test_two_workers_that_read_the_same_count_both() -> None:
    ceilings.take(ANA, 1)
    known = ceilings.today()

    ceilings.take(BRUNO, 1)
    with patch.object(ceilings, "today", side_effect=[known, ceilings.today()]), patch("time.sleep"):
        ceilings.take(ANA, 1)

    assert ceilings.today().parts == 3


def test_a_fault_at_any_call_lets_no_message_out_uncounted() -> None:
    passed: list[str] = []

    def prepare() -> None:
        rules(hourly=4)
        passed.clear()

    def act() -> None:
        passed.extend(ceilings.take_all([(ANA, 1), (BRUNO, 1)]))

    def view() -> world.Snapshot:
        return {("outreach", "day", ""): {"all counted": ceilings.today().parts >= passed.count("")}}

    assert faults.survey_of_faults(prepare, act, recover=lambda: None, view=view) == []


def test_a_price_is_what_the_organisation_says_else_what_is_known_else_nothing() -> None:
    rules(countries=("BR", "JP"), prices={"BR": "0.035"})

    assert prices.cost(ANA, 2) == Decimal("0.070")
    assert prices.cost(KEIKO, 2) == Decimal("0.14902")
    assert prices.cost(CARLA, 1) is None
    assert prices.cost("no number", 1) is None


def test_every_known_price_bears_its_date_and_its_source() -> None:
    known = prices._known()  # noqa: SLF001 - the list itself is what must bear them

    assert known
    assert all(price.source and price.as_of >= "2024" and price.usd > 0 for price in known.values())


@pytest.mark.parametrize("price", ["-1", "abc", "NaN", "1e3", "100", "0.1234567", ""])
def test_a_price_that_is_none_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match="prices"):
        SmsRules(prices={"BR": price})
