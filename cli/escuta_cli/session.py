"""What every command has at hand: the environment, the terminal, the language, and whom to ask."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from escuta_cli import words
from escuta_cli.api import Api, RefusedError
from escuta_cli.exits import Exit, StoppedError
from escuta_cli.profiles import Profile, chosen

_MOST_COLUMNS = 8
_LAST = ("created_at", "updated_at", "rev")
_WIDE = 100_000  # columns of what is no terminal: what another program reads is not folded
# What makes a terminal do things, or shows a text in another order than it has: people's words may hold it.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # of these, what JSON leaves as it is


class Screen(Console):
    """A stream, as a person or another program reads it."""

    def __init__(self, stream: IO[str]) -> None:
        """Fold lines on a terminal alone."""
        super().__init__(file=stream, highlight=False, width=None if stream.isatty() else _WIDE)

    def on_broken_pipe(self) -> None:
        """End quietly when nobody reads any more."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere
        raise StoppedError("not_read", Exit.NOT_READ)


@dataclass
class Session:
    """One run of the command."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    transport: httpx.BaseTransport | None = None
    pause: Callable[[float], object] = time.sleep
    profile: str = ""
    json: bool = False

    @cached_property
    def language(self) -> str:
        """Return the language of the terminal."""
        return words.language(self.environment)

    @cached_property
    def out(self) -> Console:
        """Return where results go."""
        return Screen(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """Return where everything else goes, so that a pipe holds results alone."""
        return Screen(sys.stderr)

    @cached_property
    def api(self) -> Api:
        """Return the API of the chosen profile."""
        return self.api_of(chosen(self.environment, self.profile))

    def api_of(self, profile: Profile) -> Api:
        """Return the API at an address, asked with a key."""
        return Api(profile, self.language, transport=self.transport, pause=self.pause)

    def say(self, code: str, **details: Any) -> str:
        """Return the sentence for a code in the language of the terminal."""
        return words.say(self.language, code, **details)

    def tell(self, code: str, style: str = "", **details: Any) -> None:
        """Say something about what goes on; never among the results."""
        self.err.print(Text(safe(self.say(code, **details)), style=style), soft_wrap=True)

    def show(self, told: Any) -> None:
        """Print a result: as JSON where that was asked for, else as a person reads it."""
        if self.json:
            self.line(told)
        elif isinstance(told, dict):
            self.out.print(_grid(told))
        else:
            self.out.print(Text(safe(str(told))), soft_wrap=True)

    def line(self, told: Any) -> None:
        """Print JSON: whole on one line in a pipe, readable on a terminal."""
        indent = 2 if self.out.is_terminal else None
        self.out.out(self.notation(told, indent), highlight=False)

    def rows(self, items: Iterable[dict[str, Any]]) -> None:
        """Print things under each other: one JSON object a line, or a table."""
        if self.json:
            for item in items:
                self.out.out(self.notation(item), highlight=False)
            return
        listed = list(items)
        self.out.print(_table(listed) if listed else Text(self.say("nothing"), style="dim"))

    def notation(self, told: Any, indent: int | None = None) -> str:
        """Return JSON in characters that the output has."""
        plain = "utf" not in (getattr(self.out.file, "encoding", None) or "").lower()
        text = json.dumps(told, ensure_ascii=plain, indent=indent)
        return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

    def refused(self, error: StoppedError) -> int:
        """Say why a command stopped, with what can be done about it; return what the process ends with."""
        if error.ends is Exit.NOT_READ:
            return error.ends
        problem = error.problem if isinstance(error, RefusedError) else None
        if self.json:
            told = problem or {"code": error.code, "detail": self.say(error.code, **error.details)}
            self.err.out(self.notation(told), highlight=False)
        elif problem is None:
            self.tell(error.code, "red", **error.details)
        else:
            self._refused(getattr(error, "status", 0), problem)
        return error.ends

    def _refused(self, status: int, problem: dict[str, Any]) -> None:
        detail = str(problem.get("detail") or problem.get("title") or problem.get("message") or "")
        self.err.print(Text.assemble((f"{status} ", "bold red"), (safe(detail), "red")), soft_wrap=True)
        faults = _listed(problem.get("errors"))
        for fault in faults if len(faults) > 1 else ():
            told = fault if isinstance(fault, dict) else {"detail": fault}
            self.err.print(Text(safe(f"  {told.get('field') or '-'}: {told.get('detail', '')}")), soft_wrap=True)
        details = problem.get("details")
        for told in _listed(details.get("problems") if isinstance(details, dict) else None):
            self.err.print(Text(safe(f"  {told}")), soft_wrap=True)
        facts = [f"{name} {problem[name]}" for name in ("code", "field", "request_id") if problem.get(name)]
        if facts:
            self.err.print(Text(safe("  " + " · ".join(facts)), style="dim"), soft_wrap=True)


def safe(text: str) -> str:
    """Return a text that does nothing to a terminal but stand on it."""
    return _COMMANDS.sub("\ufffd", text)


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _grid(told: dict[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in told.items():
        grid.add_row(Text(safe(name), style="cyan"), Text(_cell(value)))
    return grid


def _table(items: list[dict[str, Any]]) -> Table:
    """Return a table of what can be said in a cell, what identifies first and what everything has last."""
    names = list(dict.fromkeys(name for item in items for name in item))
    plain = [name for name in names if any(not isinstance(item.get(name), dict | list | None) for item in items)]
    shown = [name for name in plain if name not in _LAST][:_MOST_COLUMNS] or plain[:_MOST_COLUMNS]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in shown:
        table.add_column(safe(name), overflow="fold")
    for item in items:
        table.add_row(*(Text(_cell(item.get(name))) for name in shown))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
