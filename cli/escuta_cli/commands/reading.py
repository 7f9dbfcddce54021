"""Any noun of the API: listing it, reading one, and any other call."""

import json as notation
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import typer

from escuta_cli import nouns
from escuta_cli.api import RefusedError, Reply
from escuta_cli.exits import Exit, StoppedError
from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.session import Session

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
    try:
        items = _begun(run.api.pages(place(path), **{"limit": min(limit or _PAGE, _PAGE), **asked}))
    except RefusedError as refused:  # some lists have shorter pages, or none
        if refused.problem.get("field") != "limit" or "limit" in asked:
            raise
        items = run.api.pages(place(path), **asked)
    run.rows(islice(items, limit or None))


def get(
    ctx: typer.Context,
    path: Path_,
    query: Query = None,
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Read one thing; what is no JSON goes to the output as it is."""
    run = session(ctx)
    answer = run.api.get(place(path), **pairs(query))
    _shown(run, answer)


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
    answer = run.api.ask(method.upper(), place(path), query=pairs(query), body=body, match=match, key=key)
    _shown(run, answer)


def _shown(run: Session, answer: Reply) -> None:
    if answer.told is not None:
        run.show(answer.told)
    elif answer.content:
        sys.stdout.buffer.write(answer.content)
        sys.stdout.flush()


def place(path: str) -> str:
    """Return a path below /v1, also when it was copied whole. A filter in it would be lost: it has its own option."""
    if "?" in path or "#" in path:
        raise StoppedError("path_query", Exit.USAGE, path=path)
    return path.strip("/").removeprefix("v1/")


def _begun(items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return the items after the first page was asked for, so that a refusal of it is known now."""
    first = list(islice(items, 1))
    return chain(first, items)


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
