"""Sending a file, and following it row by row to its report."""

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from escuta_cli.exits import Exit, StoppedError
from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.session import Session

_LOOK = 2.0  # seconds between two looks
_MOST_LOOKS = 300  # without anything new: ten minutes
_UNDER_WAY = frozenset({"registered", "loading"})
_SHOWN = 20  # rejected rows that are told one by one


def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="file", metavar="FILE", exists=True, dir_okay=False, readable=True)],
    folder: Annotated[str, typer.Option("--folder", "-f", help="folder", metavar="NAME")],
    name: Annotated[str, typer.Option("--name", help="file_name", metavar="NAME")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="dry_run")] = False,  # noqa: FBT002 - a switch
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="wait")] = True,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Announce a file, send it, and follow it to its end."""
    run = session(ctx)
    body = {"folder": folder, "name": name or file.name, "dry_run": dry_run}
    upload = run.api.ask("POST", "files", body=body).body
    _send(run, upload, file)
    if not wait:
        run.show({name: upload[name] for name in ("id", "folder", "name")})
        return
    with _bar(run) as bar:
        task = bar.add_task(run.say("import_waiting"), total=None)
        known = _registered(run, upload["id"])
        done = _followed(run, known, bar, task)
    _tell(run, done)


def _send(run: Session, upload: dict[str, Any], file: Path) -> None:
    why = ""
    for tried in range(3):
        try:
            with file.open("rb") as content:
                headers = {**upload["headers"], "Content-Length": str(file.stat().st_size)}
                answer = run.api.plain.request(upload["method"], upload["url"], content=content, headers=headers)
            why = f"{answer.status_code} {answer.reason_phrase}"
            if answer.is_success:
                return
            if answer.is_client_error:
                break
        except httpx.RequestError as error:
            why = type(error).__name__
        run.pause(2.0**tried)
    raise StoppedError("upload_failed", Exit.UNREACHABLE, name=file.name, why=why)


def _registered(run: Session, upload: str) -> str:
    """Return the file that the upload became, once it was noticed."""
    for _ in range(_MOST_LOOKS):
        found: str = run.api.get(f"uploads/{upload}").body["file"]
        if found:
            return found
        run.pause(_LOOK)
    raise StoppedError("import_unnoticed", Exit.UNREACHABLE, upload=upload)


def _followed(run: Session, file: str, bar: Progress, task: Any) -> dict[str, Any]:
    """Return the file as it ended, or as it waits for a person; meanwhile show how far it is."""
    before, looks = None, 0
    while True:
        told: dict[str, Any] = run.api.get(f"files/{file}").body
        progress = told["progress"]
        if told["state"] not in _UNDER_WAY:
            if progress["chunks"]:
                bar.update(task, total=progress["chunks"], completed=progress["done"])
            return told
        words = run.say("import_state", state=run.say(f"state.{told['state']}"), rows=told["rows"])
        bar.update(task, description=words, total=progress["chunks"] or None, completed=progress["done"])
        now = (told["state"], progress["done"])
        before, looks = now, looks + 1 if now == before else 0
        if looks > _MOST_LOOKS:
            raise StoppedError("import_stuck", Exit.UNREACHABLE, file=file)
        run.pause(_LOOK)


def _tell(run: Session, done: dict[str, Any]) -> None:
    """Say how a file ended; the process ends with what a script can decide by."""
    rejected = done["totals"].get("rejected", 0)
    if run.json:
        run.show(done)
    else:
        told = {name: done[name] for name in ("id", "state", "rows")} | done["totals"]
        run.show(told | ({"message": done["message"]} if done["message"] else {}))
    if done["state"] == "done" and not rejected:
        return
    if done["state"] == "done":
        _rows(run, done, rejected)
        raise typer.Exit(Exit.ROWS_REJECTED)
    if done["state"] == "duplicate":
        run.tell("import_duplicate", "yellow", file=done["duplicate_of"])
        return
    if done["state"] == "held":
        run.tell("import_held", "yellow", file=done["id"])
    raise typer.Exit(Exit.REFUSED)


def _rows(run: Session, done: dict[str, Any], rejected: int) -> None:
    if not run.json:
        found = run.api.get(f"files/{done['id']}/rows", outcome="rejected", limit=_SHOWN).body["items"]
        for row in found:
            run.tell("import_row", row=row.get("row", "-"), column=row.get("column") or "-", words=row["message"])
    run.tell("import_rejected", "yellow", rejected=rejected, file=done["id"])


def _bar(run: Session) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=run.err, transient=True, disable=not run.err.is_terminal)
