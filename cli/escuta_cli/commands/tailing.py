"""Events as they happen."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.session import Session, safe

_EVERY = 2.0  # seconds between two looks where nothing is new


def tail(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option("--type", "-t", help="event_type", metavar="TYPE,...")] = "",
    since: Annotated[datetime | None, typer.Option("--since", help="since")] = None,
    after: Annotated[str, typer.Option("--after", help="after", metavar="CURSOR")] = "",
    follow: Annotated[bool, typer.Option("--follow/--no-follow", "-f/-F", help="follow")] = True,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Print events in their order, from a moment or a cursor on, and go on as they happen."""
    run = session(ctx)
    query: dict[str, Any] = {"type": kind, "limit": 100}
    if since and not after:
        query["since"] = since.astimezone().isoformat()
    place = after
    try:
        while True:
            page = run.api.get("events", **query, **({"after": place} if place else {})).body
            _print(run, page["items"])
            place = page["next"]
            query.pop("since", None)
            if not page["more"]:
                if not follow:
                    break
                run.pause(_EVERY)
    finally:
        if place:
            run.tell("events_next", "dim", cursor=place)


def _print(run: Session, items: list[dict[str, Any]]) -> None:
    for item in items:
        if run.json:
            run.line(item)
        else:
            named = (safe(item["type"]), "bold")
            run.out.print(
                Text.assemble(f"{item['time']}  ", named, f"  {safe(item.get('subject', ''))}"), soft_wrap=True
            )
