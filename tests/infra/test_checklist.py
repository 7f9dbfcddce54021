"""What the checklist finds in an account that lacks things, and in one that lacks nothing.

What moto does not have is answered as AWS documents it.
"""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from rich.console import Console

from infra.cdk.stages import Stage, read
from infra.operate import checking, checklist, checks_account, checks_mail, checks_place
from infra.operate.account import opened
from infra.operate.checking import Result, State
from tests.infra.staging import full
from tests.kit.guard import EVERY_CALL

ACCOUNT = "111122223333"
REGION = "sa-east-1"
TARGET = "d-1.execute-api.sa-east-1.amazonaws.com"
RULES = "ours"
ALLOWED: dict[str, Any] = {
    "EvaluationResults": [
        {
            "EvalActionName": "sts:AssumeRole",
            "EvalDecision": "allowed",
            "ResourceSpecificResults": [
                {
                    "EvalResourceName": f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{name}-role-{ACCOUNT}-{REGION}",
                    "EvalResourceDecision": "allowed",
                }
                for name in ("deploy", "file-publishing")
            ],
        }
    ]
}
VERIFIED: dict[str, Any] = {
    "VerifiedForSendingStatus": True,
    "DkimAttributes": {"Status": "SUCCESS"},
    "MailFromAttributes": {"MailFromDomain": "bounce.aurora.example", "MailFromDomainStatus": "SUCCESS"},
}
# An account that lacks nothing.
WHOLE: dict[str, Any] = {
    "GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deployer/alice"},
    "GetRole": {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/ops/Deployer"}},
    "SimulatePrincipalPolicy": ALLOWED,
    "GetParameter": {"Parameter": {"Value": "21"}},
    "GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
    "apigateway.GetAccount": {"throttleSettings": {"rateLimit": 10000.0, "burstLimit": 5000}},
    "sesv2.GetAccount": {
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
    },
    "GetEmailIdentity": VERIFIED,
    "DescribeActiveReceiptRuleSet": {"Metadata": {"Name": RULES}},
    "DescribeStacks": {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]},
    "ListStackResources": {
        "StackResourceSummaries": [
            {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": physical}
            for name, kind, physical in (
                ("Rules", "AWS::SES::ReceiptRuleSet", RULES),
                ("Certificate", "AWS::CertificateManager::Certificate", "arn:aws:acm:certificate"),
            )
        ]
    },
    "GetSMSSandboxAccountStatus": {"IsInSandbox": False},
    "GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "50"}},
    "DescribeCertificate": {"Certificate": {"Status": "ISSUED", "DomainName": "fala.aurora.example"}},
    "GetDomainName": {"regionalDomainName": TARGET},
}
RECORDS = {
    ("_dmarc.aurora.example", "TXT"): ["v=DMARC1; p=none"],
    ("resposta.aurora.example", "MX"): [f"10 inbound-smtp.{REGION}.amazonaws.com."],
    ("fala.aurora.example", "A"): ["192.0.2.1"],
    (TARGET, "A"): ["192.0.2.1", "192.0.2.2"],
}
Told = dict[str, Any]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "full.toml").write_text(full())
    return read("full", tmp_path)


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """Return an assembly with two functions, of which one reserves, and what it needs of the account."""
    functions = {"One": {"ReservedConcurrentExecutions": 300}, "Two": {}}
    template = {
        "Resources": {name: {"Type": "AWS::Lambda::Function", "Properties": each} for name, each in functions.items()}
    }
    stack = {"requiresBootstrapStackVersion": 6, "templateFile": "one.json"}
    (tmp_path / "one.json").write_text(json.dumps(template))
    artifacts = {"artifacts": {"One": {"type": "aws:cloudformation:stack", "properties": stack}}}
    (tmp_path / "manifest.json").write_text(json.dumps(artifacts))
    return tmp_path


