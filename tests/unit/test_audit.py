"""What the audit of the packages makes of what it hears, and that the tools of it look at all we have."""

import datetime as dt
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from infra.supply import audit, locks

TODAY = dt.date(2026, 11, 23)
NAMES = frozenset({"CVE-2024-34064", "GHSA-h75v-3vvj-5mfj"})
FINDING = audit.Finding("jinja2", "3.1.3", "PYSEC-2024-1", NAMES, ("3.1.4",))


def excuse(**changed: object) -> audit.Accepted:
    told = {"id": "CVE-2024-34064", "package": "jinja2", "reason": "no xmlattr here", "until": dt.date(2026, 12, 31)}
    return audit.Accepted(**{**told, **changed})  # type: ignore[arg-type]


def test_a_report_tells_whom_the_service_knows_from_whom_it_does_not() -> None:
    said = audit.heard(
        {
            "dependencies": [
                {
                    "name": "jinja2",
                    "version": "3.1.3",
                    "vulns": [
                        {
                            "id": "PYSEC-2024-1",
                            "fix_versions": ["3.1.4"],
                            "aliases": ["CVE-2024-34064", "GHSA-h75v-3vvj-5mfj"],
                            "description": "xmlattr",
                        }
                    ],
                },
                {"name": "idna", "version": "3.20", "vulns": []},
                {"name": "nh3", "skip_reason": "Dependency not found on PyPI and could not be audited: nh3 (0.3.8)"},
            ]
        }
    )
    assert said == audit.Heard(frozenset({"jinja2", "idna"}), (FINDING,), frozenset({"nh3"}))


def test_a_finding_fails_and_says_what_repairs_it() -> None:
    assert audit.judged([FINDING], [], TODAY) == ["jinja2 3.1.3: PYSEC-2024-1 (repaired in 3.1.4)"]


@pytest.mark.parametrize("name", ["PYSEC-2024-1", "CVE-2024-34064", "GHSA-h75v-3vvj-5mfj"])
def test_a_finding_is_accepted_by_any_of_its_names(name: str) -> None:
    assert audit.judged([FINDING], [excuse(id=name)], TODAY) == []


def test_what_was_accepted_for_one_package_is_not_for_another() -> None:
    assert len(audit.judged([FINDING], [excuse(package="idna")], TODAY)) == 2


def test_what_was_accepted_for_a_time_fails_when_it_is_over() -> None:
    (said,) = audit.judged([FINDING], [excuse(until=TODAY)], TODAY)
    assert said.endswith("accepted until 2026-11-23")


def test_nothing_is_accepted_for_years() -> None:
    (said,) = audit.judged([FINDING], [excuse(until=dt.date(2029, 1, 1))], TODAY)
    assert said.endswith("accepted for longer than 92 days")


def test_what_is_accepted_and_gone_fails() -> None:
    assert audit.judged([], [excuse()], TODAY) == ["jinja2: CVE-2024-34064 is accepted and not there"]


@pytest.mark.parametrize("missing", ["reason", "until", "package"])
def test_an_acceptance_says_all_or_is_none(missing: str) -> None:
    lines = {"id": '"X"', "package": '"idna"', "reason": '"why"', "until": "2026-12-31"}
    text = "[[accepted]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if name != missing)
    with pytest.raises((TypeError, ValueError)):
        audit.accepted(text)


def test_our_own_list_of_what_is_accepted_can_be_read() -> None:
    audit.accepted(audit.ACCEPTED.read_text())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, audit.Heard | str]:
    said: dict[str, audit.Heard | str] = {}
    monkeypatch.setattr(audit, "_ask", lambda service, seconds: said[service])  # noqa: ARG005 - as it is called
    monkeypatch.delenv("ESCUTA_AUDIT", raising=False)
    return said


NOBODY = audit.Heard(frozenset(), (), frozenset({"idna", "nh3"}))


def test_a_service_that_is_not_reached_fails_nothing_and_is_named(
    answers: dict[str, audit.Heard | str], capsys: pytest.CaptureFixture[str]
) -> None:
    answers.update(pypi=NOBODY, osv="cannot be resolved")
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert "the package index knows none of our packages" in said
    assert "OSV: cannot be resolved" in said
    assert "NOT ASKED" in said


