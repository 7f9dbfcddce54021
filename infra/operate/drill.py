"""`make restore-drill`: proves that the tables can be had back, beside those that work, and touches none of these."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table as Shown
from rich.text import Text

from escuta.config import variable
from escuta.entity import Table
from infra.local.place import ROOT
from infra.operate import comparing, restoring
from infra.operate.account import Account, StoppedError

REPORTS = ROOT / "build" / "drills"
DAYS = 30  # that are recounted
_RATE = 2000.0  # read units a second that a walk over a working table takes at most
_UNIT = 8192  # bytes that one read unit reads, when it need not be the very latest
_RESTORE, _MILLION = 0.15, 0.125  # US dollars a GB restored, and a million read units, in us-east-1
_GB = 1024**3
Recount = Callable[[Mapping[str, str], int, int], dict[str, Any]]


class Asked(NamedTuple):
    """What somebody wants of a drill."""

    tables: tuple[Table, ...]
    at_time: datetime | None
    go: bool
    keep: bool


def asked() -> Asked:
    """Read it from the environment: TABLES, AT, GO, KEEP."""
    names = os.environ.get("TABLES", "").lower().split()
    at_time = os.environ.get("AT")
    try:
        tables = tuple(map(Table, names)) or tuple(Table)
        moment = datetime.fromisoformat(at_time) if at_time else None
    except ValueError as error:
        raise StoppedError(f"{error}: TABLES={' '.join(Table)}, AT=2026-03-10T15:00:00Z") from None
    if moment and not moment.tzinfo:
        raise StoppedError(f"AT={at_time}: with its time zone, such as 2026-03-10T15:00:00Z")
    return Asked(tables, moment, os.environ.get("GO") == "1", os.environ.get("KEEP") == "1")


def run(account: Account, screen: Console, wanted: Asked, recount: Recount) -> int:
    """Restore, compare, recount, report, remove. Return 1 when what came back is not what was there."""
    if left := restoring.left(account):
        raise StoppedError(f"Tables of a drill are there still: {', '.join(left)}. CLEAN=1 GO=1 removes them.")
    found = restoring.sources(account, wanted.tables)
    at_time = restoring.moment(found, wanted.at_time)
    screen.print(Text(_price(found, at_time)))
    if not wanted.go:
        screen.print("Nothing was done. GO=1 does it.")
        return 0
    try:
        made = restoring.restore(account, found, at_time)
        screen.print(f"Restoring {', '.join(made.values())}: from twenty minutes to hours.")
        restoring.wait(account, list(made.values()))
        report = _report(account, found, made, at_time, recount)
    finally:
        if not wanted.keep:
            _remove(account, screen)
    told = _write(account, report)
    _show(screen, report)
    screen.print(f"The report: {told}" + (f". Kept: {', '.join(made.values())}" if wanted.keep else ""), style="dim")
    return 0 if report["holds"] else 1


def clean(account: Account, screen: Console, *, go: bool) -> int:
    """Remove what a drill that was killed has left."""
    if not go:
        screen.print(f"Tables of drills, which GO=1 removes: {', '.join(restoring.left(account)) or 'none'}")
        return 0
    busy = _remove(account, screen)
    screen.print("Nothing of a drill is left." if not busy else "The others are removed.")
    return int(bool(busy))


def _remove(account: Account, screen: Console) -> list[str]:
    """Remove all tables of drills; return those that AWS is still restoring, which it does not remove."""
    busy = restoring.remove(account, restoring.left(account))
    if busy:
        names = ", ".join(busy)
        screen.print(f"AWS is still restoring {names}. Later remove them, they cost: CLEAN=1 GO=1", style="yellow")
    return busy


def by_itself(account: Account) -> Recount:
    """Return the recount in a process of its own, with the settings of the stage's functions."""

    def ask(tables: Mapping[str, str], days: int, until: int) -> dict[str, Any]:
        told = account.aws("lambda").get_function_configuration(FunctionName=f"{account.stage.stack}-manage")
        credentials = account.session.get_credentials()
        if credentials is None:
            raise StoppedError("there are no credentials of AWS any more")
        keys = credentials.get_frozen_credentials()
        environment = {
            **os.environ,
            **told["Environment"]["Variables"],
            **tables,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_DEFAULT_REGION": account.region,
            **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}),
            **({"AWS_ENDPOINT_URL": account.endpoint} if account.endpoint else {}),
        }
        command = [sys.executable, "-m", "infra.operate.recount", str(days), str(until)]
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise StoppedError(f"the recount failed:\n{done.stderr.strip()[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


def _price(found: Mapping[Table, restoring.Source], at_time: datetime) -> str:
    size = sum(each.size for each in found.values())
    units = 4 * size / _UNIT
    dollars = size / _GB * _RESTORE + units / 1_000_000 * _MILLION
    names = ", ".join(each.name for each in found.values())
    return (
        f"To be restored as of {at_time.isoformat()}: {names}.\n"
        f"{size / _GB:.2f} GB, and at most {units:,.0f} read units to compare: up to {dollars:.2f} US dollars at the "
        "prices of us-east-1 (elsewhere up to twice as much), and what the tables cost while they stand."
    )


def _report(
    account: Account,
    found: Mapping[Table, restoring.Source],
    made: Mapping[Table, str],
    at_time: datetime,
    recount: Recount,
) -> dict[str, Any]:
    client = account.aws("dynamodb")
    compared = {
        table: comparing.compare(
            comparing.Walk(client, found[table].name, rate=_RATE), comparing.Walk(client, name, rate=_RATE), at_time
        )
        for table, name in made.items()
    }
    settings = {variable(f"{table}_table"): name for table, name in made.items()}
    recounted = recount(settings, _days(), int(at_time.timestamp())) if Table.FEEDBACK in made else None
    return {
        "stage": account.stage.name,
        "at": at_time.isoformat(),
        "tables": {table.value: {"restored_as": made[table], **each._asdict()} for table, each in compared.items()},
        "recount": recounted,
        "holds": all(each.holds for each in compared.values()) and not (recounted or {}).get("drift"),
    }


def _days() -> int:
    said = os.environ.get("DAYS") or str(DAYS)
    if not said.isdecimal():
        raise StoppedError(f"DAYS={said}: how many days are recounted")
    return int(said)


def _write(account: Account, report: Mapping[str, Any]) -> Path:
    REPORTS.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    told = REPORTS / f"{account.stage.name or 'local'}-{stamp}.json"
    told.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return told


def _show(screen: Console, report: Mapping[str, Any]) -> None:
    columns = ("restored", "newer", "changed", "gone", "unexplained", "missing", "wrong")
    table = Shown("table", *columns, box=None, pad_edge=False)
    for name, each in report["tables"].items():
        numbers = (sum(each["restored"].values()), *(each[column] for column in columns[1:5]))
        table.add_row(name, *map(str, numbers), *(str(len(each[column])) for column in columns[5:]))
    screen.print(table)
    for name, each in report["tables"].items():
        for what in ("missing", "wrong"):
            for key in each[what]:
                screen.print(Text(f"{name}: {what}: {key}", style="red"))
    if told := report["recount"]:
        counted = f"{told['days']} days, {told['answers']} answers, drift {told['drift']}"
        screen.print(Text(f"Recounted on the restored tables: {counted}", style="red" if told["drift"] else ""))
    else:
        screen.print("Not recounted: feedback is not among the tables.")
    screen.print("What came back is what was there." if report["holds"] else "What came back is NOT what was there.")
