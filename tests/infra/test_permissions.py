"""What each function may do, as reviewed: nothing that it does not use, and wildcards only with a reason.

Derived from the calls that the functions make in their own tests. A new right is a change of this table.
"""

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from tests.infra.conftest import Template

CONSUME = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"} | {
    "sqs:ReceiveMessage"
}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
INDEX = {"dynamodb:Query"}
PARKED = {"FilesParked/*": {"s3:PutObject"}, "FilesParked": {"s3:ListBucket"}}
LISTED = {"*": {"dynamodb:ListStreams"}}
LOOKED_AT = {"sqs:GetQueueAttributes"}
WORK = (
    *("Alert", "Close", "Deliver", "Digest", "Drop", "Erase", "Event"),
    *("Export", "Feedback", "Inbound", "Lake", "Load", "Plan", "Webhook"),
)
SECRET = {"secret:Escuta/link-??????": {"secretsmanager:GetSecretValue"}}
MISSED = {"Missed": {"sqs:SendMessage"}}  # its own failed calls
SEND = {
    "identity/Sender": {"ses:SendEmail", "ses:SendRawEmail"},
    "identity/domain of Sender": {"ses:SendEmail", "ses:SendRawEmail"},
    "configuration-set/MailSet": {"ses:SendEmail", "ses:SendRawEmail"},
    "*": {"sns:Publish"},  # a telephone number has no ARN; see the Deny
    "topics": {"not sns:Publish"},
}


def items(*actions: str) -> set[str]:
    return {f"dynamodb:{action}" for action in actions}


