"""The programme as code: what is to be done, doing it, and writing what stands into files."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from escuta_cli.exits import Exit, StoppedError
from escuta_cli.options import AsJson, AsProfile, session
from escuta_cli.programme import doing, folder, planning
from escuta_cli.programme.planning import Act, Difference, Plan, Step
from escuta_cli.programme.special import KINDS
from escuta_cli.session import Session, safe

Folder = Annotated[Path, typer.Argument(help="programme", metavar="FOLDER", file_okay=False)]
Prune = Annotated[bool, typer.Option("--prune", help="prune")]
_SIGNS = {Act.CREATE: ("+", "green"), Act.CHANGE: ("~", "yellow"), Act.DELETE: ("-", "red")}
_LONGEST = 70  # characters of a value that are shown
_MOST = 40  # places of a thing that are shown


def plan(
    ctx: typer.Context,
    programme: Folder,
    prune: Prune = False,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Show what differs; nothing is written."""
    run = session(ctx)
    made = _planned(run, programme, prune=prune)
    _show(run, made)
    raise typer.Exit(Exit.DIFFERENT if made.steps else Exit.DONE)


def apply(
    ctx: typer.Context,
    programme: Folder,
    prune: Prune = False,  # noqa: FBT002 - a switch
    yes: Annotated[bool, typer.Option("--yes", "-y", help="yes")] = False,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Make it so, after having shown and asked."""
    run = session(ctx)
    made = _planned(run, programme, prune=prune)
    if not run.json:
        _show(run, made)
    missing = planning.lacking(made, run.api.get("me").body["scopes"]) if made.steps else []
    if missing:
        raise StoppedError("scopes_missing", Exit.NO_ACCESS, scopes=", ".join(missing))
    if made.steps and not yes:
        typer.confirm(run.say("apply_sure"), abort=True, err=True)
    done = 0
    for step, told in doing.make(run.api, made):
        done += 1
        _done(run, step, told)
    left = _planned(run, programme, prune=prune) if made.steps else made
    run.tell("applied", "green", done=done)
    if left.steps:
        run.tell("kept_differently", "yellow")
        _show(run, left)
        raise typer.Exit(Exit.DIFFERENT)
    if run.json and not made.steps:
        run.show(_told(made))


def pull(
    ctx: typer.Context,
    programme: Folder,
    only: Annotated[list[str] | None, typer.Option("--only", help="only", metavar="KIND")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="prune_files")] = False,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: ARG001, FBT002 - read by its callback
    profile: AsProfile = "",  # noqa: ARG001 - read by its callback
) -> None:
    """Write what stands into the folder."""
    run = session(ctx)
    names = {kind.name for kind in KINDS}
    if not names.issuperset(only or ()):
        raise StoppedError("kind_unknown", Exit.USAGE, known=", ".join(sorted(names)))
    kinds = [kind for kind in KINDS if not only or kind.name in only]
    _everywhere(run)
    found = planning.standing(run.api, kinds)
    values = {kind: [each.value for each in found[kind].values() if not each.rests] for kind in kinds}
    done: dict[str, list[str]] = {"wrote": [], "same": [], "removed": [], "alone": []}
    for what, file in folder.write(programme, values, prune=prune):
        done[what].append(str(file.relative_to(programme)))
    if run.json:
        run.show(done)
        return
    for what in ("wrote", "removed", "alone"):
        for name in done[what]:
            run.out.print(Text(safe(f"{run.say(f'pull_{what}')} {name}")), soft_wrap=True)
    run.tell("pulled", "green", wrote=len(done["wrote"]), same=len(done["same"]))


def _planned(run: Session, programme: Path, *, prune: bool) -> Plan:
    said = folder.read(programme, run.language)
    _everywhere(run)
    return planning.plan(said, planning.standing(run.api, said), prune=prune)


def _everywhere(run: Session) -> None:
    """Refuse a key that sees a part of the company: the rest would look as if it were not there."""
    places = run.api.get("me").body["segments"]
    if places:
        raise StoppedError("programme_bound", Exit.NO_ACCESS, segments=", ".join(places))


def _show(run: Session, made: Plan) -> None:
    if run.json:
        run.show(_told(made))
        return
    for step in made.steps:
        sign, color = _SIGNS[step.act]
        run.out.print(Text(safe(f"{sign} {step.kind.name} {step.name}"), style=color), soft_wrap=True)
        for each in step.differences[:_MOST]:
            run.out.print(_line(each, fixed=each.place.partition(".")[0] in step.hindered), soft_wrap=True)
        if len(step.differences) > _MOST:
            run.out.print(Text(f"    … {len(step.differences) - _MOST}", style="dim"))
        if step.hindered:
            places = ", ".join(step.hindered)
            words = run.say("programme_fixed", kind=step.kind.name, name=step.name, places=places)
            run.out.print(Text(safe(f"    {words}"), style="red"), soft_wrap=True)
    for kind, name in made.extra:
        run.out.print(Text(safe(f"  {run.say('plan_extra', kind=kind, name=name)}"), style="dim"), soft_wrap=True)
    counts = {act.value: sum(step.act is act for step in made.steps) for act in Act}
    run.tell("plan_sum" if made.steps else "plan_none", "bold", **counts)


def _line(each: Difference, *, fixed: bool) -> Text:
    return Text.assemble(
        ("    ", ""),
        (safe(each.place), "red" if fixed else "cyan"),
        (": ", ""),
        (_short(each.before), "dim"),
        (" → ", ""),
        (_short(each.after), ""),
    )


def _short(value: Any) -> str:
    text = "∅" if value is None else str(value).replace("\n", "⏎")
    return safe(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _told(made: Plan) -> dict[str, Any]:
    steps = [
        {
            "act": step.act.value,
            "kind": step.kind.name,
            "name": step.name,
            "changes": [each._asdict() for each in step.differences],
            "hindered": list(step.hindered),
        }
        for step in made.steps
    ]
    return {"differs": bool(made.steps), "steps": steps, "extra": [{"kind": k, "name": n} for k, n in made.extra]}


def _done(run: Session, step: Step, told: Any) -> None:
    secret = told.get("secret") if isinstance(told, dict) else None
    if run.json:
        shown = {"act": step.act.value, "kind": step.kind.name, "name": step.name}
        run.line(shown | ({"secret": secret} if secret else {}))
        return
    sign, color = _SIGNS[step.act]
    run.err.print(Text(safe(f"{sign} {step.kind.name} {step.name}"), style=color), soft_wrap=True)
    if secret:
        run.tell("secret_once", "yellow", name=step.name)
        run.out.print(Text(secret), soft_wrap=True)
