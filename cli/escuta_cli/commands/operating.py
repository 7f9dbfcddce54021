"""What operators do with a deployed stage. It is done from a clone of Escuta, with the credentials of the account.

This command line is installed alone, too, and knows the API and nothing of what deploys: the clone's own command is
run in a process of its own, where there is one.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from escuta_cli.exits import Exit, StoppedError
from escuta_cli.options import session

_OPERATE = "infra.operate"
Stage = Annotated[str, typer.Option("--stage", "-s", help="stage", metavar="NAME")]
Go = Annotated[bool, typer.Option("--go", help="go")]


def redrive(
    ctx: typer.Context,
    stage: Stage = "",
    go: Go = False,  # noqa: FBT002 - a switch
    queue: Annotated[str, typer.Option("--queue", help="queue", metavar="NAME")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="forget")] = False,  # noqa: FBT002 - a switch
    rate: Annotated[int, typer.Option("--rate", help="moved_rate", min=0, max=500)] = 0,
) -> int:
    """Show what failed and lies aside, and give it another try."""
    return _operate(ctx, "redrive", stage, GO=go, QUEUE=queue, FORGET=forget, RATE=rate)


def restore_drill(
    ctx: typer.Context,
    stage: Stage = "",
    go: Go = False,  # noqa: FBT002 - a switch
    table: Annotated[list[str] | None, typer.Option("--table", help="table", metavar="NAME")] = None,
    at: Annotated[str, typer.Option("--at", help="at", metavar="MOMENT")] = "",
    days: Annotated[int, typer.Option("--days", help="days", min=0)] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="keep")] = False,  # noqa: FBT002 - a switch
    clean: Annotated[bool, typer.Option("--clean", help="clean")] = False,  # noqa: FBT002 - a switch
) -> int:
    """Prove that the tables can be had back."""
    tables = " ".join(table or ())
    return _operate(ctx, "restore-drill", stage, GO=go, TABLES=tables, AT=at, DAYS=days, KEEP=keep, CLEAN=clean)


def _operate(ctx: typer.Context, name: str, stage: str, **said: bool | str | int) -> int:
    """Run the clone's command, whose options are variables, as in its Makefile."""
    clone = _clone()
    if clone is None:
        make = " ".join(["make", name, *([f"STAGE={stage}"] if stage else ())])
        raise StoppedError("no_clone", Exit.REFUSED, command=make)
    told = {option: "1" if value is True else str(value or "") for option, value in said.items()}
    run = session(ctx)
    run.out.file.flush()
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", _OPERATE, name, *([stage] if stage else ())],
        check=False,
        cwd=clone,
        env={**os.environ, **told},
    ).returncode


def _clone() -> Path | None:
    """Return the folder of the clone that this command line runs in; None where it was installed alone."""
    try:
        found = find_spec(_OPERATE)
    except ModuleNotFoundError:
        return None
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parents[2]
