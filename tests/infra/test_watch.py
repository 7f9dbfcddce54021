"""What rings, whom it tells, and that a page says what to do then."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.cdk.alarms import PAGE
from tests.infra.conftest import Template, target

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)  # of the bulkheads


def anchors() -> set[str]:
    """Return the anchors of the headings of the page for operators, as a browser finds them."""
    heads = re.findall(r"^#+ (.+)$", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}


def ringing(made: Template) -> dict[str, Any]:
    """Return the alarms that tell people; those by which a deployment goes back tell CodeDeploy alone."""
    return {name: each for name, each in made.of("CloudWatch::Alarm").items() if "AlarmActions" in each}


def test_each_alarm_says_what_it_means_and_leads_to_the_page_that_says_what_to_do(template: Template) -> None:
    known = anchors()
    alarms = ringing(template)
    assert len(alarms) > 30
    for name, alarm in alarms.items():
        words, _, anchor = alarm["AlarmDescription"].partition(f" What to do: {PAGE}#")
        assert words.endswith("."), name
        assert anchor in known, (name, anchor)


def test_each_page_of_an_alarm_is_rung_for(template: Template) -> None:
    led = {alarm["AlarmDescription"].rpartition("#")[2] for alarm in ringing(template).values()}
    assert {anchor for anchor in anchors() if anchor.startswith("alarm-")} == led


def test_whoever_watches_is_told_that_something_began_and_that_it_ended(checked: Template) -> None:
    (subscription,) = (each for each in checked.of("SNS::Subscription").values() if each["Protocol"] == "email")
    assert subscription["Endpoint"] == "plantao@aurora.example"
    topic = target(subscription["TopicArn"])
    for name, alarm in ringing(checked).items():
        assert [target(each) for each in alarm["AlarmActions"]] == [topic], name
        assert [target(each) for each in alarm["OKActions"]] == [topic], name


def test_silence_is_no_alarm(template: Template) -> None:
    for name, alarm in template.of("CloudWatch::Alarm").items():
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_every_queue_of_what_was_put_aside_rings(template: Template) -> None:
    queues = template.of("SQS::Queue")
    dead = {target(each["RedrivePolicy"]["deadLetterTargetArn"]) for each in queues.values() if "RedrivePolicy" in each}
    missed = {name for name in queues if name.startswith("Missed")}
    rung = {
        target(dimension["Value"])
        for alarm in ringing(template).values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }
    assert len(dead) == 14
    assert rung == dead | missed


def test_every_consumer_of_a_stream_rings_when_it_falls_behind(template: Template) -> None:
    streams = [each for each in template.of("Lambda::EventSourceMapping").values() if "StartingPosition" in each]
    behind = [alarm for alarm in ringing(template).values() if alarm["MetricName"] == "IteratorAge"]
    assert len(streams) == len(behind) == 2


def test_every_call_that_nobody_waits_for_has_somewhere_to_go_when_it_fails(template: Template) -> None:
    (missed,) = (name for name in template.of("SQS::Queue") if name.startswith("Missed"))
    rules = template.of("Events::Rule").values()
    for rule in rules:
        for each in rule["Targets"]:
            assert target(each["DeadLetterConfig"]["Arn"]) == missed
    kept = template.of("Lambda::EventInvokeConfig").values()
    assert len(kept) == len(rules)
    for each in kept:
        assert target(each["DestinationConfig"]["OnFailure"]["Destination"]) == missed
    for topic in template.of("SNS::Subscription").values():
        if topic["Protocol"] == "sqs":
            assert target(topic["RedrivePolicy"]["deadLetterTargetArn"]).startswith("FeedbackDead")


@pytest.mark.parametrize(
    "words",
    [
        "Requests and errors",
        "Latency p95, ms",
        "Mails",
        "Reputation",
        "Oldest message, seconds",
        "Put aside",
        "Stream, milliseconds behind",
        "Cost of the account this month, USD",
    ],
)
def test_one_dashboard_shows_how_things_are(template: Template, words: str) -> None:
    (dashboard,) = template.of("CloudWatch::Dashboard").values()
    assert dashboard["DashboardName"] == "Escuta"
    assert json.dumps(f'"title":"{words}"')[1:-1] in json.dumps(dashboard["DashboardBody"])


def test_a_month_that_costs_more_than_was_meant_is_told(checked: Template, template: Template) -> None:
    (budget,) = checked.of("Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    assert {each["Notification"]["NotificationType"] for each in budget["NotificationsWithSubscribers"]} == {
        "ACTUAL",
        "FORECASTED",
    }
    assert template.of("Budgets::Budget") == {}


def test_the_table_of_bulkheads_says_what_is_deployed(template: Template) -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    told = {name: (int(most), int(seconds), int(memory)) for name, most, seconds, memory in ROW.findall(page)}
    deployed = {
        each["FunctionName"].removeprefix("Escuta-"): (
            each["ReservedConcurrentExecutions"],
            each["Timeout"],
            each["MemorySize"],
        )
        for each in template.of("Lambda::Function").values()
    }
    assert told == deployed
    assert f"reserve {sum(most for most, _, _ in told.values())} of the 1,000" in page