@pytest.fixture
def told() -> Iterator[Told]:
    """Answer every call of AWS with what stands here: an answer, or what is raised."""
    answers = dict(WHOLE)
    asked: list[tuple[str, Any]] = []
    answers["asked"] = asked

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        asked.append((operation_name, api_params))
        service = self.meta.service_model.service_name
        answer = answers.get(f"{service}.{operation_name}", answers.get(operation_name))
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None, operation_name
        return answer

    with mock_aws(), patch.object(BaseClient, EVERY_CALL, call):
        yield answers


Look = Callable[..., dict[str, Result]]


@pytest.fixture
def look(stage: Stage, assembly: Path, told: Told) -> Look:
    """Return what makes all checks; results are by their names."""
    del told

    def make(records: dict[tuple[str, str], list[str]] = RECORDS, *, fix: bool = False) -> dict[str, Result]:
        account = opened(stage)
        checks = checklist.checks(assembly, lambda name, kind: records.get((name, kind), []), fix=fix)
        return {each.check: each for each in checking.results(account, checks)}

    return make


def refused(code: str, operation: str = "Call") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def test_an_account_that_lacks_nothing_passes_every_check_and_nothing_is_changed(look: Look, told: Told) -> None:
    found = look()

    assert {name for name, each in found.items() if each.state is not State.OK} == set()
    assert found.keys() >= {"credentials", "CDK bootstrap", "SES sandbox", "DKIM", "DMARC", "certificate", "domain"}
    reads = ("Get", "Describe", "List", "Simulate")
    assert [name for name, _ in told["asked"] if not name.startswith(reads)] == []


