"""What rings, whom it tells, and that a page says what to do then."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.cdk.limits import PAGE
from tests.infra.conftest import Template, target

ROOT = Path(__file__).resolve().parents[2]
COVERED = re.compile(r"^\| (`[A-Za-z`, …]+`) \| `([A-Za-z]+)` \| .+ \|$", re.MULTILINE)  # of what the few ring for
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)  # of the bulkheads


def anchors() -> set[str]:
    """Return the anchors of the headings of the runbooks, as a browser finds them."""
    heads = re.findall(r"^#+ (.+)$", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}


def ringing(made: Template) -> dict[str, Any]:
    """Return the alarms that tell people; those by which a deployment goes back tell CodeDeploy alone."""
    return {name: each for name, each in made.of("CloudWatch::Alarm").items() if "AlarmActions" in each}


def test_each_alarm_says_what_it_means_and_leads_to_the_page_that_says_what_to_do(checked: Template) -> None:
    known = anchors()
    alarms = ringing(checked)
    assert len(alarms) > 30
    for name, alarm in alarms.items():
        words, _, anchor = alarm["AlarmDescription"].partition(f" What to do: {PAGE}#")
        assert words.endswith("."), name
        assert anchor in known, (name, anchor)


def test_each_page_of_an_alarm_is_rung_for(checked: Template) -> None:
    led = {alarm["AlarmDescription"].rpartition("#")[2] for alarm in ringing(checked).values()}
    assert {anchor for anchor in anchors() if anchor.startswith("alarm-")} == led


def test_whoever_watches_is_told_that_something_began_and_that_it_ended(checked: Template) -> None:
    (subscription,) = (each for each in checked.of("SNS::Subscription").values() if each["Protocol"] == "email")
    assert subscription["Endpoint"] == "plantao@aurora.example"
    topic = target(subscription["TopicArn"])
    for name, alarm in ringing(checked).items():
        assert [target(each) for each in alarm["AlarmActions"]] == [topic], name
        assert [target(each) for each in alarm["OKActions"]] == [topic], name


def test_silence_is_no_alarm_but_of_what_looks_at_everything_else(checked: Template) -> None:
    silent = {name: alarm["TreatMissingData"] for name, alarm in checked.of("CloudWatch::Alarm").items()}
    assert set(silent.values()) == {"notBreaching", "breaching"}
    assert [name.rstrip("0123456789ABCDEF") for name, missing in silent.items() if missing == "breaching"] == [
        "PutAside"
    ]


def test_a_stage_has_no_more_alarms_than_are_free_unless_it_asks_for_all(template: Template, checked: Template) -> None:
    alarms = template.of("CloudWatch::Alarm").values()
    assert len(alarms) <= 10
    assert all("Metrics" not in alarm for alarm in alarms)  # of several metrics each would be paid for
    assert {each for each in ringing(template) if not each.startswith("Door")} < ringing(checked).keys()


def test_respondents_who_have_a_door_of_their_own_are_watched_there(template: Template) -> None:
    (door,) = template.of("ApiGatewayV2::Api")
    rung = {
        alarm["MetricName"]
        for alarm in ringing(template).values()
        if alarm.get("Dimensions") == [{"Name": "ApiId", "Value": {"Ref": door}}]
    }
    assert rung == {"5xx", "Latency"}
    assert door in json.dumps(template.of("CloudWatch::Dashboard"))


def test_every_queue_of_what_was_put_aside_rings(template: Template, checked: Template) -> None:
    for made in (template, checked):
        queues = made.of("SQS::Queue")
        dead = {
            target(each["RedrivePolicy"]["deadLetterTargetArn"]) for each in queues.values() if "RedrivePolicy" in each
        }
        missed = {name for name in queues if name.startswith("Missed")}
        assert len(dead) == 14
        assert {target(each) for each in watched(made)["aside"].values()} == dead | missed
    assert {target(each) for each in measured(checked, "ApproximateNumberOfMessagesVisible")} == dead | missed


def test_every_consumer_of_a_stream_rings_when_it_falls_behind(checked: Template) -> None:
    streams = [each for each in checked.of("Lambda::EventSourceMapping").values() if "StartingPosition" in each]
    assert len(streams) == len(measured(checked, "IteratorAge")) >= 2


def test_for_all_that_an_alarm_of_its_own_says_one_of_the_few_rings_and_operators_read_which(
    template: Template, checked: Template
) -> None:
    few, every = ({_id(name): each for name, each in ringing(made).items()} for made in (template, checked))
    told = {
        alarm: (covers, alarms)
        for alarms, covers in COVERED.findall((ROOT / PAGE).read_text(encoding="utf-8"))
        for alarm in every
        if any(re.fullmatch(each.replace("…", r"\w+"), alarm) for each in re.findall(r"`(.+?)`", alarms))
    }
    assert told.keys() == every.keys() - few.keys()
    assert {covers for covers, _ in told.values()} <= few.keys()

    covered = {by: {alarm for alarm in told if told[alarm][0] == by} for by, _ in told.values()}
    looked = watched(template)
    assert covered.pop("PutAside") == {*(f"GivenUp{name.title()}" for name in looked["aside"]), "ClockMissed"} - {
        "GivenUpMissed"
    }
    late = covered.pop("Late")
    assert {each for each in late if not each.startswith("Stream")} == {
        f"Behind{name.title()}" for name in looked["work"]
    }
    assert late >= {"StreamMetering", "StreamTicketing"}  # each batch of any stream tells its age: test_measures.py
    assert covered.pop("ErrorsLogged") == {each["id"] for each in looked["limits"]} | LOGGED
    assert covered == {"FunctionFails": {"CaptureFails"}}


LOGGED = {"Drift", "Parked", "AlertsNotSent"}  # that each is a line of level ERROR, test_measures.py tells


def test_the_rounds_hold_to_the_limits_of_the_alarms_in_whose_place_they_look(
    template: Template, checked: Template
) -> None:
    alarms = {_id(name): each for name, each in ringing(checked).items()}
    looked = watched(template)
    for name, queue in looked["work"].items():
        alarm = alarms[f"Behind{name.title()}"]
        assert (alarm["Threshold"], target(alarm["Dimensions"][0]["Value"])) == (
            queue["patience"],
            target(queue["name"]),
        )
    for limit in looked["limits"]:
        alarm = alarms[limit["id"]]
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
            limit["namespace"],
            limit["metric"],
            limit["statistic"],
        )
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (limit["seconds"], limit.get("of", 1))
        told = {each["Name"]: target(each["Value"]) for each in alarm.get("Dimensions", ())}
        assert {name: target(value) for name, value in limit.get("dimensions", {}).items()} == told
        if limit["id"] != "SmsSpent":  # its limit is each stage's own
            assert alarm["Threshold"] == limit["over"]
    assert "limits" not in watched(checked)  # which has the alarms


def test_what_the_rounds_are_told_is_not_longer_than_a_rule_may_say(checked: Template, template: Template) -> None:
    for made in (checked, template):
        assert len(json.dumps(_filled(_input(made), "x" * 80))) < 8192  # a queue's name is no longer


def _id(name: str) -> str:
    """Return what an alarm is called in the code."""
    return re.sub(r"[0-9A-F]{8}$", "", name)


def measured(made: Template, metric: str) -> list[Any]:
    """Return what the alarms on this metric look at."""
    return [
        dimension["Value"]
        for alarm in ringing(made).values()
        if alarm["MetricName"] == metric
        for dimension in alarm["Dimensions"]
    ]


def watched(made: Template) -> dict[str, Any]:
    """Return what the rounds are told to look at, as the clock tells them."""
    parts: list[Any] = _input(made)["Fn::Join"][1]
    texts = [part if isinstance(part, str) else f"\\u0001{place}" for place, part in enumerate(parts)]
    return dict(_filled(json.loads("".join(texts)), "", parts))


def _input(made: Template) -> Any:
    (rule,) = (each for name, each in made.of("Events::Rule").items() if name.startswith("RoundsApp"))
    return rule["Targets"][0]["Input"]


def _filled(value: Any, name: str, parts: list[Any] | None = None) -> Any:
    """Return a value with what stands for the parts of a template in it; without `parts`, with a name for each."""
    if isinstance(value, dict):
        if parts is None and value.keys() <= {"Ref", "Fn::GetAtt"}:
            return name
        return {key: _filled(each, name, parts) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, name, parts) for each in value]
    if parts is not None and isinstance(value, str) and value.startswith("\u0001"):
        return parts[int(value[1:])]
    return value


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
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
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
