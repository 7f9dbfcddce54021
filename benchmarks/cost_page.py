"""The tables in docs/cost.md: `python -m benchmarks.cost_page` writes them anew from the units and the prices."""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from escuta_cli import words
from escuta_cli.cost import tables
from escuta_cli.cost.bill import GROUPS, Asked, Bill, reckon
from escuta_cli.cost.tables import Figures
from escuta_cli.cost.taking import Channel, Pace

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
_TABLES = [Path(tables.__file__).parent / f"{name}.json" for name in ("units", "prices")]
_BEGIN, _END = "<!-- {} -->", "<!-- end -->"
_IDLE, _MILLION = 3.0, 30.0  # what we want: US dollars for an idle month, and for a million answers without messages
_FREE = ", less what AWS gives for nothing"

Change = Callable[[Any, Any], None]  # of units and prices


def _bill(units: Any, prices: Any, **asked: Any) -> Bill:
    return reckon(Asked(**asked), Figures("prices.json", prices), Figures("units.json", units))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _grid(heads: Sequence[str], rows: Iterator[Sequence[str]], *, words_first: int = 1) -> str:
    rule = [*["---"] * words_first, *["---:"] * (len(heads) - words_first)]
    return "\n".join([_row(*heads), _row(*rule), *(_row(*row) for row in rows)])


def _usd(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.3f}"


def _met(amount: float, wanted: float) -> str:
    return "met" if amount < wanted else f"**missed** by {_usd(amount - wanted)}"


def _targets(units: Any, prices: Any) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for free in (False, True):
            name = "An idle month" + _FREE * free
            amount = _bill(units, prices, responses=0, free=free).total()
            yield name, _usd(_IDLE), _usd(amount), _met(amount, _IDLE)
        for channel, came in (("link", "a link in the store"), ("email", "an invitation")):
            for pace, how in (("steady", "evenly over a month"), ("together", "a hundred at once")):
                for free in (False, True):
                    bill = _bill(units, prices, responses=1e6, channel=channel, pace=pace, free=free)
                    amount, name = bill.total("answers"), f"1,000,000 answers by {came}, {how}"
                    yield name + _FREE * free, _usd(_MILLION), _usd(amount), _met(amount, _MILLION)

    return _grid(("What", "wanted, USD", "reckoned, USD", ""), rows())


def _answers(units: Any, prices: Any) -> str:
    def rows() -> Iterator[Sequence[str]]:
        asked: tuple[tuple[Channel, Pace], ...] = tuple(
            (channel, pace) for channel in ("link", "email", "sms") for pace in ("alone", "steady", "together")
        )
        for region in ("us-east-1", "eu-west-1", "sa-east-1"):
            for channel, pace in asked:
                for number in (1e3,) if pace == "alone" else (1e6,):
                    bill = _bill(units, prices, responses=number, channel=channel, pace=pace, region=region)
                    sums = (_usd(bill.total(group)) for group in GROUPS if group != "month")
                    yield region, channel, pace, f"{number:,.0f}", *sums, _usd(bill.total())

    heads = ("Region", "Channel", "Pace", "answers", "taking them", "asking people", "messages", "in all, USD")
    return _grid(heads, rows(), words_first=3)


def _lines(bill: Bill, group: str) -> Iterator[Sequence[str]]:
    for line in sorted(bill.lines, key=lambda line: -line.amount):
        if line.group == group and line.amount >= 0.005:  # noqa: PLR2004 - half a cent
            unit = words.say("en", f"cost.unit.{line.unit}")
            yield line.service, unit, f"{line.quantity:,.0f}", f"{line.price:.12g} / {line.per:,.0f}", _usd(line.amount)


_HEADS = ("Service", "what", "how many", "USD each", "USD")


def _month(units: Any, prices: Any) -> str:
    return _grid(_HEADS, _lines(_bill(units, prices, responses=0), "month"), words_first=2)


def _million(units: Any, prices: Any) -> str:
    bill = _bill(units, prices, responses=1e6, channel="email", pace="steady")
    return _grid(_HEADS, _lines(bill, "answers"), words_first=2)


def _asking(units: Any, prices: Any) -> str:
    bill = _bill(units, prices, responses=1e6, channel="email", pace="steady")
    return _grid(_HEADS, _lines(bill, "asking"), words_first=2)


def _no_snapshot(units: Any, _prices: Any) -> None:
    for each in units["standing"]["functions"].values():
        each["snapshot"] = False


def _unbounded(units: Any, _prices: Any) -> None:
    units["standing"]["bounded_queues"] = 0


def _half_the_queues(units: Any, _prices: Any) -> None:
    units["standing"]["queues"] //= 2