BAD: list[tuple[str, Any, str, State, str]] = [
    ("GetParameter", {"Parameter": {"Value": "5"}}, "CDK bootstrap", State.PROBLEM, "make bootstrap STAGE=full"),
    (
        "GetAccountSettings",
        {"AccountLimit": {"ConcurrentExecutions": 399}},
        "Lambda concurrency",
        State.PROBLEM,
        "--quota-code L-B99A9384 --region sa-east-1 --desired-value 1000",
    ),
    ("apigateway.GetAccount", {"throttleSettings": {"rateLimit": 10.0}}, "API Gateway throttle", State.WARNING, "Ask"),
    (
        "sesv2.GetAccount",
        {"ProductionAccessEnabled": False, "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0}},
        "SES sandbox",
        State.PROBLEM,
        "Request production access: https://sa-east-1.console.aws.amazon.com/ses",
    ),
    (
        "sesv2.GetAccount",
        {"ProductionAccessEnabled": True, "SendingEnabled": False},
        "SES sandbox",
        State.PROBLEM,
        "Read why",
    ),
    (
        "sesv2.GetAccount",
        {"ProductionAccessEnabled": True, "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0}},
        "SES sandbox",
        State.WARNING,
        "larger quota",
    ),
    ("GetEmailIdentity", refused("NotFoundException"), "sender", State.PROBLEM, "make deploy STAGE=full makes it"),
    ("GetEmailIdentity", {**VERIFIED, "VerifiedForSendingStatus": False}, "sender", State.PROBLEM, "Enter the records"),
    ("GetEmailIdentity", {**VERIFIED, "DkimAttributes": {"Status": "PENDING"}}, "DKIM", State.PROBLEM, "Enter the rec"),
    (
        "GetEmailIdentity",
        {**VERIFIED, "MailFromAttributes": {"MailFromDomainStatus": "FAILED"}},
        "MAIL FROM",
        State.WARNING,
        "Enter the records",
    ),
    (
        "DescribeActiveReceiptRuleSet",
        {"Metadata": {"Name": "theirs"}},
        "rules of replies",
        State.PROBLEM,
        "aws ses set-active-receipt-rule-set --region sa-east-1 --rule-set-name ours",
    ),
    ("GetSMSSandboxAccountStatus", {"IsInSandbox": True}, "SMS sandbox", State.WARNING, "text-messaging"),
    ("GetSMSAttributes", {"attributes": {}}, "SMS limit", State.WARNING, "FIX=1"),
    (
        "DescribeCertificate",
        {"Certificate": {"Status": "PENDING_VALIDATION", "DomainName": "fala.aurora.example"}},
        "certificate",
        State.PROBLEM,
        "which record",
    ),
    (
        "DescribeCertificate",
        {"Certificate": {"Status": "ISSUED", "DomainName": "www.other.example"}},
        "certificate",
        State.PROBLEM,
        "fala.aurora.example in stages/full.toml",
    ),
    (
        "SimulatePrincipalPolicy",
        {"EvaluationResults": [{"EvalResourceName": "*", "EvalDecision": "implicitDeny"}]},
        "permission to deploy",
        State.PROBLEM,
        "sts:AssumeRole",
    ),
]


@pytest.mark.parametrize(("operation", "answer", "check", "state", "remedy"), BAD)
def test_what_an_account_lacks_is_found_with_its_remedy_and_nothing_else_is(
    look: Look, told: Told, operation: str, answer: Any, check: str, state: State, remedy: str
) -> None:
    told[operation] = answer
    found = look()

    assert found[check].state is state
    assert remedy in found[check].remedy
    assert {name for name, each in found.items() if each.state is not State.OK} == {check}


@pytest.mark.parametrize(
    ("record", "values", "check", "remedy"),
    [
        (("_dmarc.aurora.example", "TXT"), [], "DMARC", 'TXT _dmarc.aurora.example "v=DMARC1; p=none"'),
        (("_dmarc.aurora.example", "TXT"), ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "DMARC", "Enter one"),
        (
            ("resposta.aurora.example", "MX"),
            ["10 mx.other.example."],
            "MX of replies",
            "MX resposta.aurora.example 10",
        ),
        (("fala.aurora.example", "A"), ["198.51.100.1"], "domain", f"CNAME fala.aurora.example {TARGET}"),
        (("fala.aurora.example", "A"), [], "domain", f"CNAME fala.aurora.example {TARGET}"),
    ],
)
def test_a_record_that_is_missing_or_wrong_is_told_as_it_should_be(
    look: Look, record: tuple[str, str], values: list[str], check: str, remedy: str
) -> None:
    found = look({**RECORDS, record: values})

    assert found[check].state is State.PROBLEM
    assert remedy in found[check].remedy
    assert {name for name, each in found.items() if each.state is not State.OK} == {check}


def test_an_identity_that_the_stage_does_not_make_is_mended_where_it_was_made(stage: Stage, told: Told) -> None:
    told["GetEmailIdentity"] = {**VERIFIED, "DkimAttributes": {"Status": "FAILED"}}
    theirs = stage.model_copy(update={"mails": stage.mails.model_copy(update={"make_identity": False})})
    signed = {each.check: each for each in checks_mail.identity(opened(theirs))}["DKIM"]
    assert "ses/home?region=sa-east-1#/identities/aurora.example" in signed.remedy


def test_a_domain_that_leads_to_the_api_by_its_name_is_well(look: Look) -> None:
    named = {**RECORDS, ("fala.aurora.example", "A"): [], ("fala.aurora.example", "CNAME"): [f"{TARGET}."]}
    assert look(named)["domain"].state is State.OK


def test_the_name_of_the_console_has_checks_of_its_own(stage: Stage, told: Told) -> None:
    both = stage.model_copy(update={"address": stage.address.model_copy(update={"console": "cx.aurora.example"})})

    def found(records: dict[tuple[str, str], list[str]]) -> dict[str, Result]:
        domain = checks_place.domain(lambda name, kind: records.get((name, kind), []))
        return {each.check: each for check in (checks_place.certificate, domain) for each in check(opened(both))}

    lacking = found(RECORDS)
    assert {name for name, each in lacking.items() if each.state is State.OK} == {"certificate", "domain"}
    assert "Name a certificate for cx.aurora.example" in lacking["certificate of the console"].remedy
    assert f"CNAME cx.aurora.example {TARGET}" in lacking["domain of the console"].remedy

    told["DescribeCertificate"] = {"Certificate": {"Status": "ISSUED", "DomainName": "*.aurora.example"}}
    whole = found({**RECORDS, ("cx.aurora.example", "CNAME"): [f"{TARGET}."]})
    assert {each.state for each in whole.values()} == {State.OK}


def test_what_may_not_be_looked_at_is_told_as_such_and_the_others_are_checked(look: Look, told: Told) -> None:
    told["SimulatePrincipalPolicy"] = refused("AccessDenied", "SimulatePrincipalPolicy")
    told["GetSMSSandboxAccountStatus"] = EndpointConnectionError(endpoint_url="https://sns.sa-east-1.amazonaws.com")
    found = look()

    assert {name for name, each in found.items() if each.state is State.WARNING} == {"permission to deploy", "SMS"}
    assert "could not be checked: " in found["permission to deploy"].found
    assert State.PROBLEM not in {each.state for each in found.values()}


def test_a_stage_that_is_not_deployed_says_so_where_it_matters(look: Look, told: Told) -> None:
    told["DescribeStacks"] = ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "D")
    found = look()
    assert found["certificate"].remedy == found["replies"].remedy == "make deploy STAGE=full"


def test_the_root_of_an_account_is_no_deployer(look: Look, told: Told) -> None:
    told["GetCallerIdentity"] = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}
    assert look()["permission to deploy"].state is State.WARNING


