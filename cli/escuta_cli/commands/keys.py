"""API keys: their text is shown once, alone on the standard output, and kept nowhere."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.text import Text

from escuta_cli.api import Reply
from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.session import Session, safe

Key = Annotated[str, typer.Argument(help="key", metavar="ID")]


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="key_name", metavar="NAME")],
    scope: Annotated[list[str], typer.Option("--scope", "-s", help="scope", metavar="SCOPE")],
    segment: Annotated[str, typer.Option("--segment", help="key_segment", metavar="CODE")] = "",
    address: Annotated[list[str] | None, typer.Option("--address", help="address", metavar="CIDR")] = None,
    expires: Annotated[str, typer.Option("--expires", help="expires", metavar="TIME")] = "",
    rate: Annotated[int, typer.Option("--rate", help="rate", min=0)] = 0,
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Make a key."""
    run = session(ctx)
    said: dict[str, Any] = {"segment": segment, "addresses": address, "expires_at": expires, "rate": rate}
    body = {"name": name, "scopes": scope} | {each: value for each, value in said.items() if value}
    _show(run, run.api.ask("POST", "keys", body=body))


def rotate(
    ctx: typer.Context,
    key: Key,
    overlap: Annotated[int, typer.Option("--overlap", help="overlap", min=0, metavar="HOURS")] = 24,
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Give a key a new secret."""
    run = session(ctx)
    _show(run, run.api.ask("POST", f"keys/{quote(key, safe='')}/rotate", body={"overlap_hours": overlap}))


def revoke(
    ctx: typer.Context,
    key: Key,
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """End a key for good."""
    run = session(ctx)
    run.show(run.api.ask("DELETE", f"keys/{quote(key, safe='')}").body)


def _show(run: Session, reply: Reply) -> None:
    told = reply.body
    if run.json:
        run.show(told)
        return
    run.out.print(Text(safe(told["key"])), soft_wrap=True)
    run.tell("key_once", "yellow", id=told["id"], name=told["name"])
