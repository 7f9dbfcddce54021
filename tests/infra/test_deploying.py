"""What `make deploy` does: in which account, with which answers, what is left to do, and what it refuses to remove.

The CDK's command line itself is asked for real to list the stacks; what it would do in an account is written down by
a stand-in for it, which is given the same arguments. tests/operate/test_operating.py deploys with the real one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.cdk.stages import Stage, read
from infra.operate import __main__ as commands
from infra.operate import afterwards, deploying, synthesis, tool
from infra.operate.account import Account, StoppedError, opened
from tests.infra.conftest import Template
from tests.infra.staging import full

ACCOUNT = "111122223333"
CDK = """
import json, pathlib, sys
arguments = sys.argv[1:]
pathlib.Path({seen!r}).write_text(json.dumps(arguments))
if "--outputs-file" in arguments:
    pathlib.Path(arguments[arguments.index("--outputs-file") + 1]).write_text({outputs!r})
sys.exit({ends})
"""
OUTPUTS = {
    "Escuta-full-data": {
        "OutDns1": "CNAME a._domainkey.aurora.example a.dkim.amazonses.com",
        "OutDns2": "MX bounce.aurora.example 10 feedback-smtp.sa-east-1.amazonses.com",
        "OutDns10": "TXT _dmarc.aurora.example v=DMARC1; p=none",
        "ExportsOutputRefTable": "not for people",
    },
    "Escuta-full": {"OutApiUrl": "https://a.execute-api.sa-east-1.amazonaws.com/live/"},
}


@pytest.fixture
def stages(tmp_path: Path) -> Path:
    (tmp_path / "full.toml").write_text(full())
    return tmp_path


@pytest.fixture
def stage(stages: Path) -> Stage:
    return read("full", stages)


@pytest.fixture
def account(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    with mock_aws():
        yield opened(stage)


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """Return the least that is an assembly: two stacks and what they need of the account."""
    folder = tmp_path / "assembly"
    folder.mkdir()
    stacks = {
        name: {"type": "aws:cloudformation:stack", "properties": {"requiresBootstrapStackVersion": version}}
        for name, version in (("Escuta-full-data", 6), ("Escuta-full", 8))
    }
    (folder / "manifest.json").write_text(
        json.dumps({"artifacts": {**stacks, "assets": {"type": "cdk:asset-manifest"}}})
    )
    return folder


class Cdk:
    """Stands where the CDK's command line stands, and writes down what it is asked."""

    def __init__(self, folder: Path, ends: int = 0) -> None:
        self.seen = folder / "seen.json"
        made = folder / "cdk.py"
        made.write_text(CDK.format(seen=str(self.seen), outputs=json.dumps(OUTPUTS), ends=ends))
        self.command = (sys.executable, str(made))

    @property
    def arguments(self) -> list[str]:
        return list(json.loads(self.seen.read_text()))


@pytest.fixture
def cdk(tmp_path: Path) -> Cdk:
    return Cdk(tmp_path)


@pytest.fixture
def outputs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploying, "OUTPUTS", tmp_path / "outputs")


@pytest.mark.usefixtures("outputs_here")
def test_all_stacks_are_deployed_with_the_answers_of_the_stage_and_asks_before_anybody_may_do_more(
    cdk: Cdk, stage: Stage, assembly: Path
) -> None:
    told = deploying.deploy(cdk.command, stage, assembly)

    assert cdk.arguments[:2] == ["deploy", "--all"]
    given = dict(zip(cdk.arguments, cdk.arguments[1:], strict=False))
    assert given["--app"] == str(assembly)
    assert given["--require-approval"] == "broadening"
    assert "--no-previous-parameters" in cdk.arguments
    assert "--parameters" not in cdk.arguments
    assert deploying.read_outputs(told)["ApiUrl"].startswith("https://a.execute-api")
    assert "not for people" not in deploying.read_outputs(told).values()


@pytest.mark.usefixtures("outputs_here")
def test_a_deployment_that_fails_says_so_and_leaves_no_outputs_of_an_earlier_one(
    tmp_path: Path, cdk: Cdk, stage: Stage, assembly: Path
) -> None:
    told = deploying.deploy(cdk.command, stage, assembly)
    (tmp_path / "bad").mkdir()
    failing = tmp_path / "bad" / "cdk.py"
    failing.write_text("import sys; sys.exit(3)")

    with pytest.raises(StoppedError, match="Escuta-full is not deployed: the CDK ended with 3"):
        deploying.deploy((sys.executable, str(failing)), stage, assembly)
    assert not told.exists()


