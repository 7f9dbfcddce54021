"""What failed and lies aside: shown, given another try, and never lost, wherever redriving is interrupted."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from rich.console import Console

from escuta import table
from escuta.feedback.metrics import spreading
from infra.cdk.stages import LAPTOP
from infra.operate import dead, parked, redriving
from infra.operate.account import Account, StoppedError
from metering import app
from tests.conftest import ACCOUNT, REGION, moto
from tests.infra.conftest import Template
from tests.kit import faults, recount, world
from tests.kit.factories import SURVEY, response
from tests.kit.guard import EVERY_CALL
from tests.kit.stream import Context, event, record

pytestmark = pytest.mark.usefixtures("aws", "noon")

DATA = {
    "Resources": {
        "DeliverDead87D31FEE": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "deliver-dead"}},
        "DeliverQueue91841F7D": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "deliver-back"}},
        "PlanDeadD12F6FD4": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "plan-dead"}},
        "PlanQueue04C0CFB0": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "plan-back"}},
        "Parked": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "escuta-parked"}},
    },
    "Outputs": {"OutParkedBucket": {"Value": {"Ref": "Parked"}}},
}
FUNCTIONS = {"Resources": {"Missed3BACDA05": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "missed"}}}}
METERING = "Escuta-metering"
KEY = "aws/lambda/1f2e/shardId-0/2026-03-10T15.00.00-a"
MOVES = ("StartMessageMoveTask", "ListMessageMoveTasks")


class Beside:
    """What moto has not: the moves of SQS, as AWS documents them, and calls of Lambda, which reach our own handler."""

    def __init__(self) -> None:
        self.has_moves = True
        self.handler: Callable[[dict[str, Any], Any], Any] = app.handler
        self.tasks: list[dict[str, Any]] = []
        self.invoked: list[str] = []

    def answer(self, operation: str, asked: dict[str, Any]) -> Any:
        if operation == "Invoke":
            return self._invoke(asked)
        if not self.has_moves:
            raise ClientError({"Error": {"Code": "InvalidAction", "Message": "no such action"}}, operation)
        if operation == "StartMessageMoveTask":
            if any(task["Status"] == "RUNNING" and task["SourceArn"] == asked["SourceArn"] for task in self.tasks):
                raise ClientError({"Error": {"Code": "AWS.SimpleQueueService.UnsupportedOperation"}}, operation)
            self.tasks.insert(0, {**asked, "Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 0})
            return {"TaskHandle": "handle"}
        return {
            "Results": [dict(self._goes_on(task)) for task in self.tasks if task["SourceArn"] == asked["SourceArn"]]
        }

    def _goes_on(self, task: dict[str, Any]) -> dict[str, Any]:
        """Move one more message; the last look finds nothing any more."""
        if task["Status"] == "RUNNING":
            with faults.untouched():
                source, target = (url(task[name].rpartition(":")[2]) for name in ("SourceArn", "DestinationArn"))
                taken = client("sqs").receive_message(QueueUrl=source, VisibilityTimeout=0).get("Messages", ())
                for message in taken:
                    client("sqs").send_message(QueueUrl=target, MessageBody=message["Body"])
                    client("sqs").delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
                    task["ApproximateNumberOfMessagesMoved"] += 1
            if not taken:
                task["Status"] = "COMPLETED"
        return task

    def _invoke(self, asked: dict[str, Any]) -> Any:
        self.invoked.append(asked["FunctionName"])
        with faults.untouched():
            try:
                said: dict[str, Any] = {"Payload": self.handler(json.loads(asked["Payload"]), Context())}
            except ValueError as error:
                said = {"FunctionError": "Unhandled", "Payload": {"errorMessage": str(error)}}
        return {**said, "Payload": BytesIO(json.dumps(said["Payload"]).encode())}


@pytest.fixture
def beside() -> Iterator[Beside]:
    made = Beside()
    original = vars(BaseClient)[EVERY_CALL]

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        if operation_name in {*MOVES, "Invoke"}:
            return made.answer(operation_name, api_params)
        return original(self, operation_name, api_params)

    with patch.object(BaseClient, EVERY_CALL, call):
        yield made


@pytest.fixture
def account(beside: Beside) -> Account:
    del beside
    deployed()
    return Account(stage=LAPTOP, session=boto3.Session(region_name=REGION))


def deployed() -> None:
    for name, template in (("Escuta-data", DATA), ("Escuta", FUNCTIONS)):
        client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def client(service: str) -> Any:
    return boto3.client(service, REGION)  # type: ignore[call-overload] # any service by name


def url(name: str) -> str:
    return str(client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def put(name: str, *bodies: str) -> None:
    for body in bodies:
        told = {"kind": {"DataType": "String", "StringValue": body}}
        client("sqs").send_message(QueueUrl=url(name), MessageBody=body, MessageAttributes=told)


def bodies(name: str) -> set[str]:
    """Return what is in a queue, also what somebody has just taken and not removed."""
    return {each.body for each in moto("sqs").get_queue(name)._messages}  # noqa: SLF001 - looks at all, changes nothing


def lambda_wrote(function: str = METERING, key: str = KEY, **changed: Any) -> None:
    """Put what Lambda writes where a batch of the stream was given up, as its developer guide has it."""
    answers = [response("ana", 9), response("bruno", 3)]
    records = [record(each, number=number) for number, each in enumerate(answers, start=10**21)]
    said = {
        "requestContext": {
            "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
            "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:live",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 11,
        },
        "version": "1.0",
        "timestamp": "2026-03-10T15:00:00.000Z",
        "DDBStreamBatchInfo": {"shardId": "shardId-0", "batchSize": len(records)},
        "payload": json.dumps(event(records)),
        **changed,
    }
    client("s3").put_object(Bucket="escuta-parked", Key=key, Body=json.dumps(said).encode())


def keys() -> set[str]:
    return {each["Key"] for each in client("s3").list_objects_v2(Bucket="escuta-parked").get("Contents", ())}


def run(account: Account, *, queue: str = "", go: bool = True, forget: bool = False) -> tuple[int, str]:
    said = Console(file=StringIO(), width=200)
    with patch.object(parked, "functions", lambda _account: frozenset({METERING})):
        ended = redriving.run(account, said, queue=queue, go=go, forget=forget)
    assert isinstance(said.file, StringIO)
    return ended, said.file.getvalue()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Wait for nothing, and write down how long it would have been."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr(dead, "HIDDEN", 0)  # what a run that ended has taken is there again a minute later
    return waited


def test_every_queue_with_dead_letters_and_the_one_it_goes_back_to_is_found_in_the_real_stacks(
    template: Template,
) -> None:
    logical = [name for name, each in template.resources.items() if each["Type"] == "AWS::SQS::Queue"]
    known = {(match["name"], match["part"]) for name in logical if (match := dead.ID.fullmatch(name))}
    dead_letters = {name for name, part in known if part == "Dead"}

    assert len(known) == len(logical)
    assert {name for name, part in known if part == "Queue"} == dead_letters
    assert {"Deliver", "Feedback", "Webhook"} < dead_letters
    assert ("", "Missed") in known
    assert "OutParkedBucket" in template.whole["Outputs"]


def test_without_go_what_lies_there_is_counted_and_nothing_is_changed(account: Account) -> None:
    put("deliver-dead", "a", "b")
    put("missed", "m")
    lambda_wrote()

    ended, said = run(account, go=False)

    assert ended == 0
    rows = {line.split()[0]: line.split()[1:3] for line in said.splitlines() if line}
    assert rows["deliver"] == ["2", "0:00:00"]
    assert rows["plan"] == ["0"]
    assert rows["missed"][0] == "1"
    assert said.split("parked (of the stream)")[1].split()[0] == "1"
    assert "Nothing was changed" in said
    assert (bodies("deliver-dead"), bodies("deliver-back"), keys()) == ({"a", "b"}, set(), {KEY})


@pytest.mark.parametrize("has_moves", [True, False])
def test_what_failed_goes_back_to_where_it_came_from(account: Account, beside: Beside, *, has_moves: bool) -> None:
    beside.has_moves = has_moves
    put("deliver-dead", "a", "b")
    put("plan-dead", "c")

    ended, said = run(account)

    assert (ended, "deliver: 2 moved" in said, "plan: 1 moved" in said) == (0, True, True)
    assert (bodies("deliver-back"), bodies("plan-back")) == ({"a", "b"}, {"c"})
    assert (bodies("deliver-dead"), bodies("plan-dead")) == (set(), set())


def test_one_queue_can_be_named_and_the_others_are_left_alone(account: Account) -> None:
    put("deliver-dead", "a")
    put("plan-dead", "c")
    lambda_wrote()

    run(account, queue="plan")

    assert (bodies("deliver-dead"), bodies("plan-back"), keys()) == ({"a"}, {"c"}, {KEY})
    with pytest.raises(StoppedError, match=r"QUEUE=mail: .* There are deliver, plan, missed, parked\."):
        run(account, queue="mail")


def test_attributes_go_along_and_no_more_than_the_rate_where_aws_cannot_move(
    account: Account, beside: Beside, at_once: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    beside.has_moves = False
    monkeypatch.setenv("RATE", "10")
    put("deliver-dead", "a", "b")

    run(account, queue="deliver")

    sqs = client("sqs")
    (taken,) = sqs.receive_message(QueueUrl=url("deliver-back"), MessageAttributeNames=["All"])["Messages"]
    assert taken["MessageAttributes"]["kind"]["StringValue"] == taken["Body"]
    assert at_once == [0.1, 0.1]


@pytest.mark.parametrize("rate", ["0", "501", "fast"])
def test_a_rate_that_is_none_is_refused_before_anything_moves(
    account: Account, monkeypatch: pytest.MonkeyPatch, rate: str
) -> None:
    put("deliver-dead", "a")
    monkeypatch.setenv("RATE", rate)
    with pytest.raises(StoppedError, match="from 1 to 500"):
        run(account)
    assert bodies("deliver-dead") == {"a"}


def test_a_move_that_aws_is_still_at_is_waited_for_and_no_second_one_is_begun(account: Account, beside: Beside) -> None:
    put("deliver-dead", "a", "b", "c")
    arns = {name: f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in ("deliver-dead", "deliver-back")}
    beside.answer("StartMessageMoveTask", {"SourceArn": arns["deliver-dead"], "DestinationArn": arns["deliver-back"]})

    ended, said = run(account, queue="deliver")

    assert (ended, len(beside.tasks), bodies("deliver-back")) == (0, 1, {"a", "b", "c"})
    assert "deliver: 3 moved" in said


def test_a_move_that_aws_gave_up_is_told(account: Account, beside: Beside) -> None:
    put("deliver-dead", "a")

    def give_up(task: dict[str, Any]) -> dict[str, Any]:
        return task | {"Status": "FAILED", "FailureReason": "AccessDenied"}

    with patch.object(beside, "_goes_on", give_up):
        ended, said = run(account, queue="deliver")
    assert ended == 1
    assert "0 moved, 1 left FAILED: AccessDenied" in said


def test_missed_calls_are_only_ever_forgotten_and_only_when_asked_for(account: Account) -> None:
    put("missed", "m")
    put("deliver-dead", "a")

    run(account)
    assert bodies("missed") == {"m"}
    assert "would be forgotten" in run(account, go=False, forget=True)[1]
    assert bodies("missed") == {"m"}
    put("deliver-dead", "b")
    run(account, forget=True)
    assert (bodies("missed"), bodies("deliver-dead")) == (set(), {"b"})


def stored() -> None:
    for each in (response("ana", 9), response("bruno", 3)):
        table.put(each)


def test_a_parked_batch_is_counted_by_its_function_and_put_away(account: Account, beside: Beside) -> None:
    stored()
    lambda_wrote()
    assert recount.counted() != recount.recounted()

    ended, said = run(account, queue="parked")

    assert (ended, keys()) == (0, {f"done/{KEY}"})
    assert f"2 records taken by {METERING}" in said
    assert beside.invoked == [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{METERING}:live"]
    assert recount.counted() == recount.recounted() != {}
    run(account, queue="parked")
    assert len(beside.invoked) == 1


def test_a_batch_that_is_not_taken_stays_and_the_others_go_on(account: Account, beside: Beside) -> None:
    stored()
    lambda_wrote(key="a")
    lambda_wrote(key="b")
    answers = iter([{"batchItemFailures": [{"itemIdentifier": "17"}]}, {"batchItemFailures": []}])
    beside.handler = lambda _event, _context: next(answers)

    ended, said = run(account, queue="parked")

    assert (ended, keys()) == (1, {"a", "done/b"})
    assert "a: not taken: 17" in said


def test_a_batch_whose_function_fails_stays(account: Account, beside: Beside) -> None:
    lambda_wrote()

    def fail(_event: dict[str, Any], _context: Any) -> Any:
        raise ValueError("no such survey")

    beside.handler = fail
    ended, said = run(account, queue="parked")
    assert (ended, keys()) == (1, {KEY})
    assert "no such survey" in said


def test_nobody_elses_function_is_called_whatever_lies_in_the_bucket(account: Account, beside: Beside) -> None:
    lambda_wrote("pay-salaries", key="a")
    client("s3").put_object(Bucket="escuta-parked", Key="b", Body=b"{}")
    lambda_wrote(key="c", requestContext={"functionArn": "metering"})
    lambda_wrote(key="d", payload="[]")

    ended, said = run(account, queue="parked")

    assert (ended, beside.invoked, keys()) == (1, [], {"a", "b", "c", "d"})
    assert "a function that this stage does not have" in said
    assert said.count("it is not what Lambda writes") == 3


@pytest.mark.parametrize("has_moves", [True, False])
def test_nothing_is_lost_whatever_happens_at_any_call(beside: Beside, *, has_moves: bool) -> None:
    """Killed before or after any call, throttled, without an answer: done again, all is where it belongs."""
    account = Account(stage=LAPTOP, session=boto3.Session(region_name=REGION))

    def prepare() -> None:
        beside.tasks.clear()
        beside.has_moves = has_moves
        spreading.rows(SURVEY)  # a warm function knows it
        deployed()
        put("deliver-dead", "a", "b")
        put("plan-dead", "c")
        stored()
        lambda_wrote()

    def act() -> None:
        run(account)

    def view() -> world.Snapshot:
        lying = {name: bodies(name) for name in ("deliver-dead", "deliver-back", "plan-dead", "plan-back")}
        counted = {("counter", *key): dict(numbers) for key, numbers in recount.counted().items()}
        queues = {("lying", name, ""): {"bodies": sorted(found)} for name, found in lying.items()}
        return counted | queues | {("bucket", "", ""): {"keys": sorted(keys())}}

    assert faults.survey_of_faults(prepare, act, view=view, at=lambda call: call.service != "cloudformation") == []
    assert view()["lying", "deliver-back", ""] == {"bodies": ["a", "b"]}
    assert view()["bucket", "", ""] == {"keys": [f"done/{KEY}"]}
