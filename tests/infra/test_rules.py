"""The templates by the rules of others: cfn-lint and cdk-nag."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import assembly
from tests.infra.conftest import Template

# The CDK writes every dependency out, also where a reference implies it.
IGNORED = "W3005"


PACKS = ("AwsSolutions", "Serverless")


@pytest.mark.parametrize("stage", ["checked", "doored"])
@pytest.mark.parametrize("pack", PACKS)
def test_cdk_nag_finds_nothing_that_has_no_reason(stage: str, pack: str, request: pytest.FixtureRequest) -> None:
    made: Template = request.getfixturevalue(stage)
    rows = []
    for report in made.folder.glob(f"{pack}-*NagReport.csv"):
        with report.open(newline="") as file:
            rows += list(csv.DictReader(file))
    assert len(rows) > 100
    assert [(row["Rule ID"], row["Resource ID"]) for row in rows if row["Compliance"] == "Non-Compliant"] == []
    assert all(len(row["Exception Reason"]) > 20 for row in rows if row["Compliance"] == "Suppressed")


@pytest.mark.parametrize("stage", ["checked", "doored", "template"])
def test_the_cdk_has_nothing_to_warn_of_so_that_what_it_says_is_new(stage: str, request: pytest.FixtureRequest) -> None:
    made: Template = request.getfixturevalue(stage)
    told = []
    for stack in made.stacks:
        metadata = json.loads((made.folder / f"{stack}.metadata.json").read_text(encoding="utf-8"))
        told += [
            (path, each["data"])
            for path, entries in metadata.items()
            for each in entries
            if each["type"] in {"aws:cdk:warning", "aws:cdk:error"}
        ]
        assert any(each["type"] == "aws:cdk:logicalId" for entries in metadata.values() for each in entries)
    assert told == []


@pytest.mark.parametrize("stage", ["checked", "doored", "template"])
def test_cfn_lint_has_nothing_to_say(stage: str, request: pytest.FixtureRequest) -> None:
    made: Template = request.getfixturevalue(stage)
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            "--ignore-checks",
            IGNORED,
            "--non-zero-exit-code",
            "informational",
            *(str(made.folder / f"{stack}.template.json") for stack in made.stacks),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_sftp_server_asks_who_somebody_is_and_no_session_reaches_what_functions_keep(checked: Template) -> None:
    resources = checked.resources
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
    before = template.folder.stat().st_mtime_ns
    assert assembly.ready() == template.folder
    assert template.folder.stat().st_mtime_ns == before
