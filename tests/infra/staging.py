"""Stages of the tests: the example that operators copy, and one with everything that can be switched on."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "stages" / "example.toml"
_ON: dict[str, dict[str, Any]] = {
    "shield": {"mode": "block"},
    "watching": {"alarms": "all", "traces": True},
    "sftp": {"on": True, "host": "sftp.aurora.example"},
    "data": {
        "insights": True,
        "warm_reads": 15000,
        "warm_writes": 6000,
        "copies_to": "arn:aws:backup:us-east-1:444455556666:backup-vault:elsewhere",
    },
}


def full() -> str:
    """Return the example with every switch on, as TOML."""
    return _changed(_ON)


def apart() -> str:
    """Return the example without a web ACL, so that respondents have an API of their own, and with two names."""
    return _changed({"shield": {"mode": "off"}, "address": {"console": "cx.aurora.example"}})


def _changed(switches: dict[str, dict[str, Any]]) -> str:
    said = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    for part, changed in switches.items():
        said[part] |= changed
    plain = {name: value for name, value in said.items() if not isinstance(value, dict)}
    parts = {name: value for name, value in said.items() if isinstance(value, dict)}
    return "\n".join([_lines(plain), *(f"[{name}]\n{_lines(part)}" for name, part in parts.items())])


def _lines(part: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in part.items())


def synthesised(folder: Path, stages: Path, stage: str = "full", **context: str) -> None:
    """Write the assembly of a stage into a folder, in a process of its own that knows no credentials."""
    asked = {"stage": stage, "stages": str(stages), **context}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run(
        [sys.executable, "-m", "infra.cdk.app"],
        cwd=ROOT,
        env={**kept, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(asked)},
        check=True,
        capture_output=True,
    )
