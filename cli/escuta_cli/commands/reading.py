"""Any noun of the API: listing it, reading one, and any other call."""

import json as notation
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from escuta_cli import nouns
from escuta_cli.exits import Exit, StoppedError
from escuta_cli.options import AsJson, AsProfile, session

Path_ = Annotated[str, typer.Argument(help="path", metavar="PATH", autocompletion=nouns.starting)]
Query = Annotated[list[str] | None, typer.Option("--query", "-q", help="query", metavar="NAME=VALUE")]
_PAGE = 100


def listing(
    ctx: typer.Context,
    path: Path_,
    query: Query = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="limit", min=0)] = 25,
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """List things, page after page, up to a limit."""
    run = session(ctx)
    asked = pairs(query)
    most = limit or None
    items = run.api.pages(path.strip("/"), **{"limit": min(limit or _PAGE, _PAGE), **asked})
    run.rows(islice(items, most))


def get(
    ctx: typer.Context,
    path: Path_,
    query: Query = None,
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Read one thing; what is no JSON goes to the output as it is."""
    run = session(ctx)
    answer = run.api.get(path.strip("/"), **pairs(query))
    if answer.body is None:
        sys.stdout.buffer.write(answer.content)
    else:
        run.show(answer.body)


def call(
    ctx: typer.Context,
    method: Annotated[str, typer.Argument(help="method", metavar="METHOD")],
    path: Path_,
    data: Annotated[str, typer.Option("--data", "-d", help="data", metavar="JSON|@FILE|-")] = "",
    query: Query = None,
    match: Annotated[str, typer.Option("--if-match", help="match", metavar="ETAG")] = "",
    key: Annotated[str, typer.Option("--idempotency-key", help="idempotency", metavar="TEXT")] = "",
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Make any call of the API."""
    run = session(ctx)
    body = _body(data)
    answer = run.api.ask(method.upper(), path.strip("/"), query=pairs(query), body=body, match=match, key=key)
    if answer.body is not None:
        run.show(answer.body)
    elif answer.content:
        sys.stdout.buffer.write(answer.content)


def pairs(sent: list[str] | None) -> dict[str, str]:
    """Return what was said as NAME=VALUE."""
    found = [each.partition("=") for each in sent or ()]
    wrong = next((name for name, sign, _ in found if not sign), None)
    if wrong is not None:
        raise StoppedError("query_wrong", Exit.USAGE, sent=wrong)
    return {name: value for name, _, value in found}


def _body(data: str) -> Any:
    if not data:
        return None
    try:
        text = sys.stdin.read() if data == "-" else Path(data[1:]).read_text("utf-8") if data[0] == "@" else data
        return notation.loads(text)
    except (OSError, ValueError) as error:
        raise StoppedError("data_wrong", Exit.USAGE, why=error) from error
