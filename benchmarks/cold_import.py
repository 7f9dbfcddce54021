"""Cold import of every function against a bare DynamoDB client, byte-compiled, a fresh process each."""

import compileall
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.measure import ROUNDS, Ratio
from infra.cdk.function import ALWAYS

BASE = "import boto3; boto3.client('dynamodb')"
HANDLERS = (
    "respond.app",
    "manage.app",
    "console.app",
    "authorize.app",
    "importer.register",
    "importer.load",
    "distribute.plan",
    "distribute.deliver",
    "distribute.feedback",
    "metering.app",
    "ticketing.app",
    "ticketing.alert",
)


def ratios() -> Iterator[Ratio]:
    """Yield one ratio a function: processor time of its start against that of a bare client."""
    root = Path(__file__).parents[1]
    for source in ("layers/shared/python", "functions"):
        compileall.compile_dir(root / source, quiet=2)
    for handler in HANDLERS:
        pairs = [(_start(f"import {handler}"), _start(BASE)) for _ in range(ROUNDS)]
        ours, bare = median(a for a, _ in pairs) * 1000, median(b for _, b in pairs) * 1000
        yield Ratio(f"cold import {handler}", ours, bare, median(a / b for a, b in pairs), "start")


def _start(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", **ALWAYS}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)  # noqa: S603 - our own code
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
