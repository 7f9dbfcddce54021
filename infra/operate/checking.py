"""`make checklist`: what an account still lacks before a stage can do all that it is meant to. It only reads."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.operate.account import Account, StoppedError

_COLORS = {"ok": "green", "warning": "yellow", "problem": "red"}


class State(StrEnum):
    """How a check ended. A warning stops nobody, and what could not be looked at is one."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Result(NamedTuple):
    """What a check found, and what to do about it."""

    check: str
    state: State
    found: str
    remedy: str = ""


Check = Callable[[Account], Iterator[Result]]


def ok(check: str, found: str) -> Result:
    """Return that all is well."""
    return Result(check, State.OK, found)


def problem(check: str, found: str, remedy: str) -> Result:
    """Return that something does not work."""
    return Result(check, State.PROBLEM, found, remedy)


def warning(check: str, found: str, remedy: str) -> Result:
    """Return that something is to be looked at."""
    return Result(check, State.WARNING, found, remedy)


def results(account: Account, checks: Mapping[str, Check]) -> Iterator[Result]:
    """Make all checks; what AWS does not let us look at is told under its name, and the others go on."""
    for name, check in checks.items():
        try:
            yield from check(account)
        except ClientError as error:
            yield warning(name, f"could not be checked: {error}", "Ask again with credentials that may read it.")
        except BotoCoreError as error:
            yield warning(name, f"could not be checked: {error}", "Ask again.")
        except StoppedError as stopped:
            yield problem(name, str(stopped), f"make deploy STAGE={account.stage.name}")


def show(screen: Console, found: Sequence[Result], *, as_json: bool) -> int:
    """Print what was found; return 1 when a problem stands."""
    if as_json:
        screen.print(json.dumps([each._asdict() for each in found], indent=2), markup=False, soft_wrap=True)
    else:
        table = Table("", "what", "found", box=None, pad_edge=False)
        for each in found:
            table.add_row(each.state.value, each.check, Text(each.found), style=_COLORS[each.state])
        screen.print(table)
        for each in found:  # apart from the table, whole: they are there to be copied
            if each.remedy:
                screen.print(Text(f"\n{each.check}: {each.found}\n  {each.remedy}"), soft_wrap=True)
    return int(any(each.state is State.PROBLEM for each in found))
