"""Ordering an export, waiting for it, and fetching what it made."""

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from escuta_cli.exits import Exit, StoppedError
from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.session import Session

_LOOK = 2.0  # seconds between two looks
_MOST_LOOKS = 1_800  # an hour
_UNDER_WAY = frozenset({"queued", "running"})
_CHUNK = 1 << 16
_TRIES = 3


def export(  # noqa: PLR0913, PLR0917 - typer calls it by name
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="what", metavar="WHAT")],
    form: Annotated[str, typer.Option("--format", help="format", metavar="csv|xlsx|...")] = "csv",
    survey: Annotated[str, typer.Option("--survey", help="survey", metavar="ID")] = "",
    deployment: Annotated[str, typer.Option("--deployment", help="deployment", metavar="ID")] = "",
    segment: Annotated[str, typer.Option("--segment", help="segment", metavar="CODE")] = "",
    first: Annotated[str, typer.Option("--from", help="from", metavar="YYYY-MM-DD")] = "",
    last: Annotated[str, typer.Option("--to", help="to", metavar="YYYY-MM-DD")] = "",
    personal: Annotated[bool, typer.Option("--personal", help="personal")] = False,  # noqa: FBT002 - a switch
    output: Annotated[Path | None, typer.Option("--output", "-o", help="output", metavar="FILE")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="wait")] = True,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Order an export, and fetch it once it is done."""
    run = session(ctx)
    if output is not None and not output.parent.is_dir():  # to be known before an hour's work, not after it
        raise StoppedError("no_folder", Exit.USAGE, path=output.parent)
    said = {"what": what, "format": form, "survey": survey, "deployment": deployment, "segment": segment}
    said |= {"from": first, "to": last}
    body = {name: value for name, value in said.items() if value} | ({"personal": True} if personal else {})
    ordered = run.api.ask("POST", "exports", body=body).body
    if not wait:
        run.show(ordered)
        return
    done = _done(run, ordered)
    if output is None:
        run.show(done if run.json else {"id": done["id"], "link": done["link"]})
        return
    size = _fetch(run, done["link"], output)
    run.tell("exported", "green", path=output, size=size)
    if run.json:
        run.show(done)


def _done(run: Session, ordered: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ordered
    for _ in range(_MOST_LOOKS):
        found = run.api.get(f"exports/{ordered['id']}").body
        if found["state"] not in _UNDER_WAY:
            break
        run.pause(_LOOK)
    else:
        raise StoppedError("export_slow", Exit.UNREACHABLE, id=ordered["id"])
    if found["state"] != "done":
        raise StoppedError("export_failed", state=found["state"], why=found["message"] or "-")
    return found


def _fetch(run: Session, link: str, output: Path) -> int:
    """Write the file whole or not at all, for its owner alone: there are people in it. Return its bytes."""
    unfinished = output.with_name(f".{output.name}.part")
    try:
        for tried in range(_TRIES):
            try:
                size = _read(run, link, unfinished)
                break
            except httpx.HTTPError as error:
                if tried == _TRIES - 1 or isinstance(error, httpx.HTTPStatusError):
                    why = type(error).__name__  # its words hold the link, which opens the file for anybody
                    raise StoppedError("export_unfetched", Exit.UNREACHABLE, path=output, why=why) from error
                run.pause(2.0**tried)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def _read(run: Session, link: str, file: Path) -> int:
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    with run.api.plain.stream("GET", link) as answer, file.open("wb") as written:
        answer.raise_for_status()
        for part in answer.iter_bytes(_CHUNK):
            written.write(part)
    return file.stat().st_size
