"""What messages cost, as far as anybody told: an estimate, never a bill.

The organisation's own price for a country counts first. The few that stand in `prices.json` bear their date and their
source; a country that is in neither has no price, and what is shown says so.
"""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

from escuta.entity import Value
from escuta.outreach import ceilings, sending_rules

EMAIL = Decimal("0.0001")  # US dollars a message: 0.10 for 1,000, aws.amazon.com/ses/pricing


class Price(Value):
    """US dollars for one part of an SMS."""

    usd: Decimal
    as_of: str = ""  # "": of the organisation, which did not say
    source: str = ""


def of(country: str) -> Price | None:
    """Return the price of one part to a country; None when nobody knows."""
    rules = sending_rules.current().sms
    own = rules.prices.get(country)
    if own is None:
        return _known().get(country)
    as_of = rules.priced_as_of.isoformat() if rules.priced_as_of else ""
    return Price(usd=Decimal(own), as_of=as_of, source=rules.priced_by)


def cost(number: str, parts: int) -> Decimal | None:
    """Return what so many parts to this number cost in US dollars, an estimate; None when nobody knows."""
    price = of(ceilings.country_of(number))
    return price.usd * parts if price else None


@cache
def _known() -> dict[str, Price]:
    told = json.loads((Path(__file__).parent / "prices.json").read_text(encoding="utf-8"))
    return {country: Price.model_validate(price) for country, price in told.items()}
