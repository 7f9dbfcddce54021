"""`escuta`: the commands, with their words in the language of the terminal."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

import typer
from rich.text import Text

from escuta_cli import words
from escuta_cli.commands import (
    access,
    cost,
    exporting,
    importing,
    keys,
    operating,
    programme,
    reading,
    sending,
    tailing,
)
from escuta_cli.exits import Exit, StoppedError
from escuta_cli.session import Session, safe

_NAME = "escuta"
_HELP: dict[str, Any] = {"context_settings": {"help_option_names": ["-h", "--help"]}}


def built() -> typer.Typer:
    """Return the commands, without words: what stands for help is a code."""
    app = typer.Typer(name=_NAME, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")
    events = typer.Typer(no_args_is_help=True)
    events.command("tail", help="events_tail", **_HELP)(tailing.tail)
    for name, does in (
        ("login", access.login),
        ("whoami", access.whoami),
        ("list", reading.listing),
        ("get", reading.get),
        ("api", reading.call),
        ("import", importing.load),
        ("export", exporting.export),
        ("send-test", sending.send_test),
        ("plan", programme.plan),
        ("apply", programme.apply),
        ("pull", programme.pull),
        ("cost", cost.cost),
        ("redrive", operating.redrive),
        ("restore-drill", operating.restore_drill),
    ):
        app.command(name, help=name.replace("-", "_"), **_HELP)(does)
    of_keys = typer.Typer(no_args_is_help=True)
    of_keys.command("create", help="keys_create", **_HELP)(keys.create)
    of_keys.command("rotate", help="keys_rotate", **_HELP)(keys.rotate)
    of_keys.command("revoke", help="keys_revoke", **_HELP)(keys.revoke)
    app.add_typer(of_keys, name="keys", help="keys", **_HELP)
    app.add_typer(events, name="events", help="events", **_HELP)
    app.callback(help="escuta", **_HELP)(_nothing)
    return app


def _nothing() -> None:
    """Make a group of the commands."""


def run(arguments: Sequence[str], session: Session) -> int:
    """Do what the arguments say; return what the process is to end with."""
    command = typer.main.get_command(built())
    _translate(command, session.language, "command")
    try:
        ended = command.main(args=list(arguments), prog_name=_NAME, standalone_mode=False, obj=session)
    except StoppedError as stopped:
        return session.refused(stopped)
    except (typer.Abort, KeyboardInterrupt):
        return session.refused(StoppedError("interrupted", Exit.INTERRUPTED))
    except typer.TyperException as wrong:
        return _misused(wrong, session, as_json="--json" in arguments)
    except OSError as error:
        place = error.filename or "-"
        return session.refused(StoppedError("system", path=place, why=error.strerror or type(error).__name__))
    return ended if isinstance(ended, int) else Exit.DONE


def _misused(wrong: typer.TyperException, session: Session, *, as_json: bool) -> int:
    if as_json:
        session.err.out(session.notation({"code": "usage", "detail": wrong.format_message()}), highlight=False)
        return Exit.USAGE
    session.err.print(Text(safe(wrong.format_message()), style="red"), soft_wrap=True)
    session.tell("usage", "dim")
    return Exit.USAGE


def _translate(command: Any, language: str, kind: str) -> None:
    """Put words in the place of codes, from the command down to the options of what is below it."""
    if command.help in {name.partition(".")[2] for name in words.catalog(language)}:
        command.help = words.say(language, f"{kind}.{command.help}")
    command.short_help = None
    for option in command.params:
        code = f"option.{getattr(option, 'help', None)}"
        if code in words.catalog(language):
            option.help = words.say(language, code)
    for below in getattr(command, "commands", {}).values():
        _translate(below, language, kind)


def main() -> None:
    """Run the command of this process. A character that the output does not have is none to stop for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:], Session()))
