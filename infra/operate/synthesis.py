"""The assembly of a stage: what the CDK app makes of it, with the layers built for Lambda."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra import wheels
from infra.cdk.stages import Stage
from infra.local.place import ROOT
from infra.operate.account import StoppedError

BUILT = ROOT / "build" / "stages"


def synthesised(stage: Stage, stages: Path) -> Path:
    """Return the folder of the assembly of a stage, whose file is in `stages`. It is always made anew."""
    wheels.arm64()
    wheels.arm64(wheels.PARQUET)
    made = BUILT / stage.name
    shutil.rmtree(made, ignore_errors=True)
    context = {"stage": stage.name, "stages": str(stages.resolve())}
    done = subprocess.run(
        [sys.executable, "-m", "infra.cdk.app"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(made), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise StoppedError(f"the stage {stage.name} cannot be synthesised:\n{done.stderr.strip()}")
    return made


def bootstrap_needed(assembly: Path) -> int:
    """Return the version of `cdk bootstrap` that the stacks need at least."""
    return max(int(stack.get("requiresBootstrapStackVersion", 0)) for stack in _stacks(assembly))


def templates(assembly: Path) -> Iterator[dict[str, Any]]:
    """Return the template of each stack."""
    for stack in _stacks(assembly):
        yield json.loads((assembly / stack["templateFile"]).read_text())


def _stacks(assembly: Path) -> Iterator[dict[str, Any]]:
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    return (each["properties"] for each in artifacts.values() if each["type"] == "aws:cloudformation:stack")
