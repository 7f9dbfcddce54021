"""The template by the rules of others: cfn-lint and cdk-nag."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import assembly
from tests.infra.conftest import Template

ROOT = Path(__file__).resolve().parents[2]
# The CDK writes every dependency out, also where a reference implies it.
IGNORED = "W3005"
SWITCHES = {"nag": "true", "sftp": "true"}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Path:
    """Return the assembly with everything that can be switched on, checked by cdk-nag."""
    assert template.path.exists()  # the layers are built
    folder = tmp_path_factory.mktemp("checked")
    subprocess.run(
        [sys.executable, "-m", "infra.cdk.app"],
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(SWITCHES)},
        check=True,
        capture_output=True,
    )
    return folder


def test_cdk_nag_finds_nothing_that_has_no_reason(checked: Path) -> None:
    (report,) = checked.glob("AwsSolutions-*NagReport.csv")
    with report.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 100
    assert [(row["Rule ID"], row["Resource ID"]) for row in rows if row["Compliance"] == "Non-Compliant"] == []
    assert all(len(row["Exception Reason"]) > 20 for row in rows if row["Compliance"] == "Suppressed")


def test_cfn_lint_has_nothing_to_say(checked: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            "--ignore-checks",
            IGNORED,
            "--non-zero-exit-code",
            "informational",
            str(checked / "Escuta.template.json"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_sftp_server_asks_who_somebody_is_and_no_session_reaches_what_functions_keep(checked: Path) -> None:
    resources = json.loads((checked / "Escuta.template.json").read_text())["Resources"]
    (server,) = (each["Properties"] for each in resources.values() if each["Type"] == "AWS::Transfer::Server")
    assert server["IdentityProviderType"] == "AWS_LAMBDA"
    assert server["IdentityProviderDetails"]["SftpAuthenticationMethods"] == "PUBLIC_KEY"
    (door,) = (
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::Lambda::Function" and each["Properties"]["Handler"] == "authorize.sftp.handler"
    )
    role = door["Environment"]["Variables"]["ESCUTA_SFTP_ROLE"]["Fn::GetAtt"][0]
    (denied,) = (
        statement
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    )
    assert sorted({place["Fn::Join"][1][-1] for place in denied["Resource"]}) == [
        "/exports/*",
        "/results/*",
        "/staged/*",
    ]


def test_an_assembly_is_made_once_for_the_same_sources(template: Template) -> None:
    before = template.path.stat().st_mtime_ns
    assert assembly.ready() / template.path.name == template.path
    assert template.path.stat().st_mtime_ns == before
