"""What answers, invitations and a quiet month cost on AWS."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from escuta_cli.cost.bill import GROUPS, Asked, Bill, reckon
from escuta_cli.cost.tables import Figures, read
from escuta_cli.cost.taking import Channel, Pace
from escuta_cli.options import AsJson, session
from escuta_cli.session import Session, safe

_DECIMAL_POINT = "en"  # the language that has one; the others have a comma
_WHOLE = 100  # from so many on, halves say nothing


def cost(
    ctx: typer.Context,
    responses: Annotated[int, typer.Option("--responses", "-n", help="responses", min=1)] = 1000,
    per_month: Annotated[bool, typer.Option("--per-month", help="per_month")] = False,  # noqa: FBT002 - a switch
    idle: Annotated[bool, typer.Option("--idle", help="idle")] = False,  # noqa: FBT002 - a switch
    channel: Annotated[Channel, typer.Option("--channel", help="asked_by")] = "email",
    pace: Annotated[Pace, typer.Option("--pace", help="pace")] = "alone",
    region: Annotated[str, typer.Option("--region", help="region", metavar="NAME")] = "us-east-1",
    country: Annotated[str, typer.Option("--country", help="country", metavar="XX")] = "US",
    prices: Annotated[str, typer.Option("--prices", help="prices", metavar="FILE")] = "",
    units: Annotated[str, typer.Option("--units", help="units", metavar="FILE")] = "",
    free_tier: Annotated[bool, typer.Option("--free-tier", help="free_tier")] = False,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
) -> None:
    """Reckon a price from measured units and a table of prices. Asks nobody."""
    run = session(ctx)
    measured = read("units", units)
    asked = Asked(
        region=region,
        responses=0 if idle else responses,
        channel=channel,
        pace=pace,
        month=per_month or idle,
        free=free_tier,
        country=country.upper(),
    )
    bill = reckon(asked, read("prices", prices), measured)
    if run.json:
        run.line(_told(bill, measured))
        return
    run.out.print(_drawn(bill, run))
    _remark(bill, measured, run)


def _told(bill: Bill, units: Figures) -> dict[str, Any]:
    return {
        **asdict(bill.asked),
        "currency": "USD",
        "lines": [{**asdict(line), "amount": line.amount} for line in bill.lines],
        "groups": {group: bill.total(group) for group in GROUPS},
        "total": bill.total(),
        "per_1000": _per_1000(bill),
        "measured": units["measured"].text,
        "unsure": list(bill.unsure),
        "assumptions": {name: units["assumptions"][name]["note"].text for name in units["assumptions"].names},
    }


def _per_1000(bill: Bill) -> float | None:
    return bill.total() / bill.asked.responses * 1000 if bill.asked.responses else None


def _drawn(bill: Bill, run: Session) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("service", "unit"):
        table.add_column(run.say(f"cost.{head}"))
    for head in ("quantity", "price", "amount"):
        table.add_column(run.say(f"cost.{head}"), justify="right")
    for group in GROUPS:
        lines = [line for line in bill.lines if line.group == group]
        for line in lines:
            price = f"{_said(line.price, 10, run).rstrip('0').rstrip('.,')} / {_said(line.per, 0, run)}"
            what = run.say(f"cost.unit.{line.unit}")
            cells = (_said(line.quantity, 0 if line.quantity >= _WHOLE else 2, run), price, _said(line.amount, 4, run))
            table.add_row(safe(line.service), what, *cells)
        if lines:
            table.add_row(Text(run.say(f"cost.group.{group}"), style="bold"), "", "", "", _bold(bill.total(group), run))
            table.add_section()
    table.add_row(Text(run.say("cost.total"), style="bold"), "", "", "", _bold(bill.total(), run))
    each = _per_1000(bill)
    if each is not None:
        table.add_row(Text(run.say("cost.per_1000"), style="bold"), "", "", "", _bold(each, run))
    return table


def _bold(amount: float, run: Session) -> Text:
    return Text(_said(amount, 4, run), style="bold")


def _said(number: float, digits: int, run: Session) -> str:
    """Return a number as it is written in the language of the terminal."""
    said = f"{number:,.{digits}f}"
    return said if run.language == _DECIMAL_POINT else said.translate(str.maketrans(",.", ".,"))


def _remark(bill: Bill, units: Figures, run: Session) -> None:
    """Say what the figures rest on."""
    dates = sorted({line.as_of for line in bill.lines})
    run.tell("cost.dates", "dim", measured=units["measured"].text, first=dates[0], last=dates[-1])
    if bill.asked.responses:
        run.tell(f"cost.pace.{bill.asked.pace}", "dim")
    run.tell("cost.free" if bill.asked.free else "cost.not_free", "dim")
    if bill.unsure:
        run.tell("cost.unsure", "yellow", region=bill.asked.region, units=", ".join(bill.unsure))
    run.tell("cost.left_out", "dim")