def _no_dashboard(units: Any, _prices: Any) -> None:
    units["standing"]["dashboards"] = 0


def _never_saved(units: Any, _prices: Any) -> None:
    units["assumptions"]["drafts"]["value"] = 0


def _no_bus(units: Any, _prices: Any) -> None:
    for part in units["parts"].values():
        for unit in ("events.published", "events.bytes"):
            part["units"].pop(unit, None)


def _small_rows(units: Any, _prices: Any) -> None:
    for part in units["parts"].values():
        if "dynamodb.writes" in part["units"]:
            part["units"]["dynamodb.writes"] = part["writes_of_smaller_rows"]


_FOR_IDLE: tuple[tuple[str, Change], ...] = (
    ('SnapStart for nothing (`snapshots = "off"`)', _no_snapshot),
    ("no bound on the concurrency of the queues' mappings: two long polls in place of five", _unbounded),
    ("no dashboard (three are free in an account)", _no_dashboard),
    ("half as many queues", _half_the_queues),
)
_FOR_MILLION: tuple[tuple[str, Change], ...] = (
    ('SnapStart for nothing (`snapshots = "off"`)', _no_snapshot),
    ("half an answer is never saved with us", _never_saved),
    ("rows 30 % smaller", _small_rows),
    ("events are not put on EventBridge's bus", _no_bus),
)


def _steps(
    units: Any, prices: Any, steps: Sequence[tuple[str, Change]], amounts: Callable[[Any, Any], list[float]]
) -> Iterator[Sequence[str]]:
    """Yield what each step would bring, on top of all before it; those alone that bring something."""
    changed, priced = deepcopy(units), deepcopy(prices)
    before = amounts(changed, priced)
    yield "as it is deployed", *map(_usd, before)
    for name, change in steps:
        change(changed, priced)
        now = amounts(changed, priced)
        if now != before:
            yield name, *map(_usd, now)
        before = now


def _levers_idle(units: Any, prices: Any) -> str:
    def amounts(some: Any, priced: Any) -> list[float]:
        return [_bill(some, priced, responses=0, free=free).total() for free in (False, True)]

    return _grid(("Each on top of those above", "USD", "less the free tier"), _steps(units, prices, _FOR_IDLE, amounts))


def _levers_million(units: Any, prices: Any) -> str:
    asked: tuple[tuple[Channel, Pace], ...] = (
        ("link", "steady"),
        ("link", "together"),
        ("email", "steady"),
        ("email", "together"),
    )

    def amounts(some: Any, priced: Any) -> list[float]:
        bills = [_bill(some, priced, responses=1e6, channel=channel, pace=pace) for channel, pace in asked]
        return [bill.total("answers") for bill in bills] + [bills[-1].total("asking")]

    heads = (
        "Each on top of those above",
        "link, steady",
        "link, together",
        "invited, steady",
        "invited, together",
        "asking",
    )
    return _grid(heads, _steps(units, prices, _FOR_MILLION, amounts))


def _units(units: Any, _prices: Any) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for name, part in units["parts"].items():
            taken, functions = part["units"], part["functions"].values()
            counts = (taken.get(unit, 0) for unit in ("dynamodb.writes", "dynamodb.reads", "sqs.requests"))
            yield f"`{name}`", *(f"{count:,.2f}" for count in counts), f"{sum(each['runs'] for each in functions):.2f}"

    return _grid(("Part", "write units", "read units", "queue requests", "runs"), rows())


def _assumed(units: Any, _prices: Any) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for name, each in units["assumptions"].items():
            value = each["value"]
            said = ", ".join(f"{of} {one}" for of, one in value.items()) if isinstance(value, dict) else str(value)
            yield f"`{name}`", said, each["note"], each["source"]

    return _grid(("Name", "value", "what", "from"), rows(), words_first=4)


TABLES: dict[str, Callable[[Any, Any], str]] = {
    "targets": _targets,
    "answers": _answers,
    "month": _month,
    "million": _million,
    "asking": _asking,
    "levers of an idle month": _levers_idle,
    "levers of a million": _levers_million,
    "units": _units,
    "assumptions": _assumed,
}


def filled(page: str) -> str:
    """Return the page with its tables as they are today."""
    units, prices = (json.loads(path.read_text(encoding="utf-8")) for path in _TABLES)
    for name, drawn in TABLES.items():
        before, begin, rest = page.partition(_BEGIN.format(name))
        _, end, after = rest.partition(_END)
        if not (begin and end):
            raise ValueError(f"{PAGE} has no place for the table {name!r}")
        page = f"{before}{begin}\n{drawn(units, prices)}\n{end}{after}"
    return page


def main() -> None:
    """Write the tables into the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