def test_nothing_is_asked_of_another_account_than_that_of_the_stage(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    with (
        mock_aws(),
        pytest.raises(StoppedError, match=f"999999999999, and the stage full is for {ACCOUNT}.*Nothing was"),
    ):
        opened(stage)


def test_without_credentials_the_remedy_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(StoppedError, match=r"no credentials of AWS: .*aws sso login"):
        opened(stage)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_are_over_or_wrong_are_named_as_such(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def refuse(self: Any, operation: str, parameters: Any) -> Any:
        del self, parameters
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    with pytest.raises(StoppedError, match=rf"does not know these credentials \({code}\)\. Sign in first"):
        opened(stage)


def test_an_account_that_was_not_prepared_for_the_cdk_says_what_to_type(account: Account, assembly: Path) -> None:
    with pytest.raises(StoppedError, match=r"not prepared for the CDK at all.*make bootstrap STAGE=full"):
        deploying.require_bootstrap(account, assembly)

    boto3.client("ssm", "sa-east-1").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="7", Type="String")
    with pytest.raises(StoppedError, match=r"by version 7, and 8 is needed.*make bootstrap"):
        deploying.require_bootstrap(account, assembly)

    account.aws("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="8", Type="String", Overwrite=True)
    deploying.require_bootstrap(account, assembly)


def test_the_account_and_region_of_the_stage_are_prepared(cdk: Cdk, stage: Stage) -> None:
    assert deploying.bootstrap(cdk.command, stage) == 0
    assert cdk.arguments[:2] == ["bootstrap", f"aws://{ACCOUNT}/sa-east-1"]


@pytest.mark.parametrize("wanted", ["data", "Escuta-full-data"])
def test_the_stack_with_the_data_is_never_removed(stage: Stage, wanted: str) -> None:
    with pytest.raises(StoppedError, match="every answer that somebody gave is in it"):
        deploying.removable(stage, wanted)


def test_functions_and_alarms_are_removed_and_nothing_else(cdk: Cdk, stage: Stage, assembly: Path) -> None:
    assert deploying.removable(stage, "watch") == ("Escuta-full-watch",)
    with pytest.raises(StoppedError, match="STACK=all is none"):
        deploying.removable(stage, "all")

    stacks = deploying.removable(stage, "")
    deploying.destroy(cdk.command, assembly, stacks, go=False)
    assert cdk.arguments[:4] == ["destroy", "Escuta-full-watch", "Escuta-full", "--exclusively"]
    assert "--force" not in cdk.arguments

    deploying.destroy(cdk.command, assembly, stacks, go=True)
    assert "--force" in cdk.arguments


def found(**changed: Any) -> afterwards.Found:
    return afterwards.Found(**{"sandbox": False, "rules": "", "active": "", "administrators": 1, **changed})


def said(stage: Stage, outputs: dict[str, str], known: afterwards.Found) -> str:
    return "\n".join(line for step in afterwards.steps(stage, outputs, known) for line in (step.why, *step.lines))


def elsewhere(stage: Stage) -> Stage:
    """Return the stage of an organisation whose zone is not in Route 53."""
    address = stage.address.model_copy(update={"hosted_zone": "", "zone_name": "", "certificate": "arn:aws:acm:x"})
    return stage.model_copy(update={"address": address})


PUT_OUT = {
    "Dns1": "CNAME a._domainkey.aurora.example a.dkim.amazonses.com",
    "Dns2": "TXT _dmarc.aurora.example v=DMARC1; p=none",
    "DnsAddress": "CNAME fala.aurora.example d-1.execute-api.sa-east-1.amazonaws.com",
    "UserPool": "sa-east-1_pool",
    "ApiUrl": "https://a.execute-api.sa-east-1.amazonaws.com/live/",
}


def test_records_that_the_stack_cannot_make_are_told_to_be_entered(stage: Stage) -> None:
    words = said(elsewhere(stage), PUT_OUT, found())
    for name in ("Dns1", "Dns2", "DnsAddress"):
        assert PUT_OUT[name] in words


def test_the_console_is_told_where_it_is_and_its_record_too(stage: Stage) -> None:
    record = "CNAME cx.aurora.example d-2.execute-api.sa-east-1.amazonaws.com"
    open_door = elsewhere(stage).model_copy(update={"shield": stage.shield.model_copy(update={"mode": "off"})})
    named = open_door.model_copy(
        update={"address": open_door.address.model_copy(update={"console": "cx.aurora.example"})}
    )

    words = said(named, {**PUT_OUT, "DnsConsole": record}, found())
    assert record in words
    assert "Sign in: https://cx.aurora.example/console" in words
    assert f"Sign in: {PUT_OUT['ApiUrl']}console" in said(open_door, PUT_OUT, found())


def test_records_that_the_stack_made_in_route_53_are_not_told(stage: Stage) -> None:
    inside = {name: value for name, value in PUT_OUT.items() if name != "DnsAddress"}
    assert "Enter these records" not in said(stage, inside, found())

    other = {**inside, "Dns3": "MX resposta.other.example 10 inbound-smtp.sa-east-1.amazonaws.com"}
    words = said(stage, other, found())
    assert (other["Dns3"] in words, other["Dns1"] in words) == (True, False)


def test_the_first_administrator_is_made_in_this_pool_while_there_is_none(stage: Stage) -> None:
    words = said(stage, PUT_OUT, found(administrators=0))
    assert words.count("--user-pool-id sa-east-1_pool --username you@aurora.example") == 2
    assert "admin-create-user" not in said(stage, PUT_OUT, found())


def test_the_set_of_rules_of_the_stage_is_made_the_active_one_and_what_it_replaces_is_named(stage: Stage) -> None:
    words = said(stage, PUT_OUT, found(rules="ours", active="theirs"))
    assert "It replaces theirs" in words
    assert "aws ses set-active-receipt-rule-set --region sa-east-1 --rule-set-name ours" in words
    assert "set-active" not in said(stage, PUT_OUT, found(rules="ours", active="ours"))


def test_the_sandbox_of_ses_is_told_only_while_one_is_in_it(stage: Stage) -> None:
    assert "sandbox" in said(stage, PUT_OUT, found(sandbox=True))
    assert "sandbox" not in said(stage, PUT_OUT, found())
    assert "https://fala.aurora.example/console" in said(stage, PUT_OUT, found())


def test_what_is_left_to_do_is_asked_of_the_account(account: Account) -> None:
    pools = account.aws("cognito-idp")
    pool = pools.create_user_pool(PoolName="people")["UserPool"]["Id"]
    pools.create_group(UserPoolId=pool, GroupName="admin")
    template = {"Resources": {"Rules": {"Type": "AWS::SQS::Queue"}}}
    account.aws("cloudformation").create_stack(StackName="Escuta-full-data", TemplateBody=json.dumps(template))
    ses = account.aws("ses")
    ses.create_receipt_rule_set(RuleSetName="theirs")
    ses.set_active_receipt_rule_set(RuleSetName="theirs")

    seen = afterwards.look(account, {"UserPool": pool})
    assert (seen.administrators, seen.active, seen.rules) == (0, "theirs", "")

    pools.admin_create_user(UserPoolId=pool, Username="alice@aurora.example")
    pools.admin_add_user_to_group(UserPoolId=pool, Username="alice@aurora.example", GroupName="admin")
    assert afterwards.look(account, {"UserPool": pool}).administrators == 1


@pytest.mark.parametrize("command", ["deploy", "diff", "destroy", "bootstrap"])
def test_a_command_without_a_stage_says_which_there_are(
    stages: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert commands.main(["--stages", str(stages), command]) == 1
    assert "There are: full." in capsys.readouterr().out

    assert commands.main(["--stages", str(stages), command, "prod"]) == 1
    assert "prod.toml: copy" in capsys.readouterr().out


def test_the_lock_of_the_command_line_names_one_version_by_its_hash_and_no_host() -> None:
    wanted = json.loads((tool.LOCKED / "package.json").read_text())["dependencies"]
    locked = json.loads((tool.LOCKED / "package-lock.json").read_text())["packages"]
    assert locked[""]["dependencies"] == wanted
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for name, each in locked.items():
        assert not name or each["integrity"].startswith("sha512-")
        assert "resolved" not in each


def test_the_command_line_of_the_lock_reads_the_assembly_of_a_stage(checked: Template) -> None:
    listed = subprocess.run(  # noqa: S603 - our own arguments
        [*tool.command(), "ls", "--app", str(checked.folder), "--no-notices"],
        check=True,
        capture_output=True,
        text=True,
        env=tool.environment(),
    )
    assert listed.stdout.split() == ["Escuta-full-data", "Escuta-full", "Escuta-full-watch"]
    assert synthesis.bootstrap_needed(checked.folder) >= 6
