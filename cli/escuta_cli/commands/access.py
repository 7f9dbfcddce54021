"""Who asks: keeping a profile, and seeing what a key may do."""

import sys
from typing import Annotated

import typer

from escuta_cli import profiles
from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.profiles import Profile


def login(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="url", metavar="URL")] = "",
    profile: Annotated[str, typer.Option("--profile", "-p", help="profile_new", metavar="NAME")] = "default",
) -> None:
    """Ask who the key is, and keep it when it is somebody. A key is never an argument: everybody sees those."""
    run = session(ctx)
    address = url or run.environment.get("ESCUTA_URL") or typer.prompt("URL", err=True)
    key = run.environment.get("ESCUTA_KEY") or _key(run.say("key_prompt"))
    wanted = profiles.checked(Profile(profiles.plain(address), key.strip()))
    me = run.api_of(wanted).get("me").body
    path = profiles.keep(run.environment, profile, wanted)
    run.tell("logged_in", "green", name=me.get("name") or me.get("id") or "-", profile=profile, path=path)


def _key(asked: str) -> str:
    return typer.prompt(asked, hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()


def whoami(ctx: typer.Context, json: AsJson = False, profile: AsProfile = "") -> None:  # noqa: ARG001, FBT002 - read by callbacks
    """Tell who the key is and what it may do."""
    run = session(ctx)
    run.show(run.api.get("me").body)
