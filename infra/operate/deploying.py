"""Deploying a stage with the CDK's own command line, and removing what may be removed."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cdk.stages import Stage
from infra.local.place import ROOT
from infra.operate import synthesis, tool
from infra.operate.account import Account, StoppedError

OUTPUTS = ROOT / "build" / "outputs"
_VERSION = "/cdk-bootstrap/hnb659fds/version"
_PLAIN = ("--no-notices", "--version-reporting=false")
_KEPT = (
    "{data} holds tables, buckets, queues and people, and stays: every answer that somebody gave is in it. It is "
    "protected from being removed. To give all of it up, end the protection in CloudFormation, remove the stack "
    "there, and then by hand each table and bucket, which stay even so."
)


def bootstrapped(account: Account) -> int:
    """Return the version of `cdk bootstrap` that the account and region have; 0 when they have none."""
    ssm = account.aws("ssm")
    try:
        return int(ssm.get_parameter(Name=_VERSION)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return 0


def require_bootstrap(account: Account, assembly: Path) -> None:
    """Stop when the account was not prepared for the CDK, or long ago."""
    has, needs = bootstrapped(account), synthesis.bootstrap_needed(assembly)
    if has < needs:
        stage = account.stage
        state = f"by version {has}, and {needs} is needed" if has else "at all"
        raise StoppedError(
            f"{stage.account} in {stage.region} is not prepared for the CDK {state}. Once for each account and region: "
            f"make bootstrap STAGE={stage.name}"
        )


def bootstrap(cdk: Sequence[str], stage: Stage) -> int:
    """Prepare the account and the region of a stage for the CDK."""
    return _run(cdk, "bootstrap", f"aws://{stage.account}/{stage.region}", *_PLAIN)


def diff(cdk: Sequence[str], assembly: Path) -> int:
    """Show what a deployment would change."""
    return _run(cdk, "diff", "--app", assembly, *_PLAIN)


def deploy(cdk: Sequence[str], stage: Stage, assembly: Path) -> Path:
    """Deploy all stacks, and return the file of their outputs.

    Who may do more than before is shown and asked about first, unless the environment says APPROVAL=never (for a
    machine that deploys what people have looked at). The answers of the stage hold, and no earlier ones.
    """
    told = OUTPUTS / f"{stage.name}.json"
    told.parent.mkdir(parents=True, exist_ok=True)
    told.unlink(missing_ok=True)
    approval = os.environ.get("APPROVAL") or "broadening"
    how = ("--require-approval", approval, "--no-previous-parameters", "--outputs-file", told, *_PLAIN)
    ended = _run(cdk, "deploy", "--all", "--app", assembly, *how)
    if ended:
        hint = "" if sys.stdin.isatty() else " Where nobody can be asked, APPROVAL=never deploys what people have seen."
        raise StoppedError(f"{stage.stack} is not deployed: the CDK ended with {ended}, as it says above.{hint}")
    return told


def removable(stage: Stage, wanted: str) -> tuple[str, ...]:
    """Return the stacks that may be removed: of the functions and of the alarms, or what `wanted` names of them."""
    data, functions, watch = f"{stage.stack}-data", stage.stack, f"{stage.stack}-watch"
    if wanted in {"data", data}:
        raise StoppedError(_KEPT.format(data=data))
    known = {"": (watch, functions), "watch": (watch,)}
    if wanted not in known:
        raise StoppedError(f"STACK={wanted} is none that can be removed: leave it out, or say STACK=watch")
    return known[wanted]


def destroy(cdk: Sequence[str], assembly: Path, stacks: Sequence[str], *, go: bool) -> int:
    """Remove stacks; the CDK asks whether somebody is sure unless they said so."""
    sure = ("--force",) if go else ()
    return _run(cdk, "destroy", *stacks, "--exclusively", "--app", assembly, *sure, *_PLAIN)


def read_outputs(told: Path) -> dict[str, str]:
    """Return what the stacks put out for people, by its name without the prefix."""
    stacks: dict[str, dict[str, str]] = json.loads(told.read_text(encoding="utf-8"))
    return {
        name.removeprefix("Out"): value
        for outputs in stacks.values()
        for name, value in outputs.items()
        if name.startswith("Out")
    }


def _run(cdk: Sequence[str], *arguments: str | Path) -> int:
    command = [*cdk, *map(str, arguments)]
    return subprocess.run(command, check=False, cwd=ROOT, env=tool.environment()).returncode  # noqa: S603 - our own arguments
