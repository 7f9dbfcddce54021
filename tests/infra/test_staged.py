"""What the stacks of a stage are made of when everything is switched on, and what stays as it was when nothing is."""

import json
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template as Synthesised

from infra.cdk.asking import Asking
from infra.cdk.shield import Shield
from infra.cdk.stages import read
from tests.infra.conftest import Template, target
from tests.infra.staging import full, synthesised

# What may be made anew from the code; everything else in the stack of what is kept stays when the stack goes.
REPLACEABLE = {
    "Backup::BackupPlan",
    "Backup::BackupSelection",
    "Cognito::UserPoolClient",
    "Cognito::UserPoolGroup",
    "Events::Archive",
    "Events::EventBus",
    "IAM::Role",
    "Route53::RecordSet",
    "S3::BucketPolicy",
    "SES::ConfigurationSet",
    "SES::ConfigurationSetEventDestination",
    "SES::EmailIdentity",
    "SES::ReceiptRule",
    "SES::ReceiptRuleSet",
    "SNS::Subscription",
    "SNS::Topic",
    "SNS::TopicPolicy",
    "SQS::QueuePolicy",
}


def stack(made: Template, name: str) -> Template:
    return Template(made.folder, (name,))


def manifest(made: Template, name: str) -> dict[str, Any]:
    said = json.loads((made.folder / "manifest.json").read_text())["artifacts"][name]["properties"]
    return dict(said)


