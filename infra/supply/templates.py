"""What checkov finds in the templates. It has packages of its own, apart from ours, which it would hold back.

Every finding fails, but for those that are accepted below with their reason. One that is accepted and no longer found
fails, too, so that the list says what is so.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from uv import find_uv_bin

from infra.local import assembly
from infra.supply.locks import ROOT

LOCK = Path(__file__).with_name("checkov.lock")
_HOME = ROOT / "build" / "checkov"
_SECONDS = 120


class Finding(NamedTuple):
    """A check that a resource does not pass."""

    check: str
    resource: str
    about: str


class Accepted(NamedTuple):
    """Why a check may fail, and of which resources: a pattern of their types and names."""

    reason: str
    of: str = ".*"


_OWN_KEY = "AWS's key by default; a stage with `own_key` has its own, at a dollar a month and by the call"
ACCEPTED: Mapping[str, Accepted] = {
    "CKV_AWS_18": Accepted("a log of the bucket of logs would log itself", r"AWS::S3::Bucket\.FilesAccessLog.*"),
    "CKV_AWS_26": Accepted(
        "SES, carriers and CloudWatch publish, which AWS's own key for topics does not allow", r"AWS::SNS::Topic\..*"
    ),
    "CKV_AWS_27": Accepted("SQS encrypts by itself (SqsManagedSseEnabled), of which this check knows nothing"),
    "CKV_AWS_59": Accepted(
        "surveys are for everybody, the console asks by itself who comes, and a test knows each route"
    ),
    "CKV_AWS_73": Accepted("traces cost by the request: a stage switches them on"),
    "CKV_AWS_111": Accepted(
        "a message to a telephone has no resource that could be named; test_permissions reviews every grant",
        r"AWS::IAM::Policy\.(Manage|Console|ImporterClose|Distribute|Ticketing)\w+",
    ),
    "CKV_AWS_116": Accepted("calls that nobody waits for have a destination for failures, and the others a queue's"),
    "CKV_AWS_117": Accepted("functions ask AWS and webhooks alone; a VPC costs by the hour and protects nothing here"),
    "CKV_AWS_119": Accepted(_OWN_KEY),
    "CKV_AWS_120": Accepted("no answer may be kept by the gateway: it is of one person"),
    "CKV_AWS_149": Accepted(_OWN_KEY),
    "CKV_AWS_158": Accepted("AWS encrypts logs, and no personal data is in them"),
    "CKV_AWS_173": Accepted("no secret is in the environment of a function, but names alone"),
}


def findings(reports: Any) -> tuple[Finding, ...]:
    """Read what checkov wrote."""
    every = reports if isinstance(reports, list) else [reports]
    return tuple(
        sorted(
            Finding(each["check_id"], each["resource"], each["check_name"])
            for report in every
            for each in report["results"]["failed_checks"]
        )
    )


def judged(found: Iterable[Finding], accepted: Mapping[str, Accepted]) -> list[str]:
    """Return what fails, in words: what is not accepted, and what is accepted in vain."""
    used, wrong = set(), []
    for each in found:
        entry = accepted.get(each.check)
        if entry is not None and re.fullmatch(entry.of, each.resource):
            used.add(each.check)
        else:
            wrong.append(f"{each.resource}: {each.check} ({each.about})")
    return wrong + [f"{check} is accepted and not found" for check in accepted if check not in used]


def _tool() -> Path | None:
    """Return checkov, installed if its list changed; None where there is no network to install it from."""
    stamp, wanted = _HOME / "lock.sha256", sha256(LOCK.read_bytes()).hexdigest()
    tool = _HOME / "bin" / "checkov"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return tool
    shutil.rmtree(_HOME, ignore_errors=True)
    python = ("--python", str(_HOME / "bin" / "python"))
    for command in (("venv", "--python", sys.executable, _HOME), ("pip", "sync", *python, "--require-hashes", LOCK)):
        done = subprocess.run(  # noqa: S603 - our own arguments
            [find_uv_bin(), *map(str, command)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            print("audit: checkov cannot be installed:", (done.stderr.strip() or "no word").splitlines()[-1][:160])  # noqa: T201
            return None
    stamp.write_text(wanted, encoding="utf-8")
    return tool


def main() -> int:
    """Have the templates looked at, print what was found, and return the status of the command."""
    tool = _tool()
    if tool is None:
        print("audit: NOT ASKED. The templates were not looked at by checkov.")  # noqa: T201 - the command's answer
        return int(os.environ.get("ESCUTA_AUDIT") == "must")
    made = sorted(map(str, assembly.ready().glob("*.template.json")))
    options = ("--framework", "cloudformation", "--output", "json", "--quiet", "--compact", "--skip-download")
    done = subprocess.run(  # noqa: S603 - our own arguments
        [tool, *options, "--file", *made], check=False, capture_output=True, text=True, timeout=_SECONDS
    )
    if not done.stdout.lstrip().startswith(("{", "[")):
        print("audit: checkov failed:", done.stderr[-2000:])  # noqa: T201 - the command's answer
        return 1
    found = findings(json.loads(done.stdout))
    wrong = judged(found, ACCEPTED)
    for line in wrong:
        print("audit:", line)  # noqa: T201 - the command's answer
    print(f"audit: {len(made)} templates, {len(found)} findings of checkov, {len(wrong)} to look at")  # noqa: T201
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