def test_a_session_is_asked_about_as_its_role_wherever_that_lies(look: Look, told: Told) -> None:
    look()
    ((_, asked),) = [each for each in told["asked"] if each[0] == "SimulatePrincipalPolicy"]
    assert asked["PolicySourceArn"] == f"arn:aws:iam::{ACCOUNT}:role/ops/Deployer"


def test_the_limit_of_sms_is_set_only_when_somebody_asks_for_it(look: Look, told: Told) -> None:
    told["SetSMSAttributes"] = {}
    told["GetSMSAttributes"] = {"attributes": {"MonthlySpendLimit": "1"}}
    assert look()["SMS limit"].state is State.WARNING
    assert "SetSMSAttributes" not in dict(told["asked"])

    look(fix=True)
    assert dict(told["asked"])["SetSMSAttributes"] == {"attributes": {"MonthlySpendLimit": "50"}}


@pytest.mark.parametrize(
    ("states", "ends"), [((State.OK, State.WARNING), 0), ((State.OK, State.PROBLEM, State.WARNING), 1)]
)
def test_the_command_fails_while_a_problem_stands_and_programs_can_read_why(
    states: tuple[State, ...], ends: int
) -> None:
    found = [Result("SES", state, "in the [sandbox]", "Ask AWS: " + "far " * 40 + "away") for state in states]

    def said(*, as_json: bool) -> str:
        screen = Console(file=StringIO(), width=80)
        assert checking.show(screen, found, as_json=as_json) == ends
        assert isinstance(screen.file, StringIO)
        return screen.file.getvalue()

    assert [each["state"] for each in json.loads(said(as_json=True))] == [state.value for state in states]
    assert said(as_json=False).count("in the [sandbox]") == 2 * len(states)
    assert said(as_json=False).count(found[0].remedy) == len(states)


def test_what_functions_reserve_is_added_up() -> None:
    functions: tuple[dict[str, int], ...] = (
        {"ReservedConcurrentExecutions": 5},
        {"ReservedConcurrentExecutions": 7},
        {},
    )
    resources = {str(n): {"Type": "AWS::Lambda::Function", "Properties": each} for n, each in enumerate(functions)}
    assert checks_account.reserved(iter([{"Resources": resources}, {"Resources": {}}])) == 12
