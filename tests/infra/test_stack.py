"""What the template must say, above all what the embedded AWS silently drops."""

import json
import re

import pytest

from escuta.entity import Table
from escuta.feedback import lake
from respond.app import app as respond_app
from tests.infra.conftest import Template, target

WORK = {"Drop": 900, "Load": 300, "Close": 900, "Plan": 120, "Deliver": 120, "Feedback": 30, "Alert": 30} | {
    "Export": 900,
    "Erase": 900,
    "Lake": 300,
    "Digest": 300,
    "Event": 60,
    "Webhook": 120,
    "Inbound": 60,
}
BOUND = {"Load"}  # filled by the thousand: five polls where the others have two
TRIES = {"Plan": 50, "Deliver": 50, "Feedback": 50}


@pytest.mark.parametrize("table", Table)
def test_every_table_is_on_demand_protected_and_restorable(template: Template, table: Table) -> None:
    made = template.one("DynamoDB::Table", f"Store{table.title()}")
    assert made["BillingMode"] == "PAY_PER_REQUEST"
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert made["DeletionProtectionEnabled"] is True
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("table", Table)
def test_every_table_has_both_indexes_with_all_attributes(template: Template, table: Table) -> None:
    made = template.one("DynamoDB::Table", f"Store{table.title()}")
    assert [
        (
            index["IndexName"],
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for index in made["GlobalSecondaryIndexes"]
    ] == [("by_g1", ["g1pk", "g1sk"], "ALL"), ("by_g2", ["g2pk", "g2sk"], "ALL")]


def test_only_what_functions_follow_has_a_stream(template: Template) -> None:
    streams = {
        name[5:-8]: table["StreamSpecification"]["StreamViewType"]
        for name, table in template.of("DynamoDB::Table").items()
        if "StreamSpecification" in table
    }
    assert streams == {"Feedback": "NEW_AND_OLD_IMAGES", "Outreach": "NEW_IMAGE"}


FOLLOWED = {
    "MeteringAppFunction": ("StoreFeedback", {"kind": ["response"]}),
    "MeteringFunnelFunction": ("StoreOutreach", {"follow": ["invitation"]}),
    "TicketingAppFunction": ("StoreFeedback", {"kind": ["response", "event"]}),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_consumer_of_a_stream_reads_what_it_is_for_and_parks_what_it_cannot_process(
    template: Template, name: str
) -> None:
    followed, marks = FOLLOWED[name]
    (mapping,) = [
        mapping
        for mapping in template.of("Lambda::EventSourceMapping").values()
        if "StartingPosition" in mapping and _function_of(template, mapping).startswith(name)
    ]
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRetryAttempts"] == 10
    assert mapping["MaximumRecordAgeInSeconds"] == 6 * 3600
    assert target(mapping["DestinationConfig"]["OnFailure"]["Destination"]).startswith("FilesParked")
    (only,) = mapping["FilterCriteria"]["Filters"]
    image = {mark: {"S": kinds} for mark, kinds in marks.items()}
    assert json.loads(only["Pattern"]) == {"dynamodb": {"NewImage": image}}
    assert target(mapping["EventSourceArn"]).startswith(followed)


@pytest.mark.parametrize(("name", "seconds"), WORK.items())
def test_every_queue_hides_a_message_six_times_as_long_as_its_function_may_take(
    template: Template, name: str, seconds: int
) -> None:
    queue = template.one("SQS::Queue", f"{name}Queue")
    (mapping,) = [
        mapping
        for mapping in template.of("Lambda::EventSourceMapping").values()
        if target(mapping["EventSourceArn"]).startswith(f"{name}Queue")
    ]
    function = template.resources[_function_of(template, mapping)]["Properties"]
    assert function["Timeout"] == seconds
    assert queue["VisibilityTimeout"] == 6 * seconds
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    bound = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
    assert bound == (function["ReservedConcurrentExecutions"] if name in BOUND else None)  # without: fewer polls
    assert function["RecursiveLoop"] == "Allow"  # what goes on by a message to itself is not taken for a fault


@pytest.mark.parametrize("name", WORK)
def test_every_queue_keeps_what_failed_at_every_try_for_two_weeks(template: Template, name: str) -> None:
    redrive = template.one("SQS::Queue", f"{name}Queue")["RedrivePolicy"]
    dead = template.resources[target(redrive["deadLetterTargetArn"])]["Properties"]
    assert redrive["maxReceiveCount"] == TRIES.get(name, 5)
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600


def _function_of(template: Template, mapping: dict[str, object]) -> str:
    """Return the id of the function that a mapping feeds, through its alias."""
    text = json.dumps(mapping["FunctionName"])
    (alias,) = [alias for name, alias in template.of("Lambda::Alias").items() if f'"{name}"' in text]
    return target(alias["FunctionName"])


def test_imports_and_sends_cannot_starve_the_capture_of_answers(template: Template) -> None:
    reserved = {
        function["Handler"]: function["ReservedConcurrentExecutions"]
        for function in template.of("Lambda::Function").values()
    }
    assert reserved.pop("respond.app.app") == 300
    assert max(reserved.values()) == 50
    assert sum(reserved.values()) == 269  # of the 1,000 of an account, 100 of which cannot be reserved


def test_every_function_is_arm64_python_behind_an_alias(template: Template) -> None:
    functions = template.of("Lambda::Function")
    assert len(functions) == 31
    for function in functions.values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        writes_parquet = function["Handler"] in {"export.app.handler", "export.lake.handler"}
        assert len(function["Layers"]) == (3 if writes_parquet else 2)
    assert [alias["Name"] for alias in template.of("Lambda::Alias").values()] == ["live"] * len(functions)


def test_every_bucket_is_private_encrypted_and_refuses_plain_http(template: Template) -> None:
    buckets = template.of("S3::Bucket")
    assert len(buckets) == 7
    for bucket in buckets.values():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    policies = {target(policy["Bucket"]): policy for policy in template.of("S3::BucketPolicy").values()}
    assert policies.keys() == buckets.keys()
    for policy in policies.values():
        denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert [(s["Action"], s["Condition"]) for s in denied] == [("s3:*", {"Bool": {"aws:SecureTransport": "false"}})]


def test_no_trigger_covers_a_bucket_that_functions_write_to(template: Template) -> None:
    noticed = {
        name: bucket["NotificationConfiguration"]
        for name, bucket in template.of("S3::Bucket").items()
        if "NotificationConfiguration" in bucket
    }
    assert {re.sub(r"[0-9A-F]{8}$", "", name) for name in noticed} == {"FilesDrop", "FilesReceived"}
    written = {
        json.dumps(statement["Resource"])
        for policy in template.of("IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "s3:PutObject" in json.dumps(statement["Action"])
    }
    # The API signs links for files that others upload, and stores none itself.
    into_drop = [place for found in written for place in re.findall(r'FilesDrop\w+", "Arn"]}, "([^"]+)"', found)]
    assert into_drop == ["/*/uploads/*"]


def test_nothing_that_holds_data_goes_away_with_the_stack(template: Template) -> None:
    for kind in ("DynamoDB::Table", "S3::Bucket", "Cognito::UserPool", "SecretsManager::Secret", "SQS::Queue"):
        for name, resource in template.resources.items():
            if resource["Type"] == f"AWS::{kind}" and not name.startswith("Missed"):  # which holds no work
                assert resource["DeletionPolicy"] == "Retain", name


def test_the_routes_of_the_survey_are_open_and_the_management_api_is_guarded(template: Template) -> None:
    guards = sorted(
        (method["HttpMethod"], method["AuthorizationType"]) for method in template.of("ApiGateway::Method").values()
    )
    assert guards.count(("ANY", "CUSTOM")) == 1
    assert guards.count(("ANY", "NONE")) == 5 + len(
        respond_app.routes
    )  # console and links to tickets, with their trees; access tokens; other methods
    for verb, more in (("GET", 0), ("POST", 1)):  # access tokens
        declared = sum(verb in methods for methods in respond_app.routes.values())
        assert guards.count((verb, "NONE")) == declared + more >= 4
    assert template.one("ApiGateway::Authorizer", "Api")["AuthorizerResultTtlInSeconds"] == 0


def test_what_the_gateway_refuses_by_itself_is_a_problem_with_a_code_and_a_page_in_three_languages(
    template: Template,
) -> None:
    answers = template.of("ApiGateway::GatewayResponse").values()
    codes = {answer["ResponseType"]: json.loads(answer["ResponseTemplates"]["application/json"]) for answer in answers}

    assert (codes["UNAUTHORIZED"]["code"], codes["UNAUTHORIZED"]["status"]) == ("unauthenticated", 401)
    assert (codes["MISSING_AUTHENTICATION_TOKEN"]["code"], codes["DEFAULT_5XX"]["code"]) == (
        "route_unknown",
        "unavailable",
    )
    for answer in answers:
        assert answer["ResponseTemplates"]["text/html"].count("<p lang=") == 3
        assert answer["ResponseParameters"]["gatewayresponse.header.Cache-Control"] == "'no-store'"


def test_a_line_of_the_api_names_who_called_and_never_a_path_since_a_survey_link_is_a_secret(
    template: Template,
) -> None:
    stage = template.one("ApiGateway::Stage", "Api")
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    assert (logged["route"], logged["caller"]) == ("$context.resourcePath", "$context.authorizer.principalId")
    assert "$context.path" not in logged.values()
    assert not any(settings.get("LoggingLevel") for settings in stage["MethodSettings"])


def test_the_console_signs_in_by_password_only_and_nobody_signs_up_alone(template: Template) -> None:
    pool = template.one("Cognito::UserPool", "PeoplePool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["MfaConfiguration"] == "OPTIONAL"
    client = template.one("Cognito::UserPoolClient", "PeoplePool")
    assert client["ExplicitAuthFlows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert sorted(group["GroupName"] for group in template.of("Cognito::UserPoolGroup").values()) == [
        "admin",
        "analyst",
        "manager",
    ]


def test_sweeps_run_by_the_clock(template: Template) -> None:
    rules = {rule["ScheduleExpression"] for rule in template.of("Events::Rule").values()}
    assert rules == {
        "rate(1 hour)",
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(15 minutes)",
        "cron(5 * * * ? *)",
        "cron(40 6 * * ? *)",
    }


def test_athena_reads_what_the_lake_is_written_as(template: Template) -> None:
    (table,) = template.of("Glue::Table").values()
    told = table["TableInput"]
    assert {column["Name"]: column["Type"] for column in told["StorageDescriptor"]["Columns"]} == lake.COLUMNS
    assert [key["Name"] for key in told["PartitionKeys"]] == ["survey", "day"]
    place = json.dumps(told["Parameters"]["storage.location.template"])
    assert place.endswith('/responses/survey=${survey}/day=${day}/"]]}')
    assert lake.Part("s", "2026-03-10", "2026-03-10T15").object_key.startswith("responses/survey=s/day=2026-03-10/")
    (group,) = template.of("Athena::WorkGroup").values()
    assert group["WorkGroupConfiguration"]["EnforceWorkGroupConfiguration"] is True


def test_carriers_report_to_a_topic_on_behalf_of_this_account_alone(template: Template) -> None:
    topics = {name for name in template.of("SNS::Topic") if name.startswith("MailSms")}
    (policy,) = (each for name, each in template.of("SNS::TopicPolicy").items() if name.startswith("MailSms"))
    (grant,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
    fed = {target(each["TopicArn"]) for each in template.of("SNS::Subscription").values()}

    assert grant["Principal"] == {"Service": "sms-voice.amazonaws.com"}
    assert grant["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert topics <= fed
