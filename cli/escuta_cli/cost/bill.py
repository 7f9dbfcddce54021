"""The price of what is taken, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from escuta_cli.cost.tables import Figures
from escuta_cli.cost.taking import Channel, Company, Pace, Taken
from escuta_cli.exits import Exit, StoppedError

Group = Literal["answers", "asking", "messages", "month"]
GROUPS: tuple[Group, ...] = ("answers", "asking", "messages", "month")
_SMS = "sms.messages"
_LEAST = 1e-12  # of a unit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a price is asked for."""

    region: str = "us-east-1"
    responses: float = 1000.0  # answers; 0: a month in which nobody answers
    channel: Channel = "email"
    pace: Pace = "alone"
    month: bool = False  # what a month costs in any case, too
    free: bool = False  # less what AWS gives to every account for good
    country: str = "US"  # of the telephones of SMS


@dataclass(frozen=True, kw_only=True)
class Line:
    """How many of a unit, and what they cost. `per`: how many the price is for."""

    group: Group
    unit: str
    service: str
    quantity: float
    price: float
    per: float
    as_of: str

    @property
    def amount(self) -> float:
        """Return what it costs, in US dollars."""
        return self.quantity / self.per * self.price


@dataclass(frozen=True, kw_only=True)
class Bill:
    """All lines of what was asked for."""

    asked: Asked
    lines: Sequence[Line]
    unsure: Sequence[str]  # units whose price nobody confirmed for this region

    def total(self, *groups: Group) -> float:
        """Return the sum of these groups, or of all."""
        return sum(line.amount for line in self.lines if not groups or line.group in groups)


def reckon(asked: Asked, prices: Figures, units: Figures) -> Bill:
    """Return the bill. What AWS gives for nothing is taken off the month first, then off what follows."""
    company, regions = Company(units), prices["prices"]["lambda.requests"]["usd"].names
    if asked.region not in regions:
        raise StoppedError("cost_region", Exit.USAGE, region=asked.region, regions=", ".join(regions))
    taken: dict[Group, Taken] = {}
    if asked.month or not asked.responses:
        taken["month"] = company.month(in_use=bool(asked.responses))
    if asked.responses:
        number, channel, pace = asked.responses, asked.channel, asked.pace
        taken["answers"] = company.answers(number, channel, pace)
        taken["asking"] = company.asking(number, channel, pace)
        taken["messages"] = company.messages(number, channel, pace)
    if asked.free:
        _take_off(taken, prices["free"]["units"])
    lines = [
        _line(group, unit, count, asked, prices)
        for group in GROUPS
        for unit, count in sorted(taken.get(group, {}).items())
        if count > _LEAST
    ]
    unsure = prices["unsure"][asked.region].names if asked.region in prices["unsure"] else []
    priced = {line.unit for line in lines}
    return Bill(asked=asked, lines=lines, unsure=[unit for unit in unsure if unit in priced])


def _take_off(taken: dict[Group, Taken], free: Figures) -> None:
    for unit in free.names:
        left = free[unit].number
        for group in taken.values():
            given = min(left, group.get(unit, 0.0))
            left -= given
            if given:
                group.add(unit, -given)


def _line(group: Group, unit: str, count: float, asked: Asked, prices: Figures) -> Line:
    if unit == _SMS:
        known = prices["sms"]
        if asked.country not in known:
            raise StoppedError("cost_country", Exit.USAGE, country=asked.country, countries=", ".join(known.names))
        told, price, per, service = known[asked.country], known[asked.country]["usd"].number, 1.0, "SNS"
    else:
        told = prices["prices"][unit]
        price, per, service = told["usd"][asked.region].number, told["per"].divisor, told["service"].text
    return Line(group=group, unit=unit, service=service, quantity=count, price=price, per=per, as_of=told["as_of"].text)