REVIEWED: dict[str, dict[str, set[str]]] = {
    "AuthorizeApp": {
        "StoreDirectory": items("GetItem", "BatchGetItem"),
        **SECRET,
    },
    "ConsoleApp": {
        "StoreAudit": items("BatchGetItem", "Query", "PutItem"),
        "StoreDirectory": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"
        ),
        "StoreFeedback": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        "StoreOutreach": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"
        ),
        "StoreAudit/index": INDEX,
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "FilesAttachments": {"s3:ListBucket"},
        "FilesAttachments/*": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
        "FilesDrop": {"s3:ListBucket"},
        "FilesDrop/*": {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/*": {"s3:GetObject", "s3:PutObject"},
        "AlertQueue": {"sqs:SendMessage"},
        "CloseQueue": {"sqs:SendMessage"},
        "DeliverQueue": {"sqs:SendMessage"},
        "DropQueue": {"sqs:SendMessage"},
        "EraseQueue": {"sqs:SendMessage"},
        "EventQueue": {"sqs:SendMessage"},
        "ExportQueue": {"sqs:SendMessage"},
        "PeoplePool": {
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminDeleteUser",
            "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminEnableUser",
            "cognito-idp:AdminGetUser",
            "cognito-idp:AdminInitiateAuth",
            "cognito-idp:AdminListGroupsForUser",
            "cognito-idp:AdminResetUserPassword",
            "cognito-idp:AdminRespondToAuthChallenge",
            "cognito-idp:AdminSetUserMFAPreference",
            "cognito-idp:AdminSetUserPassword",
            "cognito-idp:AdminUpdateUserAttributes",
        },
        "PlanQueue": {"sqs:SendMessage"},
        "WebhookQueue": {"sqs:SendMessage"},
        **SECRET,
        **SEND,
    },
    "DistributeDeliver": {
        "StoreDirectory": items("GetItem", "BatchGetItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreOutreach": items(
            "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "BatchWriteItem", "ConditionCheckItem"
        ),
        "StoreDirectory/index": INDEX,
        "*": {"ses:GetAccount", "sns:Publish"},
        "DeliverQueue": CONSUME | {"sqs:SendMessage"},
        "configuration-set/MailSet": {"ses:SendEmail", "ses:SendRawEmail"},
        "identity/Sender": {"ses:SendEmail", "ses:SendRawEmail"},
        "identity/domain of Sender": {"ses:SendEmail", "ses:SendRawEmail"},
        "topics": {"not sns:Publish"},
        **SECRET,
    },
    "DistributeDue": {
        **MISSED,
        "StoreFeedback": items("PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"),
        "StoreOutreach/index": INDEX,
        "*": {"ses:GetAccount"},
        "DeliverQueue": {"sqs:SendMessage"},
        "PlanQueue": {"sqs:SendMessage"},
    },
    "DistributeFeedback": {
        "StoreFeedback": items("PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
        "StoreOutreach/index": INDEX,
        "*": {"sns:Publish"},
        "FeedbackQueue": CONSUME,
        "topics": {"not sns:Publish"},
        **SECRET,
    },
    "DistributePlan": {
        "StoreDirectory": items("GetItem", "BatchGetItem", "Query"),
        "StoreFeedback": items("GetItem", "PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"),
        "StoreDirectory/index": INDEX,
        "StoreOutreach/index": INDEX,
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/results/*": {"s3:GetObject"},
        "DeliverQueue": {"sqs:SendMessage"},
        "PlanQueue": CONSUME | {"sqs:SendMessage"},
        **SECRET,
    },
    "ExportsApp": {
        "StoreAudit": items("Query"),
        "StoreDirectory": items("GetItem", "BatchGetItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/exports/*": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
        "ExportQueue": CONSUME | {"sqs:SendMessage"},
        **SECRET,
    },
    "ExportsSchedule": {
        **MISSED,
        "StoreAudit": items("PutItem"),
        "StoreDirectory": items("GetItem"),
        "StoreFeedback": items("GetItem", "PutItem"),
        "StoreFeedback/index": INDEX,
        "ExportQueue": {"sqs:SendMessage"},
    },
    "ImporterClose": {
        "StoreDirectory": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreFeedback": items("PutItem"),
        "StoreOutreach": items("GetItem", "PutItem"),
        "StoreDirectory/index": INDEX,
        "FilesDrop": {"s3:ListBucket"},
        "FilesDrop/*": {"s3:GetObject", "s3:GetObjectVersion"},
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/*": {"s3:PutObject"},
        "FilesReports/results/*": {"s3:GetObject"},
        "CloseQueue": CONSUME | {"sqs:SendMessage"},
        "PlanQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "ImporterLoad": {
        "StoreDirectory": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"
        ),
        "StoreFeedback": items("PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreDirectory/index": INDEX,
        "FilesDrop": {"s3:ListBucket"},
        "FilesDrop/*": {"s3:GetObject", "s3:GetObjectVersion"},
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/results/*": {"s3:PutObject"},
        "FilesReports/staged/*": {"s3:GetObject"},
        "CloseQueue": {"sqs:SendMessage"},
        "LoadQueue": CONSUME,
        **SECRET,
    },
    "ImporterRegister": {
        "StoreDirectory": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreFeedback": items("PutItem"),
        "StoreOutreach": items("GetItem"),
        "StoreDirectory/index": INDEX,
        "FilesDrop": {"s3:ListBucket"},
        "FilesDrop/*": {"s3:GetObject", "s3:GetObjectVersion"},
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/*": {"s3:PutObject"},
        "FilesReports/staged/*": {"s3:GetObject"},
        "CloseQueue": {"sqs:SendMessage"},
        "DropQueue": CONSUME | {"sqs:SendMessage"},
        "LoadQueue": {"sqs:SendMessage"},
    },
    "LakesWrite": {
        "StoreFeedback": items("GetItem"),
        "StoreFeedback/index": INDEX,
        "FilesLake": {"s3:ListBucket"},
        "FilesLake/responses/*": {"s3:GetObject", "s3:PutObject"},
        "LakeQueue": CONSUME,
    },
    "ManageApp": {
        "StoreAudit": items("BatchGetItem", "Query", "PutItem"),
        "StoreDirectory": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"
        ),
        "StoreFeedback": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        "StoreOutreach": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"
        ),
        "StoreAudit/index": INDEX,
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "FilesAttachments": {"s3:ListBucket"},
        "FilesAttachments/*": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
        "FilesDrop": {"s3:ListBucket"},
        "FilesDrop/*": {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/*": {"s3:GetObject", "s3:PutObject"},
        "AlertQueue": {"sqs:SendMessage"},
        "CloseQueue": {"sqs:SendMessage"},
        "DeliverQueue": {"sqs:SendMessage"},
        "DropQueue": {"sqs:SendMessage"},
        "EraseQueue": {"sqs:SendMessage"},
        "EventQueue": {"sqs:SendMessage"},
        "ExportQueue": {"sqs:SendMessage"},
        "PeoplePool": {
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminDeleteUser",
            "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminEnableUser",
            "cognito-idp:AdminGetUser",
            "cognito-idp:AdminResetUserPassword",
            "cognito-idp:AdminSetUserMFAPreference",
            "cognito-idp:AdminUpdateUserAttributes",
        },
        "PlanQueue": {"sqs:SendMessage"},
        "WebhookQueue": {"sqs:SendMessage"},
        **SECRET,
        **SEND,
    },
    "ManageOauth": {
        "StoreAudit": items("PutItem"),
        "StoreDirectory": items("GetItem", "PutItem"),
        **SECRET,
    },
    "MeteringApp": {
        "StoreDirectory": items("GetItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "PutItem", "UpdateItem"),
        "StoreFeedback/stream": STREAM,
        "*": {"comprehend:BatchDetectSentiment", "dynamodb:ListStreams"},
        "LakeQueue": {"sqs:SendMessage"},
        **PARKED,
    },
    "MeteringFunnel": {
        "StoreOutreach": items("GetItem", "BatchGetItem", "PutItem", "UpdateItem"),
        "StoreOutreach/stream": STREAM,
        **LISTED,
        **PARKED,
    },
    "MeteringSweep": {
        **MISSED,
        "StoreDirectory": items("GetItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "LakeQueue": {"sqs:SendMessage"},
    },
    "MailsApp": {},
    "PrivacyErase": {
        "StoreDirectory": items("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"),
        "StoreFeedback": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"
        ),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "FilesAttachments/*": {"s3:DeleteObject"},
        "FilesDrop": {"s3:ListBucket"},
        "FilesDrop/*": {"s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion"},
        "FilesReports": {"s3:ListBucket"},
        "FilesReports/*": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
        "EraseQueue": CONSUME | {"sqs:SendMessage"},
        **SECRET,
    },
    "PrivacyRetain": {
        **MISSED,
        "StoreFeedback/index": INDEX,
        "EraseQueue": {"sqs:SendMessage"},
    },
    "PublishApp": {
        "StoreFeedback": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "PutItem"),
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "EventQueue": CONSUME | {"sqs:SendMessage"},
        "EventsBus": {"events:PutEvents"},
        "WebhookQueue": {"sqs:SendMessage"},
    },
    "PublishDeliver": {
        "StoreFeedback": items("BatchGetItem", "PutItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "PutItem", "DeleteItem"),
        "StoreDirectory/index": INDEX,
        "StoreOutreach/index": INDEX,
        "WebhookQueue": CONSUME | {"sqs:SendMessage"},
        **SECRET,
    },
    "PublishSweep": {
        **MISSED,
        "StoreOutreach": items("BatchGetItem"),
        "StoreOutreach/index": INDEX,
        "WebhookQueue": {"sqs:SendMessage"},
    },
    "RespondApp": {
        "StoreDirectory": items("GetItem", "PutItem", "BatchWriteItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        "StoreOutreach": items("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"),
        "StoreDirectory/index": INDEX,
        **SECRET,
    },
    "RespondConfirm": {
        **MISSED,
        "StoreFeedback": items("GetItem", "Query", "PutItem", "UpdateItem"),
        "StoreOutreach": items("GetItem", "PutItem", "UpdateItem"),
        "StoreFeedback/index": INDEX,
    },
    "RoundsApp": {
        "Missed": {"sqs:GetQueueAttributes", "sqs:SendMessage"},
        **{f"{name}Dead": LOOKED_AT for name in WORK},
        **{f"{name}Queue": LOOKED_AT for name in ("Alert", "Deliver", "Drop", "Event", "Feedback", "Inbound")},
        "*": {"cloudwatch:GetMetricData"},
    },
    "TicketingAlert": {
        "StoreDirectory": items("GetItem", "BatchGetItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "Query", "PutItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "AlertQueue": CONSUME,
        **SECRET,
        **SEND,
    },
    "TicketingApp": {
        "StoreDirectory": items("GetItem", "BatchGetItem", "Query", "ConditionCheckItem"),
        "StoreFeedback": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        "StoreFeedback/index": INDEX,
        "StoreFeedback/stream": STREAM,
        "StoreOutreach/index": INDEX,
        "AlertQueue": {"sqs:SendMessage"},
        "EventQueue": {"sqs:SendMessage"},
        **PARKED,
        **LISTED,
    },
    "TicketingDigest": {
        **MISSED,
        "StoreDirectory": items("GetItem", "BatchGetItem"),
        "StoreFeedback": items("GetItem", "BatchGetItem", "Query", "PutItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "AlertQueue": {"sqs:SendMessage"},
        "DigestQueue": CONSUME | {"sqs:SendMessage"},
        **SECRET,
        **SEND,
    },
    "TicketingReceive": {
        "StoreDirectory": items("GetItem", "BatchGetItem", "Query"),
        "StoreFeedback": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "StoreOutreach/index": INDEX,
        "FilesReceived": {"s3:ListBucket"},
        "FilesReceived/*": {"s3:GetObject"},
        "AlertQueue": {"sqs:SendMessage"},
        "InboundQueue": CONSUME,
        **SECRET,
    },
    "TicketingSweep": {
        **MISSED,
        "StoreDirectory": items("GetItem", "BatchGetItem", "Query"),
        "StoreFeedback": items(
            "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        "StoreOutreach": items("GetItem", "BatchGetItem", "Query", "PutItem", "ConditionCheckItem"),
        "StoreDirectory/index": INDEX,
        "StoreFeedback/index": INDEX,
        "AlertQueue": {"sqs:SendMessage"},
    },
}


def granted(template: Template) -> dict[str, dict[str, set[str]]]:
    """Return function -> resource -> actions, read from the policies of the template."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, policy in template.of("IAM::Policy").items():
        function = name.partition("RoleDefaultPolicy")[0]
        for statement in policy["PolicyDocument"]["Statement"]:
            denied = "not " if statement["Effect"] == "Deny" else ""
            for resource in _list(statement["Resource"]):
                found[function][_short(resource)] |= {denied + action for action in _list(statement["Action"])}
    return {name: dict(resources) for name, resources in found.items()}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _short(resource: Any) -> str:
    """Return the name of what an ARN stands for: the construct, and what of it."""
    if resource == "*":
        return "*"
    text = json.dumps(resource)
    if re.search(r":sns:\*:\*:\*", text):
        return "topics"
    if secret := re.search(r'(secret:[^"]+)"', text):
        return secret[1]
    ids = re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"([A-Za-z0-9]+)"', text)
    name = next((re.sub(r"[0-9A-F]{8}$", "", one) for one in ids if not one.startswith("AWS")), "")
    kind = re.search(r"(identity|configuration-set)/", text)
    if kind:
        return f"{kind[0]}{'domain of ' if 'Fn::Split' in text else ''}{name}"
    if "StreamArn" in text:
        return f"{name}/stream"
    rest = re.search(r'"/(index|[a-z/]*\*)', text)
    return f"{name}/{rest[1]}" if rest else name


def test_every_function_is_reviewed(template: Template) -> None:
    functions = {name.partition("Function")[0] for name in template.of("Lambda::Function")}
    assert functions == REVIEWED.keys()


@pytest.mark.parametrize("function", REVIEWED)
def test_a_function_may_do_what_was_reviewed_and_no_more(template: Template, function: str) -> None:
    ours = {
        resource: actions
        for resource, actions in granted(template)[function].items()
        if not resource.startswith(f"{function}Log")
    }
    assert ours == REVIEWED[function]


def test_a_function_writes_its_own_log_and_no_other(template: Template) -> None:
    for function, resources in granted(template).items():
        logs = {name: actions for name, actions in resources.items() if any("logs:" in action for action in actions)}
        assert logs == {f"{function}Log": {"logs:CreateLogStream", "logs:PutLogEvents"}}


def test_no_action_is_a_wildcard(template: Template) -> None:
    actions = {action for resources in granted(template).values() for some in resources.values() for action in some}
    assert [action for action in actions if "*" in action] == []


def test_only_documented_managed_policies_are_attached(template: Template) -> None:
    attached = {
        name: json.dumps(role["ManagedPolicyArns"])
        for name, role in template.of("IAM::Role").items()
        if role.get("ManagedPolicyArns")
    }
    assert [name.startswith("ApiRestCloudWatchRole") for name in attached] == [True]
