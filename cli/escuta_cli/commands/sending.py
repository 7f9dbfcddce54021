"""A test of a template, to addresses of one's own."""

from typing import Annotated

import typer

from escuta_cli.exits import Exit
from escuta_cli.options import AsJson, AsProfile, session


def send_test(
    ctx: typer.Context,
    survey: Annotated[str, typer.Argument(help="survey", metavar="SURVEY")],
    to: Annotated[list[str], typer.Option("--to", help="to_whom", metavar="ADDRESS")],
    channel: Annotated[str, typer.Option("--channel", "-c", help="channel", metavar="email|sms")] = "email",
    language: Annotated[str, typer.Option("--language", "-l", help="language", metavar="pt-BR|en|es")] = "",
    template: Annotated[str, typer.Option("--template", "-t", help="template", metavar="NAME")] = "",
    reminder: Annotated[bool, typer.Option("--reminder", help="reminder")] = False,  # noqa: FBT002 - a switch
    contact: Annotated[str, typer.Option("--contact", help="contact", metavar="ID")] = "",
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Send a stored template to oneself."""
    run = session(ctx)
    body = {"channel": channel, "language": language or run.language, "name": template, "reminder": reminder}
    answer = run.api.ask("POST", f"surveys/{survey}/templates/test", body={**body, "contact": contact, "to": to})
    items = answer.body["items"]
    run.rows(items)
    if not all(item["sent"] for item in items):
        raise typer.Exit(Exit.REFUSED)
