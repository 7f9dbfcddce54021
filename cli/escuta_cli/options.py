"""Options that many commands have. Their help is a code, which `app` replaces by words."""

from typing import Annotated

import typer

from escuta_cli.session import Session


def _json(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 - typer hands it over so
    if value:
        session(ctx).json = True
    return value


def _profile(ctx: typer.Context, value: str) -> str:
    if value:
        session(ctx).profile = value
    return value


def session(ctx: typer.Context) -> Session:
    """Return what this run has at hand."""
    found: Session = ctx.find_root().obj
    return found


AsJson = Annotated[bool, typer.Option("--json", help="json", callback=_json, expose_value=True)]
AsProfile = Annotated[str, typer.Option("--profile", "-p", help="profile", callback=_profile, metavar="NAME")]