def test_where_it_must_be_asked_silence_fails(
    answers: dict[str, audit.Heard | str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESCUTA_AUDIT", "must")
    answers.update(pypi=NOBODY, osv="cannot be resolved")
    assert audit.main() == 1


def test_whom_the_first_does_not_know_the_second_is_asked_about(
    answers: dict[str, audit.Heard | str], capsys: pytest.CaptureFixture[str]
) -> None:
    answers["pypi"] = audit.Heard(frozenset({"idna"}), (), frozenset({"nh3", "segno"}))
    answers["osv"] = audit.Heard(frozenset({"nh3"}), (), frozenset({"segno"}))
    assert audit.main() == 0
    assert "NOT ASKED about segno\n" in capsys.readouterr().out


def test_a_finding_of_either_fails(answers: dict[str, audit.Heard | str]) -> None:
    answers["pypi"] = audit.Heard(frozenset({"idna"}), (), frozenset({"jinja2"}))
    answers["osv"] = audit.Heard(frozenset({"jinja2", "idna"}), (FINDING,), frozenset())
    assert audit.main() == 1


SERVICE = """
import http.server, json
FOUND = {"id": "GHSA-1", "aliases": ["CVE-1"], "summary": "", "details": "", "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"name": "jinja2", "ecosystem": "PyPI"}, "versions": [],
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]}]}
class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["package"]["name"]
        answer = json.dumps({"vulns": [FOUND]} if asked == "jinja2" else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *told): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_a_service_is_asked_about_all_that_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool itself, and a service of this machine that speaks as OSV does."""
    with subprocess.Popen([sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        assert server.stdout
        monkeypatch.setenv("PIP_AUDIT_OSV_URL", f"http://127.0.0.1:{server.stdout.readline().strip()}/v1/query")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        said = audit._ask("osv", 60)  # noqa: SLF001 - one service alone: no other may be asked from a test
        server.kill()
    assert isinstance(said, audit.Heard), said
    assert said.unknown == frozenset()
    assert said.asked >= {package.name for package in locks.deployed()}
    version_of = {package.name: package.version for package in locks.deployed()}
    assert said.findings == (audit.Finding("jinja2", version_of["jinja2"], "CVE-1", frozenset({"GHSA-1"}), ("99",)),)


def test_a_service_that_is_not_there_says_so_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", "http://127.0.0.1:9/v1/query")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    said = audit._ask("osv", 60)  # noqa: SLF001 - as above
    assert isinstance(said, str)
    assert "127.0.0.1" in said


def test_what_is_deployed_is_locked_at_the_versions_that_are_tested() -> None:
    tested = {package.name: package.version for package in locks.packages(locks.WORKSHOP)}
    deployed = {package.name: package.version for package in locks.deployed()}
    assert {name: tested.get(name) for name in deployed} == deployed
    assert {name: version(name) for name in deployed} == deployed


def test_a_package_without_a_hash_is_not_locked(tmp_path: Path) -> None:
    (tmp_path / "some.lock").write_text("idna==3.20\n")
    with pytest.raises(ValueError, match="not locked: idna"):
        locks.packages(tmp_path / "some.lock")


@pytest.mark.parametrize("path", [locks.WORKSHOP, *locks.LAYERS], ids=lambda path: path.parent.name)
def test_a_list_names_no_index(path: Path) -> None:
    assert not [line for line in path.read_text().splitlines() if line.startswith("--") or "://" in line]


def told_by(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True, text=True)  # noqa: S603 - our own arguments
    return done.stdout


def test_bandit_looks_for_what_ruff_does_not() -> None:
    """Ruff has most of bandit's rules, with a reason at each exception; what it lacks is in bandit's own list."""
    of_bandit = set(re.findall(r"^\s+(B\d{3})\t", told_by("bandit", "--help"), re.MULTILINE))
    rules = json.loads(told_by("ruff", "rule", "--all", "--output-format", "json"))
    of_ruff = {rule["code"] for rule in rules if rule["code"] and "Stable" in rule["status"]}
    missing = {each for each in of_bandit if each.replace("B", "S") not in of_ruff}
    ours = tomllib.loads((locks.ROOT / "pyproject.toml").read_text())["tool"]["bandit"]["tests"]
    # S603 judges each call of a process; that the module is there says nothing more.
    assert set(ours) == missing - {"B404"}
