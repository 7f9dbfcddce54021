"""The template by the rules of others: cfn-lint and cdk-nag."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cdk import partners
from infra.local import assembly
from tests.infra.conftest import Template, target

ROOT = Path(__file__).resolve().parents[2]
# The CDK writes every dependency out, also where a reference implies it.
IGNORED = "W3005"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4Fd7Ne2u8cL1zJbY4V9xT0wqkP3sQm5rGvXyZaBcDe erp"
SWITCHES = {"nag": "true", "partners": "docs/samples/partners.json"}


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


def test_each_sftp_partner_reaches_its_own_folders_and_nothing_else(checked: Path) -> None:
    resources = json.loads((checked / "Escuta.template.json").read_text())["Resources"]
    users = {
        resource["Properties"]["UserName"]: resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Transfer::User"
    }
    assert sorted(users) == ["loja-virtual", "pessoas"]
    homes = {name: [home["Entry"] for home in user["HomeDirectoryMappings"]] for name, user in users.items()}
    assert homes["pessoas"] == ["/segments", "/managers", "/reports/segments", "/reports/managers"]
    role = users["pessoas"]["Role"]["Fn::GetAtt"][0]
    allowed = [
        statement
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]
    told = {
        (tuple(statement["Action"]) if isinstance(statement["Action"], list) else statement["Action"]): sorted(
            "".join(part if isinstance(part, str) else f"<{target(part)[:12]}>" for part in one["Fn::Join"][1])
            for one in statement["Resource"]
            if "Fn::Join" in one
        )
        for statement in allowed
    }
    assert {action: [place.rpartition(">")[2] for place in places] for action, places in told.items()} == {
        ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"): ["/managers/*", "/segments/*"],
        "s3:GetObject": ["/managers/*", "/segments/*"],
        "s3:ListBucket": [],
    }
    (listing,) = (statement for statement in allowed if statement["Action"] == "s3:ListBucket")
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["segments", "managers", "segments/*", "managers/*"]}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a b", "folders": ["contacts"], "keys": [KEY]},
        {"name": "erp", "folders": [], "keys": [KEY]},
        {"name": "erp", "folders": ["../reports"], "keys": [KEY]},
        {"name": "erp", "folders": ["results"], "keys": [KEY]},
        {"name": "erp", "folders": ["contacts"], "keys": []},
        {"name": "erp", "folders": ["contacts"], "keys": ["-----BEGIN OPENSSH PRIVATE KEY-----"]},
        {"name": "erp", "folders": ["contacts"], "keys": [KEY], "admin": True},
    ],
)
def test_a_partner_who_is_not_right_stops_the_synthesis(wrong: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "partners.json").write_text(json.dumps([wrong]))
    with pytest.raises(ValueError, match="validation error"):
        partners.read(tmp_path / "partners.json")


def test_two_partners_of_one_name_stop_the_synthesis(tmp_path: Path) -> None:
    one = {"name": "erp", "folders": ["contacts"], "keys": [KEY]}
    (tmp_path / "partners.json").write_text(json.dumps([one, one]))
    with pytest.raises(ValueError, match="two partners are called erp"):
        partners.read(tmp_path / "partners.json")


def test_an_assembly_is_made_once_for_the_same_sources(template: Template) -> None:
    before = template.path.stat().st_mtime_ns
    assert assembly.ready() / template.path.name == template.path
    assert template.path.stat().st_mtime_ns == before
