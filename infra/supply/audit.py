"""`make audit`: what is said against the packages that are locked, by the index they come from or by OSV.

A finding fails unless it is accepted, with a reason and for a time, in `accepted.toml`. A service that cannot be
reached fails nothing, and is named: what nobody was asked about is never called good. With `ESCUTA_AUDIT=must` that
fails, too.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from infra.supply import locks

ACCEPTED = Path(__file__).with_name("accepted.toml")
LONGEST = dt.timedelta(days=92)
_SERVICES = {"pypi": "the package index", "osv": "OSV"}
_SECONDS = 60  # for all of it
_ANSWER = 10  # seconds that one answer may take


class Finding(NamedTuple):
    """Something that is known against a version of a package."""

    package: str
    version: str
    id: str
    aliases: frozenset[str]
    repaired: tuple[str, ...]  # versions that do not have it


class Accepted(NamedTuple):
    """A finding that we live with, why, and how long."""

    id: str
    package: str
    reason: str
    until: dt.date


class Heard(NamedTuple):
    """What a service said: of whom it knows nothing bad, what it knows, and of whom it knows nothing at all."""

    asked: frozenset[str]
    findings: tuple[Finding, ...]
    unknown: frozenset[str]


def heard(report: Mapping[str, object]) -> Heard:
    """Read the report of pip-audit. A package that the service has never heard of is there as skipped."""
    asked, unknown, findings = set(), set(), []
    dependencies = report["dependencies"]
    assert isinstance(dependencies, list)  # noqa: S101 - the tool's own format
    for package in dependencies:
        if "skip_reason" in package:
            unknown.add(package["name"])
            continue
        asked.add(package["name"])
        findings += [
            Finding(
                package["name"], package["version"], each["id"], frozenset(each["aliases"]), tuple(each["fix_versions"])
            )
            for each in package["vulns"]
        ]
    return Heard(frozenset(asked), tuple(findings), frozenset(unknown))


def accepted(text: str) -> tuple[Accepted, ...]:
    """Read the list of accepted findings; TypeError or ValueError when an entry is not whole."""
    entries = tuple(Accepted(**entry) for entry in tomllib.loads(text).get("accepted", ()))
    for entry in entries:
        if not isinstance(entry.until, dt.date) or not entry.reason.strip():
            raise ValueError(f"{entry.id}: a reason and a day are needed")
    return entries


def judged(findings: Sequence[Finding], excused: Sequence[Accepted], today: dt.date) -> list[str]:
    """Return what fails, in words: what nobody accepts or not any more, and what is accepted in vain."""
    used, wrong = set(), []
    for finding in findings:
        entry = next((each for each in excused if each.package == finding.package and _same(each.id, finding)), None)
        repaired = ", ".join(finding.repaired) or "no version yet"
        named = f"{finding.package} {finding.version}: {finding.id} (repaired in {repaired})"
        if entry is None:
            wrong.append(named)
            continue
        used.add(entry)
        if entry.until <= today:
            wrong.append(f"{named}: accepted until {entry.until}")
        elif entry.until > today + LONGEST:
            wrong.append(f"{named}: accepted for longer than {LONGEST.days} days")
    return wrong + [f"{entry.package}: {entry.id} is accepted and not there" for entry in excused if entry not in used]


def _same(told: str, finding: Finding) -> bool:
    return told == finding.id or told in finding.aliases


def _ask(service: str, seconds: float) -> Heard | str:
    """Return what a service says about all that is locked, or in one line why it says nothing."""
    lists = [part for path in (locks.WORKSHOP, *locks.LAYERS) for part in ("--requirement", str(path))]
    options = ("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off")
    command = [sys.executable, "-m", "pip_audit", *lists, *options, "--vulnerability-service", service]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*command, "--timeout", str(_ANSWER)], check=False, capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {seconds:.0f} s"
    if not done.stdout.startswith("{"):
        return (done.stderr.strip() or "no answer").splitlines()[-1][:160]
    return heard(json.loads(done.stdout))


def _all_asked() -> tuple[Heard, list[str]]:
    """Ask one service after the other until every package is known, and note which could not be asked."""
    end, notes, best = monotonic() + _SECONDS, [], Heard(frozenset(), (), frozenset())
    for service, name in _SERVICES.items():
        left = end - monotonic()
        said = _ask(service, left) if left > 1 else "no time left"
        if isinstance(said, str):
            notes.append(f"{name}: {said}")
        elif said.unknown and not said.asked:
            notes.append(f"{name} knows none of our packages at their versions")
        else:
            unknown = said.unknown if not best.asked else best.unknown & said.unknown
            best = Heard(best.asked | said.asked, (*best.findings, *said.findings), unknown)
            if not unknown:
                break
    return best, notes


def main() -> int:
    """Ask, print what was heard, and return the status of the command."""
    said, notes = _all_asked()
    for note in notes:
        print("audit:", note)  # noqa: T201 - the command's answer
    must = os.environ.get("ESCUTA_AUDIT") == "must"
    if not said.asked:
        print("audit: NOT ASKED. Nothing is known about the packages today; ask again where the network allows it.")  # noqa: T201
        return int(must)
    wrong = judged(said.findings, accepted(ACCEPTED.read_text(encoding="utf-8")), dt.datetime.now(dt.UTC).date())
    for line in wrong:
        print("audit:", line)  # noqa: T201
    if said.unknown:
        print("audit: NOT ASKED about", *sorted(said.unknown))  # noqa: T201
    print(f"audit: {len(said.asked)} packages asked about, {len(wrong)} to look at")  # noqa: T201
    return int(bool(wrong) or (must and bool(said.unknown)))


if __name__ == "__main__":
    sys.exit(main())