def test_the_stack_of_what_is_kept_cannot_be_removed_by_mistake_and_leaves_everything_behind(checked: Template) -> None:
    assert manifest(checked, "Escuta-full-data")["terminationProtection"] is True
    assert not manifest(checked, "Escuta-full").get("terminationProtection")

    for name, resource in stack(checked, "Escuta-full-data").resources.items():
        if resource["Type"].removeprefix("AWS::") not in REPLACEABLE:
            assert (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == ("Retain", "Retain"), name


def test_the_stack_of_what_runs_keeps_nothing_that_somebody_gave_us(checked: Template) -> None:
    kinds = {each["Type"] for each in stack(checked, "Escuta-full").resources.values()}
    assert kinds.isdisjoint(
        {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::SecretsManager::Secret"}
        | {"AWS::KMS::Key", "AWS::Backup::BackupVault"}
    )


def test_a_template_stays_below_the_limits_of_cloudformation(checked: Template) -> None:
    for name in checked.stacks:
        whole = json.loads((checked.folder / f"{name}.template.json").read_text())
        assert len(whole["Resources"]) <= 450  # of 500
        assert len(whole.get("Outputs", {})) <= 180  # of 200
        assert (checked.folder / f"{name}.template.json").stat().st_size < 900_000  # of a million


def test_two_syntheses_are_the_same_to_the_byte(checked: Template, tmp_path: Path) -> None:
    stages, folder = tmp_path / "stages", tmp_path / "again"
    stages.mkdir()
    (stages / "full.toml").write_text(full())
    synthesised(folder, stages)

    def digest(made: Path) -> dict[str, str]:
        return {name: sha256((made / f"{name}.template.json").read_bytes()).hexdigest() for name in checked.stacks}

    assert digest(folder) == digest(checked.folder)


def test_a_key_of_ones_own_encrypts_tables_and_buckets_and_opens_them_by_way_of_the_stores_alone(
    checked: Template,
) -> None:
    (key,) = checked.of("KMS::Key")
    assert checked.resources[key]["Properties"]["EnableKeyRotation"] is True
    for made in checked.of("DynamoDB::Table").values():
        assert target(made["SSESpecification"]["KMSMasterKeyId"]) == key
    for name, made in checked.of("S3::Bucket").items():
        (rule,) = made["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        kind = rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
        assert kind == ("AES256" if name.startswith("FilesAccessLog") else "aws:kms"), name
    (ours,) = (
        statement
        for statement in checked.resources[key]["Properties"]["KeyPolicy"]["Statement"]
        if statement.get("Sid") == "ByWayOfTheStores"
    )
    assert ours["Condition"]["StringEquals"] == {
        "kms:CallerAccount": {"Ref": "AWS::AccountId"},
        "kms:ViaService": [
            {"Fn::Join": ["", [f"{name}.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
            for name in ("dynamodb", "s3", "secretsmanager")
        ],
    }


def test_a_key_of_ones_own_is_that_of_topics_logs_and_the_secret_too(checked: Template, template: Template) -> None:
    (key,) = checked.of("KMS::Key")
    for kind, part in (
        ("SNS::Topic", "KmsMasterKeyId"),
        ("Logs::LogGroup", "KmsKeyId"),
        ("SecretsManager::Secret", "KmsKeyId"),
    ):
        assert checked.of(kind), kind
        for name, made in checked.of(kind).items():
            assert target(made[part]) == key, name
        assert not any(part in made for made in template.of(kind).values())


def test_whoever_tells_something_on_a_topic_or_writes_a_log_may_use_the_key_for_that_alone(checked: Template) -> None:
    (made,) = checked.of("KMS::Key").values()
    statements = made["KeyPolicy"]["Statement"]
    said = {each.get("Sid"): each for each in statements}
    telling = {
        each["Principal"]["Service"]
        for policy in checked.of("SNS::TopicPolicy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    }
    topics, logs = said["Topics"], said["Logs"]
    assert telling <= set(topics["Principal"]["Service"])
    assert set(topics["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert json.dumps(topics["Condition"]["ArnLike"]["kms:EncryptionContext:aws:sns:topicArn"]).endswith(':*"]]}')
    assert list(logs["Condition"]["ArnLike"]) == ["kms:EncryptionContext:aws:logs:arn"]
    (owner,) = (each for each in statements if "Condition" not in each)
    assert ":root" in json.dumps(owner["Principal"])


def test_backups_are_taken_of_all_tables_each_week_and_copied_elsewhere(checked: Template) -> None:
    (plan,) = checked.of("Backup::BackupPlan").values()
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    (selection,) = checked.of("Backup::BackupSelection").values()
    kept = {target(each) for each in selection["BackupSelection"]["Resources"] if "Fn::GetAtt" in each}

    assert rule["ScheduleExpression"] == "cron(0 5 ? * SUN *)"
    assert rule["Lifecycle"] == {"DeleteAfterDays": 35}
    assert [each["DestinationBackupVaultArn"] for each in rule["CopyActions"]] == [
        "arn:aws:backup:us-east-1:444455556666:backup-vault:elsewhere"
    ]
    assert kept >= checked.of("DynamoDB::Table").keys()


def test_tables_are_warm_and_watched_when_somebody_asks_for_it(checked: Template, template: Template) -> None:
    warm = {
        re_named(name): made["WarmThroughput"]
        for name, made in checked.of("DynamoDB::Table").items()
        if "WarmThroughput" in made
    }
    asked = {"ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 6000}
    assert warm == {"StoreFeedback": asked, "StoreOutreach": asked}
    for made in checked.of("DynamoDB::Table").values():
        assert made["ContributorInsightsSpecification"]["Enabled"] is True
    for made in template.of("DynamoDB::Table").values():
        assert not made.keys() & {"WarmThroughput", "ContributorInsightsSpecification", "SSESpecification"}


def test_every_bucket_keeps_for_a_week_what_was_overwritten_or_removed(template: Template) -> None:
    for name, made in template.of("S3::Bucket").items():
        assert made["VersioningConfiguration"] == {"Status": "Enabled"}, name
        rules = made["LifecycleConfiguration"]["Rules"]
        assert [
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            for rule in rules
            if "NoncurrentVersionExpiration" in rule
        ] == [7]


def test_links_begin_with_the_domain_of_the_stage(checked: Template) -> None:
    (name,) = checked.of("ApiGateway::DomainName").values()
    records = checked.of("Route53::RecordSet").values()
    assert (name["DomainName"], name["SecurityPolicy"]) == ("fala.aurora.example", "TLS_1_2")
    assert {each["Type"] for each in records if each["Name"] == "fala.aurora.example."} == {"A", "AAAA"}
    (certificate,) = checked.of("CertificateManager::Certificate").values()
    assert certificate["ValidationMethod"] == "DNS"
    assert checked.whole["Parameters"]["PublicUrl"]["Default"] == "https://fala.aurora.example"


def test_mails_are_signed_and_come_back_to_the_own_domain_and_the_records_are_told_and_made(checked: Template) -> None:
    (identity,) = checked.of("SES::EmailIdentity").values()
    assert identity["EmailIdentity"] == "aurora.example"
    assert identity["DkimSigningAttributes"] == {"NextSigningKeyLength": "RSA_2048_BIT"}
    assert identity["MailFromAttributes"]["MailFromDomain"] == "bounce.aurora.example"

    told = [json.dumps(out["Value"]) for name, out in checked.whole["Outputs"].items() if name.startswith("OutDns")]
    assert len(told) == 7
    made = [
        (each["Type"], each["Name"], each["ResourceRecords"])
        for each in checked.of("Route53::RecordSet").values()
        if "ResourceRecords" in each
    ]
    assert [kind for kind, _, _ in made].count("CNAME") == 3
    plain = {name: (kind, values) for kind, name, values in made if isinstance(name, str)}
    assert plain["_dmarc.aurora.example."] == ("TXT", ['"v=DMARC1; p=none; rua=mailto:dmarc@aurora.example"'])
    assert plain["resposta.aurora.example."] == ("MX", ["10 inbound-smtp.sa-east-1.amazonaws.com"])


def test_new_code_takes_a_tenth_of_the_calls_first_and_goes_back_on_an_alarm(checked: Template) -> None:
    groups = checked.of("CodeDeploy::DeploymentGroup")
    aliases = checked.of("Lambda::Alias")
    assert len(groups) == len(aliases)
    for group in groups.values():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert len(group["AlarmConfiguration"]["Alarms"]) == 1
    shifted = [
        resource["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        for resource in checked.resources.values()
        if resource["Type"] == "AWS::Lambda::Alias"
    ]
    assert {target(each["DeploymentGroupName"]) for each in shifted} == groups.keys()


def test_only_starts_that_somebody_waits_for_are_snapshots_since_each_costs_by_the_month(
    checked: Template, template: Template
) -> None:
    def kept(made: Template) -> set[str]:
        functions = made.of("Lambda::Function").values()
        return {each["Handler"] for each in functions if each.get("SnapStart") == {"ApplyOn": "PublishedVersions"}}

    capture = {"respond.app.app"}
    assert kept(template) == capture
    assert kept(checked) == capture | {
        "authorize.app.handler",
        "console.app.handler",
        "manage.app.handler",
        "manage.oauth.handler",
    }


@pytest.mark.parametrize(("mode", "rule", "group"), [("count", "Count", "Count"), ("block", "Block", "None")])
def test_the_web_acl_counts_before_it_blocks_and_bounds_those_who_try_links(
    tmp_path: Path, mode: str, rule: str, group: str
) -> None:
    (tmp_path / "full.toml").write_text(full().replace('mode = "block"', f'mode = "{mode}"'))
    made = Asking(App(), "Stack", stage=read("full", tmp_path))
    api: Any = SimpleNamespace(rest=SimpleNamespace(deployment_stage=SimpleNamespace(stage_arn="arn:stage")))
    Shield(made, "Shield", api=api)

    (acl,) = Synthesised.from_stack(made).find_resources("AWS::WAFv2::WebACL").values()
    links, *managed = acl["Properties"]["Rules"]
    rated = links["Statement"]["RateBasedStatement"]
    assert (links["Action"], rated["Limit"], rated["AggregateKeyType"]) == ({rule: {}}, 2000, "IP")
    assert rated["ScopeDownStatement"]["RegexMatchStatement"]["RegexString"] == "^/(live/)?[stiu]/"
    assert len(managed) == 3
    assert {json.dumps(each["OverrideAction"]) for each in managed} == {json.dumps({group: {}})}
    assert not any(each["VisibilityConfig"]["SampledRequestsEnabled"] for each in (links, *managed))


def re_named(name: str) -> str:
    """Return a logical id without the digest that the CDK adds."""
    return name[:-8]
