"""What every command has at hand: the environment, the terminal, the language, and whom to ask."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from escuta_cli import words
from escuta_cli.api import Api, RefusedError
from escuta_cli.exits import StoppedError
from escuta_cli.profiles import Profile, chosen

_MOST_COLUMNS = 8
_LAST = ("created_at", "updated_at", "rev")


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
        return Console(file=sys.stdout, highlight=False)

    @cached_property
    def err(self) -> Console:
        """Return where everything else goes, so that a pipe holds results alone."""
        return Console(file=sys.stderr, highlight=False)

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
        self.err.print(Text(self.say(code, **details), style=style), soft_wrap=True)

    def show(self, told: Any) -> None:
        """Print a result: as JSON where that was asked for, else as a person reads it."""
        if self.json:
            self.line(told)
        elif isinstance(told, dict):
            self.out.print(_grid(told))
        else:
            self.out.print(Text(str(told)), soft_wrap=True)

    def line(self, told: Any) -> None:
        """Print JSON: whole on one line in a pipe, readable on a terminal."""
        indent = 2 if self.out.is_terminal else None
        self.out.out(json.dumps(told, ensure_ascii=False, indent=indent), highlight=False)

    def rows(self, items: Iterable[dict[str, Any]]) -> None:
        """Print things under each other: one JSON object a line, or a table."""
        if self.json:
            for item in items:
                self.out.out(json.dumps(item, ensure_ascii=False), highlight=False)
            return
        listed = list(items)
        self.out.print(_table(listed) if listed else Text(self.say("nothing"), style="dim"))

    def refused(self, error: StoppedError) -> int:
        """Say why a command stopped, with what can be done about it; return what the process ends with."""
        if not isinstance(error, RefusedError):
            self.err.print(Text(self.say(error.code, **error.details), style="red"), soft_wrap=True)
            return error.ends
        problem = error.problem
        if self.json:
            self.err.out(json.dumps(problem, ensure_ascii=False), highlight=False)
            return error.ends
        detail = problem.get("detail") or problem.get("title") or problem.get("message") or ""
        self.err.print(Text.assemble((f"{error.status} ", "bold red"), (str(detail), "red")), soft_wrap=True)
        for fault in problem.get("errors", [])[: None if len(problem.get("errors", [])) > 1 else 0]:
            self.err.print(Text(f"  {fault.get('field') or '-'}: {fault.get('detail', '')}"), soft_wrap=True)
        for told in _listed(problem.get("details", {}).get("problems")):
            self.err.print(Text(f"  {told}"), soft_wrap=True)
        facts = [f"{name} {problem[name]}" for name in ("code", "field", "request_id") if problem.get(name)]
        self.err.print(Text("  " + " · ".join(facts), style="dim"), soft_wrap=True)
        return error.ends


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _grid(told: dict[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in told.items():
        grid.add_row(Text(name, style="cyan"), Text(_cell(value)))
    return grid


def _table(items: list[dict[str, Any]]) -> Table:
    """Return a table of what can be said in a cell, what identifies first and what everything has last."""
    names = list(dict.fromkeys(name for item in items for name in item))
    plain = [name for name in names if any(not isinstance(item.get(name), dict | list | None) for item in items)]
    shown = [name for name in plain if name not in _LAST][:_MOST_COLUMNS] or plain[:_MOST_COLUMNS]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in shown:
        table.add_column(name, overflow="fold")
    for item in items:
        table.add_row(*(Text(_cell(item.get(name))) for name in shown))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
